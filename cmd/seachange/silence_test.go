package main

import (
	"encoding/json"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seachange/seachange/cmd/seachange/alert"
)

func TestASilenceIsHonouredAndListedUntilItIsExpired(t *testing.T) {
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
		"  - {name: muted, title: Muted, resource: firewalls, when: 'op == \"u\"'}\n"+
		"  - {name: loud, title: Loud, resource: firewalls, when: 'op == \"u\"'}\n")
	variables["FAKE_HOOK"] = server.URL

	if out := must(t, variables, "silence", "list", "--output", "json"); out != "[]\n" {
		t.Errorf("without any: %s", out)
	}
	for _, args := range [][]string{{"--match", "true", "--for", "1h"}, {"--match", "rule == 'x'", "--for", "soon"}} {
		if _, _, err := call(t, variables, append([]string{"silence", "add"}, args...)...); exitCode(err) != 2 {
			t.Errorf("%v: %v, want it refused", args, err)
		}
	}
	id, _, _ := strings.Cut(must(t, variables, "silence", "add", "--match", "rule == 'muted'", "--for", "1h",
		"--by", "ops", "--comment", "a test"), " ")
	stop := alerting(t, variables, "--rules", rules)
	begun(t, c, variables, "hook")
	a.Put("firewalls", "fw-1", openFirewall)
	must(t, variables, "run", "--once")
	eventually(t, "the alert that is not muted", func() bool { got, _ := h.seen(); return len(got) == 1 })
	said := stop()
	if got, _ := h.seen(); !strings.Contains(got[0], `"rule":"loud"`) || !strings.Contains(said, "silenced") {
		t.Errorf("told %s, and said\n%s", got, said)
	}

	var all []alert.Silence
	listed := must(t, variables, "silence", "list", "--output", "json")
	if err := json.Unmarshal([]byte(listed), &all); err != nil || len(all) != 1 || all[0].ID != id || all[0].By != "ops" {
		t.Errorf("%v: %+v", err, all)
	}
	must(t, variables, "silence", "expire", id)
	if _, _, err := call(t, variables, "silence", "expire", id); err == nil {
		t.Error("one that is over is expired again")
	}
	if out := must(t, variables, "silence", "list"); strings.Contains(out, id) {
		t.Errorf("one that is over is listed: %s", out)
	}
	if out := must(t, variables, "silence", "list", "--all"); !strings.Contains(out, id) {
		t.Errorf("--all leaves one out: %s", out)
	}
}
