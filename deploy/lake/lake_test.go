// Package lake_test lands seachange's events in Apache Iceberg with a real Kafka and a real Kafka Connect, which are
// killed in mid-way. The script test beside it fetches the parts and calls it; without them it is skipped.
package lake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// lake is a Kafka, a Connect worker and an Iceberg warehouse below a folder.
type lake struct {
	t                     *testing.T
	dir, prefix           string
	broker, parts, python string
	url                   string // of the worker
	worker                *exec.Cmd
}

func open(t *testing.T) *lake {
	l := &lake{
		t: t, dir: t.TempDir(), broker: os.Getenv("SEACHANGE_LAKE_BROKER"),
		parts: os.Getenv("SEACHANGE_LAKE_PARTS"),
	}
	if l.broker == "" || l.parts == "" {
		t.Skip("the parts of a lake are not here: deploy/lake/test fetches them and runs this test")
	}
	l.python = l.parts + "/python/bin/python"
	l.prefix = fmt.Sprintf("lake%d", time.Now().Unix())
	port, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.url = "http://" + port.Addr().String()
	port.Close()
	l.python3("create")
	return l
}

// python3 runs lake.py on the lake.
func (l *lake) python3(args ...string) []byte { return l.ask(l.dir, args...) }

// ask runs lake.py on a lake, or a file of events.
func (l *lake) ask(place string, args ...string) []byte {
	l.t.Helper()
	cmd := exec.CommandContext(l.t.Context(), l.python, append([]string{"lake.py", place}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		l.t.Fatalf("lake.py %v: %v\n%s", args, err, &stderr)
	}
	return out
}

// write makes a file of this folder for this lake, and says where.
func (l *lake) write(name string) string {
	l.t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		l.t.Fatal(err)
	}
	made := strings.NewReplacer(
		"/opt/plugins", l.parts+"/plugins", "/lake/spark", l.parts+"/spark", "/lake", l.dir, "kafka:19092", l.broker,
		"http://127.0.0.1:8083", l.url, `"60000"`, `"5000"`,
		"digitalocean", l.prefix, "control-", "control-"+l.prefix+"-",
		"'earliest-offset'", "'earliest-offset', 'scan.bounded.mode' = 'latest-offset'",
	).Replace(string(b))
	path := filepath.Join(l.dir, filepath.Base(name))
	if err := os.WriteFile(path, []byte(made), 0o600); err != nil {
		l.t.Fatal(err)
	}
	return path
}

// connect starts a worker with its connectors.
func (l *lake) connect() {
	l.t.Helper()
	log, err := os.OpenFile(filepath.Join(l.dir, "connect.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		l.t.Fatal(err)
	}
	defer log.Close()
	args := []string{l.broker, l.write("connect/worker.properties")}
	for _, name := range []string{"bronze.json", "marks.json", "debezium-transform.json"} {
		args = append(args, l.write("connect/"+name))
	}
	l.worker = exec.Command("connect/start", args...)
	l.worker.Env = append(os.Environ(), "CONNECT_JARS="+l.parts+"/connect")
	l.worker.Stdout, l.worker.Stderr = log, log
	if err := l.worker.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.wait("Connect has its connectors", 15*time.Minute, func() bool { return l.running() == 3 })
}

// running counts the connectors of the worker, which is 0 while it doesn't answer.
func (l *lake) running() int {
	req, err := http.NewRequestWithContext(l.t.Context(), http.MethodGet, l.url+"/connectors", nil)
	if err != nil {
		l.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	var names []string
	if err := json.NewDecoder(resp.Body).Decode(&names); err != nil {
		return 0
	}
	return len(names)
}

// kill is kill -9.
func kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

func (l *lake) wait(what string, limit time.Duration, ok func() bool) {
	l.t.Helper()
	for deadline := time.Now().Add(limit); !ok(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(l.dir, "connect.log"))
			l.t.Fatalf("not within %s: %s\n%s", limit, what, log[max(0, len(log)-3000):])
		}
	}
}

// watch starts seachange on an account.
func (l *lake) watch(binary, api string) *exec.Cmd {
	l.t.Helper()
	cmd := exec.Command(binary, "run", "--brokers", l.broker, "--topic-prefix", l.prefix, "--api-url", api,
		"--interval", "1s", "--session-timeout", "6s", "--shards", "1",
		"--only", "account,droplets,tags,firewalls", "--log-level", "warn")
	cmd.Env = append(os.Environ(), "DIGITALOCEAN_TOKEN="+digitaloceantest.Token)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	return cmd
}

