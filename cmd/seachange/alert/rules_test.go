package alert_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/cmd/seachange/alert"
	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

func known(resource string) bool { return schema.Lookup(resource) != nil }

func parse(t testing.TB, text string) *alert.Rules {
	t.Helper()
	rules, err := alert.Parse(strings.NewReader(text), known)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// event makes an event of a record from its bodies; "" is none. Its changes are those that the product would say.
func event(t testing.TB, resource string, op schema.Op, before, after string) alert.Input {
	t.Helper()
	row := func(body string) *schema.Row {
		if body == "" {
			return nil
		}
		name := "web"
		return &schema.Row{AccountID: "a", ID: "1", Name: &name, Body: &body}
	}
	prev := int64(1000)
	ev := &schema.Event{
		Op: op, Before: row(before), After: row(after),
		Source: schema.Source{DB: "a", Table: resource, TsMS: 2000, PrevTsMS: &prev, LSN: 7},
	}
	if op == schema.Updated {
		rules, err := diff.Compile(schema.Lookup(resource), diff.Options{})
		if err != nil {
			t.Fatal(err)
		}
		changes, err := diff.Patch(rules, []byte(before), []byte(after))
		if err != nil {
			t.Fatal(err)
		}
		ev.Changes = &changes
	}
	return alert.Input{ID: fmt.Sprintf("a/%s/7", resource), Event: ev, Account: "a", Resource: resource}
}

// fired are the rules that an input meets. A rule that can't be asked fails the test.
func fired(t testing.TB, j *alert.Judge, in alert.Input) (names []string) {
	t.Helper()
	alerts, faults := j.Take(in)
	for _, f := range faults {
		t.Errorf("%s can't be asked: %v", f.Rule, f.Err)
	}
	for _, a := range alerts {
		if a.Status == alert.Firing {
			names = append(names, a.Rule)
		}
	}
	return names
}

func firewall(rules string) string {
	return `{"id":"1","droplet_ids":[7,8],"tags":["web"],"inbound_rules":[` + rules + `],"outbound_rules":[]}`
}

func rule(ports string, sources ...string) string {
	b, _ := json.Marshal(sources)
	return `{"protocol":"tcp","ports":"` + ports + `","sources":{"addresses":` + string(b) + `}}`
}

func TestABurstFiresOnceAndOnlyWithinItsTime(t *testing.T) {
	deleted := func(account string, second int64) alert.Input {
		in := event(t, "droplets", schema.Deleted, `{"id":1}`, "")
		in.ID, in.Account, in.Event.Source.TsMS = fmt.Sprint(account, second), account, second*1000
		return in
	}
	j := parse(t, string(alert.Shipped)).NewJudge("terminal")
	var got []string
	for _, at := range []int64{0, 100, 200, 290, 301, 302, 303, 304, 305, 306, 307} { // five within 300 s: 100 to 301
		if len(fired(t, j, deleted("a", at))) > 0 {
			got = append(got, fmt.Sprint(at))
		}
		if len(fired(t, j, deleted("b", 1000*at))) > 0 {
			t.Errorf("another account's deletes count, or slow ones")
		}
	}
	if diff := cmp.Diff([]string{"302", "307"}, got); diff != "" {
		t.Error("fired at (-want +got):\n", diff)
	}
}

// Topics come one beside the other, and the past of one after that of another.
func TestABurstIsOneWhateverTheOrder(t *testing.T) {
	for _, tt := range []struct {
		name    string
		seconds []int64 // when, in the order in which they come
		want    string  // which fire
	}{
		{"each older than the one before", []int64{304, 303, 302, 301, 300}, "300"},
		{"long after each other", []int64{40_000, 30_000, 20_000, 10_000, 0}, ""},
		{"a burst behind later ones", []int64{40_000, 40_001, 40_002, 40_003, 0, 1, 2, 3, 4}, "4"},
		{"given again", []int64{0, 1, 2, 0, 1, 2}, ""},
		{"given again after it fired", []int64{0, 1, 2, 3, 4, 0, 1, 2, 3, 4}, "4"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j := parse(t, string(alert.Shipped)).NewJudge("terminal")
			var got []string
			for _, second := range tt.seconds {
				in := event(t, "droplets", schema.Deleted, `{"id":1}`, "")
				in.ID, in.Event.Source.TsMS = fmt.Sprint(second), second*1000
				if len(fired(t, j, in)) > 0 {
					got = append(got, in.ID)
				}
			}
			if all := strings.Join(got, " "); all != tt.want {
				t.Errorf("fired at %q, want %q", all, tt.want)
			}
		})
	}
}

