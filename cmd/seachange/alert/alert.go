package alert

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"

	"github.com/seachange/seachange/cmd/seachange/describe"
	"github.com/seachange/seachange/cmd/seachange/exposure"
	"github.com/seachange/seachange/cmd/seachange/hint"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

// Alert is what an output sends.
type Alert struct {
	// ID is the event's ce_id, the rule, and on exposures what is reached: the same again means that it was sent before.
	ID string `json:"id"`
	// Key names the finding, rule/resource/id: what begins and what ends have the same.
	Key  string   `json:"key"`
	Keys []string `json:"keys,omitempty"` // of a digest: of all that it covers
	// Status is "firing", or "resolved": what a rule on records or exposures reported has ended.
	Status      string    `json:"status"`
	Rule        string    `json:"rule"`
	Severity    string    `json:"severity"`
	Title       string    `json:"title"`
	Advice      string    `json:"advice,omitempty"`
	RunbookURL  string    `json:"runbook_url,omitempty"`
	Tags        []string  `json:"tags,omitempty"`
	Account     string    `json:"account"`
	AccountName string    `json:"account_name,omitempty"`
	Resource    string    `json:"resource"`
	Record      string    `json:"record,omitempty"` // its id
	Name        string    `json:"name,omitempty"`
	What        string    `json:"what"`           // the change, in words
	After       time.Time `json:"after,omitzero"` // it happened after this; zero: unknown
	Before      time.Time `json:"before"`
	Actor       string    `json:"actor,omitempty"` // who made the change, where the record says it
	// ActorEvidence is the member of the record that says who.
	ActorEvidence string `json:"actor_evidence,omitempty"`
	// Hints are actions and notes that overlap the change's window. They prove nothing.
	Hints []hint.Hint `json:"hints,omitempty"`
	// Event is the event as it stands in the topic; null for a status.
	Event *schema.Event `json:"event,omitempty"`

	lasts    bool // it is firing until it is resolved
	cooldown time.Duration
}

// What a finding does. Of an event that is past when it is sent, nothing is ever resolved.
const (
	Firing   = "firing"
	Resolved = "resolved"
)

// Text is the alert in a few lines for people.
func (a *Alert) Text() string {
	var b strings.Builder
	label := a.Severity
	if a.Status == Resolved {
		label = Resolved
	}
	fmt.Fprintf(&b, "[%s] %s: %s", label, a.Title, a.Where())
	if a.What != "" {
		b.WriteString(": " + plain.Text(a.What))
	}
	if a.Actor != "" {
		b.WriteString(plain.Text("; by " + a.Actor + " (" + a.ActorEvidence + ")"))
	}
	b.WriteString("\n    " + a.Window())
	if a.Advice != "" && a.Status != Resolved {
		b.WriteString(". " + a.Advice)
	}
	for _, h := range a.Hints {
		b.WriteString("\n    " + plain.Text(h.String()))
	}
	return b.String()
}

// Where names the record and its account, on one line.
func (a *Alert) Where() string { return plain.Text(a.where()) }

func (a *Alert) where() string {
	account := cmp.Or(a.AccountName, a.Account)
	if a.Record == "" {
		return fmt.Sprintf("%s of %s", a.Resource, account)
	}
	return fmt.Sprintf("%s %s of %s", a.Resource, titleOf(a.Name, a.Record), account)
}

// titleOf names a record: by its name and its id, or by its id alone where it has no other name.
func titleOf(name, id string) string {
	if name == "" || name == id {
		return id
	}
	return name + " (" + id + ")"
}

// Window says when it happened, as far as that is known.
func (a *Alert) Window() string {
	before := a.Before.UTC().Format(time.RFC3339)
	if a.After.IsZero() {
		return "Seen at " + before
	}
	return "Between " + a.After.UTC().Format(time.RFC3339) + " and " + before
}