// events are the committed events of all topics, as their values.
type events struct {
	mu     sync.Mutex
	values []string
}

func (e *events) follow(ctx context.Context, l *lake) {
	var topics []string
	for _, r := range []string{"account", "droplets", "tags", "firewalls"} {
		topics = append(topics, schema.TopicOf(l.prefix, r))
	}
	err := client.Client{Brokers: []string{l.broker}}.Read(ctx, client.ReadOptions{Topics: topics, FromStart: true},
		func(r client.Record) error {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.values = append(e.values, string(r.Value))
			return nil
		})
	if err != nil {
		l.t.Error(err)
	}
}

func (e *events) all() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.values)
}

// abort leaves an event in a topic that was never committed.
func (l *lake) abort() {
	l.t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(l.broker), kgo.TransactionalID(l.prefix+"-aborted"))
	if err != nil {
		l.t.Fatal(err)
	}
	defer cl.Close()
	if err := cl.BeginTransaction(); err != nil {
		l.t.Fatal(err)
	}
	value := `{"before":null,"after":{"account_id":"team-1","id":"ABORTED"},"op":"c","ts_ms":1,"source":{"lsn":999999,"db":"team-1","table":"droplets"}}`
	record := &kgo.Record{Topic: schema.TopicOf(l.prefix, "droplets"), Value: []byte(value)}
	if err := cl.ProduceSync(l.t.Context(), record).FirstErr(); err != nil {
		l.t.Fatal(err)
	}
	if err := cl.EndTransaction(l.t.Context(), kgo.TryAbort); err != nil {
		l.t.Fatal(err)
	}
}

// expose writes what seachange alert --exposures writes: an event with a number of its own, here that of another event.
func (l *lake) expose(other string) {
	l.t.Helper()
	ev, err := schema.ParseEvent([]byte(other))
	if err != nil {
		l.t.Fatal(err)
	}
	ev.Op, ev.Before = schema.Created, nil
	ev.After = &schema.Row{AccountID: ev.Source.DB, ID: "droplets+1", Body: new("{}")}
	ev.Source.Table, ev.Source.PrevTsMS = schema.Exposures.Name, new(ev.Source.TsMS-1)
	l.produce(schema.Exposures.Name, ev.Marshal())
}

// produce writes a record to a topic, which it makes.
func (l *lake) produce(resource string, value []byte, headers ...kgo.RecordHeader) {
	l.t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(l.broker))
	if err != nil {
		l.t.Fatal(err)
	}
	defer cl.Close()
	topic := schema.TopicOf(l.prefix, resource)
	if _, err := kadm.NewClient(cl).CreateTopic(l.t.Context(), 1, 1, nil, topic); err != nil {
		l.t.Fatal(err)
	}
	r := &kgo.Record{Topic: topic, Value: value, Headers: headers}
	if err := cl.ProduceSync(l.t.Context(), r).FirstErr(); err != nil {
		l.t.Fatal(err)
	}
}

// stood is where an event stood in Kafka, as a row of the table has it.
type stood struct {
	TS        string `json:"ts"`
	Topic     string `json:"kafka_topic"`
	Partition *int   `json:"kafka_partition"`
	Offset    *int64 `json:"kafka_offset"`
	Time      string `json:"kafka_timestamp"`
}

// table compares the rows of bronze.events with the committed events and returns them, without the exposure.
func (l *lake) table(rows []string) (events []string) {
	l.t.Helper()
	places := map[string]bool{}
	for _, row := range rows {
		var s stood
		var ev schema.Event
		if err := errors.Join(json.Unmarshal([]byte(row), &s), json.Unmarshal([]byte(row), &ev)); err != nil {
			l.t.Fatalf("%v: %s", err, row)
		}
		made, err := parseTime(s.TS)
		topic := schema.TopicOf(l.prefix, ev.Source.Table)
		if err != nil || made.UnixMilli() != ev.TsMS || s.Topic != topic || s.Offset == nil {
			l.t.Errorf("%v: not where and when it stood in Kafka: %s", err, row)
			continue
		}
		if at, err := parseTime(s.Time); err != nil || at.Sub(made).Abs() > time.Minute {
			l.t.Errorf("made at %s, appended at %s: %v", s.TS, s.Time, err)
		}
		places[fmt.Sprint(s.Topic, *s.Partition, *s.Offset)] = true
		if ev.Source.Table != schema.Exposures.Name {
			events = append(events, row)
		}
	}
	if len(places) != len(rows) || len(events) != len(rows)-1 {
		l.t.Errorf("%d rows from %d places in Kafka, %d of them events, and 1 an exposure?",
			len(rows), len(places), len(events))
	}
	return events
}

