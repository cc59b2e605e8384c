package producer

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// world is a random account: what is in it, and when each record really changed.
type world struct {
	*tables
	rng     *rand.Rand
	changed map[string][]int64 // resource/id → when, in ms
	serial  int
	open    []string        // actions in progress
	lied    map[string]bool // resources that answered an empty list since they last answered well
}

func newWorld(seed uint64) *world {
	return &world{tables: newTables(), rng: rand.New(rand.NewPCG(seed, seed)), changed: map[string][]int64{}, lied: map[string]bool{}}
}

func (w *world) note(resource, id string) {
	k := resource + " " + id
	w.changed[k] = append(w.changed[k], time.Now().UnixMilli())
}

// set puts a record, with n as what may change in it.
func (w *world) set(resource, id string, n int) {
	_, own, _ := schema.SplitID(id)
	switch resource {
	case "databases":
		users := []string{}
		for _, u := range []string{"ann", "bob", "eve"} {
			if w.rng.IntN(2) == 0 {
				users = append(users, fmt.Sprintf(`{"name":%q,"role":"r%d","password":"fake"}`, u, w.rng.IntN(3)))
			}
		}
		w.put(resource, id, fmt.Sprintf(`{"id":%q,"name":"n%d","engine":"mysql","created_at":"2026-01-0%dT00:00:00Z","users":[%s]}`,
			own, n, 1+w.rng.IntN(10)/9, strings.Join(users, ",")))
		for _, u := range []string{"ann", "bob", "eve"} {
			w.note("database_users", schema.ChildID(id, u))
		}
		w.put("database_configs", schema.ChildID(id, "database_configs"), fmt.Sprintf(`{"mode":"m%d"}`, w.rng.IntN(3)))
		w.note("database_configs", schema.ChildID(id, "database_configs"))
	case "firewalls":
		w.put(resource, id, fmt.Sprintf(`{"id":%q,"name":"n%d","tags":[%s]}`, own, n, []string{`"x","y"`, `"y","x"`}[w.rng.IntN(2)]))
	case "domains":
		w.put(resource, id, fmt.Sprintf(`{"name":%q,"ttl":%d}`, own, n))
	case "domain_records":
		w.put(resource, id, fmt.Sprintf(`{"id":%s,"data":"d%d"}`, own, n))
	case "projects":
		w.put(resource, id, fmt.Sprintf(`{"id":%q,"name":"n%d"}`, own, n))
	case "project_resources":
		w.put(resource, id, fmt.Sprintf(`{"urn":%q,"links":{"self":"s%d"}}`, own, n))
	}
	w.note(resource, id)
}

func (w *world) drop(resource, id string) {
	w.note(resource, id)
	for k, records := range w.records {
		if k.Parent == id && schema.Lookup(k.Resource).Parent() == resource {
			for child := range records {
				w.note(k.Resource, child)
			}
		}
	}
	for _, u := range []string{"ann", "bob", "eve"} {
		w.note("database_users", schema.ChildID(id, u))
	}
	w.remove(resource, id)
}

// mutate changes something at random.
func (w *world) mutate() {
	pick := func(all ...string) string { return all[w.rng.IntN(len(all))] }
	resource := pick("firewalls", "firewalls", "databases", "domains", "domain_records", "domain_records", "projects", "project_resources", "actions")
	parent := ""
	if resource == "actions" {
		w.act()
		return
	}
	if p := schema.Lookup(resource).Parent(); p != "" {
		parents := slices.Sorted(maps.Keys(w.records[collectionID{Resource: p}]))
		if len(parents) == 0 {
			return
		}
		parent = pick(parents...)
	}
	own := fmt.Sprint(1 + w.rng.IntN(8))
	if resource == "project_resources" {
		own = "do:firewall:" + own
	}
	id := schema.ChildID(parent, own)
	if _, ok := w.get(resource, id); ok && w.rng.IntN(3) == 0 {
		w.drop(resource, id)
		return
	}
	w.set(resource, id, w.rng.IntN(1000))
}

