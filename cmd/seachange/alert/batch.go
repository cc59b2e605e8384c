package alert

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seachange/seachange/cmd/seachange/hint"
)

// digestAbove is how many alerts of a rule and an account that come together are sent as one.
const digestAbove = 10

// listed is how many of many are named.
const listed = 20

// Many alike are sent once no more of them came for quietTime, and after longestWait whatever comes.
const (
	quietTime   = time.Second
	longestWait = 4 * time.Second
)

// outbox has the alerts that are to be sent, in the order in which they are: the most severe first, and of those each
// rule and account in turn, so that what is alone doesn't wait for a thousand others.
type outbox struct {
	digest  bool // more than digestAbove of one rule, account and status are one
	batches map[string]*batch
	ids     map[string]bool // of what is in it: it may be given again
	turns   int
}

// batch are the alerts of a rule, an account and a status.
type batch struct {
	alerts      []*Alert
	first, last time.Time // when they came
	turn        int       // when it had its last turn
}

func newOutbox(digest bool) *outbox {
	return &outbox{digest: digest, batches: map[string]*batch{}, ids: map[string]bool{}}
}

func (o *outbox) empty() bool { return len(o.batches) == 0 }

func (o *outbox) len() int { return len(o.ids) }

func (o *outbox) add(now time.Time, alerts ...*Alert) {
	for _, a := range alerts {
		if o.ids[a.ID] {
			continue
		}
		o.ids[a.ID] = true
		key := strings.Join([]string{a.Rule, a.Account, a.Status}, "\x00")
		b := o.batches[key]
		if b == nil {
			b = &batch{first: now}
			o.batches[key] = b
		}
		b.alerts, b.last = append(b.alerts, a), now
	}
}

// next takes the alert out that is sent next; nil if there is none, or only such as more may come to.
func (o *outbox) next(now time.Time) *Alert {
	var first string
	for key, b := range o.batches {
		if o.ready(b, now) && (first == "" || b.before(o.batches[first])) {
			first = key
		}
	}
	if first == "" {
		return nil
	}
	b := o.batches[first]
	told := b.alerts[:1]
	if o.many(b) {
		told = b.alerts
	}
	for _, a := range told {
		delete(o.ids, a.ID)
	}
	if b.alerts = b.alerts[len(told):]; len(b.alerts) == 0 {
		delete(o.batches, first)
	}
	o.turns++
	b.turn = o.turns
	if len(told) == 1 {
		return told[0]
	}
	return digestOf(told)
}

func (o *outbox) many(b *batch) bool { return o.digest && len(b.alerts) > digestAbove }

func (o *outbox) ready(b *batch, now time.Time) bool {
	return !o.many(b) || now.Sub(b.last) >= quietTime || now.Sub(b.first) >= longestWait
}

func (b *batch) before(c *batch) bool {
	x, y := b.alerts[0], c.alerts[0]
	return cmp.Or(
		cmp.Compare(slices.Index(severities, x.Severity), slices.Index(severities, y.Severity)),
		cmp.Compare(b.turn, c.turn), b.first.Compare(c.first), strings.Compare(x.ID, y.ID)) < 0
}

// digestOf is one alert for many. Its id is that of the first and how many there are.
func digestOf(group []*Alert) *Alert {
	d := *group[0]
	d.ID = fmt.Sprintf("%s/and-%d-more", d.ID, len(group)-1)
	d.Actor, d.ActorEvidence = "", ""
	d.Hints = slices.DeleteFunc(slices.Clone(d.Hints), func(h hint.Hint) bool { // those of one are not the others'
		return slices.ContainsFunc(group, func(a *Alert) bool { return !slices.Contains(a.Hints, h) })
	})
	d.Resource, d.Record, d.Name, d.Event = fmt.Sprintf("%d %s", len(group), d.Resource), "", "", nil
	var names []string
	for _, a := range group {
		d.Keys = append(d.Keys, a.Key)
		if a.After.Before(d.After) {
			d.After = a.After
		}
		if a.Before.After(d.Before) {
			d.Before = a.Before
		}
		if name := cmp.Or(a.Name, a.Record); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	d.What = some(names) + "; the first: " + group[0].What
	return &d
}

// some names the first of many, and how many more there are.
func some(names []string) string {
	more := ""
	if n := len(names) - listed; n > 0 {
		names, more = names[:listed], fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(names, ", ") + more
}
