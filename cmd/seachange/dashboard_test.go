package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Every expression of the dashboard has something to show of what a run exports, as promtool sees it.
func TestTheDashboardShowsWhatARunExports(t *testing.T) {
	expressions := dashboard(t)
	scraped := scrape(t)
	for _, e := range expressions {
		for _, name := range regexp.MustCompile(`seachange_\w+`).FindAllString(e, -1) {
			if !strings.Contains(scraped, "\n"+name+"{") && !strings.Contains(scraped, "\n"+name+" ") &&
				name != "seachange_held" { // nothing is held back
				t.Errorf("%s: the run exports no %s", e, name)
			}
		}
	}
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("needs promtool: bash .ci/deploy installs it and runs this")
	}
	file := filepath.Join(t.TempDir(), "dashboard.test.yaml")
	write(t, file, promtoolTest(expressions, scraped))
	if out, err := exec.CommandContext(t.Context(), path, "test", "rules", file).CombinedOutput(); err != nil {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}

// dashboard returns the expressions of the dashboard, with values in place of Grafana's variables.
func dashboard(t *testing.T) (all []string) {
	t.Helper()
	text, err := os.ReadFile("../../deploy/grafana/seachange.json")
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Panels []struct {
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			all = append(all, strings.NewReplacer("$account", ".*", "$__rate_interval", "5m").Replace(target.Expr))
		}
	}
	if len(all) < 15 {
		t.Fatalf("%d expressions", len(all))
	}
	return all
}

// scrape returns what a run exports that has published a change.
func scrape(t *testing.T) (text string) {
	t.Helper()
	a, variables := simulated(t)
	variables["SEACHANGE_LISTEN"] = "127.0.0.1:0"
	log, stop := start(t, variables, true, "run")
	addr := follow(t, log)(`metrics.* listen=(\S+)`)
	until(t, addr, "/status", `"resource": "firewalls",\s+"parent_id": "",\s+"status": "whole"`)
	a.Put("firewalls", "fw-1", openFirewall)
	must(t, variables, "look", "firewalls")
	until(t, addr, "/metrics", `seachange_events_total\{account="team-1",op="updated",resource=""\} 1`)
	resp, err := http.Get("http://" + addr + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// promtoolTest has promtool evaluate each expression over what was scraped, for ten minutes the same.
func promtoolTest(expressions []string, scraped string) string {
	var b strings.Builder
	b.WriteString("tests:\n  - interval: 1m\n    input_series:\n")
	for line := range strings.Lines(scraped) {
		series, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || strings.HasPrefix(line, "#") || !strings.HasPrefix(series, "seachange_") {
			continue
		}
		number, err := strconv.ParseFloat(value, 64)
		if err != nil || math.IsInf(number, 1) { // promtool reads no infinite age, of what was not read yet
			continue
		}
		series = strings.ReplaceAll(series, `resource=""`, `job="seachange"`) // an empty label is none
		fmt.Fprintf(&b, "      - {series: %s, values: %s}\n", quoted(series), quoted(fmt.Sprintf("%fx10", number)))
	}
	b.WriteString("    promql_expr_test:\n")
	for _, e := range expressions {
		fmt.Fprintf(&b, "      - {expr: %s, eval_time: 10m, exp_samples: [{labels: '{}', value: 1}]}\n",
			quoted("count("+e+") > bool 0"))
	}
	return b.String()
}

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