// act begins an action, or completes one.
func (w *world) act() {
	if len(w.open) > 0 && w.rng.IntN(2) == 0 {
		id := w.open[0]
		w.open = w.open[1:]
		w.put("actions", id, fmt.Sprintf(`{"id":%s,"status":"completed"}`, id))
		w.note("actions", id)
		return
	}
	w.serial++
	id := fmt.Sprintf("1%06d", w.serial)
	status := "completed"
	if w.rng.IntN(2) == 0 {
		status = "in-progress"
		w.open = append(w.open, id)
	}
	w.put("actions", id, fmt.Sprintf(`{"id":%s,"status":%q}`, id, status))
	w.note("actions", id)
}

// trouble makes the API misbehave at random, or well again.
func (w *world) trouble(calm bool) {
	clear(w.fail)
	clear(w.cut)
	clear(w.empty)
	for _, r := range []string{"firewalls", "databases", "domains", "domain_records", "projects", "project_resources", "actions"} {
		fault := w.rng.IntN(12)
		switch {
		case calm || fault > 3:
			w.lied[r] = false
		case fault == 0:
			w.fail[r] = &SourceError{Trouble: Failed, Err: fmt.Errorf("list %s page 1: status 500", r)}
		case fault == 1:
			w.cut[r] = 1
		case fault == 2:
			w.fail[r] = &SourceError{Trouble: Unreadable, Err: fmt.Errorf("list %s page 1: status 403", r)}
		case !w.lied[r]: // what has no GET is believed the second time
			w.empty[r], w.lied[r] = true, true
		}
	}
}

// bench drives one account over a tape, without goroutines: crashes are where the test wants them.
type bench struct {
	t     *testing.T
	p     *Producer
	w     *world
	tape  *tape
	a     *account
	crash int
	heard int // events that a test has looked at
}

func newBench(t *testing.T, w *world) *bench {
	var rows []*schema.Resource
	for _, name := range []string{
		"firewalls", "databases", "database_users", "database_configs", "domains", "domain_records", "projects", "project_resources", "actions",
	} {
		rows = append(rows, schema.Lookup(name))
	}
	return newBenchOf(t, w, rows)
}