// Input is an event, or a change of status, with what is known of its record.
type Input struct {
	ID                string // its ce_id; of a status anything that is unique
	AccountName       string
	Event             *schema.Event // nil for a status
	Account, Resource string
	Parent            string // of a status: the collection's parent
	Status, Reason    string
	AtMS              int64 // of a status: when it began
	SeenMS            int64 // when it is judged, by the clock that Judge.Settle is given; zero: when it happened
}

// Judge holds inputs against rules, for one output. It remembers what bursts need.
type Judge struct {
	rules  map[string][]*Rule // by resource; "" are those for all
	bursts map[string][]*hit  // by rule and account, as they came
	said   map[string]int64   // by rule, account, resource, status and reason: when a status met it last
	engine *exposure.Engine   // nil if no rule asks what can be reached
	// pending are exposures that have to last before they are sent, and ended those that ended a moment ago.
	pending  map[string]*pending
	ended    map[string]int64
	families families
	parents  map[string]bool // resources whose records have children
}

// NewJudge takes the rules of an output; of "" all, whichever outputs they are for.
func (s *Rules) NewJudge(output string) *Judge {
	j := &Judge{
		rules: map[string][]*Rule{}, bursts: map[string][]*hit{}, said: map[string]int64{}, pending: map[string]*pending{},
		ended: map[string]int64{}, families: families{}, parents: parents(),
	}
	for _, r := range s.Rules {
		if output != "" && len(r.Outputs) > 0 && !slices.Contains(r.Outputs, output) {
			continue
		}
		if r.reaches() && j.engine == nil {
			j.engine = exposure.New()
		}
		if len(r.Resource) == 0 {
			j.rules[""] = append(j.rules[""], r)
		}
		for _, n := range r.Resource {
			j.rules[n] = append(j.rules[n], r)
		}
	}
	return j
}

// Resources are those that the rules on events ask for; nil is all. status reports whether one asks for statuses.
func (j *Judge) Resources() (resources []string, status bool) {
	all := false
	for name, rules := range j.rules {
		for _, r := range rules {
			switch {
			case r.On == "status":
				status = true
			case r.On == "exposures": // below
			case name == "":
				all = true
			case !slices.Contains(resources, name):
				resources = append(resources, name)
			}
		}
	}
	if j.engine != nil {
		resources = append(resources, exposure.Resources()...)
	}
	slices.Sort(resources)
	resources = slices.Compact(resources)
	if all {
		resources = nil
	} else if resources == nil {
		resources = []string{}
	}
	return resources, status
}

// Counts reports whether a rule counts events, so that what came just before matters.
func (j *Judge) Counts() bool {
	for _, rules := range j.rules {
		if slices.ContainsFunc(rules, func(r *Rule) bool { return r.Burst.Count > 0 }) {
			return true
		}
	}
	return false
}

// Fault is a rule that could not be asked about an input.
type Fault struct {
	Rule string
	Err  error
}

// Take returns the alerts of an input, and the rules that could not be asked: a condition may name a member that a body
// lacks.
func (j *Judge) Take(in Input) (alerts []*Alert, faults []Fault) {
	t := j.turn(in)
	t.family = j.family(&in)
	for _, r := range j.about(in.Resource) {
		switch {
		case r.On == "exposures":
		case (r.On == "status") != (in.Event == nil):
		case r.On == "records":
			t.record(r)
		case in.Event != nil && in.Event.Op == schema.Read && !r.FirstSight:
		default:
			t.event(r)
		}
	}
	for _, c := range t.subject.changes {
		t.change(c)
	}
	return t.alerts, t.faults
}

// about are the rules for a resource, and those for all.
func (j *Judge) about(resource string) []*Rule { return slices.Concat(j.rules[resource], j.rules[""]) }

// turn is an input while it is held against rules.
type turn struct {
	*Judge
	in      Input
	subject *subject
	family  *family // of a delete that is sent with others; nil otherwise
	alerts  []*Alert
	faults  []Fault
}

