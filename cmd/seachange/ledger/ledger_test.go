package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/cmd/seachange/exposure"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

const prefix = "digitalocean"

var errKilled = errors.New("killed")

// world is an account's topics, and what a reader of its events knows.
type world struct {
	t      *testing.T
	client client.Client
	topics map[string]bool
	engine *exposure.Engine
	bodies map[string]string
	lsn    int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	broker, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	return &world{
		t: t, client: client.Client{Brokers: broker.ListenAddrs()}, topics: map[string]bool{},
		engine: exposure.New(), bodies: map[string]string{},
	}
}

// on writes an event: "c droplets 1 {…}", for a delete "d droplets 1".
func (w *world) on(line string) {
	w.t.Helper()
	words := strings.SplitN(line, " ", 4)
	op, resource, id := schema.Op(words[0]), words[1], words[2]
	row := func(body string) *schema.Row { return &schema.Row{AccountID: "a", ID: id, Body: &body} }
	w.lsn++
	ev := &schema.Event{Op: op, TsMS: w.lsn, Source: schema.Source{
		Connector: schema.Connector, Name: prefix, DB: "a", Table: resource, LSN: w.lsn, TsMS: 1000 * w.lsn,
		PrevTsMS: new(1000*w.lsn - 500),
	}}
	if op == schema.Updated || op == schema.Deleted {
		ev.Before = row(w.bodies[resource+id])
	}
	if op != schema.Deleted {
		ev.After, w.bodies[resource+id] = row(words[3]), words[3]
	}
	if !w.topics[resource] {
		to, err := w.client.OpenWriter(w.t.Context(), schema.TopicOf(prefix, resource))
		if err == nil {
			err = to.Close(w.t.Context())
		}
		if err != nil {
			w.t.Fatal(err)
		}
		w.topics[resource] = true
	}
	r := client.Record{
		Topic: schema.TopicOf(prefix, resource), Key: schema.Key{AccountID: "a", ID: id}.Bytes(), Value: ev.Marshal(),
	}
	if err := w.client.Write(w.t.Context(), r); err != nil { // which waits until the brokers have it
		w.t.Fatal(err)
	}
	w.engine.Take(ev)
}

// begin runs a ledger until stop. killed are the commits, from 0, at which it is killed, and how.
func (w *world) begin(kills map[int]kill) (stop func() (commits int)) {
	ctx, cancel := context.WithCancel(w.t.Context())
	ended, commits := make(chan struct{}), 0
	o := Options{Client: w.client, Prefix: prefix, Version: "test", Logger: slog.New(slog.DiscardHandler)}
	o.open = func(ctx context.Context) (writer, error) {
		t, err := w.client.OpenTransactor(ctx, Topic(prefix), TransactionalID(prefix))
		return &mortal{t, w, kills, &commits}, err
	}
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			if err := follow(ctx, o); err != nil && !errors.Is(err, errKilled) && ctx.Err() == nil {
				w.t.Error(err)
				return
			}
		}
	}()
	return func() int {
		cancel()
		<-ended
		return commits
	}
}

// kill is what is done of a commit when the process dies.
type kill int

const (
	nothing kill = iota + 1
	written      // and not committed
	committed
)

// mortal is a writer of a process that dies.
type mortal struct {
	*client.Transactor
	world   *world
	kills   map[int]kill
	commits *int
}

func (m *mortal) Commit(ctx context.Context, records ...client.Record) error {
	how := m.kills[*m.commits]
	*m.commits++
	switch how {
	case nothing:
		return errKilled
	case written:
		m.world.abandon(ctx, records)
		return errKilled
	case committed:
		return errors.Join(m.Transactor.Commit(ctx, records...), errKilled)
	}
	return m.Transactor.Commit(ctx, records...)
}

// abandon writes records in a transaction that nobody ends.
func (w *world) abandon(ctx context.Context, records []client.Record) {
	cl, err := kgo.NewClient(kgo.SeedBrokers(w.client.Brokers...), kgo.TransactionalID(TransactionalID(prefix)))
	if err != nil {
		w.t.Error(err)
		return
	}
	if err := cl.BeginTransaction(); err != nil {
		w.t.Error(err)
	}
	for _, r := range records {
		out := &kgo.Record{Topic: Topic(prefix), Key: r.Key, Value: r.Value}
		for _, h := range r.Headers {
			out.Headers = append(out.Headers, kgo.RecordHeader{Key: h.Key, Value: []byte(h.Value)})
		}
		if err := cl.ProduceSync(ctx, out).FirstErr(); err != nil {
			w.t.Error(err)
		}
	}
	cl.CloseAllowingRebalance()
}

