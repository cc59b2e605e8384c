package certify

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// harness is two accounts, a broker in memory, and a producer between them.
type harness struct {
	t     *testing.T
	world *world
	kafka kafka.Options
	judge *judge

	uncommitted bool // is read, too

	mu      sync.Mutex
	records []client.Record // as they were read
}

func newHarness(t *testing.T) (*harness, *kfake.Cluster) {
	t.Helper()
	broker, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	w, err := newWorld(rand.New(rand.NewPCG(1, 0)), 2, "20ms")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	r := &harness{t: t, world: w, kafka: kafka.Options{
		Prefix: "certify", Shards: 2, Resources: resources(), Client: client.Client{Brokers: broker.ListenAddrs()},
	}}
	r.judge = newJudge(w, r.kafka.Prefix, topics(r.kafka))
	w.published = r.judge.published
	return r, broker
}

// play runs the producer, and a reader with it, while f goes on.
func (r *harness) play(f func()) {
	r.t.Helper()
	log, err := kafka.New(r.kafka)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := log.Prepare(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	o := producer.Options{
		Log: log, Prefix: r.kafka.Prefix, Interval: 20 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	}
	for i := range r.world.accounts {
		source, err := digitalocean.New(digitalocean.Options{
			BaseURL: r.world.url, PerMinute: 1_000_000, Version: "test",
			Token: func() (string, error) { return token(i), nil },
		})
		if err != nil {
			r.t.Fatal(err)
		}
		o.Accounts = append(o.Accounts, producer.Account{Name: team(i), Source: source, Resources: r.kafka.Resources})
	}
	p, err := producer.New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	var all sync.WaitGroup
	all.Go(func() { _ = p.Run(ctx) })
	all.Go(func() {
		o := client.ReadOptions{Topics: r.judge.topics, FromStart: true, Uncommitted: r.uncommitted}
		_ = r.kafka.Client.Read(ctx, o, r.take)
	})
	f()
	cancel()
	all.Wait()
}

func (r *harness) take(record client.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.judge.isEvents(record.Topic) {
		r.records = append(r.records, record)
	}
	return r.judge.take(record)
}

// settled waits until the topics hold what the accounts hold.
func (r *harness) settled() {
	r.t.Helper()
	eventually(r.t, "the topics hold what the accounts hold", func() bool {
		stale, err := r.judge.stale()
		return err == nil && len(stale) == 0 && len(r.judge.quietSince(time.Time{})) == 0
	})
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not in 30 s: ", what)
		}
	}
}

// change makes, changes and deletes some records, and waits for each of it.
func (r *harness) change() {
	for i, a := range r.world.accounts {
		oldest := first(a, "droplets") // a delete of one that is made here would be believed after a minute
		for n := range 3 {
			id := fmt.Sprint(500_000_000 + n)
			a.Put("droplets", id, digitaloceantest.Droplet(500_000_000+n, rand.New(rand.NewPCG(uint64(n), 0))))
			a.Put("domain_records", "example.com/"+id, fmt.Sprintf(`{"id":%s,"type":"A","name":"n","data":"203.0.113.%d","ttl":60}`, id, n))
			r.settled()
			a.Patch("droplets", id, func(m map[string]any) { m["name"] = fmt.Sprint("renamed-", n) })
			r.world.rename(a, "databases", fmt.Sprint("db-", i))
			r.settled()
		}
		a.Delete("droplets", oldest)
		r.settled()
		r.world.rename(a, "firewalls", "web")
		r.settled()
	}
}

// verdict judges a stream of records.
func (r *harness) verdict(stream []client.Record) error {
	j := newJudge(r.world, r.kafka.Prefix, r.judge.topics)
	for _, record := range stream {
		if err := j.take(record); err != nil {
			return err
		}
	}
	if err := j.exact(); err != nil {
		return err
	}
	stale, err := j.stale()
	if err != nil || len(stale) > 0 {
		return cmp.Or(err, violated("lost or stale: %v", stale))
	}
	return nil
}

// stream is a record of what was published, in which a fault is planted.
type stream struct {
	t       *testing.T
	records []client.Record
}

