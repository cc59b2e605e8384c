package main

import (
	"encoding/json"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seachange/seachange/cmd/seachange/alert"
	"github.com/seachange/seachange/cmd/seachange/hint"
)

func TestANoteStandsBesideTheChangesOfItsTime(t *testing.T) {
	t.Parallel()
	a, variables := simulated(t)
	must(t, variables, "run", "--once")
	c := reach(t, variables)
	variables["SEACHANGE_BROKERS"], variables["SEACHANGE_DATA_DIR"] = strings.Join(c.Brokers, ","), ""
	h := &hook{}
	server := httptest.NewServer(h)
	defer server.Close()
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	write(t, rules, "outputs:\n  - {name: hook, type: webhook, url_env: FAKE_HOOK}\nrules:\n"+
		"  - {name: x, resource: firewalls, when: 'op == \"u\"'}\n")
	variables["FAKE_HOOK"] = server.URL

	for _, args := range [][]string{{""}, {"x", "--resource", "dorplets"}, {"x", "--from", "soon"}} {
		if _, _, err := call(t, variables, append([]string{"annotate", "add"}, args...)...); exitCode(err) != 2 {
			t.Errorf("%v: %v, want it refused", args, err)
		}
	}
	add := func(args ...string) string {
		id, _, _ := strings.Cut(must(t, variables, append([]string{"annotate", "add"}, args...)...), " ")
		return id
	}
	early := add("terraform apply 4711", "--by", "deploy@ci", "--resource", "firewalls/fw-1", "--from", "1h",
		"--for", "2h")
	add("something else", "--resource", "droplets")
	stop := alerting(t, variables, "--rules", rules)
	begun(t, c, variables, "hook")
	late := add("by hand", "--by", "ops", "--from", "1h", "--for", "2h")
	notes, err := hint.Read(t.Context(), c, variables["SEACHANGE_TOPIC_PREFIX"])
	if err != nil || len(notes.List()) != 3 {
		t.Fatalf("%v: %v", err, notes.List())
	}
	a.Put("firewalls", "fw-1", openFirewall)
	must(t, variables, "run", "--once")
	eventually(t, "the alert", func() bool { got, _ := h.seen(); return len(got) == 1 })
	stop()
	var told alert.Alert
	got, _ := h.seen()
	if err := json.Unmarshal([]byte(got[0]), &told); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, n := range told.Hints {
		found[n.ID] = n.Kind == hint.NoteKind
	}
	if !found[early] || told.Actor != "" { // that of late may come a moment after the alert
		t.Errorf("the alert's hints are %+v, its actor %q", told.Hints, told.Actor)
	}

	for _, args := range [][]string{nil, {"--index", t.TempDir()}} {
		life := must(t, variables, append([]string{"history", "firewalls", "fw-1"}, args...)...)
		matches(t, life, "observed", "updated", "^    hint, not proof: note of ops: by hand",
			"^    hint, not proof: note of deploy@ci: terraform apply 4711$")
	}
	last := strings.Split(strings.TrimSpace(must(t, variables, "history", "firewalls", "fw-1", "--output", "json")), "\n")
	var event struct {
		Op    string      `json:"op"`
		Hints []hint.Hint `json:"hints"`
	}
	if err := json.Unmarshal([]byte(last[len(last)-1]), &event); err != nil || event.Op != "u" || len(event.Hints) != 2 {
		t.Errorf("%v: %+v", err, event)
	}
	var all []hint.Note
	if err := json.Unmarshal([]byte(must(t, variables, "annotate", "list", "--output", "json")), &all); err != nil ||
		len(all) != 3 || all[0].ID != early || all[0].By != "deploy@ci" || all[2].ID != late {
		t.Errorf("%v: listed %+v", err, all)
	}
	listed := must(t, variables, "annotate", "list")
	if !regexp.MustCompile(`(?m)^` + early + ` .* deploy@ci +all +firewalls/fw-1 +terraform apply 4711$`).MatchString(listed) {
		t.Error(listed)
	}
}