func TestWhatBefallsManyCollectionsIsToldOnce(t *testing.T) {
	j := parse(t, string(alert.Shipped)).NewJudge("terminal")
	var got []string
	for i, in := range []alert.Input{
		{Account: "a", Resource: "droplets", Status: "stopped", Reason: "401", AtMS: 0},
		{Account: "a", Resource: "firewalls", Status: "stopped", Reason: "401", AtMS: 0},
		{Account: "b", Resource: "droplets", Status: "stopped", Reason: "401", AtMS: 0},
		{Account: "a", Resource: "domains", Status: "unreadable", Reason: "no scope", AtMS: 1000},
		{Account: "a", Resource: "domain_records", Parent: "x", Status: "unreadable", Reason: "no scope", AtMS: 2000},
		{Account: "a", Resource: "domain_records", Parent: "y", Status: "unreadable", Reason: "no scope", AtMS: 3000},
		{Account: "a", Resource: "domain_records", Parent: "x", Status: "stopped", Reason: "401", AtMS: 50_000},
		{Account: "a", Resource: "domain_records", Parent: "y", Status: "stopped", Reason: "401", AtMS: 100_000},
		{Account: "a", Resource: "droplets", Status: "whole", AtMS: 120_000},
		{Account: "a", Resource: "droplets", Status: "stopped", Reason: "401", AtMS: 160_000},
		{Account: "a", Resource: "droplets", Status: "stopped", Reason: "401", AtMS: 10_000}, // an older one comes later
	} {
		if len(fired(t, j, in)) > 0 {
			got = append(got, fmt.Sprint(i))
		}
	}
	if want := []string{"0", "2", "3", "4", "9", "10"}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
}

func TestAStatusThatLastsIsToldAndOneThatPassesIsNot(t *testing.T) {
	j := parse(t, string(alert.Shipped)).NewJudge("terminal")
	status := func(second int64, resource, s string) {
		t.Helper()
		if got := fired(t, j, alert.Input{
			Account: "a", Resource: resource, Status: s, Reason: "500",
			AtMS: second * 1000,
		}); len(got) > 0 {
			t.Errorf("%s %s is told at once: %v", resource, s, got)
		}
	}
	status(0, "droplets", "failed")
	status(0, "firewalls", "partial")
	status(60, "droplets", "partial")
	status(120, "firewalls", "whole")
	if early := j.Settle(299_000); len(early) > 0 {
		t.Errorf("told before five minutes: %v", early[0].Text())
	}
	late := j.Settle(300_000)
	if len(late) != 1 || late[0].Rule != "blind-for-a-while" || late[0].Resource != "droplets" {
		t.Errorf("after five minutes: %v", late)
	}
}

