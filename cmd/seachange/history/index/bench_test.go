package index_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seachange/seachange/cmd/seachange/history/index"
	"github.com/seachange/seachange/internal/benchsize"
	"github.com/seachange/seachange/internal/cputime"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// BenchmarkIndex builds an index of SEACHANGE_BENCH_EVENTS events, 50,000 by default, and then asks it. They are of 20
// accounts, 5 resources and a record for each fifty, with a body of 1 KB in which a status and an address change. The
// broker is in the process. Beside the CPU time of building stand those of two things that building can't do without:
// reading the topics, and inserting the same rows and words into SQLite with nothing around it.
func BenchmarkIndex(b *testing.B) {
	n := benchsize.Events(b, 50_000)
	w := newTopics(b)
	fill(b, w, n)
	dir := b.TempDir()
	b.Run("build", func(b *testing.B) { build(b, w, n, dir) })
	x := caughtUp(b, w, index.Options{Dir: dir})
	ask := func(name string, f func() (int, error)) {
		b.Run(name, func(b *testing.B) {
			found, began := 0, cputime.Spent()
			for b.Loop() {
				var err error
				if found, err = f(); err != nil || found == 0 {
					b.Fatal(found, err)
				}
			}
			b.ReportMetric(float64((cputime.Spent()-began).Milliseconds())/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(found), "found")
		})
	}
	changes := func(f index.Filter) func() (int, error) {
		return func() (int, error) {
			all, err := x.Changes(b.Context(), f, index.Page{Limit: 100})
			return len(all), err
		}
	}
	search := func(text string) func() (int, error) {
		return func() (int, error) {
			all, err := x.Search(b.Context(), text, "", "", 100)
			return len(all), err
		}
	}
	ask("history", func() (int, error) {
		all, err := x.Record(b.Context(), accountOf(7), resources[7%len(resources)], "id-7", 500)
		return len(all), err
	})
	ask("at", func() (int, error) {
		m, err := x.At(b.Context(), time.UnixMilli(w.now-int64(n)*500), "")
		if err != nil {
			return 0, err
		}
		found := 0
		for range m.Rows() {
			found++
		}
		return found, nil
	})
	ask("changes", changes(index.Filter{}))
	of7 := index.Filter{Account: accountOf(7), Resource: resources[7%len(resources)]}
	ask("changes of an account and a resource", changes(of7))
	ask("changes with a word", changes(index.Filter{Text: "status-7"}))
	ask("search of a name", search("name-7"))
	ask("search of an address", search("10.3.0.7"))
	ask("search of what is everywhere", search("word1"))
	ask("densities", func() (int, error) {
		all, err := x.Densities(b.Context(), "", "", 0, w.now)
		return len(all), err
	})
}

var resources = []string{"droplets", "firewalls", "volumes", "domain_records", "databases"}

func accountOf(record int) string { return fmt.Sprintf("4f1c0000-0000-4000-8000-%012d", record%20) }

// fill writes first sights of all records, and then updates, a second after one another.
func fill(b *testing.B, w *topics, n int) {
	b.Helper()
	out := map[string]*client.Writer{}
	for _, r := range resources {
		var err error
		if out[r], err = w.OpenWriter(b.Context(), schema.TopicOf("digitalocean", r)); err != nil {
			b.Fatal(err)
		}
	}
	records, random := max(1, n/50), rand.New(rand.NewPCG(1, 2))
	notes := make([]string, 1000)
	for i := range notes {
		var note strings.Builder
		for range 100 {
			fmt.Fprintf(&note, "word%d ", 1+random.IntN(5000))
		}
		notes[i] = note.String()
	}
	versions := make([]int, records)
	for i := range n {
		record, ev := i, &schema.Event{Op: schema.Read}
		if i >= records {
			record = random.IntN(records)
			ev.Op, ev.Before = schema.Updated, benchRow(record, versions[record], notes)
			versions[record]++
		}
		ev.After = benchRow(record, versions[record], notes)
		w.now += 1000
		ev.TsMS = w.now
		ev.Source = schema.Source{
			Connector: schema.Connector, Name: "digitalocean", DB: accountOf(record), Schema: "digitalocean",
			Table: resources[record%len(resources)], LSN: int64(i + 1), TsMS: w.now,
		}
		if ev.Op == schema.Updated {
			v := versions[record]
			ev.Source.PrevTsMS = new(w.now - 1500)
			ev.Changes = new(fmt.Sprintf(`[{"op":"replace","path":"/status","value":"status-%d","old":"status-%d"},`+
				`{"op":"replace","path":"/ip","value":%q,"old":%q}]`, v, v-1, address(record, v), address(record, v-1)))
		}
		err := out[ev.Source.Table].Write(b.Context(), client.Record{
			Topic: schema.TopicOf("digitalocean", ev.Source.Table), Value: ev.Marshal(),
			Key:     schema.Key{AccountID: ev.Source.DB, ID: ev.ID()}.Bytes(),
			Headers: []client.Header{{Key: "account_name", Value: "acme"}},
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	for _, o := range out {
		if err := o.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func address(record, version int) string {
	return fmt.Sprintf("10.%d.%d.%d", version%250, record/250%250, record%250)
}

func benchRow(record, version int, notes []string) *schema.Row {
	body := fmt.Sprintf(`{"id":"id-%d","ip":%q,"name":"name-%d","note":%q,"status":"status-%d","tags":["web"]}`,
		record, address(record, version), record, notes[record%len(notes)], version)
	return &schema.Row{
		AccountID: accountOf(record), ID: fmt.Sprint("id-", record), Name: new(fmt.Sprint("name-", record)), Body: &body,
	}
}

// build builds the index in the directory, in turns with what it can't do without.
func build(b *testing.B, w *topics, n int, dir string) {
	var read, insert, ours time.Duration
	bytes := int64(0)
	for b.Loop() {
		began := cputime.Spent()
		o := client.ReadOptions{FromStart: true, UntilEnd: true, Headers: []string{"schema"}}
		for _, r := range resources {
			o.Topics = append(o.Topics, schema.TopicOf("digitalocean", r))
		}
		if err := w.Read(b.Context(), o, func(client.Record) error { return nil }); err != nil {
			b.Fatal(err)
		}
		read += cputime.Spent() - began
		if err := os.RemoveAll(dir); err != nil {
			b.Fatal(err)
		}
		began = cputime.Spent()
		caughtUp(b, w, index.Options{Dir: dir}).Close()
		ours += cputime.Spent() - began
		insert += index.Insert(b, dir, b.TempDir())
		f, err := os.Stat(dir + "/seachange-index.db")
		if err != nil {
			b.Fatal(err)
		}
		bytes = f.Size()
	}
	b.ReportMetric(float64(n*b.N)/ours.Seconds(), "events/cpu-s")
	b.ReportMetric(float64(n*b.N)/(read+insert).Seconds(), "floor-events/cpu-s")
	b.ReportMetric(float64(ours)/float64(read+insert), "x-floor")
	b.ReportMetric(float64(read)/float64(ours), "read-share")
	b.ReportMetric(float64(insert)/float64(ours), "insert-share")
	b.ReportMetric(float64(bytes)/float64(n), "B/event")
}
