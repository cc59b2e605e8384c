package main

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
)

func TestOncePassesAndTailTellsWhatChanged(t *testing.T) {
	t.Parallel()
	a, variables := simulated(t)
	out, log, err := call(t, variables, "run", "--once")
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	for _, want := range []string{`ACCOUNT +RESOURCE +RECORDS +CHANGES +REQUESTS +STATUS`, `default +firewalls +1 +1 +1 +whole`, `default +domain_records +1 +1 +1 +whole`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out+log, digitaloceantest.Token) {
		t.Error("the token was printed")
	}

	a.Put("firewalls", "fw-1", openFirewall)
	out, log, err = call(t, variables, "run", "--once", "--output", "json")
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	var lines []struct {
		Resource string
		Changes  int
		Status   string
	}
	if err := json.Unmarshal([]byte(out), &lines); err != nil || len(lines) != 4 {
		t.Fatalf("%v, %d lines of 4:\n%s", err, len(lines), out)
	}
	for _, l := range lines {
		if want := map[string]int{"firewalls": 1}[l.Resource]; l.Changes != want || l.Status != "whole" {
			t.Errorf("%+v, want %d changes, whole", l, want)
		}
	}
	tailed(t, variables)
}

func tailed(t *testing.T, variables map[string]string) {
	t.Helper()
	for _, tt := range []struct {
		args string
		want []string // each a line's pattern
	}{
		{"--op updated", []string{`^\S+Z updated  Fake Team firewalls web \(fw-1\): added: inbound tcp 22 from 0.0.0.0/0, ::/0$`}},
		{"domain_records", []string{`observed Fake Team domain_records www \(example.com/7\): A → 203.0.113.7$`}},
		{"--id fw-1", []string{`observed .*inbound tcp 443 from 0.0.0.0/0$`, `updated .*tcp 22`}},
		{"--op d", nil},
		{"--since 2099-01-01", nil},
	} {
		args := append([]string{"tail", "--no-follow", "--since", "1h"}, strings.Fields(tt.args)...)
		out, log, err := call(t, variables, args...)
		if err != nil {
			t.Fatalf("%s: %v\n%s", tt.args, err, log)
		}
		got := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if out == "" {
			got = nil
		}
		if len(got) != len(tt.want) {
			t.Fatalf("%s: %d lines, want %d:\n%s", tt.args, len(got), len(tt.want), out)
		}
		for i, want := range tt.want {
			if !regexp.MustCompile(want).MatchString(got[i]) {
				t.Errorf("%s: got %q, want %q", tt.args, got[i], want)
			}
		}
	}
	out, _, err := call(t, variables, "tail", "--no-follow", "--since", "1h", "--output", "json")
	var events []schema.Event
	for line := range strings.Lines(out) {
		var ev schema.Event
		if err := json.Unmarshal([]byte(line), &ev); err != nil {
			t.Fatal(err)
		}
		events = append(events, ev)
	}
	ordered := slices.IsSortedFunc(events, func(a, b schema.Event) int { return int(a.Source.LSN - b.Source.LSN) })
	if err != nil || len(events) != 5 || !ordered {
		t.Errorf("%v, ordered %v, events: %+v", err, ordered, events)
	}
}

func TestPublicCataloguesAreTheDeploymentsOwn(t *testing.T) {
	t.Parallel()
	a, variables := simulated(t)
	a.Put("sizes", "s-1vcpu-1gb", `{"slug":"s-1vcpu-1gb","memory":1024,"price_monthly":6,"regions":["fra1"]}`)
	variables["SEACHANGE_ONLY"] = "account,sizes"
	out, log, err := call(t, variables, "run", "--once")
	if err != nil || !regexp.MustCompile(`public catalogues +sizes +1 +1 +1 +whole`).MatchString(out) || strings.Contains(out, "default  sizes") {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	out, log, err = call(t, variables, "tail", "--since", "1h", "--no-follow", "--output", "json", "sizes")
	if err != nil || !strings.Contains(out, `"account_id":"digitalocean"`) {
		t.Errorf("%v\n%s%s", err, out, log)
	}
	if out, log, err = call(t, variables, "check"); err != nil || !strings.Contains(out, "public catalogues/sizes") {
		t.Errorf("%v\n%s%s", err, out, log)
	}
}

func TestOnceIsAFailureUnlessAllWasWhole(t *testing.T) {
	t.Parallel()
	a, variables := simulated(t)
	a.Scopes("account:read", "domain:read")
	out, log, err := call(t, variables, "run", "--once")
	if exitCode(err) != 1 || !strings.Contains(out, "firewall:read") || !strings.Contains(err.Error(), "--skip") {
		t.Errorf("exit code %d: %v\n%s%s", exitCode(err), err, out, log)
	}
	variables["SEACHANGE_ONLY"], variables["SEACHANGE_SKIP"] = "account,firewalls,domains", "firewalls"
	if out, log, err := call(t, variables, "run", "--once"); err != nil {
		t.Errorf("without the unreadable resource: %v\n%s%s", err, out, log)
	}
}

func TestRunServesItsStateAndStopsWhenAsked(t *testing.T) {
	t.Parallel()
	_, variables := simulated(t)
	variables["SEACHANGE_LISTEN"] = "127.0.0.1:0"
	log, stop := start(t, variables, true, "run")
	addr := find(t, log, `metrics.* listen=(\S+)`)
	go func() {
		for log.Scan() { // nobody reads on
		}
	}()

	until(t, addr, "/readyz", `^ok`)
	until(t, addr, "/status", `"resource": "domain_records",\s+"parent_id": "example.com",\s+"status": "whole"`)
	until(t, addr, "/metrics", `(?m)^go_goroutines `)
	if _, _, err := call(t, nil, "healthz", "--listen", addr); err != nil {
		t.Error(err)
	}
	if variables["SEACHANGE_DATA_DIR"] != "" {
		if _, _, err := call(t, variables, "run", "--once"); exitCode(err) != 1 || !strings.Contains(err.Error(), "in use") {
			t.Errorf("a second run on the directory: %v", err)
		}
	}
	if err := stop(); err != nil {
		t.Errorf("after a signal: %v", err)
	}
}

func TestAWrongTokenIsNoMatterOfTheProcess(t *testing.T) {
	t.Parallel()
	_, variables := simulated(t)
	variables["SEACHANGE_LISTEN"], variables["DIGITALOCEAN_TOKEN"] = "127.0.0.1:0", fakeToken+"-other"
	log, stop := start(t, variables, true, "run")
	addr := find(t, log, `metrics.* listen=(\S+)`)
	find(t, log, `(account not identified)`)
	go func() {
		for log.Scan() { // nobody reads on
		}
	}()
	until(t, addr, "/readyz", `^ok`)
	until(t, addr, "/status", `"error": "[^"]+401`)
	until(t, addr, "/healthz", `^ok`)
	if err := stop(); err != nil {
		t.Errorf("after a signal: %v", err)
	}
}
