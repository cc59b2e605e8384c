package console_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seachange/seachange/cmd/seachange/console"
	"github.com/seachange/seachange/cmd/seachange/history/index"
	"github.com/seachange/seachange/internal/benchsize"
	"github.com/seachange/seachange/internal/cputime"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// BenchmarkPages serves each page over SEACHANGE_BENCH_EVENTS events, 20,000 by default, of 20 accounts with 100
// collections each; and then hands changes on to 50 open pages, one by one. Its readers are in the process, too.
func BenchmarkPages(b *testing.B) {
	n := benchsize.Events(b, 20_000)
	log := slog.New(slog.DiscardHandler)
	broker, err := embedded.Start(embedded.Options{Listen: "127.0.0.1:0", Logger: log})
	if err != nil {
		b.Fatal(err)
	}
	defer broker.Close()
	cl := client.Client{Brokers: []string{broker.Addr()}}
	fill(b, cl, n)
	x, err := index.Open(b.Context(), index.Options{Client: cl, Prefix: "digitalocean", Logger: log})
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	if err := x.Catch(b.Context()); err != nil {
		b.Fatal(err)
	}
	c := console.New(b.Context(), console.Options{Index: x, Prefix: "digitalocean", Logger: log})
	for _, path := range []string{"/", "/changes", "/search?q=name-7", "/then", "/record?id=id-7"} {
		b.Run("page "+path, func(b *testing.B) {
			began := cputime.Spent()
			for b.Loop() {
				w := httptest.NewRecorder()
				c.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, nil))
				if w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
			}
			b.ReportMetric(float64((cputime.Spent()-began).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
	b.Run("50 open pages", func(b *testing.B) { openPages(b, cl, x, c, n) })
}

// openPages measures what a change costs with no page and with 50 of them, in turns.
func openPages(b *testing.B, cl client.Client, x *index.Index, c *console.Console, n int) {
	const pages, changes = 50, 20
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 2)
	go func() { c.Run(ctx); done <- nil }()
	go func() { done <- x.Follow(ctx) }()
	srv := httptest.NewServer(c)
	defer srv.Close()
	defer func() {
		cancel()
		if err := errors.Join(<-done, <-done); err != nil {
			b.Error(err)
		}
	}()
	told := new(atomic.Int64)
	spend := func(open int) time.Duration {
		told.Store(0)
		began := cputime.Spent()
		for i := range int64(changes) {
			n++
			events := x.State().Events
			write(b, cl, n)
			for x.State().Events == events || told.Load() < (i+1)*int64(open) {
				time.Sleep(time.Millisecond)
			}
		}
		return cputime.Spent() - began
	}
	bare, ours := spend(0), time.Duration(0)
	for range pages {
		lines := listen(ctx, b, srv.URL)
		heard(b, lines, `"ready":true`)
		go func() {
			for lines.Scan() {
				if lines.Text() == "event: changes" {
					told.Add(1)
				}
			}
		}()
	}
	for b.Loop() {
		ours += spend(pages)
	}
	each := (ours/time.Duration(b.N) - bare) / changes
	b.ReportMetric(float64(each.Microseconds()), "cpu-µs/change")
	b.ReportMetric(each.Seconds()*10*100, "%-of-a-core-at-10-changes/s")
}

// fill writes n events of a record for each fifty, and the statuses of all collections.
func fill(b *testing.B, cl client.Client, n int) {
	b.Helper()
	out, err := cl.OpenWriter(b.Context(), state.SweepsTopic("digitalocean"))
	if err != nil {
		b.Fatal(err)
	}
	for i := range 20 * 100 {
		id := state.CollectionID{Resource: schema.Catalog[i/20%len(schema.Catalog)].Name}
		err := out.Write(b.Context(), client.Record{
			Topic: state.SweepsTopic("digitalocean"), Key: state.StatusKey(accountOf(i), id),
			Value: state.Encode(state.CollectionStatus{Status: state.Whole, WholeMS: time.Now().UnixMilli(), Records: 7}),
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := out.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
	write(b, cl, func() (all []int) {
		for i := range n {
			all = append(all, i)
		}
		return all
	}()...)
}

func accountOf(i int) string { return fmt.Sprintf("4f1c0000-0000-4000-8000-%012d", i%20) }

// write writes updates of records of one topic.
func write(b *testing.B, cl client.Client, numbers ...int) {
	b.Helper()
	const topic = "digitalocean.droplets"
	out, err := cl.OpenWriter(b.Context(), topic)
	if err != nil {
		b.Fatal(err)
	}
	for _, i := range numbers {
		record, now := i%max(1, len(numbers)/50), time.Now().UnixMilli()-int64(len(numbers)-i)
		row := func(version int) *schema.Row {
			body := fmt.Sprintf(`{"id":"id-%d","name":"name-%d","note":%q,"status":"status-%d"}`,
				record, record, strings.Repeat("a note ", 120), version)
			return &schema.Row{
				AccountID: accountOf(record), ID: fmt.Sprint("id-", record), Name: new(fmt.Sprint("name-", record)), Body: &body,
			}
		}
		ev := &schema.Event{Op: schema.Updated, TsMS: now, Before: row(i), After: row(i + 1), Source: schema.Source{
			Connector: schema.Connector, Name: "digitalocean", DB: accountOf(record), Schema: "digitalocean",
			Table: "droplets", LSN: int64(i + 1), TsMS: now, PrevTsMS: new(now - 1500),
		}}
		ev.Changes = new(fmt.Sprintf(`[{"op":"replace","path":"/status","value":"status-%d","old":"status-%d"}]`, i+1, i))
		err := out.Write(b.Context(), client.Record{
			Topic: topic, Key: schema.Key{AccountID: ev.Source.DB, ID: ev.ID()}.Bytes(), Value: ev.Marshal(),
			Headers: []client.Header{{Key: "account_name", Value: accountOf(record)}},
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := out.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
}
