package simulation

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seachange/seachange/schema"
)

// version is what a record was from a moment on, until its next one. It wasn't there where print is 0.
type version struct {
	from  time.Time
	print uint64
}

// print is the fingerprint of a record as the API shows it.
func (j *judge) print(resource string, text []byte) uint64 {
	form, err := j.rules[resource].Form(text)
	if err != nil {
		panic(fmt.Sprintf("%s %s: %v", resource, text, err))
	}
	return max(form.Print, 1)
}

// printHeld is the fingerprint of a row.
func (j *judge) printHeld(resource string, text []byte) uint64 {
	var row schema.Row
	if err := json.Unmarshal(text, &row); err != nil || row.Body == nil {
		return 0
	}
	return j.printOf(resource, &row)
}

func (j *judge) printOf(resource string, row *schema.Row) uint64 {
	print, err := j.rules[resource].Print([]byte(*row.Body))
	if err != nil {
		panic(fmt.Sprintf("%s %s: %v", resource, *row.Body, err))
	}
	return max(print, 1)
}

// versions returns what each record of an account was, by resource and id.
func (j *judge) versions(w *world) map[string][]version {
	all := map[string][]version{}
	for _, c := range w.account.Story() {
		if j.rules[c.Resource] == nil {
			continue
		}
		v := version{from: c.At}
		if c.After != nil {
			v.print = j.print(c.Resource, c.After)
		}
		key := c.Resource + " " + c.ID
		if last := all[key]; len(last) == 0 || last[len(last)-1].print != v.print {
			all[key] = append(last, v)
		}
	}
	return all
}

// truth holds every event against what really happened.
func (j *judge) truth() {
	stories := map[string]map[string][]version{}
	for _, w := range j.sim.worlds {
		stories[w.id] = j.versions(w)
	}
	for i := range j.events {
		e := &j.events[i]
		story := stories[e.Source.DB]
		if err := j.happened(e, story[e.Source.Table+" "+e.ID()]); err != nil && !j.wentWithParent(e, story) {
			j.violate("%s %s %s, lsn %d: %v", e.Op, e.Source.Table, e.ID(), e.Source.LSN, err)
		}
	}
}

// happened holds an event against the versions of its record.
func (j *judge) happened(e *schema.Event, story []version) error {
	since, until := j.moment(0), j.moment(e.Source.TsMS)
	if e.Source.PrevTsMS != nil {
		since = j.moment(*e.Source.PrevTsMS)
	}
	want := uint64(0)
	if e.After != nil {
		want = j.printOf(e.Source.Table, e.After)
	}
	absent := len(story) > 0
	for i, v := range story {
		created := v.print != 0 && (i == 0 || story[i-1].print == 0)
		absent = created && !v.from.Before(since) || absent && e.Op != schema.Created
		if v.from.After(until) {
			break
		}
		ended := i+1 < len(story) && story[i+1].from.Before(since)
		if v.print == want && !ended && (e.Op == schema.FirstSeen || !v.from.Before(since)) {
			return nil
		}
		if v.print == want && !ended && e.Op == schema.Created && absent {
			return nil
		}
	}
	return fmt.Errorf("it did not happen between %v and %v (%v): %s", e.Source.PrevTsMS, e.Source.TsMS, since.Sub(j.sim.began), j.tell(story, want))
}

// wentWithParent reports whether a record was deleted since something above it was: then all is another incarnation's that
// stands under its name since.
func (j *judge) wentWithParent(e *schema.Event, stories map[string][]version) bool {
	if e.Op != schema.Deleted || e.Source.Cause == nil {
		return false
	}
	row := schema.Lookup(e.Source.Table)
	for id, _ := schema.CutID(e.ID()); row.Parent() != "" && id != ""; id, _ = schema.CutID(id) {
		row = schema.Lookup(row.Parent())
		if j.happened(e, stories[row.Name+" "+id]) == nil {
			return true
		}
	}
	return false
}

// moment is a moment of the API's clock.
func (j *judge) moment(ms int64) time.Time {
	return time.UnixMilli(ms).Add(-j.sim.plan.clock)
}

// tell writes a record's story for people.
func (j *judge) tell(story []version, want uint64) string {
	text := ""
	for _, v := range story {
		what := "other"
		switch v.print {
		case 0:
			what = "absent"
		case want:
			what = "so"
		}
		text += fmt.Sprintf(" %v %s,", v.from.Sub(j.sim.began), what)
	}
	return text
}
