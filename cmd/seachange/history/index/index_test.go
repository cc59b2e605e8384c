package index_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/cmd/seachange/history/index"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

const acme = "4f1c0000-0000-4000-8000-000000000000"

// topics is an embedded broker, and what a test writes into it.
type topics struct {
	testing.TB
	client.Client
	lsn int64
	now int64
}

func newTopics(t testing.TB) *topics {
	t.Helper()
	b, err := embedded.Start(embedded.Options{Listen: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	w := &topics{TB: t, Client: client.Client{Brokers: []string{b.Addr()}}, now: 1_780_000_000_000}
	w.put(client.Record{Topic: state.SweepsTopic("digitalocean"), Key: []byte(`{"account_id":"none"}`)})
	return w
}

// put writes records of one topic after another.
func (w *topics) put(records ...client.Record) {
	w.Helper()
	var out *client.Writer
	var err error
	for i, r := range records {
		if out == nil {
			if out, err = w.OpenWriter(w.Context(), r.Topic); err != nil {
				w.Fatal(err)
			}
		}
		err := out.Write(w.Context(), r)
		if i+1 == len(records) || records[i+1].Topic != r.Topic {
			err = errors.Join(err, out.Close(w.Context()))
			out = nil
		}
		if err != nil {
			w.Fatal(err)
		}
	}
}

// event is the account's next one.
func (w *topics) event(op schema.Op, resource, id, before, after string) client.Record {
	w.lsn++
	w.now += 1000
	prev := w.now - 1500
	ev := &schema.Event{Op: op, TsMS: w.now, Source: schema.Source{
		Connector: schema.Connector, Name: "digitalocean", DB: acme, Schema: "digitalocean", Table: resource, LSN: w.lsn,
		TsMS: w.now, PrevTsMS: &prev,
	}}
	row := func(body string) *schema.Row {
		if body == "" {
			return nil
		}
		return &schema.Row{AccountID: acme, ID: id, Name: new("name of " + id), Body: &body}
	}
	ev.Before, ev.After = row(before), row(after)
	switch op {
	case schema.Read:
		ev.Source.PrevTsMS = nil
	case schema.Updated:
		changes := fmt.Sprintf(`[{"op":"replace","path":"/v","old":%s,"value":%s}]`, changed(before), changed(after))
		ev.Changes = &changes
	}
	return client.Record{
		Topic: schema.TopicOf("digitalocean", resource), Key: schema.Key{AccountID: acme, ID: id}.Bytes(),
		Value: ev.Marshal(), Headers: []client.Header{{Key: "account_name", Value: "acme"}},
	}
}

// changed is what an event says of a body that changed: all of a small one.
func changed(body string) string {
	if len(body) > 200 {
		return fmt.Sprintf("%q", body[:100])
	}
	return body
}

func open(t testing.TB, w *topics, o index.Options) *index.Index {
	t.Helper()
	o.Client, o.Prefix, o.Logger = w.Client, "digitalocean", slog.New(slog.DiscardHandler)
	x, err := index.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return x
}

// caughtUp takes in what is there.
func caughtUp(t testing.TB, w *topics, o index.Options) *index.Index {
	t.Helper()
	x := open(t, w, o)
	if err := x.Catch(t.Context()); err != nil {
		t.Fatal(err)
	}
	return x
}

var everything = index.Filter{FirstSights: true, Rollouts: true}

// lsns are those of the changes that a filter leaves, the newest first.
func lsns(t *testing.T, x *index.Index, f index.Filter) (all []int64) {
	t.Helper()
	changes, err := x.Changes(t.Context(), f, index.Page{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		all = append(all, c.Source.LSN)
	}
	return all
}

func TestEachCommittedEventIsTakenInOnceOverRestarts(t *testing.T) {
	w, dir := newTopics(t), t.TempDir()
	var want []int64
	for round := range 4 {
		for i := range 3 {
			r := w.event(schema.Created, []string{"droplets", "firewalls"}[i%2], fmt.Sprint(round, "-", i), "", `{"v":"x"}`)
			w.put(r)
			want = append(want, w.lsn)
		}
		w.aborted(w.event(schema.Created, "droplets", "aborted", "", `{"v":"aborted"}`))
		x := caughtUp(t, w, index.Options{Dir: dir})
		got := lsns(t, x, everything)
		slices.Reverse(got)
		if !slices.Equal(got, want) {
			t.Fatalf("round %d: the index has %v, the topics %v", round, got, want)
		}
		if n := x.State().Events; n != int64(len(want)) {
			t.Errorf("it says that it has %d events, want %d", n, len(want))
		}
		x.Close()
	}
}

// aborted writes records in a transaction that is aborted.
func (w *topics) aborted(r client.Record) {
	w.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(w.Brokers...), kgo.TransactionalID("test"))
	if err != nil {
		w.Fatal(err)
	}
	defer cl.Close()
	if err := cl.BeginTransaction(); err != nil {
		w.Fatal(err)
	}
	if err := cl.ProduceSync(w.Context(), &kgo.Record{Topic: r.Topic, Key: r.Key, Value: r.Value}).FirstErr(); err != nil {
		w.Fatal(err)
	}
	if err := cl.EndTransaction(w.Context(), kgo.TryAbort); err != nil {
		w.Fatal(err)
	}
}

// What is wrong with an index is no reason to fail: the topics have all that it had.
func TestAnIndexIsMadeAnew(t *testing.T) {
	w := newTopics(t)
	w.put(w.event(schema.Created, "droplets", "1", "", `{"v":"x"}`))
	for name, spoil := range map[string]func(t *testing.T, file string){
		"lost": func(t *testing.T, file string) {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		},
		"garbage": func(t *testing.T, file string) {
			if err := os.WriteFile(file, []byte(strings.Repeat("garbage", 10_000)), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"broken in the middle": func(t *testing.T, file string) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for i := 4096; i < len(b); i++ {
				b[i] = 0xff
			}
			if err := os.WriteFile(file, b, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"cut": func(t *testing.T, file string) {
			if err := os.Truncate(file, 5000); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			caughtUp(t, w, index.Options{Dir: dir}).Close()
			spoil(t, filepath.Join(dir, "seachange-index.db"))
			if got := lsns(t, caughtUp(t, w, index.Options{Dir: dir}), everything); len(got) != 1 {
				t.Errorf("the index has %v, want the one event", got)
			}
		})
	}
}

func TestAnIndexOfATopicThatWasMadeAnewIsMadeAnew(t *testing.T) {
	w, dir := newTopics(t), t.TempDir()
	w.put(w.event(schema.Created, "droplets", "old", "", `{"v":"x"}`), w.event(schema.Created, "droplets", "older", "", `{"v":"x"}`))
	caughtUp(t, w, index.Options{Dir: dir}).Close()
	cl, err := w.Client.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if _, err := kadm.NewClient(cl).DeleteTopics(t.Context(), "digitalocean.droplets"); err != nil {
		t.Fatal(err)
	}
	w.put(
		w.event(schema.Created, "droplets", "new", "", `{"v":"x"}`),
		w.event(schema.Created, "droplets", "newer", "", `{"v":"x"}`),
	)
	if got := lsns(t, caughtUp(t, w, index.Options{Dir: dir}), everything); !slices.Equal(got, []int64{4, 3}) {
		t.Errorf("the index has %v, want the events of the new topic alone", got)
	}
}

func TestAnIndexHasOneOwner(t *testing.T) {
	w, dir := newTopics(t), t.TempDir()
	x := open(t, w, index.Options{Dir: dir})
	_, err := index.Open(t.Context(), index.Options{
		Client: w.Client, Prefix: "digitalocean", Dir: dir,
		Logger: slog.New(slog.DiscardHandler),
	})
	if err == nil || !strings.Contains(err.Error(), "another process uses it") {
		t.Fatalf("a second owner: %v", err)
	}
	x.Close()
	open(t, w, index.Options{Dir: dir})
}

// The index tells of each moment what the topics tell.
func TestAMomentIsThatOfTheTopics(t *testing.T) {
	w := newTopics(t)
	r := rand.New(rand.NewPCG(1, 2))
	began, bodies, seen := w.now, map[string]string{}, map[string]bool{}
	for i := range 120 {
		id := fmt.Sprint(r.IntN(12))
		body, op := fmt.Sprintf(`{"v":"%d"}`, i), schema.Created
		switch {
		case bodies[id] != "" && r.IntN(3) == 0:
			op, body = schema.Deleted, ""
		case bodies[id] != "":
			op = schema.Updated
		case !seen[id] && r.IntN(3) > 0:
			op = schema.Read
		}
		w.put(w.event(op, []string{"droplets", "firewalls"}[len(id)%2], id, bodies[id], body))
		bodies[id], seen[id] = body, true
	}
	mark := state.CollectionStatus{Status: state.Whole, WholeMS: w.now - 20_000, LastLSN: w.lsn, Number: 2}
	w.put(client.Record{
		Topic: state.SweepsTopic("digitalocean"), Key: state.StatusKey(acme, state.CollectionID{Resource: "droplets"}),
		Value: state.Encode(mark),
	})
	w.look(1, state.ToldLooks{AtMS: w.now - 8000, Since: []byte{1 << 2}, Seq: 1, LastLSN: w.lsn})
	x := caughtUp(t, w, index.Options{})
	past, err := history.Open(t.Context(), history.Options{
		Client: w.Client, Prefix: "digitalocean", Skip: true,
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	var moments []time.Time
	for ms := began - 500; ms < w.now+2000; ms += 2750 {
		moments = append(moments, time.UnixMilli(ms))
	}
	want, err := past.At(t.Context(), moments...)
	if err != nil {
		t.Fatal(err)
	}
	for i, at := range moments {
		got, err := x.At(t.Context(), at, "")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(slices.Collect(want[i].Rows()), slices.Collect(got.Rows())); d != "" {
			t.Fatalf("at %s (-topics +index):\n%s", at, d)
		}
	}
}

func TestFiltersAndSearch(t *testing.T) {
	w := newTopics(t)
	w.put(
		w.event(schema.Read, "droplets", "d-1", "", `{"v":"203.0.113.7 web"}`),
		w.event(schema.Updated, "droplets", "d-1", `{"v":"203.0.113.7 web"}`, `{"v":"203.0.113.8 web"}`),
		w.event(schema.Created, "firewalls", "f-1", "", `{"v":"Zürich \"quoted\" *"}`),
		w.event(schema.Deleted, "firewalls", "f-1", `{"v":"Zürich \"quoted\" *"}`, ""),
	)
	x := caughtUp(t, w, index.Options{})
	for name, tt := range map[string]struct {
		f    index.Filter
		want []int64
	}{
		"everything":     {everything, []int64{4, 3, 2, 1}},
		"what changed":   {index.Filter{}, []int64{4, 3, 2}},
		"by operation":   {index.Filter{Op: schema.Read}, []int64{1}},
		"by resource":    {index.Filter{Resource: "firewalls"}, []int64{4, 3}},
		"by id":          {index.Filter{ID: "d-1", FirstSights: true}, []int64{2, 1}},
		"by account":     {index.Filter{Account: "another"}, nil},
		"by time":        {index.Filter{FromMS: w.now - 1000, ToMS: w.now}, []int64{3}},
		"by text":        {index.Filter{Text: "203.0.113.8"}, []int64{2}},
		"by a beginning": {index.Filter{Text: "zur quot"}, []int64{4, 3}},
		"by operators, which are words and no language": {index.Filter{Text: `" OR * NEAR( -`}, nil},
	} {
		if got := lsns(t, x, tt.f); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
	found, err := x.Search(t.Context(), "203.0.113.7", "", "", 10)
	if err != nil || len(found) != 1 || found[0].ID != "d-1" || found[0].Now {
		t.Errorf("what was: %v, %+v", err, found)
	}
	if found, err = x.Search(t.Context(), "203.0.113.8", "", "", 10); err != nil || len(found) != 1 || !found[0].Now {
		t.Errorf("what is: %v, %+v", err, found)
	}
}

// A bounded index leaves out the oldest changes and nothing of what is there now, and says so.
func TestABoundedIndexKeepsWhatIsThereNow(t *testing.T) {
	w := newTopics(t)
	filler := func(i int) string { return fmt.Sprintf(`{"v":"%d","unchanging":"lighthouse"}`, i) }
	records := []client.Record{w.event(schema.Read, "droplets", "still", "", `{"v":"anchor"}`), w.event(schema.Created, "droplets", "busy", "", filler(0))}
	for i := range 3000 {
		r := w.event(schema.Updated, "droplets", "busy", filler(i), filler(i+1))
		records = append(records, r)
	}
	w.put(records...)
	x := caughtUp(t, w, index.Options{MaxBytes: 300_000})
	if s := x.State(); s.SinceMS == 0 || s.Events >= 3002 {
		t.Fatalf("nothing was left out: %+v", s)
	}
	var trimmed *index.TrimmedError
	if _, err := x.At(t.Context(), time.UnixMilli(1_780_000_000_000), ""); !errors.As(err, &trimmed) {
		t.Errorf("a moment before what is left: %v, want that it says so", err)
	}
	now, err := x.At(t.Context(), time.UnixMilli(w.now+1000), "")
	if err != nil || len(slices.Collect(now.Rows())) != 2 {
		t.Errorf("now: %v, want both records", err)
	}
	for _, word := range []string{"anchor", "lighthouse"} {
		if found, err := x.Search(t.Context(), word, "", "", 10); err != nil || len(found) != 1 {
			t.Errorf("%s: %v, %d found", word, err, len(found))
		}
	}
}

func TestFollowHandsOnWhatComesAndTellsOfBrokersThatAreAway(t *testing.T) {
	b, err := embedded.Start(embedded.Options{Listen: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	w := &topics{TB: t, Client: client.Client{Brokers: []string{b.Addr()}}, now: 1_780_000_000_000}
	w.put(w.event(schema.Created, "droplets", "1", "", `{"v":"x"}`))
	x := open(t, w, index.Options{})
	events, cancel := x.Subscribe()
	defer cancel()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- x.Follow(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	for !x.State().Ready {
		time.Sleep(10 * time.Millisecond)
	}
	w.put(w.event(schema.Created, "droplets", "2", "", `{"v":"x"}`))
	for got := ""; got != "2"; {
		for _, ev := range <-events {
			got = ev.ID()
		}
	}
	b.Close()
	for x.State().Fault == "" {
		time.Sleep(10 * time.Millisecond)
	}
	if got := lsns(t, x, everything); len(got) != 2 {
		t.Errorf("while the broker is away the index has %v", got)
	}
}

// look writes looks of the account.
func (w *topics) look(slot int, l state.ToldLooks) {
	w.Helper()
	w.put(client.Record{
		Topic: state.LooksTopic("digitalocean"), Value: state.Encode(l),
		Key: state.Encode(state.LooksSlot{AccountID: acme, Slot: slot}),
	})
}

// Looks tell all readers when a collection was read last; the index, once it has the events that they cover.
func TestLooksTellAllReaders(t *testing.T) {
	w := newTopics(t)
	w.put(w.event(schema.Created, "droplets", "1", "", `{"v":1}`))
	status := state.CollectionStatus{
		Status: state.Whole, BeganMS: w.now + 1000, WholeMS: w.now + 1000, LastLSN: w.lsn, Number: 1, LooksSeq: 4,
	}
	c := state.AccountCollection{AccountID: acme, Resource: "droplets"}
	w.put(client.Record{Topic: state.SweepsTopic("digitalocean"), Key: state.Encode(c), Value: state.Encode(status)})
	w.look(0, state.ToldLooks{AtMS: w.now + 90_000, Since: []byte{1 << 1}, Seq: 4, LastLSN: w.lsn}) // from before
	w.look(1, state.ToldLooks{AtMS: w.now + 60_000, Since: []byte{1 << 1}, Seq: 5, LastLSN: w.lsn})
	w.look(2, state.ToldLooks{AtMS: w.now + 120_000, Since: []byte{1 << 1}, Seq: 6, LastLSN: w.lsn + 1})
	w.look(3, state.ToldLooks{AtMS: w.now + 180_000, Since: []byte{1 << 1}, Seq: 7, LastLSN: w.lsn})
	slot3 := state.Encode(state.LooksSlot{AccountID: acme, Slot: 3})
	w.put(client.Record{Topic: state.LooksTopic("digitalocean"), Key: slot3}) // taken away by an operator
	x := caughtUp(t, w, index.Options{})
	sure := func(ms int64) bool {
		t.Helper()
		m, err := x.At(t.Context(), time.UnixMilli(ms), "")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range slices.Collect(m.Rows()) {
			return r.Certainty == history.Certain
		}
		t.Fatal("no record")
		return false
	}
	if !sure(w.now+60_000) || sure(w.now+60_001) {
		t.Error("want it certain for a minute, and no longer: of what was read then an event is missing")
	}
	statuses, err := x.Statuses(t.Context())
	if got := statuses[c].WholeMS; err != nil || got != w.now+120_000 {
		t.Errorf("the index has it as read at %d, %v, want %d", got, err, w.now+120_000)
	}
	bad := &history.BadInput{Skip: true, Logger: slog.New(slog.DiscardHandler)}
	read, err := history.ReadStatuses(t.Context(), w.Client, "digitalocean", bad)
	if got := read[c].WholeMS; err != nil || got != w.now+120_000 {
		t.Errorf("the topics have it as read at %d, %v, want %d", got, err, w.now+120_000)
	}
	looked, err := history.ReadLooked(t.Context(), w.Client, "digitalocean")
	if err != nil || len(looked.Not(time.UnixMilli(w.now+1000), time.UnixMilli(w.now+120_000))) > 0 ||
		len(looked.Not(time.UnixMilli(w.now+1000), time.UnixMilli(w.now+120_001))) != 1 {
		t.Errorf("looked at: %+v, %v", looked, err)
	}
}

// While an index is built, several batches are one transaction. One that is cut short leaves nothing: what it had read
// is read again, and taken in once.
func TestABuildThatIsCutShortGoesOnExactly(t *testing.T) {
	for name, again := range map[string]func(t *testing.T, w *topics, x *index.Index, dir string) *index.Index{
		"in the same process": func(_ *testing.T, _ *topics, x *index.Index, _ string) *index.Index { return x },
		"in another one": func(t *testing.T, w *topics, x *index.Index, dir string) *index.Index {
			x.Close()
			return open(t, w, index.Options{Dir: dir})
		},
	} {
		t.Run(name, func(t *testing.T) {
			const n = 6000 // more than a batch
			w, dir := newTopics(t), t.TempDir()
			records := []client.Record{{Topic: "digitalocean.droplets", Value: []byte("this is no event")}}
			for i := range n {
				records = append(records, w.event(schema.Created, "droplets", fmt.Sprint(i), "", `{"v":"x"}`))
			}
			w.put(records...)
			ctx, cut := context.WithCancel(t.Context())
			x, err := index.Open(t.Context(), index.Options{
				Client: w.Client, Prefix: "digitalocean", Dir: dir, Logger: slog.New(warned(cut)),
			})
			if err != nil {
				t.Fatal(err)
			}
			defer x.Close()
			if err := x.Catch(ctx); err != nil {
				t.Fatal(err)
			}
			if s := x.State(); s.Ready || len(lsns(t, x, everything)) > 0 {
				t.Fatalf("it was not cut short: %+v", s)
			}
			x = again(t, w, x, dir)
			if err := x.Catch(t.Context()); err != nil {
				t.Fatal(err)
			}
			found, err := x.Changes(t.Context(), everything, index.Page{Limit: 2 * n})
			if err != nil || len(found) != n || x.State().Events != n {
				t.Errorf("%v: %d changes of %d are in it, and it says %d", err, len(found), n, x.State().Events)
			}
		})
	}
}

// warned is a log's handler that is called at a warning, such as of the record that is no event.
type warned func()

func (w warned) Enabled(context.Context, slog.Level) bool { return true }

func (w warned) WithAttrs([]slog.Attr) slog.Handler { return w }

func (w warned) WithGroup(string) slog.Handler { return w }

func (w warned) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		w()
	}
	return nil
}