// parseTime reads a time as Python and Spark write it.
func parseTime(s string) (time.Time, error) {
	if t, err := time.Parse("2006-01-02 15:04:05.999999-07:00", s); err == nil {
		return t, nil
	}
	return time.Parse(time.RFC3339Nano, s)
}

// bodies is what inferred schemas broke on: integers above 2^53 and 2^63, a field that changes its type, an empty key,
// unicode.
var bodies = []string{
	`{"id":1,"name":"a","created_at":"2026-01-01T00:00:00Z","n":5,"size":{"slug":"s"}}`,
	`{"id":1,"name":"a","created_at":"2026-01-01T00:00:00Z","n":5.5,"size":{"slug":"s"}}`,
	`{"id":1,"name":"neu ü 🐳 \u0000","created_at":"2026-01-01T00:00:00Z","n":9007199254740993,"size":{"slug":"s"}}`,
	`{"id":1,"name":"a","created_at":"2026-01-01T00:00:00Z","n":18446744073709551615,"size":{"slug":"s"}}`,
	`{"id":1,"name":"a","created_at":"2026-01-01T00:00:00Z","n":"now a text","size":"now a text"}`,
	`{"id":1,"name":"a","created_at":"2026-01-01T00:00:00Z","n":[1,[2]],"size":{"":"empty key","a.b":1,"A":1,"a":2}}`,
	`{"id":1,"name":"a","created_at":"2026-01-01T00:00:00Z","n":null,"size":{}}`,
}

func TestTheLakeEqualsTheAccountsStory(t *testing.T) {
	l := open(t)
	binary := filepath.Join(l.dir, "seachange")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../../cmd/seachange")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	account := digitaloceantest.New(digitaloceantest.Options{PerHour: 1_000_000})
	account.Put("droplets", "1", bodies[0])
	account.Put("tags", "web", `{"name":"web","resources":{"count":0}}`)
	api := httptest.NewServer(account)
	defer api.Close()
	watching := l.watch(binary, api.URL)
	defer func() { kill(watching) }()

	var seen events
	l.wait("the first sight", time.Minute, func() bool {
		found, err := client.Client{Brokers: []string{l.broker}}.Existing(t.Context(), schema.TopicOf(l.prefix, "tags"))
		return err == nil && len(found) == 1
	})
	go seen.follow(t.Context(), l)
	l.wait("the first sight", time.Minute, func() bool { return len(seen.all()) == 3 })
	l.expose(seen.all()[0])
	l.connect()
	defer func() { kill(l.worker) }()

	began := time.Now()
	changes := 0
	change := func(f func()) {
		n := len(seen.all())
		f()
		changes++
		l.wait("the change is published", 2*time.Minute, func() bool { return len(seen.all()) > n })
	}
	for round := range 3 {
		for i, body := range slices.Concat(bodies[1:], bodies[:1]) {
			change(func() { account.Put("droplets", "1", body) })
			id := fmt.Sprint(100*round + i + 2)
			change(func() { account.Put("droplets", id, strings.Replace(bodies[i], `"id":1`, `"id":`+id, 1)) })
			if i%2 == 0 && round > 0 { // what was created moments ago takes a second look
				change(func() { account.Delete("droplets", fmt.Sprint(100*(round-1)+i+2)) })
			}
			switch 10*round + i {
			case 3, 24:
				kill(l.worker)
				l.connect()
			case 11:
				kill(watching)
				watching = l.watch(binary, api.URL)
			case 6, 13, 22:
				l.abort()
			}
		}
	}
	t.Logf("%d changes, 2 kills of Connect, 1 of seachange, 3 aborted transactions in %s", changes,
		time.Since(began).Round(time.Second))
	topics := l.compare(&seen, account)
	l.sure(binary)
	l.engines(topics)
}

