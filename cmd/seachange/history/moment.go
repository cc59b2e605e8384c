package history

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// table is a resource of an account.
type table struct{ account, resource string }

func (a table) compare(b table) int {
	return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.resource, b.resource))
}

// recordID names a record of any account.
type recordID struct {
	table
	id string
}

// Certainty is how sure it is that a record was as it is said to have been.
type Certainty string

const (
	Certain   Certainty = "certain"
	Uncertain Certainty = "uncertain" // the moment lies in the window of a change, or after the last look
	Unknown   Certainty = "unknown"   // the record was first seen later: nobody had looked
)

// LastLookedAt begins the reason why a record is uncertain that nobody has looked at since: it is as it was last seen.
const LastLookedAt = "last read at "

// known is what is known of a record at a moment. There may be a million.
type known struct {
	image *image // as it was last known before; where it was not known, as it was first known after
	from  span   // of the event that made it so
	doubt *doubt // nil: it is certain
	// shown says that it was shown so after the moment, too: its next change came later. Collections that are gone with
	// their parent have no status that says so.
	shown bool
	fresh bool // the image may not be compressed yet
}

// doubt is why a record is not certain.
type doubt struct {
	sure Certainty
	why  string
	// stale says that this is all that makes it uncertain: nobody has looked since.
	stale bool
}

// sure is how certain the record is.
func (k *known) sure() Certainty {
	if k.doubt == nil {
		return Certain
	}
	return k.doubt.sure
}

func (k *known) why() string {
	if k.doubt == nil {
		return ""
	}
	return k.doubt.why
}

// span is an event's number, and the window in which its change happened.
type span struct {
	lsn      int64
	after    int64 // in milliseconds; noTime: nobody knows
	beforeMS int64 // 0: nobody knows
}

// noTime is no time at all.
const noTime = math.MinInt64

func spanOf(ev *schema.Event) span {
	s := span{ev.Source.LSN, noTime, ev.Source.TsMS}
	if ev.Source.PrevTsMS != nil {
		s.after = *ev.Source.PrevTsMS
	}
	return s
}

// Moment is the accounts at a moment: what is left of the events when those after it are taken away. It takes each
// record's events in their order. Its size is that of the records that were there, whatever the topics hold.
type Moment struct {
	atMS    int64
	records map[table]map[string]*known // by id
	fresh   map[string][]*known         // whose images may not be compressed yet, by resource
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
		atMS: atMS, records: map[table]map[string]*known{}, rollouts: map[recordID]map[string]int64{},
		computed: map[string]int64{}, fresh: map[string][]*known{},
	}
}

// Take takes an event in. Of each record those that count are the last one up to the moment and the first one after it.
func (a *Moment) Take(ev *schema.Event) { a.take(glanceOf(ev)) }

func (a *Moment) take(g *glance) {
	if g.in.resource == schema.Exposures.Name {
		a.computed[g.in.account] = max(a.computed[g.in.account], g.span.beforeMS)
	}
	switch k := a.records[g.in][string(g.id)]; {
	case g.span.beforeMS <= a.atMS && g.op == schema.Deleted:
		a.remove(g.in, g.id)
	case g.span.beforeMS <= a.atMS:
		a.put(g.in, g.id, g.keep(), g.span)
		a.rollout(g)
	case (g.op == schema.Created || g.op == schema.Read) && createdAfter(g.created, a.atMS):
		// not there yet: the record itself says so
	case g.span.after == noTime:
		if k == nil {
			k = a.put(g.in, g.id, g.keep(), g.span)
			k.doubt = &doubt{sure: Unknown, why: "first seen " + clock(g.span.beforeMS)}
		}
	case g.span.after < a.atMS:
		a.doubt(k, g)
	case k != nil && k.doubt == nil:
		k.shown = true
	}
}

// put takes in a record as it was at the moment.
func (a *Moment) put(in table, id []byte, i *image, from span) *known {
	t := a.records[in]
	if t == nil {
		t = map[string]*known{}
		a.records[in] = t
	}
	k := t[string(id)]
	if k == nil {
		k = &known{}
		t[string(id)] = k
	}
	if k.image, k.from, k.doubt, k.shown = i, from, nil, false; !k.fresh {
		k.fresh = true
		a.fresh[in.resource] = append(a.fresh[in.resource], k)
	}
	return k
}

