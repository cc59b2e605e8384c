package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
)

func TestCheckTellsWhatIsHeldUnreadableAndUnwatched(t *testing.T) {
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
