package status_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seachange/seachange/internal/cputime"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/producer/status"
	"github.com/seachange/seachange/schema"
)

// BenchmarkScrape is what a scrape of /metrics costs of 500 accounts with 157 collections each, in CPU time. The target
// is 0.1 s.
func BenchmarkScrape(b *testing.B) {
	registry := prometheus.NewRegistry()
	fleet(b, registry, 500)
	h := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	began := cputime.Spent()
	var size int64
	for b.Loop() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		size, _ = io.Copy(io.Discard, w.Body)
	}
	b.ReportMetric((cputime.Spent()-began).Seconds()*1e3/float64(b.N), "CPU-ms/scrape")
	b.ReportMetric(float64(size)/1e3, "kB/scrape")
}

// BenchmarkOverview is what /status of 500 accounts costs, in CPU time, and how much it is: of an overview, and of all.
func BenchmarkOverview(b *testing.B) {
	board := fleet(b, nil, 500)
	for name, report := range map[string]func(time.Time) status.Report{"overview": board.Overview, "all": board.Report} {
		b.Run(name, func(b *testing.B) {
			began := cputime.Spent()
			var text []byte
			for b.Loop() {
				var err error
				if text, err = json.MarshalIndent(report(time.Now()), "", "  "); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric((cputime.Spent()-began).Seconds()*1e3/float64(b.N), "CPU-ms")
			b.ReportMetric(float64(len(text))/1e6, "MB")
		})
	}
}

// fleet is a board of accounts that are in order, each with a collection or a few of every resource.
func fleet(t testing.TB, r prometheus.Registerer, accounts int) *status.Board {
	t.Helper()
	var names []string
	for n := range accounts {
		names = append(names, fmt.Sprint("account-", n))
	}
	b, err := status.New(names, r, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b.SetIdentity(name, "team-"+name, "Team of "+name)
		b.SetOwned(name)
		for i := range 157 {
			row := &schema.Catalog[i%len(schema.Catalog)]
			b.SetSwept(name, status.Collection{
				Resource: row.Name, ParentID: fmt.Sprint(i / len(schema.Catalog)), Status: state.Whole, SinceMS: 1, WholeMS: 1,
				WholeAt: time.Now(), Records: 3,
			}, 1, status.Limits{PerHour: 5000, Remaining: 4000})
			b.AddEvents("team-"+name, row.Name, schema.Read, 3)
			b.AddSweep("team-"+name, row.Name, state.Whole)
			b.AddWindow("team-"+name, row.Name, time.Minute)
		}
	}
	return b
}
