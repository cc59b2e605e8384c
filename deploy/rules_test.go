package deploy_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

type alert struct {
	Alert, Expr string
	Annotations map[string]string
}

func alerts(t *testing.T) []alert {
	t.Helper()
	var file struct {
		Groups []struct{ Rules []alert }
	}
	if err := yaml.Unmarshal(read(t, "prometheus/rules.yaml"), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Groups) != 1 || len(file.Groups[0].Rules) < 10 {
		t.Fatalf("%d groups", len(file.Groups))
	}
	return file.Groups[0].Rules
}

// Each alert has an entry in the runbook that says what it means, where to look and what to do, and a test that it
// fires and one that it is silent.
func TestEachAlertIsExplainedAndTested(t *testing.T) {
	book, tests := string(read(t, "../docs/how-to/runbook.md")), string(read(t, "prometheus/rules.test.yaml"))
	for _, a := range alerts(t) {
		_, entry, _ := strings.Cut(book, "\n## "+a.Alert+"\n")
		entry, _, _ = strings.Cut(entry, "\n## ")
		for _, part := range []string{"**Means:**", "**Look at:**", "**Do:**"} {
			if !strings.Contains(entry, part) {
				t.Errorf("the runbook's entry of %s lacks %s", a.Alert, part)
			}
		}
		anchor := "/docs/how-to/runbook.md#" + strings.ToLower(a.Alert)
		if link := a.Annotations["runbook_url"]; !strings.HasSuffix(link, anchor) {
			t.Errorf("%s leads to %s", a.Alert, link)
		}
		for _, kind := range []string{" fires\n", " is silent\n"} {
			if !strings.Contains(tests, "name: "+a.Alert+kind) {
				t.Errorf("no test that %s%s", a.Alert, kind)
			}
		}
	}
}

// The rules speak of metrics that the program has.
func TestTheRulesMetricsExist(t *testing.T) {
	var code []byte
	for _, pattern := range []string{"../producer/*.go", "../producer/*/*.go", "../cmd/seachange/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if !strings.HasSuffix(f, "_test.go") {
				code = append(code, read(t, f)...)
			}
		}
	}
	for _, a := range alerts(t) {
		for _, name := range regexp.MustCompile(`seachange_\w+`).FindAllString(a.Expr, -1) {
			if !bytes.Contains(code, []byte(`"`+name+`"`)) {
				t.Errorf("%s: no metric %s", a.Alert, name)
			}
		}
	}
}

func TestTheChartHasTheRules(t *testing.T) {
	if !bytes.Equal(read(t, "prometheus/rules.yaml"), read(t, "helm/seachange/files/rules.yaml")) {
		t.Error("deploy/helm/seachange/files/rules.yaml is no copy of deploy/prometheus/rules.yaml")
	}
}

func TestPromtoolTakesTheRules(t *testing.T) {
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("needs promtool: bash .ci/deploy installs it and runs this")
	}
	for _, args := range [][]string{
		{"check", "rules", "prometheus/rules.yaml"}, {"test", "rules", "prometheus/rules.test.yaml"},
	} {
		if out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", args[0], err, out)
		}
	}
}