func newBenchOf(t *testing.T, w *world, rows []*schema.Resource) *bench {
	b := &bench{t: t, w: w, tape: newTape()}
	p, err := New(Options{Accounts: []Account{{Name: "acme", Source: w, Resources: rows}}, Log: b.tape, Interval: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	b.p = p
	b.open()
	return b
}

// restore reads a log as an owner of the shard does.
func (b *bench) restore(log []Record) *memory {
	s := b.p.open(0).(*shard)
	for _, r := range log {
		if err := s.Restore(r.Key, r.Value); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := s.rebase(); err != nil {
		b.t.Fatal(err)
	}
	return s.account("team-1")
}

// open begins a new ownership from what the log holds, after a compaction of a part of it.
func (b *bench) open() {
	log := b.tape.state()
	if len(log) > 0 {
		log = compact(log, b.w.rng.IntN(len(log)))
	}
	config := &b.p.opts.Accounts[0]
	b.a = b.p.newAccount(b.restore(log), identified{config, Identity{ID: "team-1", Name: "Acme"}}, b.tape)
	b.a.plan()
}

// step sweeps whatever is due, with a crash at some batch if the test wants one.
func (b *bench) step(ctx context.Context, crash bool) {
	b.tape.failAt = -1
	if crash {
		b.tape.failAt = len(b.tape.batches) + b.w.rng.IntN(6)
	}
	next := func() (k collectionID, ok bool) {
		k, due, ok := b.a.schedule.Next(time.Now())
		return k, ok && !due.After(time.Now())
	}
	for range 1000 {
		k, ok := next()
		if !ok || b.a.collections[k].flight.inAir() || b.w.rng.IntN(2) == 0 { // a commit takes its time
			b.settle()
		}
		if k, ok = next(); !ok {
			return
		}
		b.a.turn(ctx, k)
	}
	b.t.Fatal("the schedule does not come to rest")
}

// known says whether something is known in a collection: an empty list of it can be told from the truth.
func (b *bench) known(k collectionID) bool {
	c := b.a.collections[k]
	return c != nil && (c.state.Len() > 0 || len(c.checkpoint.LogIDs) > 0)
}

// relearn begins a new ownership by a release that has learned another row.
func (b *bench) relearn(row *schema.Resource) {
	rules, err := diff.Compile(row, diff.Options{})
	must(b.t, err)
	b.p.rules[row.Name] = rules
	b.open()
}

// settle takes what was committed, and begins anew after a commit that failed.
func (b *bench) settle() {
	if err := b.a.settle(); err != nil {
		b.crash++
		b.tape.failAt = -1
		b.open()
	}
}

// compact drops, of the first n records, those whose key comes again among them.
func compact(log []Record, n int) []Record {
	last := map[string]int{}
	for i, r := range log[:n] {
		last[string(r.Key)] = i
	}
	var out []Record
	for i, r := range log {
		if i >= n || last[string(r.Key)] == i {
			out = append(out, r)
		}
	}
	return out
}

// fold answers what a log holds, by key.
func fold(log []Record) map[string]string {
	m := map[string]string{}
	for _, r := range log {
		if m[string(r.Key)] = string(r.Value); r.Value == nil {
			delete(m, string(r.Key))
		}
	}
	return m
}

// dump writes a memory as the log has it. What moves without a commit, and is no loss, is left out: the number of the
// sweep and when a record was seen last.
func (m *memory) dump() map[string]string {
	out := map[string]string{}
	h := m.checkpoint
	h.Sweep = 0
	if h.NextLSN != 0 {
		out[string(state.AccountKey(m.id))] = string(state.Encode(h))
	}
	for k, c := range m.collections {
		if c.checkpoint.Status != state.NeverSwept || c.seen() {
			out[string(state.CollectionKey(m.id, k))] = string(state.Encode(c.checkpoint))
		}
		for _, id := range c.state.IDs() {
			p, _ := c.state.Get(id)
			out[string(state.RecordKey(m.id, k.Resource, id))] = string(state.Encode(state.Record{
				LSN: p.LSN, TsMS: p.TsMS, Fingerprint: p.Print, Body: p.Body, SHA256: c.sums[id],
			}))
		}
	}
	return out
}

// blind brings a folded log to the form of dump.
func blind(t *testing.T, log map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range log {
		key, err := state.ParseKey([]byte(k))
		must(t, err)
		switch key.Kind {
		case state.KindAccount:
			var h state.AccountCheckpoint
			must(t, json.Unmarshal([]byte(v), &h))
			h.Sweep = 0
			out[k] = string(state.Encode(h))
		case state.KindCollection:
			var h state.CollectionCheckpoint
			must(t, json.Unmarshal([]byte(v), &h))
			if h.Status == state.NeverSwept && h.FirstMS == 0 {
				continue
			}
			out[k] = string(state.Encode(h))
		default:
			var r state.Record
			must(t, json.Unmarshal([]byte(v), &r))
			r.SeenMS = 0
			out[k] = string(state.Encode(r))
		}
	}
	return out
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A random account with a misbehaving API, and a process that dies in mid-commit: the log is dense, each record's history
// holds together, the end is what the account is, and what is restored is what was in memory.
func TestHistoryIsExactOverCrashes(t *testing.T) {
	seeds, err := strconv.Atoi(cmp.Or(os.Getenv("SEACHANGE_TEST_SEEDS"), "12"))
	must(t, err)
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { playHistory(t, uint64(seed)) })
		})
	}
}

func playHistory(t *testing.T, seed uint64) {
	w := newWorld(seed)
	for range w.rng.IntN(30) {
		w.mutate()
	}
	b := newBench(t, w)
	w.lies = b.known
	for range 60 {
		w.trouble(w.rng.IntN(3) == 0)
		b.step(t.Context(), w.rng.IntN(4) == 0)
		time.Sleep(61 * time.Second)
		for range w.rng.IntN(4) {
			w.mutate()
		}
	}
	for range 70 { // over an hour: held deletes go, unoffered children are asked again
		w.trouble(true)
		b.step(t.Context(), false)
		time.Sleep(61 * time.Second)
	}
	if b.crash == 0 {
		t.Log("no crash with this seed")
	}
	checkHistory(t, w, b.tape.events())
	b.a.flush()
	must(t, b.a.settle())
	want := b.a.dump()
	if diff := gocmp.Diff(want, b.restore(b.tape.state()).dump()); diff != "" {
		t.Errorf("restored is not what was in memory (-memory +restored):\n%s", diff)
	}
	checkPrefixes(t, b)
}

