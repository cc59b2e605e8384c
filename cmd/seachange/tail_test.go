package main

import (
	"errors"
	"strings"
	"testing"
)

func TestTailFollowsWhatRunWritesAndShowsNothingTwice(t *testing.T) {
	t.Parallel()
	a, variables := simulated(t)
	if out, log, err := call(t, variables, "run", "--once"); err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	variables["SEACHANGE_INTERVAL"] = "100ms"
	log, stopRun := start(t, variables, true, "run")
	find(t, log, `(watching)`)
	go func() {
		for log.Scan() { // nobody reads on
		}
	}()
	tail, stopTail := start(t, variables, false, "tail", "firewalls", "--since", "1h") // the broker of the run
	if !tail.Scan() || !strings.Contains(tail.Text(), "observed Fake Team firewalls web (fw-1)") {
		t.Errorf("the first line: %q", tail.Text())
	}
	a.Put("firewalls", "fw-1", openFirewall)
	if !tail.Scan() || !strings.Contains(tail.Text(), "added: inbound tcp 22 from 0.0.0.0/0, ::/0") {
		t.Errorf("the second line: %q", tail.Text())
	}
	if err := errors.Join(stopTail(), stopRun()); err != nil {
		t.Error(err)
	}
}