// turn takes an input's event into the engine.
func (j *Judge) turn(in Input) *turn {
	s := &subject{
		ev: in.Event, status: in.Status, reason: in.Reason, resource: in.Resource, values: map[string]any{}, engine: j.engine,
	}
	if j.engine != nil && in.Event != nil {
		s.changes = j.engine.Take(in.Event)
	}
	return &turn{Judge: j, in: in, subject: s}
}

func (t *turn) event(r *Rule) {
	if r.On == "status" && r.For > 0 {
		t.lasting(r)
		return
	}
	if (t.in.orphaned() && r.Burst.Count > 0) || !t.met(r, t.subject) { // it went with its parent, which counts itself
		return
	}
	run, full := t.full(r, t.in)
	if !full || !t.news(r, t.in) {
		return
	}
	a := t.alert(r, t.in)
	if len(run) > 0 {
		a.What = burstOf(r.Burst, run) + "; the last: " + a.What
	}
	switch {
	case t.family == nil || len(run) > 0:
		t.alerts = append(t.alerts, a)
	case t.in.orphaned():
		t.family.with = append(t.family.with, a)
	default:
		t.family.own = append(t.family.own, a)
	}
}

// record reports that a record meets a rule and did not before, or no longer does.
func (t *turn) record(r *Rule) {
	ev := t.in.Event
	before, after := t.rowMet(r, "before", ev.Before), t.rowMet(r, "after", ev.After)
	if ev.Op == schema.Read && !r.FirstSight {
		return
	}
	if before == after {
		return
	}
	a := t.alert(r, t.in)
	a.lasts = true
	if before {
		a.Status = Resolved
	}
	t.alerts = append(t.alerts, a)
}

// rowMet reports whether a row, the event's before or after, meets a rule on records.
func (t *turn) rowMet(r *Rule, variable string, row *schema.Row) bool {
	if row == nil {
		return false
	}
	v, _ := t.subject.ResolveName(variable)
	return t.met(r, &overlay{t.subject, "record", v})
}

// met asks a rule. That it can't be asked is a fault, and not met.
func (t *turn) met(r *Rule, s cel.Activation) bool {
	met, err := evaluate(r.program, s)
	if met && err == nil && r.except != nil {
		var excepted bool
		excepted, err = evaluate(r.except, s)
		met = !excepted
	}
	if err != nil && !slices.ContainsFunc(t.faults, func(f Fault) bool { return f.Rule == r.Name }) {
		t.faults = append(t.faults, Fault{r.Name, err})
	}
	return met && err == nil
}

// evaluate asks a program about a cel.Activation, or a map of its variables.
func evaluate(p cel.Program, s any) (bool, error) {
	v, _, err := p.Eval(s)
	if err != nil {
		return false, err
	}
	met, ok := v.Value().(bool)
	if !ok {
		return false, fmt.Errorf("the condition is %v, want true or false", v.Type())
	}
	return met, nil
}

// hit is an event that met a rule with a burst.
type hit struct {
	id    string
	ms    int64
	what  string // its record
	fired bool   // it was sent with others
}

// hits is how many of them are remembered, of each rule and account.
const hits = 1000

// full counts an event towards a rule's burst, once, and returns the burst if that is full. Of several topics what is
// older may come later, so it looks to both sides. A burst fires once, and begins anew.
func (j *Judge) full(r *Rule, in Input) (run []*hit, full bool) {
	if r.Burst.Count == 0 {
		return nil, true
	}
	key := r.Name + "\x00" + in.Account
	known := j.bursts[key]
	if slices.ContainsFunc(known, func(h *hit) bool { return h.id == in.ID }) {
		return nil, false // given again
	}
	known = append(known, &hit{id: in.ID, ms: in.at(), what: recordOf(in)})
	known = known[max(0, len(known)-max(hits, r.Burst.Count)):]
	j.bursts[key] = known
	run = burst(known, r.Burst)
	return run, run != nil
}

