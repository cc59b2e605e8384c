package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

func TestReleaseWithNothingHeld(t *testing.T) {
	t.Parallel()
	_, variables := simulated(t)
	if out, log, err := call(t, variables, "run", "--once"); err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	out, _, err := call(t, variables, "release", "domain_records", "--wait", "0s")
	if err != nil || out != "nothing of domain_records is held back\n" {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestReleaseAsksTheAccountsThatHoldDeletesBack(t *testing.T) {
	t.Parallel()
	a, variables := simulated(t)
	variables["SEACHANGE_ONLY"] = "projects,project_resources"
	a.Put("projects", "p-1", `{"id":"p-1","name":"shop","environment":"Production","purpose":"Web"}`)
	for _, urn := range []string{"do:domain:example.com", "do:space:pictures"} {
		a.Put("project_resources", schema.ChildID("p-1", urn), `{"urn":"`+urn+`","status":"ok","assigned_at":"2026-01-01T00:00:00Z"}`)
	}
	if out, log, err := call(t, variables, "run", "--once"); err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	for _, urn := range []string{"do:domain:example.com", "do:space:pictures"} {
		a.Delete("project_resources", schema.ChildID("p-1", urn))
	}
	if out, log, err := call(t, variables, "run", "--once"); err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	if out, _, err := call(t, variables, "release", "projects", "--wait", "0s"); err != nil ||
		out != "nothing of projects is held back\n" {
		t.Errorf("another resource: %v\n%s", err, out)
	}
	out, _, err := call(t, variables, "release", "project_resources", "--wait", "0s")
	if want := "asked account team-1 to let 2 deletes of project_resources go\n"; err != nil || out != want {
		t.Errorf("%v\ngot  %swant %s", err, out, want)
	}
	for _, tt := range []struct {
		resource, account string
		code              int
		want              string
	}{
		{"projects", "team-1", 0, "nothing of projects is held back by account team-1\n"},
		{"project_resources", "team-2", 1, `no account "team-2" under ` + variables["SEACHANGE_TOPIC_PREFIX"] + "; project_resources is held back by team-1"},
		{"projects", "team-2", 1, "; nothing of projects is held back"},
	} {
		out, _, err := call(t, variables, "release", tt.resource, "--account", tt.account, "--wait", "0s")
		if all := fmt.Sprint(out, err); exitCode(err) != tt.code || !strings.Contains(all, tt.want) ||
			strings.Contains(all, "asked") {
			t.Errorf("%s of %s: exit code %d, %s", tt.resource, tt.account, exitCode(err), all)
		}
	}
	asked := requests(t, variables)
	if len(asked) != 1 || asked[0].AccountID != "team-1" || asked[0].Resource != "project_resources" ||
		asked[0].Kind != "release" || asked[0].AtMS == 0 {
		t.Errorf("requests: %+v", asked)
	}
}

// Whoever releases right after the guard has struck is told what became of it.
func TestReleaseWaitsForTheAnswer(t *testing.T) {
	t.Parallel()
	a, variables := simulated(t)
	variables["SEACHANGE_ONLY"], variables["SEACHANGE_LISTEN"] = "account,projects,project_resources", "127.0.0.1:0"
	variables["SEACHANGE_INTERVAL"] = "1s"
	a.Put("projects", "p-1", `{"id":"p-1","name":"shop","environment":"Production","purpose":"Web"}`)
	spaces := []string{"do:space:pictures", "do:space:sounds"}
	for _, urn := range spaces {
		a.Put("project_resources", schema.ChildID("p-1", urn), `{"urn":"`+urn+`","status":"ok","assigned_at":"2026-01-01T00:00:00Z"}`)
	}
	if out, _, err := call(t, variables, "run", "--once"); err != nil { // so that the account is known
		t.Fatalf("%v\n%s", err, out)
	}
	if _, _, err := call(t, variables, "release", "project_resources", "--wait", "100ms"); err == nil ||
		!strings.Contains(err.Error(), "is seachange run at work there?") {
		t.Errorf("without an owner: %v", err)
	}
	log, stop := start(t, variables, true, "run")
	addr := find(t, log, `metrics.* listen=(\S+)`)
	go func() {
		for log.Scan() { // nobody reads on
		}
	}()
	until(t, addr, "/status", `"resource": "project_resources",\s+"parent_id": "p-1",\s+"status": "whole"`)
	out, _, err := call(t, variables, "release", "project_resources")
	if want := "account team-1: nothing of project_resources is held back\n"; err != nil || out != want {
		t.Errorf("%v\ngot  %swant %s", err, out, want)
	}
	for _, urn := range spaces {
		a.Delete("project_resources", schema.ChildID("p-1", urn))
	}
	until(t, addr, "/status", `"held_count": 2`)
	out, _, err = call(t, variables, "release", "project_resources")
	if want := "account team-1: 2 deletes of project_resources released\n"; err != nil || out != want {
		t.Errorf("%v\ngot  %swant %s", err, out, want)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// requests are those that stand in the requests topic.
func requests(t *testing.T, variables map[string]string) []producer.Request {
	t.Helper()
	var all []producer.Request
	topic := state.RequestsTopic(variables["SEACHANGE_TOPIC_PREFIX"])
	o := client.ReadOptions{Topics: []string{topic}, FromStart: true, UntilEnd: true}
	err := reach(t, variables).Read(t.Context(), o, func(r client.Record) error {
		var q producer.Request
		all = append(all, q)
		return json.Unmarshal(r.Value, &all[len(all)-1])
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
