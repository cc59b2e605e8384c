package producer_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/seachange/seachange/internal/cputime"
	"github.com/seachange/seachange/producer"
)

// BenchmarkGrowth tells how the costs of an account grow with its collections, in CPU time for each unit: a first sight
// and a look that finds nothing new for each collection, a delete with all that is below it for each record. What is
// linear costs the same at each size; the bound is 1.2 times as much. A delete's is what its pass costs more than the
// one before, so that at the largest size it is a small difference of large figures: the bound is 47 microseconds,
// which is 5 seconds for 105,000 deletes.
func BenchmarkGrowth(b *testing.B) {
	for _, zones := range []int{1000, 5000, 20_000} {
		b.Run(fmt.Sprint(zones), func(b *testing.B) {
			for b.Loop() {
				g := newGrowth(zones)
				first := g.pass(b)
				unchanged := g.pass(b)
				deleted := g.remove()
				gone := max(g.pass(b)-unchanged, 0)
				b.ReportMetric(float64(first.Microseconds())/float64(zones), "first-us/collection")
				b.ReportMetric(float64(unchanged.Microseconds())/float64(zones), "unchanged-us/collection")
				b.ReportMetric(float64(gone.Microseconds())/float64(deleted), "us/deleted")
			}
		})
	}
}

// growth is an account of zones with twenty records each, and some large ones, which go in the end: fewer than would
// need a second sweep to confirm them.
type growth struct {
	*tables
	log *fakeLog
}

const (
	largeZones      = 50
	recordsOfZone   = 20
	recordsOfALarge = 500
)

func newGrowth(zones int) *growth {
	g := &growth{newTables(), newFakeLog()}
	g.perPage = 200
	for z := range zones {
		zone := fmt.Sprintf("%d.example", z)
		g.put("domains", zone, fmt.Sprintf(`{"name":%q,"ttl":1800}`, zone))
		records := recordsOfZone
		if z < largeZones {
			records = recordsOfALarge
		}
		for r := range records {
			record := fmt.Sprintf(`{"id":%d,"type":"A","data":"192.0.2.%d"}`, r, r)
			g.put("domain_records", fmt.Sprint(zone, "/", r), record)
		}
	}
	return g
}

// remove deletes the large zones, and returns how many records that are.
func (g *growth) remove() (records int) {
	for z := range largeZones {
		g.tables.remove("domains", fmt.Sprintf("%d.example", z))
	}
	return largeZones * (1 + recordsOfALarge)
}

// pass reads everything once, and returns the CPU time that it took.
func (g *growth) pass(b *testing.B) time.Duration {
	b.Helper()
	o := producer.Options{Log: g.log, Once: true, Logger: slog.New(slog.DiscardHandler)}
	o.Accounts = []producer.Account{watching("a", g, "domains", "domain_records")}
	p, err := producer.New(o)
	if err != nil {
		b.Fatal(err)
	}
	began := cputime.Spent()
	if err := p.Run(b.Context()); err != nil {
		b.Fatal(err)
	}
	return cputime.Spent() - began
}
