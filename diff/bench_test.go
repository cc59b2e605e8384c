package diff_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

// droplets makes records of 2 KB from the example in DigitalOcean's document, with ids, addresses and dates of their
// own.
type droplets struct {
	r    *rand.Rand
	base []byte
}

func newDroplets(b *testing.B) *droplets {
	b.Helper()
	base, err := os.ReadFile("testdata/droplet.json")
	if err != nil {
		b.Fatal(err)
	}
	return &droplets{r: rand.New(rand.NewPCG(1, 2)), base: base}
}

func (d *droplets) next() diff.Record {
	var m map[string]any
	if err := json.Unmarshal(d.base, &m); err != nil {
		panic(err)
	}
	id := 100_000_000 + d.r.IntN(900_000_000)
	m["id"], m["name"] = id, "web-"+d.hex(6)+".example.com"
	m["memory"], m["vcpus"], m["created_at"] = 1024<<d.r.IntN(5), 1<<d.r.IntN(4), d.date()
	m["vpc_uuid"], m["volume_ids"], m["tags"] = d.uuid(), []string{d.uuid()}, []string{"env:" + d.hex(3)}
	m["backup_ids"], m["snapshot_ids"] = []int{d.r.IntN(1e8)}, []int{d.r.IntN(1e8)}
	m["next_backup_window"] = map[string]string{"start": d.date(), "end": d.date()}
	image := m["image"].(map[string]any)
	image["id"], image["created_at"] = d.r.IntN(1e8), d.date()
	nets := m["networks"].(map[string]any)
	for _, n := range nets["v4"].([]any) {
		n.(map[string]any)["ip_address"], n.(map[string]any)["gateway"] = d.ip(), d.ip()
	}
	for _, n := range nets["v6"].([]any) {
		n.(map[string]any)["ip_address"], n.(map[string]any)["gateway"] = "2001:db8:"+d.hex(4)+"::"+d.hex(4),
			"2001:db8:"+d.hex(4)+"::1"
	}
	raw, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return diff.Record{ID: strconv.Itoa(id), JSON: raw}
}

func (d *droplets) hex(n int) string {
	var s strings.Builder
	for range n {
		s.WriteByte("0123456789abcdef"[d.r.IntN(16)])
	}
	return s.String()
}

func (d *droplets) uuid() string {
	return d.hex(8) + "-" + d.hex(4) + "-" + d.hex(4) + "-" + d.hex(4) + "-" + d.hex(12)
}

func (d *droplets) ip() string {
	return fmt.Sprintf("%d.%d.%d.%d", d.r.IntN(256), d.r.IntN(256), d.r.IntN(256), d.r.IntN(256))
}

func (d *droplets) date() string {
	return time.Unix(1_500_000_000+d.r.Int64N(300_000_000), 0).UTC().Format(time.RFC3339)
}

// page makes a response of 200 droplets.
func (d *droplets) page() (diff.Page, []byte) {
	body := []byte(`{"droplets":[`)
	var records []diff.Record
	for range 200 {
		rec := d.next()
		records = append(records, rec)
		body = append(append(body, rec.JSON...), ',')
	}
	body = append(body[:len(body)-1], `],"links":{},"meta":{"total":200}}`...)
	return diff.Page{Sum: xxhash.Sum64(body), BeganMS: 1, EndedMS: 2, Records: func(yield func(diff.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}}, body
}

func dropletState(b *testing.B) *diff.State {
	b.Helper()
	rules, err := diff.Compile(schema.Lookup("droplets"), diff.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return diff.NewState(rules, diff.NewPack())
}

// The target is 1 GB/s for a page that has not changed, hashing included; the reference is hashing alone.
func BenchmarkUnchangedPage(b *testing.B) {
	p, body := newDroplets(b).page()
	s := dropletState(b)
	read := func(o diff.SweepOptions) {
		w := s.Sweep(o)
		p.Sum = xxhash.Sum64(body)
		if _, err := w.Page(p); err != nil {
			b.Fatal(err)
		}
		if n := len(w.Changes()) + len(w.Missing()); n > 0 {
			b.Fatalf("%d changes", n)
		}
		w.Apply(true)
	}
	w := s.Sweep(diff.SweepOptions{})
	if _, err := w.Page(p); err != nil {
		b.Fatal(err)
	}
	w.Apply(true)

	b.Run("known page", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			read(diff.SweepOptions{})
		}
		took := b.Elapsed()
		var sum uint64
		began := time.Now()
		for range b.N {
			sum += xxhash.Sum64(body)
		}
		b.ReportMetric(float64(took)/float64(time.Since(began)), "x-hashing-alone")
		runtime.KeepAlive(sum)
	})
	b.Run("known records", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			body = append(body, ' ') // another page of the same records
			read(diff.SweepOptions{})
		}
	})
	b.Run("every record formed", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			read(diff.SweepOptions{Afresh: true})
		}
	})
}

// The target is 700 bytes for each record of 2 KB.
func BenchmarkMemory(b *testing.B) {
	const records = 100_000
	d := newDroplets(b)
	for b.Loop() {
		before := resident()
		s := dropletState(b)
		var raw, kept int
		for range records / 200 {
			w := s.Sweep(diff.SweepOptions{First: true})
			p, body := d.page()
			raw += len(body)
			if _, err := w.Page(p); err != nil {
				b.Fatal(err)
			}
			w.Apply(false)
		}
		kept = int(resident() - before)
		b.ReportMetric(float64(raw)/records, "raw-B/record")
		b.ReportMetric(float64(kept)/float64(s.Len()), "B/record")
		b.ReportMetric(float64(kept)/float64(s.Len())/700, "of-target")
		runtime.KeepAlive(s)
	}
}

func resident() uint64 {
	runtime.GC()
	runtime.GC() // what rests in pools goes in the second one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
