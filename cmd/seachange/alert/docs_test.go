package alert_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seachange/seachange/cmd/seachange/alert"
)

var update = flag.Bool("update", false, "write the page of the shipped rules anew")

const rulesHead = `# Rules

This page is written by a test from the rules that come with seachange (` + "`go test ./cmd/seachange/alert -run RulesPage -update`" + `). An
alert's ` + "`runbook_url`" + ` leads here. [Alerts](../how-to/alerts.md) says how to change them, [Risks](risks.md) which rule reports which change.

`

// TestTheRulesPageIsTheShippedRules holds docs/reference/rules.md against rules.yaml.
func TestTheRulesPageIsTheShippedRules(t *testing.T) {
	const page = "../../../docs/reference/rules.md"
	want := rulesHead
	rules := parse(t, string(alert.Shipped)).Rules
	for _, r := range rules {
		want += fmt.Sprintf("* [%s](#%s): %s\n", r.Name, r.Name, r.Severity)
	}
	for _, r := range rules {
		want += fmt.Sprintf("\n## `%s`\n\n**%s.** %s\n\nSeverity %s, on %s%s%s. Tags: %s.\n\n```\n%s\n```\n", r.Name, r.Title, r.Advice, r.Severity, r.On,
			of(r.Resource), lasting(r), strings.Join(r.Tags, ", "), strings.TrimSpace(r.When.Text))
	}
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil || string(got) != want {
		t.Errorf("%s is stale (%v): go test ./cmd/seachange/alert -run RulesPage -update", page, err)
	}
}

func of(resources []string) string {
	if len(resources) == 0 {
		return ""
	}
	return " of " + strings.Join(resources, ", ")
}

func lasting(r *alert.Rule) string {
	switch {
	case r.For > 0:
		return fmt.Sprintf(", once it has lasted %s", time.Duration(r.For))
	case r.Burst.Count > 0:
		return fmt.Sprintf(", %d within %s", r.Burst.Count, time.Duration(r.Burst.Within))
	}
	return ""
}

// Each risk has a row, and what a row names is there.
func TestTheRisksPageNamesRulesThatExist(t *testing.T) {
	b, err := os.ReadFile("../../../docs/reference/risks.md")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, r := range parse(t, string(alert.Shipped)).Rules {
		names[r.Name] = true
	}
	rows := regexp.MustCompile(`(?m)^\| \d+ \|.*$`).FindAllString(string(b), -1)
	if len(rows) != 35 {
		t.Errorf("%d rows, want 35", len(rows))
	}
	for _, row := range rows {
		for _, m := range regexp.MustCompile("`([a-z0-9-]+)`").FindAllStringSubmatch(row, -1) {
			if strings.Contains(m[1], "-") && !names[m[1]] {
				t.Errorf("there is no rule %s: %s", m[1], row)
			}
		}
	}
}
