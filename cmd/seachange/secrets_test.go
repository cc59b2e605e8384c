package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
)

// A crash in the middle of a sweep prints every goroutine's stack, and no text of the memory.
func TestNoCrashShowsTheToken(t *testing.T) {
	if dir := os.Getenv("SEACHANGE_TEST_CRASH"); dir != "" {
		crashInASweep(t, dir)
		return
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^"+t.Name()+"$")
	child.Env = append(os.Environ(), "SEACHANGE_TEST_CRASH="+t.TempDir(), "GOTRACEBACK=all", "DIGITALOCEAN_TOKEN="+
		digitaloceantest.Token)
	out, err := child.CombinedOutput()
	if err == nil {
		t.Fatalf("it did not crash:\n%s", out)
	}
	for _, want := range []string{"panic: crash in a sweep", "producer.(*account)", "digitalocean.(*Client)"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the crash shows no %q, so that it proves nothing:\n%s", want, out)
		}
	}
	if strings.Contains(string(out), digitaloceantest.Token) {
		t.Errorf("the token is in what a crash prints:\n%s", out)
	}
}

// crashInASweep runs seachange over an API that crashes the process with its answer still due.
func crashInASweep(t *testing.T, dir string) {
	t.Helper()
	a := digitaloceantest.New(digitaloceantest.Options{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasPrefix(req.URL.Path, "/v2/firewalls") {
			go panic("crash in a sweep") // in a goroutine that no server recovers
			<-req.Context().Done()
		}
		a.ServeHTTP(w, req)
	}))
	args := []string{
		"run", "--once", "--only", "account,firewalls", "--api-url", srv.URL, "--data-dir", dir,
		"--embedded-listen", "127.0.0.1:0",
	}
	t.Log(run(t.Context(), args, os.Getenv, os.Stderr, os.Stderr))
}

func TestATokenFileThatEverybodyCanReadIsWarnedOf(t *testing.T) {
	t.Parallel()
	_, variables := simulated(t)
	delete(variables, "DIGITALOCEAN_TOKEN")
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(digitaloceantest.Token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	variables["SEACHANGE_TOKEN_FILE"] = file
	for mode, warned := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true, 0o604: true} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		_, log, err := call(t, variables, "check")
		if err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
		if got := strings.Contains(log, "chmod 600") && strings.Contains(log, file); got != warned {
			t.Errorf("%o: warned %v, want %v\n%s", mode, got, warned, log)
		}
	}
}

func TestNothingListensBeyondThisMachineUnlessAsked(t *testing.T) {
	n := 0
	for _, f := range flagsOf(t) {
		if !strings.HasSuffix(f.name, "listen") {
			continue
		}
		n++
		if host, _, err := net.SplitHostPort(f.preset); f.preset != "" && (err != nil || !net.ParseIP(host).IsLoopback()) {
			t.Errorf("%s --%s is %q by default, want loopback or nothing", f.command, f.name, f.preset)
		}
	}
	if n < 3 {
		t.Errorf("only %d flags say where to listen: the test looks at nothing", n)
	}
}