func (s *stream) event(i int) *schema.Event {
	e, err := schema.ParseEvent(s.records[i].Value)
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

// find returns the index of the last event that is as wanted.
func (s *stream) find(want func(i int, e *schema.Event) bool) int {
	for i := range slices.Backward(s.records) {
		if want(i, s.event(i)) {
			return i
		}
	}
	s.t.Fatal("no such event was recorded")
	return 0
}

// last is the newest event of the first account.
func (s *stream) last() int {
	newest := 0
	for i := range s.records {
		if e := s.event(i); e.Source.DB == team(0) && (s.event(newest).Source.DB != team(0) ||
			e.Source.LSN > s.event(newest).Source.LSN) {
			newest = i
		}
	}
	return newest
}

func op(op schema.Op) func(int, *schema.Event) bool {
	return func(_ int, e *schema.Event) bool { return e.Op == op }
}

func (s *stream) drop(i int) { s.records = slices.Delete(s.records, i, i+1) }

// again adds a record behind all others.
func (s *stream) again(record client.Record) { s.records = append(s.records, record) }

// rewrite changes the text of a record.
func (s *stream) rewrite(i int, pattern, by string) {
	was := s.records[i].Value
	s.records[i].Value = regexp.MustCompile(pattern).ReplaceAll(was, []byte(by))
	if bytes.Equal(was, s.records[i].Value) {
		s.t.Fatalf("no %s in %s", pattern, was)
	}
}

// next renumbers a record as the one that comes n after the account's last.
func (s *stream) next(record client.Record, n int64) client.Record {
	last, table := s.event(s.last()).Source.LSN, int64(0)
	mine, err := schema.ParseEvent(record.Value)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := range s.records {
		if e := s.event(i); e.Source.DB == team(0) && e.Source.Table == mine.Source.Table {
			table = max(table, e.Source.LSN)
		}
	}
	text := regexp.MustCompile(`"lsn":\d+`).ReplaceAllString(string(record.Value), fmt.Sprintf(`"lsn":%d`, last+n))
	text = regexp.MustCompile(`"sequence":"[^]]*\]"`).ReplaceAllString(text,
		fmt.Sprintf(`"sequence":"[\"%d\",\"%d\"]"`, table, last+n))
	record.Value = []byte(text)
	return record
}

// TestTheJudgeFindsPlantedFaults plants one fault at a time into what was recorded of a run in which nothing was wrong.
func TestTheJudgeFindsPlantedFaults(t *testing.T) {
	t.Parallel()
	r, _ := newHarness(t)
	r.play(func() {
		r.settled()
		r.change()
	})
	if err := r.verdict(r.records); err != nil {
		t.Fatalf("nothing is wrong with it, and the judge says: %v", err)
	}
	for name, f := range planted {
		t.Run(name, func(t *testing.T) {
			s := &stream{t, slices.Clone(r.records)}
			f.plant(s)
			if err := r.verdict(s.records); err == nil || !strings.Contains(err.Error(), f.says) {
				t.Errorf("want what says %q, got %.300v", f.says, err)
			}
		})
	}
}

var planted = map[string]struct {
	says  string // by the judge
	plant func(s *stream)
}{
	"an event that is there twice": {"repeated or out of order", func(s *stream) {
		s.again(s.records[s.find(op(schema.Updated))])
	}},
	"an event that was lost": {"a strict consumer stops", func(s *stream) {
		s.drop(s.find(func(i int, _ *schema.Event) bool { return i != s.last() && s.event(i).Source.DB == team(0) }))
	}},
	"the last event, lost": {"lost or stale", func(s *stream) { s.drop(s.last()) }},
	"an aborted transaction's event, read before it was published again": {"repeated or out of order", func(s *stream) {
		i := s.find(op(schema.Updated))
		aborted := s.records[i]
		aborted.Value = regexp.MustCompile(`"ts_ms":\d+`).ReplaceAll(aborted.Value, []byte(`"ts_ms":1`))
		s.records = slices.Insert(s.records, i, aborted)
	}},
	"a transaction of which one topic has nothing": {"a strict consumer stops", func(s *stream) {
		torn := s.find(func(i int, e *schema.Event) bool { // the next one is in another topic
			return e.Source.DB == team(0) && i != s.last() && slices.ContainsFunc(s.records, func(of client.Record) bool {
				n, err := schema.ParseEvent(of.Value)
				return err == nil && n.Source.DB == team(0) && n.Source.LSN == e.Source.LSN+1 && n.Source.Table != e.Source.Table
			})
		})
		s.drop(torn)
	}},
	"two events of a topic, the later one first": {"repeated or out of order", func(s *stream) {
		i := s.find(op(schema.Updated))
		j := s.find(func(j int, e *schema.Event) bool {
			return j < i && s.records[j].Topic == s.records[i].Topic && e.Source.DB == s.event(i).Source.DB
		})
		s.records[i], s.records[j] = s.records[j], s.records[i]
	}},
	"a before that was not": {"before is", func(s *stream) {
		s.rewrite(s.find(op(schema.Updated)), `"before":\{"account_id":"team-\d"`, `"before":{"account_id":"team-9"`)
	}},
	"an update of what isn't held": {"a strict consumer stops", func(s *stream) {
		s.rewrite(s.find(op(schema.Updated)), `"op":"u"`, `"op":"c"`)
	}},
	"a delete of what is there": {"false, or its window is", func(s *stream) {
		i := s.find(func(i int, e *schema.Event) bool {
			return e.Op == schema.Created && e.Source.DB == team(0) && !slices.ContainsFunc(s.records[i+1:],
				func(later client.Record) bool { return bytes.Equal(later.Key, s.records[i].Key) })
		})
		gone := s.next(s.records[i], 1)
		gone.Value = regexp.MustCompile(`"before":null,"after":(\{.*\}),"source":`).ReplaceAll(gone.Value,
			[]byte(`"before":$1,"after":null,"source":`))
		gone.Value = bytes.Replace(gone.Value, []byte(`"op":"c"`), []byte(`"op":"d"`), 1)
		gone.Value = regexp.MustCompile(`"ts_ms":\d+`).ReplaceAll(gone.Value, fmt.Appendf(nil, `"ts_ms":%d`, time.Now().UnixMilli()))
		s.again(gone)
	}},
	"a number that is left out": {"comes after lsn", func(s *stream) {
		i := s.last()
		record := s.records[i]
		s.drop(i)
		s.again(s.next(record, 2))
	}},
	"a window in which it didn't happen": {"false, or its window is", func(s *stream) {
		i := s.find(op(schema.Updated)) // it begins when it ends
		s.rewrite(i, `"prev_ts_ms":\d+`, fmt.Sprintf(`"prev_ts_ms":%d`, s.event(i).Source.TsMS))
	}},
	"the key of another record": {"key", func(s *stream) {
		i := s.find(op(schema.Updated))
		s.records[i].Key = s.records[s.find(op(schema.Created))].Key
	}},
	"a record that never was so": {"false, or its window is", func(s *stream) {
		i := s.last()
		if s.event(i).Op == schema.Deleted {
			s.drop(i)
			i = s.last()
		}
		s.rewrite(i, `("after":\{.*"body":"\{)`, `$1\"invented\":1,`)
	}},
	"a token in a header": {"a secret is in", func(s *stream) {
		token := client.Header{Key: "x", Value: digitaloceantest.Token}
		s.records[0].Headers = append(slices.Clone(s.records[0].Headers), token)
	}},
	"half an event": {"is no event", func(s *stream) {
		s.records[0].Value = s.records[0].Value[:len(s.records[0].Value)/2]
	}},
}

// A broker that takes a transaction, says that it is committed, and has none of it.
func TestTheJudgeFindsABrokerThatLosesATransaction(t *testing.T) {
	t.Parallel()
	r, broker := newHarness(t)
	r.play(func() {
		r.settled()
		broker.ControlKey(kmsg.EndTxn.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
			req.(*kmsg.EndTxnRequest).Commit = false
			broker.DropControl()
			return nil, nil, false
		})
		r.world.accounts[0].Put("ssh_keys", "1", `{"id":1,"name":"lost","fingerprint":"00:11","public_key":"ssh-ed25519 AAAA fake"}`)
		r.await("databases")
	})
	if err := r.judge.exact(); err == nil || !strings.Contains(err.Error(), "comes after lsn") {
		t.Errorf("want a gap, got %.300v", err)
	}
}

