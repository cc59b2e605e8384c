//go:build linux

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seachange/seachange/internal/benchsize"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// BenchmarkMillion runs at and diff over a topic in which each event is of another record, and over one of 50 events a
// record, in turns with a bare client: processes of their own, beside a broker that counts for none of them. It is of
// SEACHANGE_BENCH_EVENTS events, 50,000 by default.
func BenchmarkMillion(b *testing.B) {
	n := benchsize.Events(b, 50_000)
	broker, err := embedded.Start(embedded.Options{Listen: "127.0.0.1:0"})
	if err != nil {
		b.Fatal(err)
	}
	defer broker.Close()
	p := pastBench{client.Client{Brokers: []string{broker.Addr()}}, n}
	half := pastBegan.Add(time.Duration(n/2) * time.Millisecond).Format(time.RFC3339)
	for _, o := range []struct {
		name    string
		records int
		args    []string
	}{
		{"at", n, []string{"at", "1h", "droplets", "--output", "json"}},
		{"at-table", n, []string{"at", "1h", "droplets"}},
		{"at-few", n / 50, []string{"at", "1h", "droplets", "--output", "json"}},
		{"diff", n / 50, []string{"diff", half, "1h", "droplets"}},
	} {
		b.Run(o.name, func(b *testing.B) { p.compare(b, o.records, o.args) })
	}
}

// pastBegan is when the events of a benchmark begin, one a millisecond.
var pastBegan = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

type pastBench struct {
	client.Client
	events int
}

// compare runs a command in turns with a bare client.
func (p pastBench) compare(b *testing.B, records int, args []string) {
	prefix := fmt.Sprintf("of-%d", records)
	p.fill(b, prefix, records)
	var bare, ours spentBeside
	for b.Loop() {
		bare.add(b, "bare", p.Brokers[0], prefix+".droplets", fmt.Sprint(p.events))
		ours.add(b, "1", append(args, "--brokers", p.Brokers[0], "--topic-prefix", prefix)...)
	}
	b.ReportMetric(float64(ours.elapsed)/float64(bare.elapsed), "of-bare")
	b.ReportMetric(float64(ours.cpu)/float64(bare.cpu), "of-bare-CPU")
	b.ReportMetric(float64(ours.peak>>20), "MB")
	b.ReportMetric(float64(bare.peak>>20), "bare-MB")
	b.ReportMetric(float64(ours.cpu.Microseconds())/float64(p.events*b.N), "CPU-us/event")
	b.ReportMetric(float64(bare.cpu.Microseconds())/float64(p.events*b.N), "bare-CPU-us/event")
}

// spentBeside is what processes took.
type spentBeside struct {
	elapsed, cpu time.Duration
	peak         int64 // resident, in bytes
}

// add runs this binary as the program, or as a bare client.
func (s *spentBeside) add(b *testing.B, as string, args ...string) {
	cmd := exec.CommandContext(b.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"="+as)
	cmd.Stderr = os.Stderr
	began := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatal(err)
	}
	s.elapsed += time.Since(began)
	s.cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		s.peak = max(s.peak, used.Maxrss<<10)
	}
}

// fill writes the events, unless they are there: records that are first seen, and then change in turns.
func (p pastBench) fill(b *testing.B, prefix string, records int) {
	if found, err := p.Existing(b.Context(), prefix+".droplets"); err != nil || len(found) > 0 {
		return
	}
	w, err := p.OpenWriter(b.Context(), prefix+".droplets")
	if err != nil {
		b.Fatal(err)
	}
	for i := range p.events {
		if err := w.Write(b.Context(), pastEvent(i, records)); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
	marks, err := p.OpenWriter(b.Context(), state.SweepsTopic(prefix))
	if err != nil {
		b.Fatal(err)
	}
	if err := marks.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// pastEvent is the nth event of a topic: with what distinguishes Droplets, so that they compress as those do.
func pastEvent(n, records int) client.Record {
	id, ms := fmt.Sprint(400_000_000+n%records), pastBegan.UnixMilli()+int64(n)
	row := func(level int) *schema.Row {
		sum := sha256.Sum256([]byte(id))
		a, tail := hex.EncodeToString(sum[:]), fmt.Sprintf("%d.%d.%d", sum[0], sum[1], sum[2])
		body := strings.NewReplacer(`"id":1,`, `"id":`+id+`,`, `"level":0`, fmt.Sprintf(`"level":%d`, level), "web-1", "web-"+a[:6],
			"203.0.113.10", "203."+tail, "10.114.0.2", "10."+tail, "7142ea36-e051-5ceb-bf06-f9695d7ae91c",
			a[:8]+"-"+a[8:12]+"-"+a[12:16]+"-"+a[16:20]+"-"+a[20:32]).Replace(benchBody)
		return &schema.Row{
			AccountID: "team-1", ID: id, URN: new("do:droplet:" + id), Name: new("web-" + a[:6]), Region: new("fra1"),
			CreatedAt: new("2025-03-10T09:12:44Z"), Body: &body,
		}
	}
	ev := schema.Event{Op: schema.Read, After: row(0), TsMS: ms, Source: schema.Source{
		Version: "1", Connector: schema.Connector, Name: "digitalocean", DB: "team-1", Schema: "digitalocean",
		Table: "droplets", TsMS: ms, LSN: int64(n) + 1, Sequence: fmt.Sprintf(`["%d","%d"]`, n, n+1), TxID: "1", Snapshot: "true",
	}}
	if turn := n / records; turn > 0 {
		ev.Op, ev.Before, ev.After = schema.Updated, row(turn-1), row(turn)
		ev.Source.PrevTsMS, ev.Source.Snapshot = new(ms-1), "false"
		ev.Changes = new(fmt.Sprintf(`[{"op":"replace","path":"/level","value":%d,"old":%d}]`, turn, turn-1))
	}
	r := client.Record{Key: schema.Key{AccountID: "team-1", ID: id}.Bytes(), Value: ev.Marshal()}
	for _, h := range ev.Headers("demo") {
		r.Headers = append(r.Headers, client.Header{Key: h[0], Value: h[1]})
	}
	return r
}
