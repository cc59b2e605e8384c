package simulation

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
)

// version is what a record was from a moment on, until its next one. It wasn't there where print is 0.
type version struct {
	from  time.Time
	print uint64
}

// print is the fingerprint of a record as the API shows it.
func (j *judge) print(resource string, text []byte) uint64 {
	return j.prints.of("shown "+resource, string(text), func() (uint64, error) {
		form, err := j.rules[resource].Form(text)
		return form.Fingerprint, err
	})
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
	return j.prints.of("held "+resource, string(*row.Body), func() (uint64, error) {
		return j.rules[resource].Fingerprint([]byte(*row.Body))
	})
}

// prints are fingerprints as far as they were made: the same texts are looked at again and again.
type prints map[[2]string]uint64

func (p prints) of(what, text string, make func() (uint64, error)) uint64 {
	key := [2]string{what, text}
	if _, ok := p[key]; !ok {
		print, err := make()
		if err != nil {
			panic(fmt.Sprintf("%s %s: %v", what, text, err))
		}
		p[key] = max(print, 1)
	}
	return p[key]
}

// chronicle is what the records of an account were.
type chronicle struct {
	judge    *judge
	changes  map[string][]digitaloceantest.Change // by resource and id
	versions map[string][]version                 // made of them, as far as they were asked for
}

func (j *judge) chronicle(w *world) *chronicle {
	c := &chronicle{j, map[string][]digitaloceantest.Change{}, map[string][]version{}}
	for _, change := range w.account.Story() {
		key := change.Resource + " " + change.ID
		c.changes[key] = append(c.changes[key], change)
	}
	return c
}

// of returns the versions of a record.
func (c *chronicle) of(resource, id string) []version {
	key := resource + " " + id
	all, ok := c.versions[key]
	if ok || c.judge.rules[resource] == nil {
		return all
	}
	for _, change := range c.changes[key] {
		v := version{from: change.At}
		if change.After != nil {
			v.print = c.judge.print(resource, change.After)
		}
		if len(all) == 0 || all[len(all)-1].print != v.print {
			all = append(all, v)
		}
	}
	c.versions[key] = all
	return all
}

// truth holds every event against what really happened.
func (j *judge) truth() {
	stories := map[string]*chronicle{}
	for _, w := range j.sim.worlds {
		stories[w.id] = j.chronicle(w)
	}
	for _, e := range j.events {
		story := stories[e.Source.DB]
		if j.hidden(e) {
			continue
		}
		if err := j.happened(e, story.of(e.Source.Table, e.ID())); err != nil && !j.wentWithParent(e, story) {
			j.violate("%s %s %s, lsn %d: %v", e.Op, e.Source.Table, e.ID(), e.Source.LSN, err)
		}
	}
}

// hidden reports whether nobody can tell an event's window from what the token showed: another team's that does not
// say so lists nothing of what is new, and one without a scope neither members nor records that need it.
func (j *judge) hidden(e *schema.Event) bool {
	row := schema.Lookup(e.Source.Table)
	unscoped := len(j.sim.plan.scopes) > 0 && (len(row.FieldScopes) > 0 || row.Filtered)
	return e.Op != schema.Deleted && (j.sim.plan.silent || unscoped)
}

// happened holds an event against the versions of its record, on any clock that the API had: where it was set, nobody
// knows which one was right.
func (j *judge) happened(e *schema.Event, story []version) error {
	for _, ahead := range []time.Duration{j.sim.plan.clock, j.sim.plan.clock + j.sim.plan.jump} {
		if j.within(e, story, ahead) {
			return nil
		}
	}
	since := int64(0)
	if e.Source.PrevTsMS != nil {
		since = *e.Source.PrevTsMS
	}
	began := j.sim.began.Add(j.sim.plan.clock).UnixMilli()
	return fmt.Errorf("it did not happen from %d to %d ms:%s", since-began, e.Source.TsMS-began,
		j.tell(story, j.wanted(e)))
}

// wanted is the fingerprint of what a record became, 0 where it was deleted.
func (j *judge) wanted(e *schema.Event) uint64 {
	if e.After == nil {
		return 0
	}
	return j.printOf(e.Source.Table, e.After)
}

// within reports whether a record became what an event says within its window, on a clock that is so far ahead of
// ours.
func (j *judge) within(e *schema.Event, story []version, ahead time.Duration) bool {
	since, until, want := time.Time{}, time.UnixMilli(e.Source.TsMS).Add(-ahead), j.wanted(e)
	if e.Source.PrevTsMS != nil {
		since = time.UnixMilli(*e.Source.PrevTsMS).Add(-ahead)
	}
	created := false // within the window
	for i, v := range story {
		if v.from.After(until) {
			break
		}
		begins := !v.from.Before(since)
		created = created || (begins && v.print != 0 && (i == 0 || story[i-1].print == 0))
		ended := i+1 < len(story) && story[i+1].from.Before(since)
		if v.print == want && !ended && (begins || e.Op == schema.Read || (e.Op == schema.Created && created)) {
			return e.Op != schema.Created || created
		}
	}
	return false
}

// wentWithParent reports whether a record was deleted since something above it was: then all is another incarnation's
// that stands under its name since.
func (j *judge) wentWithParent(e *schema.Event, story *chronicle) bool {
	if e.Op != schema.Deleted || e.Source.Cause == nil {
		return false
	}
	row := schema.Lookup(e.Source.Table)
	for id, _ := schema.CutID(e.ID()); row.Parent() != "" && id != ""; id, _ = schema.CutID(id) {
		row = schema.Lookup(row.Parent())
		if j.happened(e, story.of(row.Name, id)) == nil {
			return true
		}
	}
	return false
}

// tell writes a record's story for people.
func (j *judge) tell(story []version, want uint64) string {
	var text strings.Builder
	for _, v := range story {
		what := "other"
		switch v.print {
		case 0:
			what = "absent"
		case want:
			what = "so"
		}
		fmt.Fprintf(&text, " %v %s,", v.from.Sub(j.sim.began), what)
	}
	return text.String()
}