func TestFaultsOfRulesAreRefusedWithTheirPlace(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"syntax", "rules:\n  - name: x\n    when: op == == 'd'", "line 3, column 17: rule \"x\": Syntax error"},
		{
			"quoted", "rules:\n  - name: x\n    when: \"nothing\"",
			"line 3, column 12: rule \"x\": undeclared reference to 'nothing'",
		},
		{
			"block", "rules:\n  - name: x\n    when: |\n      op == 'd' &&\n        nothing",
			"line 5, column 9: rule \"x\": undeclared reference to 'nothing'",
		},
		{
			"type", "rules:\n  - name: x\n    when: op == 1",
			"line 3, column 14: rule \"x\": found no matching overload for '_==_'",
		},
		{
			"no bool", "rules:\n  - name: x\n    when: op",
			"line 3, column 11: rule \"x\": the condition is a string, want a bool",
		},
		{"function", "rules:\n  - name: x\n    when: opened(op)", "found no matching overload for 'opened'"},
		{"unknown key", "rules:\n  - name: x\n    wenn: op == 'd'", "line 3, column 5: unknown field"},
		{"no YAML", "rules: [", "line 1"},
		{"nothing", "", "no rules"},
		{"no condition", "rules:\n  - name: x", `rule "x": when: is missing`},
		{"no name", "rules:\n  - when: true", `rule 1 has no name`},
		{"twice", "rules:\n  - {name: x, when: true}\n  - {name: x, when: true}", `two rules are named "x"`},
		{"resource", "rules:\n  - {name: x, when: true, resource: dropplets}", `no resource "dropplets"`},
		{"severity", "rules:\n  - {name: x, when: true, severity: bad}", `severity "bad"`},
		{"on", "rules:\n  - {name: x, when: true, on: marks}", `on "marks"`},
		{"burst", "rules:\n  - {name: x, when: true, burst: {count: 3}}", `both count and within`},
		{"burst time", "rules:\n  - {name: x, when: true, burst: {count: 3, within: soon}}", `"soon" is not a time`},
		{"output", "rules:\n  - {name: x, when: true, outputs: pager}", `no output "pager"`},
		{"output type", "outputs: [{name: pager}]\nrules:\n  - {name: x, when: true}", `type "pager"`},
		{"output address", "outputs: [{name: slack}]\nrules:\n  - {name: x, when: true}", `one of url, url_env and url_file`},
		{"output twice", "outputs: [{name: terminal}, {name: terminal}]\nrules:\n  - {name: x, when: true}", `two outputs are named`},
		{"output name", "outputs: [{name: A b, type: terminal}]\nrules:\n  - {name: x, when: true}", `lower-case letters`},
		{"command", "outputs: [{name: command}]\nrules:\n  - {name: x, when: true}", `command is missing`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := alert.Parse(strings.NewReader(tt.text), known)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestARuleThatCantBeAskedIsAFaultAndStopsNoOther(t *testing.T) {
	j := parse(t, "rules:\n  - {name: a, when: 'after.body.missing == 1'}\n"+
		"  - {name: b, when: 'op == \"c\"'}").NewJudge("terminal")
	alerts, faults := j.Take(event(t, "droplets", schema.Created, "", `{"id":1}`))
	if len(alerts) != 1 || alerts[0].Rule != "b" || len(faults) != 1 || faults[0].Rule != "a" {
		t.Errorf("alerts %v, faults %v", alerts, faults)
	}
}

func TestConditionsSeeTheEvent(t *testing.T) {
	for _, tt := range []struct {
		when string
		want bool
	}{
		{`resource == "droplets" && op == "u"`, true},
		{`before.body.size == 1 && after.body.size == 2`, true},
		{`after.body.big == 9007199254740993`, true},
		{`after.name == "web" && after.id == "1"`, true},
		{`source.lsn == 7 && source.ts_ms - source.prev_ts_ms == 1000`, true},
		{`changes.exists(c, c.path == "/size" && c.old == 1 && c.value == 2)`, true},
		{`changed(event, "/size") && !changed(event, "/siz") && changed(event, "/net")`, true},
		{`event.after.body.size == 2`, true},
		{`after.body.name.startsWith("we") && after.body.name.upperAscii() == "WEB"`, true},
		{`after.body.size == 3`, false},
	} {
		in := event(t, "droplets", schema.Updated, `{"id":1,"size":1,"name":"web","big":1,"net":{"a":1}}`, `{"id":1,"size":2,"name":"web","big":9007199254740993,"net":{"a":2}}`)
		j := parse(t, "rules:\n  - name: x\n    when: '"+tt.when+"'").NewJudge("terminal")
		if got := len(fired(t, j, in)) == 1; got != tt.want {
			t.Errorf("%s is %v", tt.when, got)
		}
	}
}

func TestFirstSightFiresOnlyIfAsked(t *testing.T) {
	in := event(t, "droplets", schema.Read, "", `{"id":1}`)
	for text, want := range map[string]int{
		"rules: [{name: x, when: true}]":                    0,
		"rules: [{name: x, when: true, first_sight: true}]": 1,
	} {
		if got := fired(t, parse(t, text).NewJudge("terminal"), in); len(got) != want {
			t.Errorf("%s: fired %v", text, got)
		}
	}
}

func TestAnOutputHasItsRules(t *testing.T) {
	const text = "outputs: [{name: terminal}, {name: pager, type: terminal}]\nrules:\n" +
		"  - {name: all, when: true, resource: droplets}\n" +
		"  - {name: pager, when: true, resource: [firewalls, domains], outputs: pager}\n"
	for output, want := range map[string]string{
		"terminal": "[droplets] false",
		"pager":    "[domains droplets firewalls] false",
	} {
		resources, status := parse(t, text).NewJudge(output).Resources()
		if got := fmt.Sprint(resources, status); got != want {
			t.Errorf("%s needs %s, want %s", output, got, want)
		}
	}
	if resources, status := parse(t, string(alert.Shipped)).NewJudge("terminal").Resources(); resources != nil || !status {
		t.Errorf("the shipped rules need %v, %v, want all", resources, status)
	}
}

func TestOpened(t *testing.T) {
	for _, tt := range []struct{ name, before, after, want string }{
		{"new rule", "", rule("22", "0.0.0.0/0", "::/0"), "22 0.0.0.0/0 ::/0 world"},
		{"nothing new", rule("22", "0.0.0.0/0"), rule("22", "0.0.0.0/0"), ""},
		{"another port", rule("443", "0.0.0.0/0"), rule("22", "0.0.0.0/0"), "22 0.0.0.0/0 world"},
		{"wider source", rule("22", "192.0.2.0/25"), rule("22", "192.0.2.0/24"), "22 192.0.2.0/24"},
		{"narrower source", rule("22", "192.0.2.0/24"), rule("22", "192.0.2.7"), ""},
		{"narrower ports", rule("1-1024", "0.0.0.0/0"), rule("22", "0.0.0.0/0"), ""},
		{"wider ports", rule("22", "0.0.0.0/0"), rule("20-22", "0.0.0.0/0"), "20-22 0.0.0.0/0 world"},
		{
			"two ranges that touch", rule("1-10", "0.0.0.0/0") + "," + rule("11-20", "0.0.0.0/0"),
			rule("1-20", "0.0.0.0/0"), "",
		},
		{
			"two ranges that don't", rule("1-10", "0.0.0.0/0") + "," + rule("12-20", "0.0.0.0/0"), rule("1-20", "0.0.0.0/0"),
			"1-20 0.0.0.0/0 world",
		},
		{"all ports", rule("22", "0.0.0.0/0"), rule("0", "0.0.0.0/0"), "all 0.0.0.0/0 world"},
		{"from all ports", rule("all", "0.0.0.0/0"), rule("22", "0.0.0.0/0"), ""},
		{"IPv6 beside IPv4", rule("22", "0.0.0.0/0"), rule("22", "0.0.0.0/0", "::/0"), "22 ::/0 world"},
		{"one address more", rule("22", "192.0.2.1"), rule("22", "192.0.2.1", "192.0.2.9"), "22 192.0.2.9/32"},
		{"closed", rule("22", "0.0.0.0/0"), "", ""},
		{"denied", "", strings.Replace(rule("22", "0.0.0.0/0"), "{", `{"action":"deny",`, 1), ""},
		{"a source that can't be read", "", rule("22", "anybody"), "22 0.0.0.0/0 ::/0 world"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := event(t, "firewalls", schema.Updated, firewall(tt.before), firewall(tt.after))
			want := tt.want
			var conditions []string
			if want == "" {
				conditions = append(conditions, "opened(event).size() == 0")
			} else {
				parts := strings.Fields(want)
				world := parts[len(parts)-1] == "world"
				if world {
					parts = parts[:len(parts)-1]
				}
				sources, _ := json.Marshal(parts[1:])
				conditions = append(conditions,
					fmt.Sprintf("opened(event).size() == 1 && opened(event)[0] == {'protocol': 'tcp', 'ports': '%s', 'sources': %s, "+
						"'world': %v}", parts[0], sources, world))
			}
			j := parse(t, "rules:\n  - name: x\n    when: |\n      "+conditions[0]).NewJudge("terminal")
			if len(fired(t, j, in)) != 1 {
				t.Errorf("%s does not hold", conditions[0])
			}
		})
	}
}