// judged reads the topic strictly: nothing begins twice, or ends without having begun. It returns what is open, and
// what happened.
func (w *world) judged() (open map[string]string, story []string) {
	w.t.Helper()
	open = map[string]string{}
	last, ts := int64(0), map[string]int64{}
	found, err := w.client.Existing(w.t.Context(), Topic(prefix))
	if err != nil || len(found) == 0 {
		return open, nil
	}
	o := client.ReadOptions{Topics: found, FromStart: true, UntilEnd: true}
	err = w.client.Read(w.t.Context(), o, func(r client.Record) error {
		ev, err := history.ParseEvent(r)
		if err != nil {
			return err
		}
		id, was := ev.ID(), open[ev.ID()]
		begins := ev.Op == schema.Created || ev.Op == schema.Read
		if begins != (was == "") || (!begins && *ev.Before.Body != was) {
			w.t.Errorf("%s of %s, which is open: %v", ev.Op.Word(), id, was != "")
		}
		key, err := schema.ParseKey(r.Key)
		if err != nil || key.ID != id || key.AccountID != "a" {
			w.t.Errorf("%v: key %s of %s", err, r.Key, id)
		}
		if sequence := fmt.Sprintf(`["%d","%d"]`, last, last+1); ev.Source.LSN != last+1 || ev.Source.Sequence != sequence {
			w.t.Errorf("lsn %d after %d, sequence %s", ev.Source.LSN, last, ev.Source.Sequence)
		}
		if ev.TsMS <= ts[id] || ev.TsMS < ev.Source.TsMS || (ev.Op != schema.Read && ev.Source.PrevTsMS == nil) {
			w.t.Errorf("%s: ts_ms %d after %d, source %+v", id, ev.TsMS, ts[id], ev.Source)
		}
		last, ts[id] = ev.Source.LSN, ev.TsMS
		if delete(open, id); ev.After != nil {
			open[id] = *ev.After.Body
		}
		story = append(story, fmt.Sprintf("%s %s by %s", ev.Op, id, ev.Source.TxID))
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return open, story
}

// agrees waits until the topic says what a reader of the events knows.
func (w *world) agrees() (story []string) {
	w.t.Helper()
	want := map[string]string{}
	for t, all := range w.engine.All() {
		if len(all) > 0 {
			row, err := rowOf(keyOf(t), t, all)
			if err != nil {
				w.t.Fatal(err)
			}
			want[row.ID] = waysOf(row)
		}
	}
	var open map[string]string
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end) && !w.t.Failed(); {
		time.Sleep(10 * time.Millisecond)
		open, story = w.judged()
		got := map[string]string{}
		for id, body := range open {
			got[id] = waysOf(&schema.Row{Body: &body})
		}
		if cmp.Equal(want, got) {
			return story
		}
	}
	w.t.Fatalf("the topic says %v, want %v", open, want)
	return nil
}

const droplet = `{"id":%d,"name":"web-%d","tags":["web"],"networks":{"v4":[{"type":"public","ip_address":"203.0.113.9"}],"v6":[]}}`

func firewall(ports string, sources ...string) string {
	b, _ := json.Marshal(sources)
	return fmt.Sprintf(`{"id":"f","name":"f","droplet_ids":[],"tags":["web"],"inbound_rules":[{"protocol":"tcp","ports":"%s",`+
		`"sources":{"addresses":%s}}]}`, ports, b)
}

// life is what happens to two Droplets, a firewall and a database.
func life() (first, then []string) {
	first = []string{
		"r firewalls f " + firewall("22", "203.0.113.5"), "r droplets 1 " + fmt.Sprintf(droplet, 1, 1),
		`r databases db {"name":"db","connection":{"port":25060},"rules":[]}`,
	}
	return first, []string{
		"u firewalls f " + firewall("22", "0.0.0.0/0"), "c droplets 2 " + fmt.Sprintf(droplet, 2, 2),
		"u firewalls f " + firewall("22", "203.0.113.5"), "d databases db", "u firewalls f " + firewall("443", "0.0.0.0/0"),
		"u firewalls f " + firewall("443", "::/0"), "d firewalls f", "d droplets 1",
	}
}

// lived plays a life, each change seen before the next one, and returns what the topic tells of it.
func lived(t *testing.T, kills map[int]kill) (story []string, commits int) {
	t.Helper()
	w := newWorld(t)
	first, then := life()
	for _, line := range first {
		w.on(line)
	}
	stop := w.begin(kills)
	w.agrees()
	for _, line := range then {
		w.on(line)
		story = w.agrees()
	}
	return story, stop()
}

func TestExposuresAreWrittenOnceWhereverTheProcessDies(t *testing.T) {
	t.Parallel()
	want, commits := lived(t, nil)
	if len(want) < 10 || !slices.Contains(want, "r databases+db by a/databases/3") ||
		!slices.Contains(want, "d databases+db by a/databases/7") || !slices.Contains(want, "u droplets+1 by a/firewalls/4") {
		t.Fatalf("an undisturbed life is %q", want)
	}
	for _, how := range []kill{nothing, written, committed} {
		t.Run(fmt.Sprint(how), func(t *testing.T) {
			t.Parallel()
			kills := map[int]kill{}
			for n := range 2 * commits { // of each two attempts the first dies
				if how == committed || n%2 == 0 {
					kills[n] = how
				}
			}
			got, _ := lived(t, kills)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error("-want +got:\n", diff)
			}
		})
	}
}

