package main

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/seachange/seachange/cmd/seachange/alert"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/internal/cputime"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// largeTeam is the events that make 5,000 Droplets, 500 firewalls and 200 tags.
func largeTeam() (all []client.Record) {
	lsn := int64(0)
	put := func(resource, id, body string) {
		lsn++
		ev := schema.Event{
			Op: schema.Read, After: &schema.Row{AccountID: "team-1", ID: id, Body: &body}, TsMS: lsn,
			Source: schema.Source{
				Connector: "digitalocean", Name: "digitalocean", DB: "team-1", Schema: "digitalocean",
				Table: resource, TsMS: lsn, LSN: lsn, Snapshot: "true",
			},
		}
		all = append(all, client.Record{
			Topic: "digitalocean." + resource,
			Key:   schema.Key{AccountID: "team-1", ID: id}.Bytes(), Value: ev.Marshal(),
		})
	}
	for i := range 200 {
		put("tags", fmt.Sprint("tag-", i), fmt.Sprintf(`{"name":"tag-%d"}`, i))
	}
	for i := range 500 {
		put("firewalls", fmt.Sprint("fw-", i), fmt.Sprintf(`{"id":"fw-%d","name":"fw-%d","droplet_ids":[],"tags":["tag-%d"],"inbound_rules":[`+
			`{"protocol":"tcp","ports":"443","sources":{"addresses":["0.0.0.0/0","::/0"]}},{"protocol":"tcp","ports":"22","sources":{"addresses":["198.51.100.%d"]}},`+
			`{"protocol":"tcp","ports":"5432","sources":{"tags":["tag-%d"]}}],"outbound_rules":[]}`, i, i, i%200, i%256, (i+1)%200))
	}
	for i := range 5000 {
		put("droplets", fmt.Sprint(i), dropletOf(i, i%200, 0))
	}
	return all
}

func dropletOf(i, tag, level int) string {
	return fmt.Sprintf(`{"id":%d,"name":"web-%d","level":%d,"tags":["tag-%d"],"networks":{"v4":[{"type":"public","ip_address":"203.0.113.10"}],"v6":[]},"features":["monitoring","backups"],"image":%q}`, i, i, level, tag, benchBody)
}

// moved is an update of a Droplet, which one time in ten gets another tag.
func moved(n int) client.Record {
	i := n % 5000
	before, after := dropletOf(i, i%200, n), dropletOf(i, i%200, n+1)
	if n%10 == 0 {
		after = dropletOf(i, (i+n/5000+1)%200, n+1)
	}
	prev, lsn := int64(1), int64(10_000+n)
	changes := `[{"op":"replace","path":"/level","value":1,"old":0}]`
	ev := schema.Event{
		Op: schema.Updated, Before: &schema.Row{AccountID: "team-1", ID: fmt.Sprint(i), Body: &before},
		After: &schema.Row{AccountID: "team-1", ID: fmt.Sprint(i), Body: &after}, Changes: &changes, TsMS: lsn,
		Source: schema.Source{
			Connector: "digitalocean", Name: "digitalocean", DB: "team-1", Schema: "digitalocean",
			Table: "droplets", TsMS: lsn, PrevTsMS: &prev, LSN: lsn, Snapshot: "false",
		},
	}
	return client.Record{
		Topic: "digitalocean.droplets", Key: schema.Key{AccountID: "team-1", ID: fmt.Sprint(i)}.Bytes(),
		Value: ev.Marshal(),
	}
}

func shippedJudge(b *testing.B) *alert.Judge {
	rules, err := alert.Parse(bytes.NewReader(alert.Shipped), func(string) bool { return true })
	if err != nil {
		b.Fatal(err)
	}
	return rules.NewJudge("terminal")
}

func takeIn(b *testing.B, judge *alert.Judge, r client.Record) {
	ev, err := history.ParseEvent(r)
	if err != nil {
		b.Fatal(err)
	}
	if _, faults := judge.Take(alert.EventInput(ev)); len(faults) > 0 {
		b.Fatal(faults)
	}
}

// BenchmarkShippedRules is all shipped rules on the changes of a large team's Droplets.
func BenchmarkShippedRules(b *testing.B) {
	judge := shippedJudge(b)
	for _, r := range largeTeam() {
		takeIn(b, judge, r)
	}
	var records []client.Record
	for n := range 5000 {
		records = append(records, moved(n))
	}
	n, began := 0, cputime.Spent()
	for b.Loop() {
		takeIn(b, judge, records[n%len(records)])
		n++
	}
	b.ReportMetric(float64(n)/(cputime.Spent()-began).Seconds(), "events/cpu-s")
}

// BenchmarkRestoreOfALargeTeam is what alert takes in at its start, and the first verdict.
func BenchmarkRestoreOfALargeTeam(b *testing.B) {
	records, n, began := largeTeam(), 0, cputime.Spent()
	for b.Loop() {
		n++
		judge := shippedJudge(b)
		for _, r := range records {
			ev, err := history.ParseEvent(r)
			if err != nil {
				b.Fatal(err)
			}
			judge.Restore(alert.EventInput(ev))
		}
		takeIn(b, judge, moved(0))
	}
	b.ReportMetric((cputime.Spent()-began).Seconds()/float64(n), "cpu-s/start")
}
