package alert_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/cmd/seachange/alert"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/schema"
)

// found takes events in, a second apart, and returns the findings: severity, rule, record, what, since when and what
// made it so.
func found(t *testing.T, happens ...string) *alert.Posture {
	t.Helper()
	p := alert.NewPosture(parse(t, string(alert.Shipped)))
	bodies := map[string]string{}
	for i, line := range happens {
		words := strings.SplitN(line, " ", 4)
		op, resource, id := schema.Op(words[0]), words[1], words[2]
		before, after := bodies[resource+id], words[3]
		if op == schema.Created || op == schema.Read {
			before = ""
		}
		in := event(t, resource, op, before, after)
		bodies[resource+id] = after
		for _, row := range []*schema.Row{in.Event.Before, in.Event.After} {
			if row != nil {
				row.ID, row.Name = id, nil
			}
		}
		in.Event.Source.TsMS, in.Event.Source.LSN = int64(1000*i), int64(i)
		if op == schema.Read {
			in.Event.Source.PrevTsMS = nil
		}
		p.Take(&history.Event{Event: *in.Event})
	}
	for rule, err := range p.Faults {
		t.Errorf("%s can't be asked: %v", rule, err)
	}
	return p
}

func TestThePostureIsWhatIsSoAndSinceWhen(t *testing.T) {
	open, shut := tagged("web", rule("22", "0.0.0.0/0")), tagged("web", rule("22", "203.0.113.5/32"))
	p := found(t, "r droplets 1 "+machine, "r firewalls f "+shut, "u firewalls f "+open, "u droplets 1 "+
		strings.Replace(machine, "web-1", "web-01", 1),
		"r databases db "+`{"name":"orders","connection":{"port":25060},"rules":[]}`, "c load_balancers lb "+`{"network":"INTERNAL"}`,
		"r kubernetes_clusters k "+`{"auto_upgrade":true,"ha":true,"control_plane_firewall":{"enabled":true}}`, "u kubernetes_clusters k "+`{"auto_upgrade":false,"ha":true,"control_plane_firewall":{"enabled":true}}`,
		"u kubernetes_clusters k "+`{"auto_upgrade":false,"ha":true,"name":"k","control_plane_firewall":{"enabled":true}}`)
	var got []string
	for _, f := range p.Findings(nil, time.Time{}) {
		since := fmt.Sprintf("%d to %d", f.After.Unix(), f.Before.Unix())
		if f.After.IsZero() {
			since = fmt.Sprint("first look ", f.Before.Unix())
		}
		got = append(got, strings.Join([]string{f.Severity, f.Key, f.What, since, f.Change}, " | "))
	}
	want := []string{
		"critical | database-open-to-the-world/databases/db | tcp 25060 from everywhere | first look 4 | databases db " +
			"observed; none none, none × none in none",
		"critical | droplet-ssh-open/droplets/1 | tcp 22 from everywhere, through firewall web by tag web | 1 to 2 | " +
			"firewalls f updated; removed: inbound tcp 22 from 203.0.113.5/32; added: inbound tcp 22 from 0.0.0.0/0",
		"warning | kubernetes-auto-upgrade-off/kubernetes_clusters/k | none in none | 1 to 7 | kubernetes_clusters k " +
			"updated; auto_upgrade: true → false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("-want +got:\n", diff)
	}
	if worst := alert.Worst(p.Findings(nil, time.Time{})); worst != "critical" {
		t.Errorf("the worst is %q", worst)
	}
}

func TestThePostureForgetsWhatEnded(t *testing.T) {
	p := found(t, "r droplets 1 "+machine, "r firewalls f "+tagged("web", rule("22", "0.0.0.0/0")),
		"u firewalls f "+tagged("web"))
	if all := p.Findings(nil, time.Time{}); len(all) > 0 || alert.Worst(all) != "" {
		t.Errorf("found %v", all)
	}
}

func TestAFindingHoldsWhereItsRecordIsTooLargeToPublish(t *testing.T) {
	const off = `{"auto_upgrade":false,"ha":true,"control_plane_firewall":{"enabled":true}}`
	p := found(t, "c kubernetes_clusters k "+off)
	in := event(t, "kubernetes_clusters", schema.Updated, off, off)
	in.Event.Before.ID, in.Event.After.ID, in.Event.After.Body = "k", "k", nil
	p.Take(&history.Event{Event: *in.Event})
	if all := p.Findings(nil, time.Time{}); len(all) != 1 || len(p.Faults) > 0 {
		t.Errorf("found %v, faults %v", all, p.Faults)
	}
}

// What SARIF 2.1.0 and OCSF 1.3 require of a result is there.
func TestFindingsInOtherFormats(t *testing.T) {
	all := []alert.Finding{{
		Key: "ssh/droplets/1", Rule: "ssh", Severity: "critical", Title: "Open", Account: "a",
		Resource: "droplets", Record: "1", Name: "web-1", What: "tcp 22", Before: time.Unix(7, 0),
	}}
	sarif, err := json.Marshal(alert.SARIF(all, "1"))
	if err != nil {
		t.Fatal(err)
	}
	ocsf, err := json.Marshal(alert.OCSF(&all[0], "1", 8000))
	if err != nil {
		t.Fatal(err)
	}
	for _, without := range []string{"helpUri", "references"} { // the rule has no runbook
		if strings.Contains(string(sarif)+string(ocsf), without) {
			t.Errorf("%s in %s%s", without, sarif, ocsf)
		}
	}
	for _, want := range []struct{ in, text string }{
		{string(sarif), `"version":"2.1.0"`},
		{string(sarif), `"ruleId":"ssh"`},
		{string(sarif), `"level":"error"`},
		{string(sarif), `"text":"Open: droplets web-1 (1): tcp 22"`},
		{string(sarif), `"fullyQualifiedName":"a/droplets/1"`},
		{string(sarif), `"tags":[]`},
		{string(ocsf), `"class_uid":2003`},
		{string(ocsf), `"type_uid":200301`},
		{string(ocsf), `"severity_id":5`},
		{string(ocsf), `"uid":"a/ssh/droplets/1"`},
		{string(ocsf), `"created_time":7000`},
		{string(ocsf), `"time":8000`},
	} {
		if !strings.Contains(want.in, want.text) {
			t.Errorf("no %s in %s", want.text, want.in)
		}
	}
}
