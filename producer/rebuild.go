package producer

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

// Rebuild makes the state's entries anew from what the other topics tell: what each record was last, how far each account
// had come, and from the marks when each collection was last seen whole. It takes the events of an account and resource in
// their order, and the marks. What no topic tells begins anew: what the schedule has learned, what the
// configuration calls an account, the numbers of sweeps that
// found nothing, and the moment of a record's last showing, for which the beginning of its last window stands.
type Rebuild struct {
	prefix      string
	options     diff.Options
	rules       map[string]*diff.Rules
	accounts    map[string]*accountHead
	collections map[string]*collectionHead // by state key
	records     map[string]rebuilt         // by state key
	logs        map[string][]string        // a log's ids, oldest first, by the state key of its collection
}

type rebuilt struct {
	account string
	state   recordState
}

// NewRebuild begins one. The options must be those that the events were made with: a record's fingerprint depends on them.
func NewRebuild(prefix string, o diff.Options) *Rebuild {
	return &Rebuild{
		prefix: prefix, options: o, rules: map[string]*diff.Rules{}, accounts: map[string]*accountHead{},
		collections: map[string]*collectionHead{}, records: map[string]rebuilt{}, logs: map[string][]string{},
	}
}

// Event takes an event, with its account's name. After an error its number counts as given, and the record is as it was.
func (b *Rebuild) Event(ev *schema.Event, accountName string) error {
	s := &ev.Source
	row := schema.Lookup(s.Table)
	if row == nil {
		return fmt.Errorf("event %s/%s/%d: no such resource in this release", s.DB, s.Table, s.LSN)
	}
	b.account(ev, accountName)
	key := string(recordKey(s.DB, s.Table, ev.ID()))
	if row.Kind == schema.Log && (ev.Op == schema.Created || ev.Op == schema.FirstSeen) {
		parent, _, err := schema.SplitID(ev.ID())
		if err != nil {
			return err
		}
		b.remember(string(collectionKey(s.DB, collectionID{Resource: s.Table, Parent: parent})), ev.ID())
	}
	if ev.Op == schema.Deleted || row.Kind == schema.Log && !open(row, ev.After.Body) {
		delete(b.records, key)
		return nil
	}
	state, err := b.record(row, ev)
	if err == nil {
		b.records[key] = rebuilt{s.DB, state}
	}
	return err
}

func (b *Rebuild) account(ev *schema.Event, name string) {
	s := &ev.Source
	h := b.accounts[s.DB]
	if h == nil {
		h = &accountHead{LastLSN: map[string]int64{}}
		b.accounts[s.DB] = h
	}
	if s.LSN >= h.NextLSN {
		h.Name = cmp.Or(name, h.Name)
	}
	h.NextLSN = max(h.NextLSN, s.LSN+1)
	h.LastLSN[s.Table] = max(h.LastLSN[s.Table], s.LSN)
	h.TsMS = max(h.TsMS, ev.TsMS)
	if n, err := strconv.ParseInt(s.TxID, 10, 64); err == nil {
		h.Sweep = max(h.Sweep, n)
	}
}

func (b *Rebuild) remember(collection, id string) {
	ids := append(b.logs[collection], id)
	if len(ids) >= 2*logMemory {
		ids = slices.Clone(ids[len(ids)-logMemory:])
	}
	b.logs[collection] = ids
}

func open(row *schema.Resource, body *string) bool {
	return body != nil && row.Open != "" && row.Open.Holds([]byte(*body))
}

func (b *Rebuild) record(row *schema.Resource, ev *schema.Event) (recordState, error) {
	state := recordState{LSN: ev.Source.LSN, TsMS: ev.TsMS}
	if ev.Source.PrevTsMS != nil {
		state.SeenMS = *ev.Source.PrevTsMS
	}
	if ev.After.Body == nil { // it was too large for a record: the next look publishes it again
		if ev.After.BodySHA256 != nil {
			state.SHA256 = *ev.After.BodySHA256
		}
		return state, nil
	}
	rules, err := b.rulesOf(row)
	if err != nil {
		return state, err
	}
	state.Body = []byte(*ev.After.Body)
	if state.Print, err = rules.Print(state.Body); err != nil {
		err = fmt.Errorf("event %s/%s/%d: body: %w", ev.Source.DB, row.Name, ev.Source.LSN, err)
	}
	return state, err
}

