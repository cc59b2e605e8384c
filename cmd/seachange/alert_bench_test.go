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
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/internal/cputime"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/schema"
)

// benchEvent is an update of a record of n bytes or so.
func benchEvent(resource, id string, lsn int64, met bool, body string) client.Record {
	prev, name := int64(1000), "web"
	before := &schema.Row{AccountID: "team-1", ID: id, Name: &name, Body: &body}
	now := strings.Replace(body, `"level":0`, `"level":1`, 1)
	if met {
		now = strings.Replace(body, `"level":0`, `"level":9`, 1)
	}
	changes := `[{"op":"replace","path":"/level","value":1,"old":0}]`
	ev := schema.Event{
		Op: schema.Updated, Before: before, After: &schema.Row{AccountID: "team-1", ID: id, Name: &name, Body: &now},
		Changes: &changes, TsMS: 2000 + lsn, Source: schema.Source{
			Connector: "digitalocean", Name: "digitalocean", DB: "team-1", Schema: "digitalocean", Table: resource,
			TsMS: 2000 + lsn, PrevTsMS: &prev, LSN: lsn, Sequence: "[]", TxID: "1", Snapshot: "false",
		},
	}
	r := client.Record{
		Topic: "digitalocean." + resource, Key: schema.Key{AccountID: "team-1", ID: id}.Bytes(),
		Value: ev.Marshal(),
	}
	for _, h := range ev.Headers("demo") {
		r.Headers = append(r.Headers, client.Header{Key: h[0], Value: h[1]})
	}
	return r
}

// benchBody is a Droplet's, 1.1 KB.
var benchBody = `{"backup_ids":[],"created_at":"2025-03-10T09:12:44Z","disk":80,"disk_info":[{"size":{"amount":80,"unit":"gib"},"type":"local"}],` +
	`"features":["monitoring","private_networking"],"id":1,"image":{"created_at":"2024-05-02T10:11:33Z","description":"Ubuntu 24.04 x64","distribution":"Ubuntu",` +
	`"id":129211873,"min_disk_size":7,"name":"24.04 (LTS) x64","public":true,"regions":["fra1","nyc3","tor1"],"size_gigabytes":2.36,"slug":"ubuntu-24-04-x64",` +
	`"status":"available","tags":[],"type":"base"},"kernel":null,"level":0,"locked":false,"memory":4096,"name":"web-1","networks":{"v4":[{"gateway":"",` +
	`"ip_address":"10.114.0.2","netmask":"255.255.240.0","type":"private"},{"gateway":"203.0.113.1","ip_address":"203.0.113.10","netmask":"255.255.240.0",` +
	`"type":"public"}],"v6":[]},"region":{"available":true,"name":"Frankfurt 1","slug":"fra1"},"size_slug":"s-2vcpu-4gb","snapshot_ids":[],"status":"active",` +
	`"tags":["production","web"],"vcpus":2,"volume_ids":["7142ea36-e051-5ceb-bf06-f9695d7ae91c"],"vpc_uuid":"3f66ddcb-101a-5624-9f7c-0c94fc6817b9"}`

// BenchmarkJudge is 20 rules, each for its resource, on events of which one in ten meets its rule.
func BenchmarkJudge(b *testing.B) {
	var text strings.Builder
	text.WriteString("rules:\n")
	var records []client.Record
	for i := range 20 {
		r := schema.Catalog[i].Name
		fmt.Fprintf(&text, "  - {name: r%d, resource: %s, when: 'op == \"u\" && before.body.level == 0 && after.body.level "+
			"== 9 && changed(event, \"/level\")'}\n", i, r)
		for n := range 10 {
			records = append(records, benchEvent(r, fmt.Sprint(n), int64(n), n == 0, benchBody))
		}
	}
	rules, err := alert.Parse(strings.NewReader(text.String()), func(string) bool { return true })
	if err != nil {
		b.Fatal(err)
	}
	judge := rules.NewJudge("terminal")
	told, n, began := 0, 0, cputime.Spent()
	for b.Loop() {
		ev, err := history.ParseEvent(records[n%len(records)])
		if err != nil {
			b.Fatal(err)
		}
		alerts, faults := judge.Take(alert.EventInput(ev))
		if len(faults) > 0 {
			b.Fatal(faults)
		}
		told += len(alerts)
		n++
	}
	b.ReportMetric(float64(n)/(cputime.Spent()-began).Seconds(), "events/cpu-s")
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
	cl := client.Client{Brokers: []string{broker.Addr()}}
	if brokers := os.Getenv("SEACHANGE_TEST_BROKERS"); brokers != "" {
		cl.Brokers = strings.Split(brokers, ",")
	}
	prefix := fmt.Sprintf("bench-%d", time.Now().UnixNano())
	out, err := cl.OpenWriter(b.Context(), prefix+".droplets")
	if err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(b.TempDir(), "rules.yaml")
	text := fmt.Sprintf("outputs: [{name: hook, type: cloudevents, url: '%s'}]\n"+
		"rules: [{name: x, resource: droplets, when: 'op == \"u\"'}]\n", hook.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	go func() {
		_ = run(b.Context(), []string{
			"alert", "--brokers", strings.Join(cl.Brokers, ","), "--topic-prefix", prefix, "--rules", file,
		}, func(string) string { return "" }, io.Discard, io.Discard)
	}()
	begun(b, cl, map[string]string{"SEACHANGE_TOPIC_PREFIX": prefix}, "hook")
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
