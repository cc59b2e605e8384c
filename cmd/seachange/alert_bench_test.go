package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seachange/seachange/cmd/seachange/alert"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/schema"
)

// benchEvent is an update of a record of n bytes or so.
func benchEvent(resource, id string, lsn int64, met bool, body string) kafka.Record {
	prev, name := int64(1000), "web"
	before := &schema.Row{AccountID: "team-1", ID: id, Name: &name, Body: &body}
	now := strings.Replace(body, `"level":0`, `"level":1`, 1)
	if met {
		now = strings.Replace(body, `"level":0`, `"level":9`, 1)
	}
	changes := `[{"op":"replace","path":"/level","value":1,"old":0}]`
	ev := schema.Event{
		Op: schema.Updated, Before: before, After: &schema.Row{AccountID: "team-1", ID: id, Name: &name, Body: &now}, Changes: &changes, TsMS: 2000 + lsn,
		Source: schema.Source{Connector: "digitalocean", Name: "digitalocean", DB: "team-1", Schema: "digitalocean", Table: resource, TsMS: 2000 + lsn, PrevTsMS: &prev, LSN: lsn, Sequence: "[]", TxID: "1", Snapshot: "false"},
	}
	r := kafka.Record{Topic: "digitalocean." + resource, Key: schema.Key{AccountID: "team-1", ID: id}.Bytes(), Value: ev.Marshal()}
	for _, h := range ev.Headers("demo") {
		r.Headers = append(r.Headers, kafka.Header{Key: h[0], Value: h[1]})
	}
	return r
}

// benchBody is as large as a Droplet's usual body, 1 KB.
var benchBody = `{"id":1,"level":0,"name":"web","tags":["a","b"],"networks":{"v4":[{"ip_address":"192.0.2.1","type":"public"}]},"text":"` + strings.Repeat("0123456789", 80) + `"}`

// BenchmarkJudge is 20 rules, each for its resource, on events of which one in ten meets its rule.
func BenchmarkJudge(b *testing.B) {
	var text strings.Builder
	text.WriteString("rules:\n")
	var records []kafka.Record
	for i := range 20 {
		r := schema.Catalog[i].Name
		fmt.Fprintf(&text, "  - {name: r%d, resource: %s, when: 'op == \"u\" && before.body.level == 0 && after.body.level == 9 && changed(event, \"/level\")'}\n", i, r)
		for n := range 10 {
			records = append(records, benchEvent(r, fmt.Sprint(n), int64(n), n == 0, benchBody))
		}
	}
	rules, err := alert.Parse(strings.NewReader(text.String()), func(string) bool { return true })
	if err != nil {
		b.Fatal(err)
	}
	w := &watcher{prefix: "digitalocean", judge: rules.NewJudge("terminal", inWords)}
	told, n := 0, 0
	for b.Loop() {
		in, err := w.input(records[n%len(records)])
		if err != nil {
			b.Fatal(err)
		}
		alerts, faults := w.judge.Take(in)
		if len(faults) > 0 {
			b.Fatal(faults)
		}
		told += len(alerts)
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(told)/float64(n), "alerts/event")
}

// BenchmarkAlertLatency is the time from a record's commit to the webhook's arrival, over an embedded broker.
func BenchmarkAlertLatency(b *testing.B) {
	arrived := make(chan time.Time, 1)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		arrived <- time.Now()
	}))
	defer hook.Close()
	broker, err := embedded.Start(embedded.Options{Listen: "127.0.0.1:0"})
	if err != nil {
		b.Fatal(err)
	}
	defer broker.Close()
	client := kafka.Client{Brokers: []string{broker.Addr()}}
	if brokers := os.Getenv("SEACHANGE_TEST_BROKERS"); brokers != "" {
		client.Brokers = strings.Split(brokers, ",")
	}
	prefix := fmt.Sprintf("bench-%d", time.Now().UnixNano())
	out, err := kafka.OpenWriter(b.Context(), client, prefix+".droplets")
	if err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(b.TempDir(), "rules.yaml")
	text := fmt.Sprintf("outputs: [{name: hook, type: cloudevents, url: '%s'}]\nrules: [{name: x, resource: droplets, when: 'op == \"u\"'}]\n", hook.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	go func() {
		_ = run(b.Context(), []string{"alert", "--brokers", strings.Join(client.Brokers, ","), "--topic-prefix", prefix, "--rules", file}, func(string) string { return "" }, io.Discard, io.Discard)
	}()
	time.Sleep(5 * time.Second) // until its group is there
	var took []time.Duration
	lsn := int64(0)
	for b.Loop() {
		lsn++
		began := time.Now()
		if err := out.Write(b.Context(), benchEvent("droplets", "1", lsn, false, benchBody)); err != nil {
			b.Fatal(err)
		}
		took = append(took, (<-arrived).Sub(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