// compare holds the table against the topics, and the topics against the account.
func (l *lake) compare(seen *events, account *digitaloceantest.Account) map[int64][]schema.Event {
	t := l.t
	want := seen.all()
	var got []string
	deadline := time.Now().Add(2 * time.Minute)
	for len(got) < len(want)+1 && time.Now().Before(deadline) {
		time.Sleep(3 * time.Second)
		got = lines(l.python3("rows"))
	}
	time.Sleep(8 * time.Second) // what would come twice
	got = l.table(lines(l.python3("rows")))
	topics, table := byLSN(t, want), byLSN(t, got)
	if diff := cmp.Diff(topics, table); diff != "" {
		t.Errorf("the table is not what was committed (-topics +table):\n%s", diff)
	}
	t.Logf("%d events committed, %d rows in the table", len(want), len(got))
	l.compareRows(topics)

	var told, happened []string
	for _, lsn := range slices.Sorted(maps.Keys(topics)) {
		if ev := topics[lsn][0]; ev.Source.Table == "droplets" {
			told = append(told, step(ev.ID(), ev.Before, ev.After))
		}
	}
	row := func(b []byte) *schema.Row {
		if b == nil {
			return nil
		}
		s := string(b)
		return &schema.Row{Body: &s}
	}
	for _, c := range account.Story() {
		if c.Resource == "droplets" {
			happened = append(happened, step(c.ID, row(c.Before), row(c.After)))
		}
	}
	if diff := cmp.Diff(happened, told); diff != "" {
		t.Errorf("the events are not the account's story (-account +events):\n%s", diff)
	}
	l.query(topics, account)
	return topics
}

// sql is the text of a question.
func (l *lake) sql(name string) string {
	l.t.Helper()
	text, err := os.ReadFile("sql/" + name + ".sql")
	if err != nil {
		l.t.Fatal(err)
	}
	return string(text)
}

// query asks the lake what sql/ asks.
func (l *lake) query(topics map[int64][]schema.Event, account *digitaloceantest.Account) {
	hour := time.Now().UTC().Add(-time.Hour).Format(time.DateTime)
	for _, name := range []string{"now", "as-of", "complete"} {
		out := lines(l.python3("sql", strings.Replace(l.sql(name), "2026-11-30 12:00:00", hour, 1)))
		l.t.Logf("sql/%s.sql: %d rows", name, len(out))
		switch live := len(account.Records("droplets")) + len(account.Records("tags")) + 2; { // an account, an exposure
		case name == "now" && len(out) != live:
			l.t.Errorf("now: %d rows, want %d: %s", len(out), live, out)
		case name == "complete" && len(out) != 0:
			l.t.Errorf("the copy is not complete: %s", out)
		case name == "as-of" && strings.Count(fmt.Sprint(out), `"unknown"`) != 3:
			l.t.Errorf("an hour ago nobody had looked at the three first records: %s", out)
		}
	}
	events := filepath.Join(l.dir, "events.jsonl")
	var text strings.Builder
	for _, evs := range topics {
		text.Write(evs[0].Marshal())
		text.WriteByte('\n')
	}
	if err := os.WriteFile(events, []byte(text.String()), 0o600); err != nil {
		l.t.Fatal(err)
	}
	now := slices.DeleteFunc(lines(l.python3("sql", "@sql/now.sql")), func(row string) bool { return strings.HasPrefix(row, `["exposures"`) })
	if diff := cmp.Diff(now, lines(l.ask(events, "sql", "@sql/now.sql"))); diff != "" {
		l.t.Errorf("now, of the table and of a file of the same events:\n%s", diff)
	}
	// A copy that lacks an event is known by the next one's sequence and by the marks.
	var droplets []int64
	for _, lsn := range slices.Sorted(maps.Keys(topics)) {
		if topics[lsn][0].Source.Table == "droplets" {
			droplets = append(droplets, lsn)
		}
	}
	lost := fmt.Sprintf("CREATE TABLE copy AS FROM bronze.events "+
		"WHERE NOT (source.lsn = %d AND source.\"table\" = 'droplets'); "+
		"CREATE OR REPLACE VIEW bronze.events AS FROM copy", droplets[1])
	graced := strings.Replace(l.sql("complete"), "600000", "86400000", 1)
	if out := lines(l.python3("sql", lost, graced)); len(out) != 0 {
		l.t.Errorf("within the grace time nothing is missing: %s", out)
	}
	out := lines(l.python3("sql", lost, strings.Replace(l.sql("complete"), "600000", "0", 1)))
	want := []string{
		fmt.Sprintf(`"droplets", %d, %d, "sequence of %d"`, droplets[1], droplets[1], droplets[2]),
		fmt.Sprintf(`null, %d, %d, "mark of `, droplets[1], droplets[1]),
	}
	if len(out) != 2 || !strings.Contains(fmt.Sprint(out), want[0]) || !strings.Contains(fmt.Sprint(out), want[1]) {
		l.t.Errorf("a copy without event %d: got %s, want %s", droplets[1], out, want)
	}
	l.t.Logf("a copy that lacks an event: %s", out)
}

