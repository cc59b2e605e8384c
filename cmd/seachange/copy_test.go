package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What docs/how-to/operate.md says of copies: what was committed before is there, and what happened since is published.
func TestACopyOfADataDirectoryGoesOn(t *testing.T) {
	a, variables := simulated(t)
	dir := variables["SEACHANGE_DATA_DIR"]
	if dir == "" {
		t.Skip("needs a data directory: SEACHANGE_TEST_BROKERS is set")
	}
	must(t, variables, "run", "--once")
	backup := filepath.Join(t.TempDir(), "backup")
	if err := os.CopyFS(backup, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	a.Put("firewalls", "fw-1", openFirewall)
	must(t, variables, "run", "--once")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, os.DirFS(backup)); err != nil {
		t.Fatal(err)
	}
	before := must(t, variables, "tail", "--since", "1h", "--no-follow")
	must(t, variables, "run", "--once")
	after := must(t, variables, "tail", "--since", "1h", "--no-follow")
	if strings.Count(before, "\n") != 4 || strings.Count(after, "\n") != 5 || !strings.Contains(after, "tcp 22") {
		t.Errorf("the copy:\n%s\nafter the run:\n%s", before, after)
	}
}
