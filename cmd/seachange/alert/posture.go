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
	Key         string    `json:"key"` // rule/resource/id
	Rule        string    `json:"rule"`
	Severity    string    `json:"severity"`
	Title       string    `json:"title"`
	Advice      string    `json:"advice,omitempty"`
	RunbookURL  string    `json:"runbook_url,omitempty"`
	Tags        []string  `json:"tags,omitempty"`
	Account     string    `json:"account"`
	AccountName string    `json:"account_name,omitempty"`
	Resource    string    `json:"resource"`
	Record      string    `json:"record"` // its id
	Name        string    `json:"name,omitempty"`
	What        string    `json:"what"`           // what meets the rule, in words
	After       time.Time `json:"after,omitzero"` // it began after this; left out: seen in the initial snapshot
	Before      time.Time `json:"before"`
	Change      string    `json:"change"` // what made it so, in words
	Event       string    `json:"event"`  // the ce_id of that change
	// Silence is the one that mutes the finding; left out if none does.
	Silence *Silence `json:"silence,omitempty"`
}

// Posture holds rules on exposures and records against accounts as their events make them. It takes events in the order
// in which they were made, and is one goroutine's.
type Posture struct {
	judge *Judge
	open  map[string]*Finding // by account and key
	// scanned is when the newest of DigitalOcean's own scans was made, by account.
	scanned map[string]time.Time
	// Faults are the rules that could not be asked, each with its last error.
	Faults map[string]error
}

// NewPosture takes the rules that are about a state; the others are about what happens.
func NewPosture(rules *Rules) *Posture {
	state := &Rules{}
	for _, r := range rules.Rules {
		if r.On == "exposures" || r.On == "records" {
			state.Rules = append(state.Rules, r)
		}
	}
	return &Posture{
		judge: state.NewJudge(""), open: map[string]*Finding{}, scanned: map[string]time.Time{}, Faults: map[string]error{},
	}
}

// Resources are those whose events it needs; nil is all.
func (p *Posture) Resources() []string {
	resources, _ := p.judge.Resources()
	if resources != nil && !slices.Contains(resources, scansResource) {
		resources = append(resources, scansResource)
	}
	return resources
}

// Take takes an event in.
func (p *Posture) Take(ev *history.Event) {
	t := p.judge.turn(EventInput(ev))
	for _, r := range t.about(t.in.Resource) {
		if r.On == "records" {
			p.record(t, r)
		}
	}
	for _, c := range t.subject.changes {
		p.change(t, c)
	}
	if t.in.Resource == scansResource {
		p.scan(t)
	}
	for _, f := range t.faults {
		p.Faults[f.Rule] = f.Err
	}
}

func (p *Posture) record(t *turn, r *Rule) {
	ev, row := t.in.Event, t.in.Event.Row()
	if ev.Op != schema.Deleted && row.Body == nil {
		return // too large to be published: what was known holds
	}
	met := ev.Op != schema.Deleted && t.rowMet(r, "after", ev.After)
	target := exposure.Target{Account: t.in.Account, Resource: t.in.Resource, ID: row.ID}
	if row.Name != nil {
		target.Name = *row.Name
	}
	p.set(t, r, target, met, describeRecord(ev))
}

func (p *Posture) change(t *turn, c exposure.Change) {
	maps := t.maps(c.Target, c.Now)
	for _, r := range t.about(c.Resource) {
		if r.On != "exposures" {
			continue
		}
		var met []string
		for _, x := range t.meeting(r, c.Now, maps) {
			met = append(met, x.String())
		}
		p.set(t, r, c.Target, len(met) > 0, strings.Join(met, "; "))
	}
}

// set keeps since when a finding is so.
func (p *Posture) set(t *turn, r *Rule, target exposure.Target, met bool, what string) {
	key := target.Account + "/" + keyOf(r, target.Resource, target.ID)
	if !met {
		delete(p.open, key)
		return
	}
	f := p.open[key]
	if f == nil {
		a := t.exposureAlert(r, target, Firing)
		f = &Finding{
			Key: a.Key, Rule: a.Rule, Severity: a.Severity, Title: a.Title, Advice: a.Advice, RunbookURL: a.RunbookURL,
			Tags: a.Tags, Account: a.Account, AccountName: a.AccountName, Resource: a.Resource, Record: a.Record,
			After: a.After, Before: a.Before, Change: t.because(exposure.Target{}), Event: t.in.ID,
		}
		p.open[key] = f
	}
	f.What, f.Name = what, target.Name
}

// Findings returns what is met now, the most severe first, with what mutes it at a moment.
func (p *Posture) Findings(silences *Silences, at time.Time) []Finding {
	var all []Finding
	for f := range maps.Values(p.open) {
		one := *f
		one.Silence = silences.Match(f.alert(), at)
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(slices.Index(severities, a.Severity), slices.Index(severities, b.Severity)),
			strings.Compare(a.Rule, b.Rule), strings.Compare(a.Account, b.Account), strings.Compare(a.Key, b.Key))
	})
	return all
}

// alert is the finding as silences see it.
func (f *Finding) alert() *Alert {
	return &Alert{
		Rule: f.Rule, Severity: f.Severity, Title: f.Title, Account: f.Account, AccountName: f.AccountName,
		Resource: f.Resource, Record: f.Record, Name: f.Name, Key: f.Key, What: f.What, Tags: f.Tags,
	}
}

// Worst is the severity of the most severe of findings that no silence mutes; "" of none.
func Worst(all []Finding) string {
	for _, s := range severities {
		if slices.ContainsFunc(all, func(f Finding) bool { return f.Severity == s && f.Silence == nil }) {
			return s
		}
	}
	return ""
}
