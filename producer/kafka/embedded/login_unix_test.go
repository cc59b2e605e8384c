//go:build unix

package embedded_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// Another user of the machine reaches the port, and neither the key nor the log.
func TestAnotherUserReadsNoKey(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be another user")
	}
	parent := t.TempDir()
	for _, d := range []string{parent, filepath.Dir(parent)} { // so that nothing but the directory's own mode is tried
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(parent, "data")
	started(t, dir, func(addr string) {
		as := func(uid uint32, file string) error {
			cmd := exec.CommandContext(t.Context(), "cat", filepath.Join(dir, file))
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
			return cmd.Run()
		}
		for _, file := range []string{"key", "kcat.conf", "client.properties", "log/meta.json"} {
			if err := as(65534, file); err == nil {
				t.Errorf("another user reads %s", file)
			}
		}
		if err := as(0, "key"); err != nil {
			t.Errorf("the owner: %v", err)
		}
		if asked(t, addr, nil) == nil {
			t.Error("who has no key reads and writes")
		}
	})
}
