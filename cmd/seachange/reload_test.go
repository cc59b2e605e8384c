package main

import (
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
)

// A supervisor's "reload" is SIGHUP: it used to kill the process, which left its group by the session's timeout.
func TestSIGHUPReadsTheSettingsAgain(t *testing.T) {
	_, variables := simulated(t)
	settings := filepath.Join(t.TempDir(), "seachange.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hangUp := func() {
		t.Helper()
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	delete(variables, "SEACHANGE_ONLY")
	variables["SEACHANGE_CONFIG"], variables["SEACHANGE_LISTEN"] = settings, "127.0.0.1:0"
	write("only: [account, firewalls]\n")
	log, stop := start(t, variables, true, "run")
	lines := make(chan string, 10_000) // the program never waits for the test
	go func() {
		defer close(lines)
		for log.Scan() {
			lines <- log.Text()
		}
	}()
	said := func(pattern string) string {
		t.Helper()
		for line := range lines {
			if m := regexp.MustCompile(pattern).FindStringSubmatch(line); m != nil {
				return m[1]
			}
		}
		t.Fatalf("no line has %s", pattern)
		return ""
	}
	addr := said(`metrics.* listen=(\S+)`)
	said(`(msg=watching)`)
	until(t, addr, "/status", `"resource": "firewalls",\s+"parent_id": "",\s+"status": "whole"`)

	write("onlys: [account]\n")
	hangUp()
	said(`(the settings can't be read again: the old ones stay.*onlys)`)
	until(t, addr, "/readyz", `^ok`)

	write("only: [account, firewalls, domains]\n")
	hangUp()
	addr = said(`metrics.* listen=(\S+)`)
	said(`(msg=watching)`)
	until(t, addr, "/status", `"resource": "domains",\s+"parent_id": "",\s+"status": "whole"`)
	if err := stop(); err != nil {
		t.Errorf("after a signal: %v", err)
	}
}

// A single pass has nothing to read again: it ends in order.
func TestSIGHUPEndsASinglePass(t *testing.T) {
	a, variables := simulated(t)
	a.Fault(digitaloceantest.Fault{Resource: "firewalls", Effect: digitaloceantest.Hang})
	log, stop := start(t, variables, true, "run", "--once")
	find(t, log, `(msg=watching)`)
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for log.Scan() { // until it ends
	}
	if err := stop(); err == nil || err.Error() == "" {
		t.Errorf("an interrupted pass ended with %v", err)
	}
}
