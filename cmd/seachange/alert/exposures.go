package alert

import (
	"maps"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"

	"github.com/seachange/seachange/cmd/seachange/exposure"
	"github.com/seachange/seachange/schema"
)

// overlay gives a variable another value.
type overlay struct {
	*subject
	name  string
	value any
}

// ResolveName implements cel.Activation.
func (o *overlay) ResolveName(name string) (any, bool) {
	if name == o.name {
		return o.value, true
	}
	return o.subject.ResolveName(name)
}

var _ cel.Activation = (*overlay)(nil)

// pending is a finding that has to last before it is sent.
type pending struct {
	alert *Alert
	dueMS int64
}

// moving is how long after it ended an exposure that begins again is the same: a rule that moves from a firewall to
// another over the same Droplet is gone here before it is seen there.
const moving = 15 * time.Second

// change reports which exposures of a target begin or end.
func (t *turn) change(c exposure.Change) {
	opened := c.Opened()
	now, before, began := t.maps(c.Target, c.Now), t.maps(c.Target, c.Before), t.maps(c.Target, opened)
	seen := t.in.seen()
	for _, r := range t.about(c.Resource) {
		if r.On != "exposures" {
			continue
		}
		t.begin(r, c, t.meeting(r, opened, began), seen)
		if len(c.Ended) > 0 || c.Gone {
			if over := t.meeting(r, c.Before, before); len(over) > 0 && len(t.meeting(r, c.Now, now)) == 0 {
				t.end(r, c, over, seen)
			}
		}
	}
}

func (t *turn) maps(target exposure.Target, all []exposure.Exposure) (maps []map[string]any) {
	for _, x := range all {
		maps = append(maps, exposureMap(target, x))
	}
	return maps
}

// meeting are those of exposures that meet a rule, which is asked about their maps.
func (t *turn) meeting(r *Rule, all []exposure.Exposure, maps []map[string]any) (met []exposure.Exposure) {
	for i, m := range maps {
		if t.met(r, &overlay{t.subject, "exposure", m}) {
			met = append(met, all[i])
		}
	}
	return met
}

func (t *turn) begin(r *Rule, c exposure.Change, met []exposure.Exposure, seenMS int64) {
	fresh := slices.DeleteFunc(met, func(x exposure.Exposure) bool {
		ms, ok := t.ended[endedKey(r, c.Target, x)]
		return ok && seenMS-ms <= moving.Milliseconds()
	})
	if len(fresh) == 0 || (t.in.Event.Op == schema.Read && !r.FirstSight) {
		return
	}
	a := t.exposureAlert(r, c.Target, Firing)
	a.What = strings.TrimSuffix(reached(c.Target, fresh)+"; "+t.because(c.Target), "; ")
	if r.For == 0 {
		t.alerts = append(t.alerts, a)
	} else if key := c.Account + "/" + a.Key; t.pending[key] == nil {
		t.pending[key] = &pending{a, seenMS + time.Duration(r.For).Milliseconds()}
	}
}

// end reports that nothing of a target meets a rule any more. What was not sent yet, never is.
func (t *turn) end(r *Rule, c exposure.Change, over []exposure.Exposure, seenMS int64) {
	maps.DeleteFunc(t.ended, func(_ string, ms int64) bool { return seenMS-ms > moving.Milliseconds() })
	a := t.exposureAlert(r, c.Target, Resolved)
	if key := c.Account + "/" + a.Key; t.pending[key] != nil {
		delete(t.pending, key)
		return
	}
	if t.in.Event.Op == schema.Read {
		return
	}
	for _, x := range over {
		t.ended[endedKey(r, c.Target, x)] = seenMS
	}
	a.What = c.Target.String() + " is no longer reachable so"
	if c.Gone {
		a.What = c.Target.String() + " is deleted"
	}
	t.alerts = append(t.alerts, a)
}

func endedKey(r *Rule, t exposure.Target, x exposure.Exposure) string {
	return strings.Join([]string{t.Account, keyOf(r, t.Resource, t.ID), x.Door(), x.Via}, "\x00")
}

// exposureAlert is about the target, whichever record changed.
func (t *turn) exposureAlert(r *Rule, target exposure.Target, status string) *Alert {
	a := t.alert(r, t.in)
	a.ID += "/" + target.Resource + "/" + target.ID
	a.lasts = true
	a.Resource, a.Record, a.Name, a.Status = target.Resource, target.ID, target.Name, status
	a.Key = keyOf(r, a.Resource, a.Record)
	return a
}

// because is the change of another record that made it so.
func (t *turn) because(target exposure.Target) string {
	row := t.in.Event.Row()
	if t.in.Resource == target.Resource && row.ID == target.ID {
		return describeChange(t.in.Event)
	}
	name := row.ID
	if row.Name != nil && *row.Name != "" {
		name = *row.Name
	}
	return t.in.Resource + " " + name + " " + describeChange(t.in.Event)
}

// lasting waits whether a collection's status lasts.
func (t *turn) lasting(r *Rule) {
	key := strings.Join([]string{r.Name, t.in.Account, t.in.Resource, t.in.Parent}, "\x00")
	if !t.met(r, t.subject) {
		delete(t.pending, key)
	} else if t.pending[key] == nil {
		t.pending[key] = &pending{t.alert(r, t.in), t.in.seen() + time.Duration(r.For).Milliseconds()}
	}
}

// Settle returns what has lasted as long as its rule wants, by now, and the deletes with which nothing more went.
func (j *Judge) Settle(nowMS int64) (alerts []*Alert) {
	alerts = j.families.settle(nowMS)
	for _, key := range slices.Sorted(maps.Keys(j.pending)) {
		if p := j.pending[key]; p.dueMS <= nowMS {
			alerts = append(alerts, p.alert)
			delete(j.pending, key)
		}
	}
	return alerts
}

// seen is when an input is judged.
func (in *Input) seen() int64 {
	if in.SeenMS > 0 {
		return in.SeenMS
	}
	return in.at()
}

// Restore takes in what an event says of what can be reached, and asks no rule.
func (j *Judge) Restore(in Input) {
	if j.engine != nil && in.Event != nil {
		j.engine.Load(in.Event)
	}
}

// afresh is how long before a start something may have come to be sent that was not, since alert was stopped.
const afresh = 2 * time.Minute

// Forget leaves out what should have been sent well before a start: it was. Deletes are done with once they are sent.
func (j *Judge) Forget(start time.Time) {
	clear(j.families)
	maps.DeleteFunc(j.pending, func(_ string, p *pending) bool { return p.dueMS < start.Add(-afresh).UnixMilli() })
}

// Reaches reports whether the events of a topic say what the world can reach, and a rule asks for that.
func (j *Judge) Reaches(prefix, topic string) bool {
	return j.engine != nil && slices.Contains(exposure.Resources(), strings.TrimPrefix(topic, prefix))
}
