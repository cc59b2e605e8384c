package history

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

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

// Certainty is how sure it is that a record was as it is said to have been.
type Certainty string

const (
	Certain   Certainty = "certain"
	Uncertain Certainty = "uncertain" // the moment lies in the window of a change, or after the last look
	Unknown   Certainty = "unknown"   // the record was first seen later: nobody had looked
)

// LastLookedAt begins the reason why a record is uncertain that nobody has looked at since: it is as it was last seen.
const LastLookedAt = "last read at "

// known is what is known of a record at a moment.
type known struct {
	row  *schema.Row // as it was last known before; where it was not known, as it was first known after
	from span        // of the event that made it so
	sure Certainty
	why  string // it is not certain
	// stale says that this is all that makes it uncertain: nobody has looked since.
	stale bool
	// shown says that it was shown so after the moment, too: its next change came later. Collections that are gone with
	// their parent have no status that says so.
	shown bool
}

// span is an event's number, and the window in which its change happened.
type span struct {
	lsn      int64
	after    *int64 // in milliseconds; nil: nobody knows
	beforeMS int64  // 0: nobody knows
}

func spanOf(ev *schema.Event) span { return span{ev.Source.LSN, ev.Source.PrevTsMS, ev.Source.TsMS} }

// Moment is the accounts at a moment: what is left of the events when those after it are taken away. It takes each
// record's events in their order. Its size is that of the records that were there, whatever the topics hold.
type Moment struct {
	atMS    int64
	records map[recordID]*known
	// rollouts are the paths at which records changed by DigitalOcean's doing alone, and when.
	rollouts map[recordID]map[string]int64
	// computed is up to when exposures are known to have been computed, by account.
	computed map[string]int64
	// lsns are, of the present, the newest events that it has, by account: a reader of the topics goes on behind them.
	lsns map[string]int64
}

// LSNs returns, of the present, the number of the newest event that it has, by account. Of the past nobody knows them:
// nil.
func (a *Moment) LSNs() map[string]int64 { return a.lsns }

// NewMoment makes a moment of which nothing is known yet.
func NewMoment(at time.Time) *Moment { return newMoment(at.UnixMilli()) }

// At returns when the moment is.
func (a *Moment) At() time.Time { return time.UnixMilli(a.atMS) }

func newMoment(atMS int64) *Moment {
	return &Moment{
		atMS: atMS, records: map[recordID]*known{}, rollouts: map[recordID]map[string]int64{}, computed: map[string]int64{},
	}
}

// Take takes an event in. Of each record those that count are the last one up to the moment and the first one after it.
func (a *Moment) Take(ev *schema.Event) {
	id := idOf(ev)
	s := &ev.Source
	if id.resource == schema.Exposures.Name {
		a.computed[id.account] = max(a.computed[id.account], s.TsMS)
	}
	switch {
	case s.TsMS <= a.atMS && ev.Op == schema.Deleted:
		delete(a.records, id)
	case s.TsMS <= a.atMS:
		a.records[id] = &known{row: ev.After, sure: Certain, from: spanOf(ev)}
		a.rollout(id, ev)
	case (ev.Op == schema.Created || ev.Op == schema.Read) && createdAfter(ev.After, a.atMS):
		// not there yet: the record itself says so
	case s.PrevTsMS == nil:
		if a.records[id] == nil {
			a.records[id] = &known{row: ev.After, sure: Unknown, why: "first seen " + clock(s.TsMS), from: spanOf(ev)}
		}
	case *s.PrevTsMS < a.atMS:
		a.doubt(id, ev)
	default:
		a.show(id)
	}
}

// createdAfter reports whether a record says that it was created after a moment. The API's texts are whole seconds,
// rounded down.
func createdAfter(r *schema.Row, ms int64) bool {
	if r == nil || r.CreatedAt == nil {
		return false
	}
	t, err := time.Parse(time.RFC3339, *r.CreatedAt)
	return err == nil && t.UnixMilli() > ms
}

// RolledOut takes in, of an event up to the moment, no more than what DigitalOcean changed: for a comparison.
func (a *Moment) RolledOut(ev *schema.Event) { a.rollout(idOf(ev), ev) }

// rollout takes in at which paths DigitalOcean changed a record, and that the account changed it there later.
func (a *Moment) rollout(id recordID, ev *schema.Event) {
	byRollout := ev.Source.CausedBy(schema.CauseRollout)
	if !byRollout && a.rollouts[id] == nil {
		return
	}
	paths := a.rollouts[id]
	if paths == nil {
		paths = map[string]int64{}
		a.rollouts[id] = paths
	}
	for _, c := range changesOf(ev.Changes) {
		if delete(paths, c.Path); byRollout {
			paths[c.Path] = ev.Source.TsMS
		}
	}
}

// show takes in that a record was as it is said to have been when it was shown after the moment.
func (a *Moment) show(id recordID) {
	if m := a.records[id]; m != nil && m.sure == Certain {
		m.shown = true
	}
}

// doubt takes in a change that may have happened before the moment, or after it.
func (a *Moment) doubt(id recordID, ev *schema.Event) {
	m := a.records[id]
	if m == nil {
		m = &known{row: ev.Row()}
		if ev.Op != schema.Deleted {
			m.from = spanOf(ev)
		}
		a.records[id] = m
	}
	if m.sure == Unknown {
		return
	}
	if m.sure != Uncertain {
		m.sure = Uncertain
		m.why = fmt.Sprintf("%s between %s and %s", ev.Op.Word(), clock(*ev.Source.PrevTsMS), clock(ev.Source.TsMS))
	}
}

// Looks are the moments up to which collections are known: when their last whole sweep began.
type Looks map[state.AccountCollection]int64

// readKnown reads them, of collections that are gone, too.
func readKnown(ctx context.Context, cl client.Client, prefix string, bad *BadInput) (Looks, error) {
	l, told := Looks{}, &state.Told{}
	err := readTold(ctx, cl, prefix, bad, told, func(c state.AccountCollection, s *state.CollectionStatus) {
		if s != nil {
			l[c] = max(l[c], s.WholeMS)
		}
	})
	for c, s := range told.All() {
		l[c] = max(l[c], s.WholeMS)
	}
	return l, err
}

// Until takes the certainty from what nobody has looked at since.
func (a *Moment) Until(l Looks) {
	for id, m := range a.records {
		if m.sure != Certain || m.shown {
			continue
		}
		parent, _, _ := schema.SplitID(id.id)
		if id.resource == schema.Exposures.Name {
			if ms := a.computed[id.account]; ms < a.atMS {
				m.sure, m.why, m.stale = Uncertain, "exposures were last written for "+clock(ms), true
			}
			continue
		}
		if ms := l[state.AccountCollection{AccountID: id.account, Resource: id.resource, ParentID: parent}]; ms < a.atMS {
			m.sure, m.why = Uncertain, "never read whole"
			if ms > 0 {
				m.why, m.stale = LastLookedAt+clock(ms), true
			}
		}
	}
}

// sorted are the records in their order.
func (a *Moment) sorted() []recordID {
	return slices.SortedFunc(maps.Keys(a.records), recordID.compare)
}
