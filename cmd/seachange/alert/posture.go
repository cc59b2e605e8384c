package alert

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seachange/seachange/cmd/seachange/exposure"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/schema"
)

// Finding is a rule on exposures or records that is met, and since when.
type Finding struct {
	Key         string   `json:"key"` // rule/resource/id
	Rule        string   `json:"rule"`
	Severity    string   `json:"severity"`
	Title       string   `json:"title"`
	Advice      string   `json:"advice,omitempty"`
	RunbookURL  string   `json:"runbook_url,omitempty"`
	Tags        []string `json:"tags,omitempty"`
	Account     string   `json:"account"`
	AccountName string   `json:"account_name,omitempty"`
	Resource    string   `json:"resource"`
	Record      string   `json:"record"` // its id
	Name        string   `json:"name,omitempty"`
	What        string   `json:"what"` // what meets the rule, in words
	// After and Before are the window in which it began. Without After it was so when it was first looked at.
	After  time.Time `json:"after,omitzero"`
	Before time.Time `json:"before"`
	Change string    `json:"change"` // what made it so, in words
	Event  string    `json:"event"`  // the ce_id of that change
}

// Posture holds rules on exposures and records against accounts as their events make them. It takes events in the order
// in which they were made, and is one goroutine's.
type Posture struct {
	judge *Judge
	open  map[string]*Finding // by account and key
	// Faults are the rules that could not be asked, each with its last error.
	Faults map[string]error
}

// NewPosture takes the rules that are about a state; the others are about what happens.
func NewPosture(rules *Rules) *Posture {
	state := &Rules{}
	for _, r := range rules.Rules {
		if r.On == "exposures" || r.On == "records" {
			each := *r
			each.Outputs = nil
			state.Rules = append(state.Rules, &each)
		}
	}
	return &Posture{state.NewJudge(""), map[string]*Finding{}, map[string]error{}}
}

// Resources are those whose events it needs; nil is all.
func (p *Posture) Resources() []string {
	resources, _ := p.judge.Resources()
	return resources
}

// Take takes an event in.
func (p *Posture) Take(ev *history.Event) {
	in := EventInput(ev)
	s := &subject{ev: in.Event, resource: in.Resource, values: map[string]any{}, engine: p.judge.engine}
	if p.judge.engine != nil {
		s.changes = p.judge.engine.Take(in.Event)
	}
	t := &turn{Judge: p.judge, in: in, subject: s}
	for _, name := range []string{in.Resource, ""} {
		for _, r := range p.judge.rules[name] {
			if r.On == "records" {
				p.record(t, r)
			}
		}
	}
	for _, c := range s.changes {
		p.change(t, c)
	}
	for _, f := range t.faults {
		p.Faults[f.Rule] = f.Err
	}
}

func (p *Posture) record(t *turn, r *Rule) {
	ev, met := t.in.Event, false
	if ev.Op != schema.Deleted && ev.After.Body != nil {
		v, _ := t.subject.ResolveName("after")
		met = t.met(r, &overlay{t.subject, "record", v})
	}
	a := t.alert(r, t.in)
	p.set(t, a, met, describeRecord(ev))
}

func (p *Posture) change(t *turn, c exposure.Change) {
	maps := t.maps(c.Target, c.Now)
	for _, name := range []string{c.Resource, ""} {
		for _, r := range t.rules[name] {
			if r.On != "exposures" {
				continue
			}
			var met []string
			for i, m := range maps {
				if t.met(r, &overlay{t.subject, "exposure", m}) {
					met = append(met, c.Now[i].String())
				}
			}
			a := t.exposureAlert(r, c.Target, Firing)
			p.set(t, a, len(met) > 0, strings.Join(met, "; "))
		}
	}
}

// set keeps since when a finding is so.
func (p *Posture) set(t *turn, a *Alert, met bool, what string) {
	key := a.Account + "/" + a.Key
	if !met {
		delete(p.open, key)
		return
	}
	f := p.open[key]
	if f == nil {
		f = &Finding{
			Key: a.Key, Rule: a.Rule, Severity: a.Severity, Title: a.Title, Advice: a.Advice, RunbookURL: a.RunbookURL, Tags: a.Tags,
			Account: a.Account, AccountName: a.AccountName, Resource: a.Resource, Record: a.Record, After: a.After, Before: a.Before,
			Change: t.because(exposure.Target{}), Event: t.in.ID,
		}
		p.open[key] = f
	}
	f.What, f.Name = what, a.Name
}

// Findings returns what is met now, the most severe first.
func (p *Posture) Findings() []Finding {
	var all []Finding
	for f := range maps.Values(p.open) {
		all = append(all, *f)
	}
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(slices.Index(severities, a.Severity), slices.Index(severities, b.Severity)), strings.Compare(a.Rule, b.Rule),
			strings.Compare(a.Account, b.Account), strings.Compare(a.Key, b.Key))
	})
	return all
}

// Worst is the severity of the most severe of findings; "" of none.
func Worst(all []Finding) string {
	for _, s := range severities {
		if slices.ContainsFunc(all, func(f Finding) bool { return f.Severity == s }) {
			return s
		}
	}
	return ""
}