func (b *Rebuild) rulesOf(row *schema.Resource) (*diff.Rules, error) {
	if r := b.rules[row.Name]; r != nil {
		return r, nil
	}
	r, err := diff.Compile(row, b.options)
	b.rules[row.Name] = r
	return r, err
}

// Mark takes a record of the sweeps topic; of several with the same key the last counts.
func (b *Rebuild) Mark(key, value []byte) error {
	var k markKey
	if err := json.Unmarshal(key, &k); err != nil {
		return fmt.Errorf("key of a mark: %w", err)
	}
	row := schema.Lookup(k.Resource)
	if row == nil {
		return fmt.Errorf("mark of %s: no such resource in this release", k.Resource)
	}
	entry := string(collectionKey(k.AccountID, collectionID{Resource: k.Resource, Parent: k.ParentID}))
	if value == nil {
		delete(b.collections, entry)
		return nil
	}
	var m Mark
	if err := json.Unmarshal(value, &m); err != nil {
		return fmt.Errorf("mark of %s: %w", k.Resource, err)
	}
	h := &collectionHead{Status: m.Status, Reason: m.Reason, SinceMS: m.SinceMS, FirstMS: m.WholeMS, WholeMS: m.WholeMS, CleanMS: m.WholeMS}
	for _, held := range m.Held {
		h.hold(held, m.BeganMS)
	}
	rules, err := b.rulesOf(row)
	if err == nil && m.WholeMS > 0 {
		h.Rules = rules.Text()
	}
	b.collections[entry] = h
	return err
}

// everSince is since when something may have changed of which nobody knows when it was seen last.
const everSince = 1

// hold takes what a mark has among what is held.
func (h *collectionHead) hold(held string, beganMS int64) {
	path, isPath := strings.CutPrefix(held, "path:")
	member, id, ofRecord := strings.Cut(path, " of ")
	switch {
	case isPath && ofRecord:
		if h.Unreadable == nil {
			h.Unreadable = map[string]map[string]int64{}
		}
		if h.Unreadable[member] == nil {
			h.Unreadable[member] = map[string]int64{}
		}
		h.Unreadable[member][id] = everSince
	case isPath:
		h.HeldPaths = append(h.HeldPaths, path)
	default:
		if h.Suspects == nil {
			h.Suspects = map[string]int64{}
		}
		h.Suspects[held] = beganMS
	}
}

// Announced takes a record of the schema-changes topic, so that no path is announced again.
func (b *Rebuild) Announced(value []byte) error {
	var c struct {
		AccountID string   `json:"account_id"`
		Resource  string   `json:"resource"`
		Paths     []string `json:"paths"`
	}
	if err := json.Unmarshal(value, &c); err != nil {
		return fmt.Errorf("schema change: %w", err)
	}
	h := b.accounts[c.AccountID]
	if h == nil {
		return nil // no event of it: nothing is known of the account
	}
	if h.Announced == nil {
		h.Announced = map[string][]string{}
	}
	all := append(h.Announced[c.Resource], c.Paths...)
	slices.Sort(all)
	h.Announced[c.Resource] = slices.Compact(all)
	return nil
}

// Counts says what there is: accounts, collections and records.
func (b *Rebuild) Counts() (accounts, collections, records int) {
	return len(b.accounts), len(b.collections), len(b.records)
}

// Entries are the state's records, in order of their keys.
func (b *Rebuild) Entries() iter.Seq[Record] {
	topic := b.prefix + "-meta.state"
	entry := func(account string, key string, value []byte) Record {
		return Record{Topic: topic, Account: account, Key: []byte(key), Value: value, Headers: []Header{{formatHeader, format}}}
	}
	return func(yield func(Record) bool) {
		for _, id := range slices.Sorted(maps.Keys(b.accounts)) {
			if !yield(entry(id, string(accountKey(id)), encode(b.accounts[id]))) {
				return
			}
		}
		for _, key := range slices.Sorted(maps.Keys(b.collections)) {
			h := b.collections[key]
			ids := slices.Clone(b.logs[key])
			slices.Reverse(ids)
			if ids = ids[:min(len(ids), logMemory)]; len(ids) > 0 {
				h.LogIDs = ids
			}
			_, account, _, _, _ := splitKey([]byte(key))
			if !yield(entry(account, key, encode(h))) {
				return
			}
		}
		for _, key := range slices.Sorted(maps.Keys(b.records)) {
			if r := b.records[key]; !yield(entry(r.account, key, encode(r.state))) {
				return
			}
		}
	}
}
