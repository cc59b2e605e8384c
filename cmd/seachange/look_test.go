package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seachange/seachange/cmd/seachange/document"
)

// A pipeline changes something, calls look, and finds the change in the topic, however seldom it is read otherwise.
func TestLookReturnsOnceTheChangeIsInItsTopic(t *testing.T) {
	a, variables := simulated(t)
	variables["SEACHANGE_ONLY"], variables["SEACHANGE_LISTEN"] = "account,firewalls", "127.0.0.1:0"
	variables["SEACHANGE_INTERVAL"] = "1h"
	log, stop := start(t, variables, true, "run")
	addr := find(t, log, `metrics.* listen=(\S+)`)
	go func() {
		for log.Scan() { // nobody reads on
		}
	}()
	until(t, addr, "/status", `"resource": "firewalls",\s+"parent_id": "",\s+"status": "whole"`)
	a.Put("firewalls", "fw-1", `{"id":"fw-1","name":"opened"}`)
	out, _, err := call(t, variables, "look", "firewalls", "--output", "json")
	var answers []document.Answer
	if err != nil || json.Unmarshal([]byte(out), &answers) != nil || len(answers) != 1 || answers[0].Changes != 1 {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, _, err := call(t, variables, "tail", "--since", "1h", "--no-follow"); err != nil ||
		!strings.Contains(out, "opened") {
		t.Errorf("tail: %v\n%s", err, out)
	}
	if out, _, err = call(t, variables, "look"); err != nil ||
		!strings.Contains(out, "team-1   account    1            0") {
		t.Errorf("everything: %v\n%s", err, out)
	}
	if out, _, err = call(t, variables, "snapshot", "firewalls"); err != nil ||
		!strings.Contains(out, "team-1   firewalls  1            1") {
		t.Errorf("snapshot: %v\n%s", err, out)
	}
	out, _, err = call(t, variables, "requests")
	if err != nil || strings.Count(out, "\n") != 4 || strings.Count(out, "done") != 3 { // the newest of each kind
		t.Errorf("requests: %v\n%s", err, out)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestLookRefusesWhatItCannotAskFor(t *testing.T) {
	_, variables := simulated(t)
	for _, tt := range []struct {
		args, want string
	}{
		{"look firewall", `no resource "firewall"`},
		{"look --id 1", "--id 1: name the one resource that it is a record of"},
		{"look droplets firewalls --id 1", "--id 1: name the one resource that it is a record of"},
		{"snapshot", `expected "<resources> ..."`},
	} {
		_, _, err := call(t, variables, strings.Fields(tt.args)...)
		if exitCode(err) != 2 || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: exit code %d, %v, want %q", tt.args, exitCode(err), err, tt.want)
		}
	}
}
