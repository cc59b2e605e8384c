package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// recordID names a record of any account.
type recordID struct{ account, resource, id string }

func (a recordID) compare(b recordID) int {
	return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.resource, b.resource), cmp.Compare(a.id, b.id))
}

func idOf(ev *schema.Event) recordID { return recordID{ev.Source.DB, ev.Source.Table, ev.ID()} }

// certainty is how sure it is that a record was as it is said to have been.
type certainty string

const (
	certain   certainty = "certain"
	uncertain certainty = "uncertain" // the moment lies in the window of a change, or after the last look
	unknown   certainty = "unknown"   // the record was first seen later: nobody had looked
)

// moment is a record at a moment.
type moment struct {
	row  *schema.Row // as it was last known before; where it was not known, as it was first known after
	sure certainty
	why  string // it is not certain
	// shown says that it was shown so after the moment, too: its next change came later. Collections that are gone with
	// their parent have no mark that says so.
	shown bool
}

// asOf is the accounts at a moment: what is left of the events when those after it are taken away. It takes each record's
// events in their order. Its size is that of the records that were there, whatever the topics hold.
type asOf struct {
	atMS    int64
	records map[recordID]*moment
}

func newAsOf(atMS int64) *asOf { return &asOf{atMS: atMS, records: map[recordID]*moment{}} }

// take takes an event in.
func (a *asOf) take(ev *schema.Event) {
	id := idOf(ev)
	s := &ev.Source
	switch {
	case s.TsMS <= a.atMS && ev.Op == schema.Deleted:
		delete(a.records, id)
	case s.TsMS <= a.atMS:
		a.records[id] = &moment{row: ev.After, sure: certain}
	case s.PrevTsMS == nil:
		if a.records[id] == nil {
			a.records[id] = &moment{row: ev.After, sure: unknown, why: "first seen " + clock(s.TsMS)}
		}
	case *s.PrevTsMS < a.atMS:
		a.doubt(id, ev)
	default:
		a.show(id)
	}
}

// show takes in that a record was as it is said to have been when it was shown after the moment.
func (a *asOf) show(id recordID) {
	if m := a.records[id]; m != nil && m.sure == certain {
		m.shown = true
	}
}

// doubt takes in a change that may have happened before the moment, or after it.
func (a *asOf) doubt(id recordID, ev *schema.Event) {
	m := a.records[id]
	if m == nil {
		m = &moment{row: ev.Row()}
		a.records[id] = m
	}
	if m.sure == unknown {
		return
	}
	if m.sure != uncertain {
		m.sure = uncertain
		m.why = fmt.Sprintf("%s between %s and %s", ev.Op.Word(), clock(*ev.Source.PrevTsMS), clock(ev.Source.TsMS))
	}
}

// collectionID names what one mark speaks of.
type collectionID struct {
	AccountID string `json:"account_id"`
	Resource  string `json:"resource"`
	ParentID  string `json:"parent_id"`
}

func (k collectionID) compare(l collectionID) int {
	return cmp.Or(cmp.Compare(k.AccountID, l.AccountID), cmp.Compare(k.Resource, l.Resource), cmp.Compare(k.ParentID, l.ParentID))
}

// looks are the moments up to which collections are known: when their last whole sweep began.
type looks map[collectionID]int64

// readLooks reads the newest marks.
func readLooks(ctx context.Context, cl client.Client, prefix string, bad *badInput) (looks, error) {
	l := looks{}
	o := client.ReadOptions{Topics: []string{state.SweepsTopic(prefix)}, FromStart: true, UntilEnd: true}
	err := cl.Read(ctx, o, func(r client.Record) error {
		var k collectionID
		var m state.CollectionStatus
		err := json.Unmarshal(r.Key, &k)
		if err == nil && r.Value != nil {
			err = json.Unmarshal(r.Value, &m)
		}
		if err != nil {
			return bad.take(fmt.Errorf("topic %s partition %d offset %d: not a mark of seachange: %w", r.Topic, r.Partition, r.Offset, err))
		}
		l[k] = max(l[k], m.WholeMS)
		return nil
	})
	return l, err
}

// until takes the certainty from what nobody has looked at since.
func (a *asOf) until(l looks) {
	for id, m := range a.records {
		if m.sure != certain || m.shown {
			continue
		}
		parent, _, _ := schema.SplitID(id.id)
		if ms := l[collectionID{id.account, id.resource, parent}]; ms < a.atMS {
			m.sure, m.why = uncertain, "never looked at whole"
			if ms > 0 {
				m.why = "last looked at " + clock(ms)
			}
		}
	}
}

// sorted are the records in their order.
func (a *asOf) sorted() []recordID { return slices.SortedFunc(maps.Keys(a.records), recordID.compare) }

func text(s *string) string {
	if s == nil {
		return ""
	}
	return strings.TrimSpace(*s)
}
