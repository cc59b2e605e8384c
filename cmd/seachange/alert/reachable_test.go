package alert_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/cmd/seachange/alert"
	"github.com/seachange/seachange/schema"
)

// story is events of one account, a second apart: "c droplets 1 {…}", for a delete "d droplets 1 ", and "p" for one of
// what goes with its parent.
type story struct {
	t      *testing.T
	judge  *alert.Judge
	bodies map[string]string
	lsn    int64
}

func newStory(t *testing.T, rules string) *story { return storyOf(t, parse(t, rules)) }

func storyOf(t *testing.T, rules *alert.Rules) *story {
	return &story{t, rules.NewJudge("terminal"), map[string]string{}, 0}
}

// on takes an event in, at a second, and returns what is told: "firing rule/resource/id: what".
func (s *story) on(second int64, line string) (told []string) {
	s.t.Helper()
	words := strings.SplitN(line, " ", 4)
	op, resource, id := schema.Op(words[0]), words[1], words[2]
	orphan := op == "p"
	if orphan {
		op = schema.Deleted
	}
	before, after := s.bodies[resource+id], ""
	if op == schema.Deleted {
		delete(s.bodies, resource+id)
	} else {
		after = words[3]
		s.bodies[resource+id] = after
	}
	if op != schema.Updated && op != schema.Deleted {
		before = ""
	}
	in := event(s.t, resource, op, before, after)
	s.lsn++
	for _, row := range []*schema.Row{in.Event.Before, in.Event.After} {
		if row != nil {
			row.ID, row.Name = id, nil
			if i := strings.LastIndex(id, "/"); i > 0 {
				row.ParentID = new(id[:i])
			}
		}
	}
	if orphan {
		in.Event.Source.Cause = new(schema.CauseParent)
	}
	in.Event.Source.LSN, in.Event.Source.TsMS, in.ID = s.lsn, second*1000, fmt.Sprintf("a/%s/%d", resource, s.lsn)
	for _, a := range s.judge.Settle(second * 1000) {
		told = append(told, text(a))
	}
	alerts, faults := s.judge.Take(in)
	for _, f := range faults {
		s.t.Errorf("%s can't be asked: %v", f.Rule, f.Err)
	}
	for _, a := range alerts {
		told = append(told, text(a))
	}
	return told
}

func text(a *alert.Alert) string { return a.Status + " " + a.Key + ": " + a.What }

func (s *story) settled() (told []string) {
	for _, a := range s.judge.Settle(math.MaxInt64) {
		told = append(told, text(a))
	}
	return told
}

const (
	machine = `{"id":1,"name":"web-1","tags":["web"],"networks":{"v4":[{"type":"public","ip_address":"203.0.113.9"}],"v6":[]}}`
	sshRule = "rules:\n  - {name: ssh, on: exposures, when: 'exposure.world && covers(exposure, \"tcp\", [22])'}\n" +
		"  - {name: bare, on: exposures, when: exposure.unprotected, for: 45s, except: 'exposure.name == \"lab\"'}\n"
)

func tagged(name string, rules ...string) string {
	return fmt.Sprintf(`{"id":"1","name":"%s","droplet_ids":[],"tags":["web"],"inbound_rules":[%s],"outbound_rules":[]}`, name, strings.Join(rules, ","))
}

func TestAnExposureIsToldWhenItBeginsAndWhenItEnds(t *testing.T) {
	s := newStory(t, sshRule)
	closed, open := tagged("web", rule("22", "203.0.113.5/32")), tagged("web", rule("22", "0.0.0.0/1", "128.0.0.0/1"))
	want := func(second int64, line string, told ...string) {
		t.Helper()
		if diff := cmp.Diff(told, s.on(second, line)); diff != "" {
			t.Errorf("%d s, %.60s (-want +got):\n%s", second, line, diff)
		}
	}
	want(0, "r droplets 1 "+machine)
	want(0, "r firewalls f "+closed)
	want(10, "u firewalls f "+open, "firing ssh/droplets/1: Droplet web-1 is now reachable on tcp 22 from everywhere, "+
		"through firewall web by tag web; "+
		"firewalls f updated; removed: inbound tcp 22 from 203.0.113.5/32; added: inbound tcp 22 from 0.0.0.0/1, 128.0.0.0/1")
	want(20, "u firewalls f "+closed, "resolved ssh/droplets/1: Droplet web-1 is no longer reachable so")
	want(100, "u firewalls f "+open, "firing ssh/droplets/1: Droplet web-1 is now reachable on tcp 22 from everywhere, "+
		"through firewall web by tag web; "+
		"firewalls f updated; removed: inbound tcp 22 from 203.0.113.5/32; added: inbound tcp 22 from 0.0.0.0/1, 128.0.0.0/1")
	want(110, "d droplets 1 ", "resolved ssh/droplets/1: Droplet web-1 is deleted")
}