// await renames a record of the first account until an event of it is read.
func (r *harness) await(resource string) {
	r.t.Helper()
	eventually(r.t, resource+" have another name", func() bool {
		r.world.rename(r.world.accounts[0], resource, "another-name")
		r.mu.Lock()
		defer r.mu.Unlock()
		return slices.ContainsFunc(r.records, func(c client.Record) bool {
			return c.Topic == schema.TopicOf(r.kafka.Prefix, resource) && bytes.Contains(c.Value, []byte("another-name"))
		})
	})
}

// A broker that hands out what was aborted to those who read what is committed.
func TestTheJudgeFindsABrokerThatShowsWhatWasAborted(t *testing.T) {
	t.Parallel()
	r, broker := newHarness(t)
	r.uncommitted = true
	r.play(func() {
		r.settled()
		commits := broker.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.EndTxn}, Err: kerr.InvalidProducerEpoch, Count: -1})
		r.await("databases")
		commits.Remove()
		r.await("firewalls")
	})
	if err := r.judge.exact(); err == nil || !strings.Contains(err.Error(), "repeated or out of order") {
		t.Errorf("want a repeat, got %.300v", err)
	}
}

// Nobody can tell whether a list that was empty before a record's first event was so, or hid it.
func TestAnEmptyListHidesOnlyWhatWasPublished(t *testing.T) {
	w := &world{published: func(k recordKey) bool { return k == recordKey{team(0), "domain_records", "zone-1.example/1"} }}
	for _, tt := range []struct {
		ids  []string
		want int
	}{
		{[]string{"zone-1.example/1"}, 0},
		{[]string{"zone-1.example/1", "zone-1.example/2"}, 2},
	} {
		r := digitaloceantest.Response{Resource: "domain_records", IDs: tt.ids, Total: len(tt.ids)}
		if w.empty(0)(&r); r.Total != tt.want {
			t.Errorf("%v: %d are shown, want %d", tt.ids, r.Total, tt.want)
		}
	}
}
