package main

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seachange/seachange/cmd/seachange/document"
)

func TestPlanSaysHowOftenAndWhy(t *testing.T) {
	t.Parallel()
	_, variables := simulated(t)
	if _, _, err := call(t, variables, "plan"); err == nil {
		t.Error("a plan of nothing is no error")
	}
	if out, log, err := call(t, variables, "run", "--once"); err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	out, log, err := call(t, variables, "plan")
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	for _, want := range []string{
		`Fake Team \(team-1\): (4000|399\d) requests an hour; a change is expected to be seen after`, `(?m)^RESOURCE +PARENT +NEXT +INTERVAL +AGE`,
		`on average, 5s with one interval for all`, `(?m)^nothing is learned yet`, `(?m)^firewalls .* 10s +.* - +1 +shortest allowed$`, `(?m)^domain_records +example.com +`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	out, _, err = call(t, variables, "plan", "--output", "json", "--budget", "10%", "--per-hour", "100")
	var plans []document.Plan
	if e := json.Unmarshal([]byte(out), &plans); err != nil || e != nil || len(plans) != 1 ||
		len(plans[0].Collections) != 4 || plans[0].Budget.PerHour != 10 {
		t.Errorf("%v, %v: %s", err, e, out)
	}
	if out, _, _ := call(t, variables, "plan", "--per-hour", "100", "--max-age", "firewalls=10s"); !strings.Contains(out,
		"max_age can't be held") {
		t.Errorf("80 requests an hour don't hold 360:\n%s", out)
	}
}

func TestPlanHoldsAnAccountsOwnMaxAge(t *testing.T) {
	t.Parallel()
	_, variables := simulated(t)
	file := filepath.Join(t.TempDir(), "seachange.yml")
	const account = "accounts:\n- name: production\n  token_env: DIGITALOCEAN_TOKEN\n"
	write(t, file, account)
	if out, log, err := call(t, variables, "run", "--once", "--config", file); err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	for _, tt := range []struct {
		name, config string
		want         bool
	}{
		{"none", account, false},
		{"by its name", account + "  max_age: [firewalls=10s]\n", true},
		{"by its team", "accounts:\n- name: renamed\n  token_env: DIGITALOCEAN_TOKEN\n  team: team-1\n" +
			"  max_age: [firewalls=10s]\n", true},
		{"another's", "accounts:\n- name: other\n  token_env: DIGITALOCEAN_TOKEN\n  max_age: [firewalls=10s]\n", false},
		{"its own before everybody's", "max_age: [firewalls=10s]\n" + account + "  max_age: [firewalls=1d]\n", false},
	} {
		write(t, file, tt.config)
		out, log, err := call(t, variables, "plan", "--per-hour", "100", "--config", file)
		if err != nil || strings.Contains(out, "max_age can't be held") != tt.want {
			t.Errorf("%s: %v; want a max_age that can't be held: %v\n%s%s", tt.name, err, tt.want, out, log)
		}
	}
	write(t, file, account+"  max_age: [walls=10s]\n")
	if _, _, err := call(t, variables, "plan", "--config", file); exitCode(err) != 2 || !strings.Contains(err.Error(), `account "production"`) {
		t.Errorf("got %v, want a usage error that names the account", err)
	}
}

func TestWrongPacesAreUsageErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		want string
		args []string
	}{
		{"from 5% to 100%", []string{"--budget", "80"}},
		{"from 5% to 100%", []string{"--budget", "200%"}},
		{"from 5% to 100%", []string{"--budget", "NaN%"}},
		{"firewalls=30s", []string{"--max-age", "firewalls"}},
		{"database_users come with databases: write databases=30s", []string{"--max-age", "database_users=30s"}},
		{"firewalls are read every 10s at most", []string{"--max-age", "firewalls=9s"}},
		{"balance are read every 1h0m0s at most", []string{"--max-age", "balance=30s"}},
		{`no resource "walls"`, []string{"--max-age", "walls=30s"}},
		{"leave --interval out", []string{"--max-age", "firewalls=30s", "--interval", "5m"}},
	} {
		_, variables := simulated(t)
		_, _, err := call(t, variables, append([]string{"run", "--once"}, tt.args...)...)
		if exitCode(err) != 2 || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: exit code %d, %v; want 2 and %q", tt.args, exitCode(err), err, tt.want)
		}
	}
}
