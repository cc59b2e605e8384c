package state

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

// Rebuild makes the state's entries anew from what the other topics tell: what each record was last, how far each
// account had come, and from the collections' statuses when each was last seen whole. It takes the events of an account
// and resource in their order, and the statuses. What no topic tells begins anew: what the schedule has learned, what
// the configuration calls an account, the numbers of sweeps that found nothing, and the moment of a record's last
// showing, for which the beginning of its last window stands.
type Rebuild struct {
	options     diff.Options
	rules       map[string]*diff.Rules
	accounts    map[string]*AccountCheckpoint
	collections map[string]*CollectionCheckpoint // by state key
	records     map[string]rebuilt               // by state key
	logs        map[string][]string              // a log's ids, oldest first, by the state key of its collection
	told        Told
}

type rebuilt struct {
	account string
	Record
}

// NewRebuild begins one. The options must be those that the events were made with: a record's fingerprint depends on
// them.
func NewRebuild(o diff.Options) *Rebuild {
	return &Rebuild{
		options: o, rules: map[string]*diff.Rules{}, accounts: map[string]*AccountCheckpoint{},
		collections: map[string]*CollectionCheckpoint{}, records: map[string]rebuilt{}, logs: map[string][]string{},
	}
}

// Event takes an event, with its account's name. After an error its number counts as given, and the record is as it
// was.
func (b *Rebuild) Event(ev *schema.Event, accountName string) error {
	s := &ev.Source
	row := schema.Lookup(s.Table)
	if row == nil {
		return fmt.Errorf("event %s/%s/%d: no such resource in this release", s.DB, s.Table, s.LSN)
	}
	b.account(ev, accountName)
	key := string(RecordKey(s.DB, s.Table, ev.ID()))
	if row.Kind == schema.Log && (ev.Op == schema.Created || ev.Op == schema.Read) {
		parent, _, err := schema.SplitID(ev.ID())
		if err != nil {
			return err
		}
		b.remember(string(CollectionKey(s.DB, CollectionID{Resource: s.Table, Parent: parent})), ev.ID())
	}
	if ev.Op == schema.Deleted || (row.Kind == schema.Log && !open(row, ev.After.Body)) {
		delete(b.records, key)
		return nil
	}
	r, err := b.record(row, ev)
	if err == nil {
		b.records[key] = rebuilt{s.DB, r}
	}
	return err
}

func (b *Rebuild) account(ev *schema.Event, name string) {
	s := &ev.Source
	a := b.accounts[s.DB]
	if a == nil {
		a = &AccountCheckpoint{LastLSN: map[string]int64{}}
		b.accounts[s.DB] = a
	}
	if s.LSN >= a.NextLSN {
		a.Name = cmp.Or(name, a.Name)
	}
	a.NextLSN = max(a.NextLSN, s.LSN+1)
	a.LastLSN[s.Table] = max(a.LastLSN[s.Table], s.LSN)
	a.TsMS = max(a.TsMS, ev.TsMS)
	if n, err := strconv.ParseInt(s.TxID, 10, 64); err == nil {
		a.Sweep = max(a.Sweep, n)
	}
}

func (b *Rebuild) remember(collection, id string) {
	ids := append(b.logs[collection], id)
	if len(ids) >= 2*LogMemory {
		ids = slices.Clone(ids[len(ids)-LogMemory:])
	}
	b.logs[collection] = ids
}

func open(row *schema.Resource, body *string) bool {
	return body != nil && row.MayChange([]byte(*body))
}

func (b *Rebuild) record(row *schema.Resource, ev *schema.Event) (Record, error) {
	r := Record{LSN: ev.Source.LSN, TsMS: ev.TsMS, SourceMS: ev.Source.TsMS}
	if ev.Source.PrevTsMS != nil {
		r.SeenMS = *ev.Source.PrevTsMS
	}
	if ev.After.Body == nil { // it was too large for a record: the next look publishes it again
		if ev.After.BodySHA256 != nil {
			r.SHA256 = *ev.After.BodySHA256
		}
		return r, nil
	}
	rules, err := b.rulesOf(row)
	if err != nil {
		return r, err
	}
	r.Body = []byte(*ev.After.Body)
	if r.Fingerprint, err = rules.Fingerprint(r.Body); err != nil {
		err = fmt.Errorf("event %s/%s/%d: body: %w", ev.Source.DB, row.Name, ev.Source.LSN, err)
	}
	return r, err
}

