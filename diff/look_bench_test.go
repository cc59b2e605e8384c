package diff_test

import (
	"testing"
	"time"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/internal/cputime"
	"github.com/seachange/seachange/schema"
)

// BenchmarkMasksByLook is what names and looks cost of an initial snapshot's CPU time, as a share of it without them.
// The two take turns, so that whatever else the machine does is in both. The bound is 15 %.
func BenchmarkMasksByLook(b *testing.B) {
	with, err := diff.Compile(schema.Lookup("droplets"), diff.Options{})
	if err != nil {
		b.Fatal(err)
	}
	without := with.WithoutLook()
	d := newDroplets(b)
	var pages []diff.Page
	for range 10 {
		p, _ := d.page()
		pages = append(pages, p)
	}
	snapshot := func(rules *diff.Rules) time.Duration {
		began := cputime.Spent()
		s := diff.NewState(rules, diff.NewPack())
		w := s.Sweep(diff.SweepOptions{First: true})
		for _, p := range pages {
			if _, err := w.Page(p); err != nil {
				b.Fatal(err)
			}
		}
		for _, c := range w.Changes() {
			diff.NewRow(schema.Lookup("droplets"), "account", c.ID, c.After)
		}
		w.Apply(true)
		return cputime.Spent() - began
	}
	snapshot(with)
	snapshot(without)
	var looked, plain time.Duration
	for b.Loop() {
		looked += snapshot(with)
		plain += snapshot(without)
	}
	b.ReportMetric(100*(float64(looked)/float64(plain)-1), "%-more")
	b.ReportMetric(float64(looked.Nanoseconds())/float64(b.N)/2000, "ns/record")
}
