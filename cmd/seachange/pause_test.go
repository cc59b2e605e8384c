package main

import (
	"strings"
	"testing"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
)

// An operator leaves the firewalls alone for a while: another process goes on leaving them alone, and what happened
// meanwhile is published at the resume.
func TestPauseHoldsOverARestartUntilResume(t *testing.T) {
	a, variables := simulated(t)
	variables["SEACHANGE_ONLY"], variables["SEACHANGE_LISTEN"] = "account,firewalls", "127.0.0.1:0"
	variables["SEACHANGE_INTERVAL"] = "1s"
	begin := func() (addr string, said func(string) string, stop func() error) {
		log, stop := start(t, variables, true, "run")
		said = follow(t, log)
		return said(`metrics.* listen=(\S+)`), said, stop
	}
	addr, said, stop := begin()
	until(t, addr, "/status", `"resource": "firewalls",\s+"parent_id": "",\s+"status": "whole"`)
	out := must(t, variables, "pause", "firewalls", "--reason", "we move them")
	matches(t, out, `ACCOUNT +RESOURCE`, `team-1 +firewalls +1 +0 +0`)
	said(`(operator's request".*kind=pause resource=firewalls.*why="we move them")`)
	a.Put("firewalls", "fw-1", `{"id":"fw-1","name":"opened"}`)
	paused := `"resource": "firewalls",\s+"parent_id": "",\s+"status": "unwatched",\s+"reason": "paused by an operator: we move them"`
	until(t, addr, "/status", paused)
	if err := stop(); err != nil {
		t.Fatal(err)
	}

	a.Fault(digitaloceantest.Fault{
		Resource: "firewalls", Before: func(*digitaloceantest.Account) { t.Error("they are read") },
	})
	addr, _, stop = begin()
	until(t, addr, "/status", paused)
	until(t, addr, "/status", `"resource": "account",\s+"parent_id": "",\s+"status": "whole"`)
	if _, _, err := call(t, variables, "look", "firewalls"); exitCode(err) != 1 {
		t.Errorf("look at what is paused: %v", err)
	}
	out = must(t, variables, "requests")
	if !strings.Contains(out, "pause  team-1   firewalls          done (we move them)") {
		t.Errorf("requests:\n%s", out)
	}
	a.Clear()
	matches(t, must(t, variables, "resume", "firewalls"), `ACCOUNT`, `team-1 +firewalls +1 +1 +0`)
	matches(t, must(t, variables, "tail", "firewalls", "--since", "1h", "--no-follow"), `observed`, `opened`)
	if _, _, err := call(t, variables, "resume", "firewalls"); exitCode(err) != 1 {
		t.Errorf("resume of what is not paused: %v", err)
	}
	matches(t, must(t, variables, "pause", "--account", "team-1"), `ACCOUNT`, `team-1 +2 +0 +0`)
	matches(t, must(t, variables, "resume", "--account", "team-1"), `ACCOUNT`, `team-1 +2 +0 +0`)
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestPauseRefusesWhatItCannotAskFor(t *testing.T) {
	_, variables := simulated(t)
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"pause"}, "pause: name resources, or with --account the account that is meant as a whole"},
		{[]string{"resume"}, "resume: name resources, or with --account the account that is meant as a whole"},
		{[]string{"pause", "firewall"}, `no resource "firewall"`},
		{[]string{"pause", "firewalls", "--reason", "two\nlines"}, "--reason: want one line of at most 200 characters"},
		{[]string{"pause", "firewalls", "--reason", strings.Repeat("x", 201)}, "--reason: want one line"},
	} {
		_, _, err := call(t, variables, tt.args...)
		if exitCode(err) != 2 || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: exit code %d, %v, want %q", tt.args, exitCode(err), err, tt.want)
		}
	}
}