// checkPrefixes restores each prefix of the log, a part of it compacted, and holds it against what the prefix holds.
func checkPrefixes(t *testing.T, b *bench) {
	log := b.tape.state()
	for n := 1; n <= len(log); n += 1 + len(log)/200 {
		got := b.restore(compact(log[:n], b.w.rng.IntN(n))).dump()
		if diff := gocmp.Diff(blind(t, fold(log[:n])), got); diff != "" {
			t.Fatalf("prefix of %d records (-log +restored):\n%s", n, diff)
		}
	}
}

// checkHistory holds the events against each other and against the world.
func checkHistory(t *testing.T, w *world, events []Record) {
	t.Helper()
	live, lastTS := map[string]string{}, map[string]int64{}
	sequence := map[string]int64{}
	grown := map[string]bool{} // collections that have seen a c or a d
	var lsn int64
	for i, r := range events {
		var e schema.Event
		must(t, json.Unmarshal(r.Value, &e))
		row := e.After
		if row == nil {
			row = e.Before
		}
		k := e.Source.Table + " " + row.ID
		where := fmt.Sprintf("event %d, %s of %s, lsn %d", i, e.Op, k, e.Source.LSN)
		if lsn != 0 && e.Source.LSN != lsn+1 {
			t.Fatalf("%s: the lsn before was %d", where, lsn)
		}
		lsn = e.Source.LSN
		if want := fmt.Sprintf(`["%d","%d"]`, sequence[e.Source.Table], lsn); e.Source.Sequence != want {
			t.Fatalf("%s: sequence %s, want %s", where, e.Source.Sequence, want)
		}
		sequence[e.Source.Table] = lsn
		if e.TsMS <= lastTS[k] {
			t.Fatalf("%s: ts_ms %d, the record's last was %d", where, e.TsMS, lastTS[k])
		}
		lastTS[k] = e.TsMS
		before, was := live[k]
		switch e.Op {
		case schema.Created, schema.FirstSeen:
			if was {
				t.Fatalf("%s: it is there already", where)
			}
		default:
			if !was || e.Before == nil || *e.Before.Body != before {
				t.Fatalf("%s: before is not the last after", where)
			}
		}
		parent, _, _ := schema.SplitID(row.ID)
		coll := e.Source.Table + " " + parent
		if e.Op == schema.FirstSeen && grown[coll] {
			t.Fatalf("%s: first sight after the collection was seen", where)
		}
		if e.Op == schema.Created || e.Op == schema.Deleted {
			grown[coll] = true
		}
		if e.Op != schema.FirstSeen && !w.changedWithin(k, *e.Source.PrevTsMS, e.Source.TsMS) {
			t.Fatalf("%s: nothing happened between %d and %d, but at %v", where, *e.Source.PrevTsMS, e.Source.TsMS, w.changed[k])
		}
		if e.Op == schema.Deleted {
			delete(live, k)
		} else {
			live[k] = *e.After.Body
		}
	}
	if diff := gocmp.Diff(w.truth(t), live); diff != "" {
		t.Fatalf("the end is not what the account is (-account +events):\n%s", diff)
	}
}

func (w *world) changedWithin(k string, prev, ts int64) bool {
	return slices.ContainsFunc(w.changed[k], func(at int64) bool { return prev <= at && at <= ts })
}

// truth answers the bodies that the account's records have.
func (w *world) truth(t *testing.T) map[string]string {
	p, err := New(Options{Accounts: []Account{{}}, Log: newTape(), Interval: time.Minute})
	must(t, err)
	out := map[string]string{}
	for k, records := range w.records {
		for id, raw := range records {
			f, err := p.rules[k.Resource].Form([]byte(raw))
			must(t, err)
			out[k.Resource+" "+id] = string(f.Body)
			if k.Resource == "databases" {
				var db struct {
					Users []map[string]any `json:"users"`
				}
				must(t, json.Unmarshal([]byte(raw), &db))
				for _, u := range db.Users {
					f, err := p.rules["database_users"].Form(state.Encode(u))
					must(t, err)
					out["database_users "+schema.ChildID(id, u["name"].(string))] = string(f.Body)
				}
			}
		}
	}
	return out
}