// recordOf names an event's record, with its resource.
func recordOf(in Input) string {
	row := in.Event.Row()
	name := ""
	if row.Name != nil {
		name = *row.Name
	}
	return in.Resource + " " + titleOf(name, row.ID)
}

// burstOf names the records of a burst, each once.
func burstOf(b Burst, run []*hit) string {
	var names []string
	for _, h := range run {
		if !slices.Contains(names, h.what) {
			names = append(names, h.what)
		}
	}
	return fmt.Sprintf("%d within %s: %s", b.Count, time.Duration(b.Within), some(names))
}

// burst fires so many hits, the last that came among them, that lie close enough together. It returns them; nil if
// there are none.
func burst(known []*hit, b Burst) []*hit {
	within, last := time.Duration(b.Within).Milliseconds(), known[len(known)-1].ms
	open := slices.DeleteFunc(slices.Clone(known), func(h *hit) bool {
		return h.fired || max(h.ms-last, last-h.ms) >= within
	})
	slices.SortStableFunc(open, func(x, y *hit) int { return cmp.Compare(x.ms, y.ms) })
	for i := range len(open) - b.Count + 1 {
		run := open[i : i+b.Count]
		if run[b.Count-1].ms-run[0].ms < within {
			for _, h := range run {
				h.fired = true
			}
			return run
		}
	}
	return nil
}

// alike is how close together statuses of the same reason are one thing: a scope that is lost hides the records of each
// domain, and a token that is refused stops a hundred collections.
const alike = time.Minute

// news reports whether nothing alike was sent a moment ago. Events always are.
func (j *Judge) news(r *Rule, in Input) bool {
	if in.Event != nil {
		return true
	}
	resource := in.Resource
	if in.Status == "stopped" || in.Status == "unwatched" { // which is the account's matter
		resource = ""
	}
	key := strings.Join([]string{r.Name, in.Account, resource, in.Status, in.Reason}, "\x00")
	maps.DeleteFunc(j.said, func(_ string, ms int64) bool { return max(ms-in.AtMS, in.AtMS-ms) >= alike.Milliseconds() })
	_, known := j.said[key]
	j.said[key] = in.AtMS
	return !known
}

func (in *Input) at() int64 {
	if in.Event != nil {
		return in.Event.Source.TsMS
	}
	return in.AtMS
}

func (j *Judge) alert(r *Rule, in Input) *Alert {
	a := &Alert{
		ID: in.ID + "/" + r.Name, Status: Firing, Rule: r.Name, Severity: r.Severity, Title: cmp.Or(r.Title, r.Name),
		Advice: r.Advice, RunbookURL: r.RunbookURL, Tags: r.Tags, Account: in.Account, AccountName: in.AccountName,
		Resource: in.Resource, Before: time.UnixMilli(in.at()).UTC(), Event: in.Event, cooldown: time.Duration(r.Cooldown),
	}
	if in.Event == nil {
		a.What, a.Record = strings.TrimSuffix(in.Status+": "+in.Reason, ": "), in.Parent
		a.Key = keyOf(r, a.Resource, a.Record)
		return a
	}
	a.Actor, a.ActorEvidence = actor(in.Event)
	row := in.Event.Row()
	a.Record, a.What = row.ID, describeChange(in.Event)
	if row.Name != nil {
		a.Name = *row.Name
	}
	if p := in.Event.Source.PrevTsMS; p != nil {
		a.After = time.UnixMilli(*p).UTC()
	}
	a.Key = keyOf(r, a.Resource, a.Record)
	return a
}

// describeRecord is what a record is, in words.
func describeRecord(ev *schema.Event) string { return describe.Record(ev.Source.Table, ev.Row().Body) }

// describeChange is what happened to a record, in words.
func describeChange(ev *schema.Event) string {
	return strings.TrimSuffix(ev.Op.Word()+"; "+describe.Event(ev), "; ")
}

func keyOf(r *Rule, resource, id string) string { return r.Name + "/" + resource + "/" + id }