func TestAnAlertSaysWhatWhereSinceWhenAndWhatToDo(t *testing.T) {
	j := parse(t, string(alert.Shipped)).NewJudge("terminal")
	in := event(t, "firewalls", schema.Created, "", firewall(rule("22", "0.0.0.0/0")))
	in.AccountName = "Fake Team"
	alerts, _ := j.Take(in)
	want := "[warning] A firewall lets everyone in: firewalls web (1) of Fake Team: created; inbound tcp 22 " +
		"from 0.0.0.0/0\n    Between 1970-01-01T00:00:01Z and 1970-01-01T00:00:02Z. Nothing new can be reached through it " +
		"yet: it protects nothing, or another lets in the same. What it is attached to next will be open."
	if diff := cmp.Diff(want, alerts[0].Text()); diff != "" {
		t.Error("-want +got:\n", diff)
	}
	if alerts[0].ID != "a/firewalls/7/firewall-opens-to-the-world" {
		t.Errorf("id is %s", alerts[0].ID)
	}
}

// The API has no audit log: only what a record says of its own change counts.
func TestAnAlertNamesWhoWhereTheRecordSaysIt(t *testing.T) {
	j := parse(t, "rules: [{name: x, when: true}]").NewJudge("terminal")
	for _, tt := range []struct {
		resource      string
		op            schema.Op
		before, after string
		want          string
	}{
		{"gen_ai_openai_keys", schema.Created, "", `{"created_by":"12345"}`, "; by 12345 (created_by)"},
		{"gen_ai_openai_keys", schema.Updated, `{"name":"a","created_by":"12345"}`, `{"name":"b","created_by":"12345"}`, ""},
		{"hosted_agent_workspaces", schema.Updated, `{"name":"a"}`, `{"name":"b","updated_by":"7"}`, "; by 7 (updated_by)"},
		{"app_deployments", schema.Created, "", `{"cause_details":{"digitalocean_user_action":{"user":{"email":"fake@example.com"}}}}`, "; by fake@example.com (cause_details.digitalocean_user_action.user.email)"},
		{"droplets", schema.Created, "", `{"name":"a"}`, ""},
		{"gen_ai_openai_keys", schema.Deleted, `{"created_by":"12345"}`, "", ""},
	} {
		alerts, _ := j.Take(event(t, tt.resource, tt.op, tt.before, tt.after))
		if text := alerts[0].Text(); strings.Contains(text, "; by ") != (tt.want != "") || !strings.Contains(text, tt.want) {
			t.Errorf("%s %s: %s, want %q", tt.op, tt.resource, text, tt.want)
		}
	}
}

// Names and reasons are chosen by others.
func TestAnAlertsTextIsTwoLinesOfText(t *testing.T) {
	name := "web\x1b[2J\n[critical] A firewall lets everyone in: \u202ebew"
	in := event(t, "droplets", schema.Created, "", `{"id":1}`)
	in.Event.After.Name, in.AccountName = &name, "team\x07"
	status := alert.Input{
		AtMS: 1, Account: "a", Resource: "droplets", Parent: "x\r", Status: "unreadable",
		Reason: "no\x1b[2J scope\n",
	}
	rules := parse(t, "rules: [{name: x, when: true}, {name: y, when: true, on: status}]")
	for _, in := range []alert.Input{in, status} {
		alerts, _ := rules.NewJudge("terminal").Take(in)
		for _, a := range alerts {
			if b, err := json.Marshal(a); err != nil || strings.Contains(string(b), "0001-01-01") {
				t.Errorf("a time that is unknown is none: %s, %v", b, err)
			}
			text := a.Text()
			if strings.Count(text, "\n") != 1 || strings.ContainsAny(text, "\x1b\x07\r\u202e") {
				t.Errorf("%q", text)
			}
		}
		if len(alerts) != 1 {
			t.Errorf("%d alerts", len(alerts))
		}
	}
}