// A rule that moves from a firewall to another is gone here before it is seen there: nothing new is reachable.
func TestARuleThatMovesOpensNothing(t *testing.T) {
	s := newStory(t, sshRule)
	open, shut := tagged("a", rule("22", "0.0.0.0/0")), tagged("a", rule("443", "0.0.0.0/0"))
	s.on(0, "r droplets 1 "+machine)
	s.on(0, "r firewalls a "+open)
	s.on(0, "r firewalls b "+shut)
	s.on(10, "u firewalls a "+shut)
	if told := s.on(12, "u firewalls b "+open); len(told) > 0 {
		t.Errorf("told %v", told)
	}
	s.on(20, "u firewalls b "+shut)
	if told := s.on(60, "u firewalls b "+open); len(told) != 1 {
		t.Errorf("long after it ended, told %v", told)
	}
}

// A Droplet is seen before the firewall that is made for it, and gone after the one that no longer names it.
func TestWhatIsWithoutAFirewallForAMomentIsNotTold(t *testing.T) {
	s := newStory(t, sshRule)
	named := strings.Replace(tagged("web", rule("443", "0.0.0.0/0")), `"droplet_ids":[],"tags":["web"]`, `"droplet_ids":[1],"tags":[]`, 1)
	empty := strings.Replace(named, "[1]", "[]", 1)
	told := s.on(0, "c droplets 1 "+machine)
	told = append(told, s.on(5, "c firewalls f "+named)...)
	told = append(told, s.on(100, "u firewalls f "+empty)...)
	told = append(told, s.on(120, "d droplets 1 ")...)
	told = append(told, s.settled()...)
	if len(told) > 0 {
		t.Errorf("a Droplet that came and went was told: %v", told)
	}
	s.on(200, "c droplets 1 "+machine)
	s.on(200, "c droplets 2 "+strings.Replace(machine, "web-1", "lab", 1))
	told = s.on(250, "c firewalls g "+empty)
	if len(told) != 1 ||
		!strings.HasPrefix(told[0], "firing bare/droplets/1: Droplet web-1 is now reachable on icmp from everywhere, since "+
			"no firewall protects it; tcp on every port") {
		t.Errorf("one that stays without, and one that is excepted: told %v", told)
	}
}

func TestARuleOnRecordsIsToldWhenItBeginsAndWhenItEnds(t *testing.T) {
	s := newStory(t, "rules:\n  - {name: clear, on: records, resource: load_balancers, when: "+
		"'record.body.?redirect_http_to_https.orValue(false) == false'}\n")
	var got []string
	for i, line := range []string{
		`r load_balancers 1 {"redirect_http_to_https":false}`, `u load_balancers 1 {"redirect_http_to_https":true}`, `u load_balancers 1 {"redirect_http_to_https":true,"name":"x"}`,
		`u load_balancers 1 {}`, `d load_balancers 1 `, `c load_balancers 1 {}`,
	} {
		for _, a := range s.on(int64(i), line) {
			got = append(got, fmt.Sprint(i, " ", strings.Fields(a)[0]))
		}
	}
	if diff := cmp.Diff([]string{"1 resolved", "3 firing", "4 resolved", "5 firing"}, got); diff != "" {
		t.Error("-want +got:\n", diff)
	}
}

func TestConditionsSeeWhatTheWorldCanReach(t *testing.T) {
	for _, when := range []string{
		`newly_reachable(event).exists(x, x.id == "1" && x.world && x.ports == "22" && x.resource == "droplets" && size(x.sources) > 10)`,
		`reachable_now("1").exists(x, x.protocol == "tcp" && x.from == 22 && x.to == 22)`,
		`reachable_now("2").size() == 0`,
		`no_longer_reachable(event).size() == 0`,
		`newly_reachable(event)[0].text.contains("through firewall web by tag web")`,
		`newly_reachable(event)[0].addresses > 3000000000`,
	} {
		s := newStory(t, "rules:\n  - name: x\n    resource: firewalls\n    when: |\n      "+when)
		s.on(0, "r droplets 1 "+machine)
		s.on(0, "r firewalls f "+tagged("web"))
		if told := s.on(1, "u firewalls f "+tagged("web", rule("22", "0.0.0.0/0"))); len(told) != 1 {
			t.Errorf("%s does not hold", when)
		}
	}
}