func (a *Moment) remove(in table, id []byte) {
	if k := a.records[in][string(id)]; k != nil {
		k.image = nil // k may be among the fresh
		delete(a.records[in], string(id))
	}
}

// compress makes the images smaller that came since the last time. Packs are by resource.
func (a *Moment) compress(packs map[string]*diff.Pack) {
	for resource, fresh := range a.fresh {
		p := packs[resource]
		if p == nil {
			p = diff.NewPack()
			packs[resource] = p
		}
		for _, k := range fresh {
			if k.fresh = false; k.image != nil {
				k.image.compress(p)
			}
		}
		a.fresh[resource] = fresh[:0]
	}
}

// createdAfter reports whether a record says that it was created after a moment: a JSON string, or nil. The API's
// texts are whole seconds, rounded down.
func createdAfter(text []byte, ms int64) bool {
	if text == nil {
		return false
	}
	said, _ := unquote(nil, text)
	t, err := time.Parse(time.RFC3339, string(said))
	return err == nil && t.UnixMilli() > ms
}

// RolledOut takes in, of an event up to the moment, no more than what DigitalOcean changed: for a comparison.
func (a *Moment) RolledOut(ev *schema.Event) { a.rollout(glanceOf(ev)) }

// rollout takes in at which paths DigitalOcean changed a record, and that the account changed it there later.
func (a *Moment) rollout(g *glance) {
	if !g.rollout && len(a.rollouts) == 0 {
		return
	}
	id := recordID{g.in, string(g.id)}
	paths := a.rollouts[id]
	if !g.rollout && paths == nil {
		return
	}
	if paths == nil {
		paths = map[string]int64{}
		a.rollouts[id] = paths
	}
	for _, c := range changesOf(g.said()) {
		if delete(paths, c.Path); g.rollout {
			paths[c.Path] = g.span.beforeMS
		}
	}
}

// doubt takes in a change that may have happened before the moment, or after it.
func (a *Moment) doubt(k *known, g *glance) {
	if k == nil {
		k = a.put(g.in, g.id, g.keep(), g.span)
		if g.op == schema.Deleted {
			k.from = span{after: noTime}
		}
	}
	if k.doubt == nil {
		k.doubt = &doubt{sure: Uncertain, why: fmt.Sprintf("%s between %s and %s",
			g.op.Word(), clock(g.span.after), clock(g.span.beforeMS))}
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
	for in, records := range a.records {
		doubts := map[int64]*doubt{} // most have the same
		for id, k := range records {
			if k.doubt != nil || k.shown {
				continue
			}
			if ms := a.until(in, id, l); ms < a.atMS {
				if doubts[ms] == nil {
					doubts[ms] = notSince(in.resource, ms)
				}
				k.doubt = doubts[ms]
			}
		}
	}
}

// until is up to when a record's collection is known; 0: it was never read whole.
func (a *Moment) until(in table, id string, l Looks) int64 {
	if in.resource == schema.Exposures.Name {
		return a.computed[in.account]
	}
	parent, _, _ := schema.SplitID(id)
	return l[state.AccountCollection{AccountID: in.account, Resource: in.resource, ParentID: parent}]
}

// notSince is the doubt about what nobody has looked at since.
func notSince(resource string, ms int64) *doubt {
	switch {
	case resource == schema.Exposures.Name:
		return &doubt{sure: Uncertain, why: "exposures were last written for " + clock(ms), stale: true}
	case ms > 0:
		return &doubt{sure: Uncertain, why: LastLookedAt + clock(ms), stale: true}
	}
	return &doubt{sure: Uncertain, why: "never read whole"}
}

// sorted are the records in their order.
func (a *Moment) sorted() iter.Seq2[recordID, *known] {
	return func(yield func(recordID, *known) bool) {
		for _, in := range slices.SortedFunc(maps.Keys(a.records), table.compare) {
			for _, id := range slices.Sorted(maps.Keys(a.records[in])) {
				if !yield(recordID{in, id}, a.records[in][id]) {
					return
				}
			}
		}
	}
}