func (b *Rebuild) rulesOf(row *schema.Resource) (*diff.Rules, error) {
	if r := b.rules[row.Name]; r != nil {
		return r, nil
	}
	r, err := diff.Compile(row, b.options)
	b.rules[row.Name] = r
	return r, err
}

// Looks takes a record of the looks topic: all of them before the statuses.
func (b *Rebuild) Looks(key, value []byte) error {
	_, err := b.told.Take(looksTopic, key, value)
	return err
}

// Status takes a record of the sweeps topic; of several with the same key the last counts.
func (b *Rebuild) Status(key, value []byte) error {
	k, s, err := ParseStatus(key, value)
	if err != nil {
		return err
	}
	row := schema.Lookup(k.Resource)
	if row == nil {
		return fmt.Errorf("status of %s: no such resource in this release", k.Resource)
	}
	entry := string(CollectionKey(k.AccountID, CollectionID{Resource: k.Resource, Parent: k.ParentID}))
	if s == nil {
		delete(b.collections, entry)
		return nil
	}
	b.told.Status(k, s)
	c := s.checkpoint()
	rules, err := b.rulesOf(row)
	if err == nil && s.WholeMS > 0 {
		c.Rules = rules.Text()
	}
	b.collections[entry] = c
	return err
}

// checkpoint is what a status tells of its collection's checkpoint.
func (s *CollectionStatus) checkpoint() *CollectionCheckpoint {
	c := &CollectionCheckpoint{
		Status: s.Status, Reason: s.Reason, SinceMS: s.SinceMS, FirstMS: s.WholeMS, WholeMS: s.WholeMS, CleanMS: s.WholeMS,
	}
	for _, held := range s.Held {
		c.hold(ParseHeld(held), s.BeganMS)
	}
	return c
}

// SchemaChange takes a record of the schema-changes topic, so that no path is announced again.
func (b *Rebuild) SchemaChange(value []byte) error {
	change, err := ParseSchemaChange(value)
	if err != nil {
		return err
	}
	if a := b.accounts[change.AccountID]; a != nil { // else nothing is known of the account: there is no event of it
		a.Announce(change)
	}
	return nil
}

// GivenUp says that events were lost, at or before now: an account's numbers go on above any that was given.
func (b *Rebuild) GivenUp(now time.Time) {
	for _, h := range b.accounts {
		h.NextLSN = max(h.NextLSN, FirstLSN(now))
	}
}

// Counts returns how many accounts, collections and records there are.
func (b *Rebuild) Counts() (accounts, collections, records int) {
	return len(b.accounts), len(b.collections), len(b.records)
}

// Entries are the state's, in order of their keys.
func (b *Rebuild) Entries() iter.Seq[Entry] {
	b.count()
	return func(yield func(Entry) bool) {
		for _, id := range slices.Sorted(maps.Keys(b.accounts)) {
			if !yield(Entry{Account: id, Key: AccountKey(id), Value: Encode(b.accounts[id])}) {
				return
			}
		}
		for _, key := range slices.Sorted(maps.Keys(b.collections)) {
			if !yield(b.collection(key)) {
				return
			}
		}
		for _, key := range slices.Sorted(maps.Keys(b.records)) {
			r := b.records[key]
			if !yield(Entry{Account: r.account, Key: []byte(key), Value: Encode(r.Record)}) {
				return
			}
		}
	}
}

// count notes how many records each account has.
func (b *Rebuild) count() {
	for _, a := range b.accounts {
		a.Entries = nil
	}
	for key, r := range b.records {
		k, _ := ParseKey([]byte(key)) // it is our own
		if a := b.accounts[r.account]; a != nil {
			a.Count(schema.Lookup(k.Resource), +1)
		}
	}
}

// collection makes the entry of a collection, with the newest ids of a log.
func (b *Rebuild) collection(key string) Entry {
	c, ids := *b.collections[key], slices.Clone(b.logs[key])
	slices.Reverse(ids)
	if ids = ids[:min(len(ids), LogMemory)]; len(ids) > 0 {
		c.LogIDs = ids
	}
	k, _ := ParseKey([]byte(key)) // it is our own
	return Entry{Account: k.Account, Key: []byte(key), Value: Encode(c)}
}