// sure holds what as-of.sql says of a moment since which nothing has changed against what seachange at says: statuses
// don't tell of it, but looks, which come once a minute.
func (l *lake) sure(binary string) {
	l.t.Helper()
	moment := time.Now().UTC().Add(-time.Second).Truncate(time.Second)
	question := strings.Replace(l.sql("as-of"), "2026-11-30 12:00:00", moment.Format(time.DateTime), 1)
	var want, got []string
	l.wait("nobody is uncertain of the records", 4*time.Minute, func() bool {
		want = want[:0]
		out := program(l.t, nil, binary, "at", moment.Format(time.RFC3339), "--brokers", l.broker, "--topic-prefix", l.prefix,
			"--output", "json")
		for _, text := range lines(out) {
			var r history.Row
			if err := json.Unmarshal([]byte(text), &r); err != nil {
				l.t.Fatalf("%v: %s", err, text)
			}
			if r.Resource != schema.Exposures.Name { // of which nobody writes any more
				want = append(want, line(r.Resource, r.AccountID, r.ID, r.Body, r.Certainty))
			}
		}
		return strings.Count(fmt.Sprint(want), `"certain"]`) == len(want)
	})
	l.wait("the lake knows it, too", 2*time.Minute, func() bool {
		got = got[:0]
		for _, text := range lines(l.python3("sql", question)) {
			if !strings.HasPrefix(text, `["exposures"`) {
				got = append(got, comparable(l.t, text, false))
			}
		}
		return cmp.Equal(want, got)
	})
	l.t.Logf("as of a moment, the lake and seachange at say the same of %d records, and are certain", len(want))
}

// lines are those of a text, none of an empty one.
func lines(text []byte) []string {
	return strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' })
}

// byLSN parses events.
func byLSN(t *testing.T, values []string) map[int64][]schema.Event {
	t.Helper()
	all := map[int64][]schema.Event{}
	for _, line := range values {
		var ev schema.Event
		if err := json.Unmarshal([]byte(line), &ev); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all[ev.Source.LSN] = append(all[ev.Source.LSN], ev)
	}
	return all
}

// compareRows holds what DebeziumTransform makes against the events: the row and what happened to it, ordered by
// _cdc.ts.
func (l *lake) compareRows(topics map[int64][]schema.Event) {
	l.t.Helper()
	var want, got []string
	for _, evs := range topics {
		if ev := evs[0]; ev.Source.Table == "droplets" {
			op, r := "U", ev.After
			switch ev.Op {
			case schema.Deleted:
				op, r = "D", ev.Before
			case schema.Created, schema.Read:
				op = "I"
			}
			want = append(want, fmt.Sprintln(ev.TsMS, op, r.ID, *r.Body))
		}
	}
	for line := range strings.Lines(string(l.python3("rows", "rows.droplets"))) {
		var r struct {
			ID, Body string
			CDC      struct {
				Op string
				TS int64 // ms
			} `json:"_cdc"`
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			l.t.Fatalf("%v: %s", err, line)
		}
		got = append(got, fmt.Sprintln(r.CDC.TS, r.CDC.Op, r.ID, r.Body))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		l.t.Errorf("rows.droplets is not what was committed (-topics +table):\n%s", diff)
	}
	l.t.Logf("DebeziumTransform: %d rows in rows.droplets", len(got))
}

// step is a change, its bodies with sorted keys and their numbers as they are written.
func step(id string, before, after *schema.Row) string {
	return fmt.Sprintf("%s: %s -> %s", id, canonical(before), canonical(after))
}

func canonical(r *schema.Row) string {
	if r == nil || reflect.ValueOf(r.Body).IsNil() {
		return "nothing"
	}
	d := json.NewDecoder(strings.NewReader(*r.Body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return err.Error()
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
