package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seachange/seachange/cmd/seachange/check"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
)

func TestCheckTellsWhatTheTokenMayRead(t *testing.T) {
	t.Parallel()
	a, variables := simulated(t)
	if out, log, err := call(t, variables, "run", "--once"); err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	out, log, err := call(t, variables, "check")
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	for _, want := range []string{
		`ok +account default +team-1 \(Fake Team\)`, `ok +default/firewalls +1 on`, `ok +default/domain_records +1 on`, `ok +brokers`, `ok +topics +all`,
		`ok +scopes of default +the least to grant: account:read domain:read droplet:read firewall:read reserved_ip:read tag:read; never more`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}

	a.Scopes("account:read", "domain:read")
	out, _, err = call(t, variables, "check", "--output", "json")
	var findings []check.Finding
	if e := json.Unmarshal([]byte(out), &findings); e != nil {
		t.Fatal(e)
	}
	want := check.Finding{
		Subject: "default/firewalls", Verdict: check.Bad,
		Detail: "needs the scope firewall:read: grant it, or --skip firewalls",
	}
	if exitCode(err) != 1 || !slices.Contains(findings, want) {
		t.Errorf("exit code %d: %v, no %v in %v", exitCode(err), err, want, findings)
	}
}

func TestCheckDoesNotCallMissingWhatItCouldNotLookFor(t *testing.T) {
	a, variables := simulated(t)
	variables["SEACHANGE_ONLY"] = "account,domains,domain_records," +
		"registries,registry_repositories,registry_tags,databases,database_pools"
	a.Scopes("account:read", "database:read", "domain:read")
	a.Delete("domains", "example.com")
	a.Put("databases", "db-1", `{"id":"db-1","engine":"kafka"}`)
	out, _, _ := call(t, variables, "check")
	for _, want := range []string{
		`skip +default/domain_records +there are no domains with`, `skip +default/database_pools +there are no databases with`,
		`skip +default/registry_repositories +can't be asked for: registries can't be read`,
		`skip +default/registry_tags +can't be asked for: registry_repositories can't be read`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestCheckOfARefusedToken(t *testing.T) {
	_, variables := simulated(t)
	variables["DIGITALOCEAN_TOKEN"] = fakeToken + "-other"
	delete(variables, "SEACHANGE_DATA_DIR")
	delete(variables, "SEACHANGE_BROKERS")
	out, _, err := call(t, variables, "check")
	if exitCode(err) != 1 || !regexp.MustCompile(`fail +account default +.*401`).MatchString(out) || strings.Contains(out, "firewalls") {
		t.Errorf("exit code %d: %v\n%s", exitCode(err), err, out)
	}
	if !regexp.MustCompile(`skip +brokers`).MatchString(out) || strings.Contains(out, fakeToken) {
		t.Errorf("got\n%s", out)
	}
}

func TestCheckTellsWhatIsHeldUnreadableAndUnwatched(t *testing.T) {
	t.Parallel()
	a, variables := simulated(t)
	variables["SEACHANGE_ONLY"] = "account,projects,project_resources,firewalls,domains,domain_records"
	a.Put("projects", "p-1", `{"id":"p-1","name":"shop","environment":"Production","purpose":"Web"}`)
	members := []string{schema.ChildID("p-1", "do:domain:example.com"), schema.ChildID("p-1", "do:space:pictures")}
	for _, id := range members {
		a.Put("project_resources", id, `{"urn":"`+strings.TrimPrefix(id, "p-1/")+`","status":"ok","assigned_at":"2026-01-01T00:00:00Z"}`)
	}
	if out, log, err := call(t, variables, "run", "--once"); err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	if out, _, _ := call(t, variables, "check"); strings.Contains(out, "as run last said") {
		t.Errorf("all was whole, and check says\n%s", out)
	}

	for _, id := range members {
		a.Delete("project_resources", id)
	}
	a.Scopes(digitaloceantest.AllScopes("domain:read")...)
	variables["SEACHANGE_SKIP"] = "firewalls"
	if out, log, err := call(t, variables, "run", "--once"); exitCode(err) != 1 {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	out, log, err := call(t, variables, "check")
	for _, want := range []string{
		`warn +team-1/project_resources +as run last said: 2 deletes are held back until they are confirmed, or let go with seachange release project_resources`,
		`warn +team-1/domains +as run last said: unreadable: .*domain:read`,
		`warn +team-1/firewalls +as run last said: unwatched: not asked for in this configuration`,
		`fail +default/domains +needs the scope domain:read`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %q in\n%s%s", want, out, log)
		}
	}
	if exitCode(err) != 1 {
		t.Errorf("exit code %d: %v", exitCode(err), err)
	}
}

func TestCheckTellsHowFreshItWillBe(t *testing.T) {
	_, variables := simulated(t)
	out, log, err := call(t, variables, "check", "--max-age", "firewalls=30s")
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	for _, want := range []string{`at first, .*domain_records, domains, firewalls every 10s`, `4000 requests an hour are planned`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	const seldomer = `firewalls every .*; domains every .*; domain_records every ` // their zone tells of them
	if out, _, _ = call(t, variables, "check", "--budget", "5%"); !regexp.MustCompile(seldomer).MatchString(out) {
		t.Errorf("no %q in\n%s", seldomer, out)
	}
	if out, _, _ = call(t, variables, "check", "--interval", "5m"); !strings.Contains(out,
		"every resource is read every 5m0s") {
		t.Errorf("got\n%s", out)
	}
}

// What a full first page hides would make the forecast too good: that is said.
func TestCheckSaysWhatItsForecastCantKnow(t *testing.T) {
	a, variables := simulated(t)
	for _, tt := range []struct {
		zones int
		want  bool
	}{{199, false}, {200, true}} {
		for i := range tt.zones - 1 { // one is there
			zone := fmt.Sprintf("zone-%d.example", i)
			a.Put("domains", zone, fmt.Sprintf(`{"name":%q,"ttl":1800,"zone_file":""}`, zone))
		}
		out, _, err := call(t, variables, "check")
		if err != nil || strings.Contains(out, "the first page of domains is full") != tt.want {
			t.Errorf("%d zones: %v, want a word on a full page: %v\n%s", tt.zones, err, tt.want, out)
		}
	}
}