// What happened while nobody wrote is told when somebody does, each change by itself.
func TestExposuresGoOnWhereTheyStopped(t *testing.T) {
	t.Parallel()
	want, _ := lived(t, nil)
	w := newWorld(t)
	first, then := life()
	for _, line := range first {
		w.on(line)
	}
	stop := w.begin(nil)
	w.agrees()
	stop()
	for _, line := range then {
		w.on(line)
	}
	stop = w.begin(map[int]kill{0: nothing, 1: written, 5: committed}) // one commit has all
	got := w.agrees()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("-want +got:\n", diff)
	}
	stop()
	stop = w.begin(nil)
	w.on("c droplets 3 " + fmt.Sprintf(droplet, 3, 3)) // without a firewall; what was before it is not written again
	again := w.agrees()
	if diff := cmp.Diff(got, again[:len(got)]); diff != "" || len(again) != len(got)+1 || stop() != 1 {
		t.Errorf("after a restart %q; -before +after:\n%s", again, diff)
	}
}

// kept is a writer that keeps what it is given.
type kept struct{ commits [][]client.Record }

func (w *kept) Commit(_ context.Context, records ...client.Record) error {
	w.commits = append(w.commits, records)
	return nil
}

func (w *kept) Close() {}

// Half of the events make other things reachable than all of them: a Droplet, and later the firewall before it.
func TestNoExposureIsWrittenBeforeAllEventsAreRead(t *testing.T) {
	b, err := newBook(prefix, "test")
	if err != nil {
		t.Fatal(err)
	}
	var w kept
	l := &ledger{
		o: Options{Prefix: prefix, Logger: slog.New(slog.DiscardHandler)}, book: b, engine: exposure.New(), writer: &w,
		newest: map[string]cause{},
	}
	record := func(resource, id, body string) client.Record {
		ev := &schema.Event{Op: schema.Read, After: &schema.Row{AccountID: "a", ID: id, Body: &body}}
		ev.Source = schema.Source{Connector: schema.Connector, DB: "a", Table: resource, TsMS: 1000, LSN: 1}
		return client.Record{Topic: schema.TopicOf(prefix, resource), Value: ev.Marshal()}
	}
	for _, batch := range []client.Batch{
		{Records: []client.Record{record("droplets", "1", fmt.Sprintf(droplet, 1, 1))}, Behind: 1},
		{Records: []client.Record{record("firewalls", "f", firewall("22", "203.0.113.5")), {Value: []byte("{")}}},
	} {
		if err := l.take(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	if len(w.commits) != 1 || len(w.commits[0]) != 1 || !strings.Contains(string(w.commits[0][0].Value), "203.0.113.5") {
		t.Errorf("written: %v", w.commits)
	}
	l.whole = false
	err = l.take(t.Context(), client.Batch{Positions: []client.Position{{Topic: "t", Start: 7}}})
	if _, cut := errors.AsType[*cutError](err); !cut {
		t.Errorf("a topic whose beginning is gone: %v", err)
	}
}

// TestExposuresGoOnAfterAPause: a broker that fences once is no reason to end; one that does so again at once is, as
// that is what another writer looks like.
func TestExposuresGoOnAfterAPause(t *testing.T) {
	for fences, want := range map[int]error{1: nil, 2: client.ErrFenced} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			opened := 0
			err := Run(ctx, Options{Logger: slog.New(slog.DiscardHandler), open: func(context.Context) (writer, error) {
				if opened++; opened > fences {
					cancel()
				}
				return nil, client.ErrFenced
			}})
			if !errors.Is(err, want) || opened != 2 {
				t.Errorf("fenced %d times: %v, opened %d times", fences, err, opened)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) { // a laptop that sleeps once a day
		ctx, cancel := context.WithCancel(t.Context())
		opened := 0
		err := Run(ctx, Options{Logger: slog.New(slog.DiscardHandler), open: func(context.Context) (writer, error) {
			if opened++; opened == 5 {
				cancel()
			}
			time.Sleep(24 * time.Hour)
			return nil, client.ErrFenced
		}})
		if err != nil || opened != 5 {
			t.Errorf("fenced once a day: %v, opened %d times", err, opened)
		}
	})
}

func TestWhoWroteExposuresBeforeIsFenced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	open := func() *client.Transactor {
		one, err := w.client.OpenTransactor(t.Context(), Topic(prefix), TransactionalID(prefix))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(one.Close)
		return one
	}
	first := open()
	if err := first.Commit(t.Context(), client.Record{Value: []byte("1")}); err != nil {
		t.Fatal(err)
	}
	second := open()
	if err := first.Commit(t.Context(), client.Record{Value: []byte("2")}); !errors.Is(err, client.ErrFenced) {
		t.Errorf("the first one: %v", err)
	}
	if err := second.Commit(t.Context(), client.Record{Value: []byte("3")}); err != nil {
		t.Errorf("the second one: %v", err)
	}
}
