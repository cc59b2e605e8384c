package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// pastOf makes a past: a firewall is seen, opened, and a domain's record goes with its domain. It returns a moment
// before the change. What the commands need is in the topics alone: they get neither token nor API.
func pastOf(t *testing.T) (variables map[string]string, moment string) {
	t.Helper()
	a, variables := simulated(t)
	a.Put("domain_records", "example.com/7", `{"id":7,"type":"A","name":"=HYPERLINK(\"http://203.0.113.9\")  \t x ","data":"203.0.113.7","ttl":1800}`)
	must(t, variables, "run", "--once")
	moment = between(t)
	a.Put("firewalls", "fw-1", openFirewall)
	must(t, variables, "run", "--once")
	readers := map[string]string{}
	for _, k := range []string{"SEACHANGE_TOPIC_PREFIX", "SEACHANGE_BROKERS", "SEACHANGE_DATA_DIR"} {
		readers[k] = variables[k]
	}
	return readers, moment
}

func TestThePastIsInTheTopics(t *testing.T) {
	t.Parallel()
	variables, moment := pastOf(t)
	t.Run("history", func(t *testing.T) {
		matches(t, must(t, variables, "history", "firewalls", "fw-1"),
			`^ +… \S+Z  observed  Fake Team web \(fw-1\): inbound tcp 443 from 0.0.0.0/0$`,
			`^\S+Z … \S+Z  updated   Fake Team web \(fw-1\): added: inbound tcp 22 from 0.0.0.0/0, ::/0$`)
		out := must(t, variables, "history", "firewalls", "fw-1", "--output", "json")
		matches(t, out, `"op":"r"`, `"op":"u"`)
		if _, _, err := call(t, variables, "history", "firewalls", "fw"); err == nil ||
			!strings.Contains(err.Error(), "at now firewalls") {
			t.Errorf("an unknown record: %v", err)
		}
	})
	t.Run("at", func(t *testing.T) {
		matches(t, must(t, variables, "at", "2026-01-01", "firewalls"), `RECORD`, `web \(fw-1\) +unknown: first seen`)
		matches(t, must(t, variables, "at", "2020-01-01", "firewalls"), `RECORD`) // it was created later
		matches(t, must(t, variables, "at", moment, "firewalls"), `RECORD`, `web \(fw-1\)`)
		matches(t, must(t, variables, "at", moment, "firewalls", "--output", "json"), `"body":"\{.*"ports\\":\\"443`)
		matches(t, must(t, variables, "at", "now", "firewalls", "domains"), `RECORD`, `domains +example.com`, `web \(fw-1\) +.*tcp 22 .*uncertain: last read at`, `^account \S+ up to lsn \d+$`)
		rows, err := csv.NewReader(strings.NewReader(must(t, variables, "at", "now", "--output", "csv"))).ReadAll()
		if err != nil || len(rows) != 5 || rows[0][0] != "resource" {
			t.Errorf("%v, %d rows of 5: %v", err, len(rows), rows)
		}
		out := must(t, variables, "at", "now", "--output", "parquet")
		states, err := parquet.Read[history.Row](bytes.NewReader([]byte(out)), int64(len(out)))
		if err != nil || len(states) != 4 || states[3].ID != "fw-1" || !strings.Contains(*states[3].Body, `"22"`) || states[3].ParentID != nil {
			t.Errorf("%v, %+v", err, states)
		}
	})
	t.Run("at, again and again", func(t *testing.T) { seenAgainAndAgain(t, variables, moment) })
	t.Run("diff", func(t *testing.T) {
		matches(t, must(t, variables, "diff", moment, "now"), `^updated  \S+ firewalls web \(fw-1\): added: inbound tcp 22`)
		matches(t, must(t, variables, "diff", moment, "now", "domains"))
		matches(t, must(t, variables, "diff", moment, "now", "--output", "json"), `"op":"u","resource":"firewalls".*"changes":"\[.*22`)
	})
	t.Run("what nobody looked at", func(t *testing.T) { tellsWhatNobodyLookedAt(t, variables, moment) })
	t.Run("a spreadsheet", func(t *testing.T) { harmlessInASpreadsheet(t, variables) })
	t.Run("by an index", func(t *testing.T) { askedOfAnIndex(t, variables, moment) })
	t.Run("replay", func(t *testing.T) { replayed(t, variables, moment) })
	t.Run("bad input", func(t *testing.T) { refusesBadInput(t, variables) })
}

// The same as at each moment by itself, in one table, with the event that made each record so.
func seenAgainAndAgain(t *testing.T, variables map[string]string, moment string) {
	first, err := time.Parse(time.RFC3339Nano, moment)
	if err != nil {
		t.Fatal(err)
	}
	second := first.Add(-time.Hour)
	args := []string{"at", "--every", "1h", "--from", second.Format(time.RFC3339Nano), "--to", moment, "firewalls"}
	out := must(t, variables, append(args, "--output", "parquet")...)
	rows, err := parquet.Read[history.Row](bytes.NewReader([]byte(out)), int64(len(out)))
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v, %+v", err, rows)
	}
	early, late := rows[0], rows[1]
	if early.Certainty != history.Unknown || early.MomentMS != second.UnixMilli() || late.MomentMS != first.UnixMilli() ||
		late.Certainty != history.Uncertain || *late.LSN != *early.LSN || late.ValidAfterMS != nil ||
		*late.ValidBeforeMS > late.MomentMS || *late.Body == "" {
		t.Errorf("%+v\n%+v", early, late)
	}
	file, err := parquet.OpenFile(bytes.NewReader([]byte(out)), int64(len(out)))
	if err != nil {
		t.Fatal(err)
	}
	for _, column := range []string{
		"moment (TIMESTAMP(isAdjustedToUTC=true,unit=MILLIS))", "created_at (TIMESTAMP(isAdjustedToUTC=true,unit=MICROS))",
		"group inbound_rules (LIST)",
	} {
		if text := file.Schema().String(); !strings.Contains(text, column) {
			t.Errorf("no %s: %s", column, text)
		}
	}
	alone := must(t, variables, "at", moment, "firewalls", "--output", "json")
	both := must(t, variables, append(args, "--output", "json")...)
	if !strings.Contains(both, strings.SplitAfter(alone, "\n")[0]) {
		t.Errorf("alone:\n%s\nand again and again:\n%s", alone, both)
	}
	matches(t, must(t, variables, args...), `^MOMENT +RESOURCE`, `^\S+Z  firewalls  web`, `^\S+Z  firewalls  web .*uncertain: updated`)
	for args, want := range map[string]string{
		"at": "say which moment", "at --every 1d": `--from "" is no moment`, "at now --from 2d": "say which moment",
		"at --every 1s --from 2d": "1000 moments at most", "at --every 1d --from 1d --to 2d": "--from before --to",
	} {
		if _, _, err := call(t, variables, strings.Fields(args)...); exitCode(err) != 2 ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}

// lookedAtUntil writes statuses of a resource that was looked at so long ago, and not since.
func lookedAtUntil(t *testing.T, variables map[string]string, resource string, ago ...time.Duration) {
	t.Helper()
	topic := state.StatusTopic(variables["SEACHANGE_TOPIC_PREFIX"])
	w, err := reach(t, variables).OpenWriter(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range ago {
		s := state.CollectionStatus{Status: state.Whole, WholeMS: time.Now().Add(-d).UnixMilli()}
		err := w.Write(t.Context(), client.Record{
			Key: state.StatusKey("team-1", state.CollectionID{Resource: resource}), Value: state.Encode(s),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// That nothing is shown of a time in which nobody looked says nothing, and that is said.
func tellsWhatNobodyLookedAt(t *testing.T, variables map[string]string, moment string) {
	index := t.TempDir()
	for _, args := range []string{
		"at 2020-01-01", "diff 2020-01-01 2020-01-02", "diff 2020-01-01 " + moment + " --index " + index,
	} {
		out, log, err := call(t, variables, strings.Fields(args+" --output json")...)
		said := regexp.MustCompile("not read yet.*account, domains, firewalls").MatchString(log)
		if err != nil || strings.Count(log, "not read") != 1 || !said {
			t.Errorf("%s: %v\n%s", args, err, log)
		}
		if !regexp.MustCompile(`(?m)^\{"unlooked":\[.*,\{"account_id":"[^"]+","resource":"firewalls","first_ms":\d+,"last_ms":\d+\}\]\}\n\z`).MatchString(out) {
			t.Errorf("%s: %s", args, out)
		}
	}
	if _, log, err := call(t, variables, "diff", moment, "now"); err != nil || strings.Contains(log, "not read") {
		t.Errorf("%v\n%s", err, log)
	}
	lookedAtUntil(t, variables, "vpcs", 3*time.Hour, 140*time.Minute)
	for _, args := range []string{"at 1h", "diff 150m now", "diff 150m now --index " + t.TempDir()} {
		_, log, err := call(t, variables, strings.Fields(args)...)
		if err != nil || !regexp.MustCompile(`not read since[^\n]*vpcs`).MatchString(log) {
			t.Errorf("%s: %v\n%s", args, err, log)
		}
	}
	later := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	for args, want := range map[string]string{
		"at " + later: "lies in the future", "diff 1h " + later: "lies in the future",
		"posture --at " + later: "lies in the future",
		"at now volumes":        "volumes is not watched", "diff 2s 1s firewalls volumes": "volumes is not watched",
		"tail volumes":                   "volumes is not watched",
		"at 1s volumes --index " + index: "volumes is not watched",
	} {
		_, _, err := call(t, variables, strings.Fields(args)...)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "UNKNOWN_TOPIC") {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}

// A name is a formula in a spreadsheet only for who asks for the fields as they are; and spaces are a name's own.
func harmlessInASpreadsheet(t *testing.T, variables map[string]string) {
	const name = "=HYPERLINK(\"http://203.0.113.9\")  \t x "
	for flag, want := range map[string]string{"": `'=HYPERLINK("http://203.0.113.9")  \u0009 x `, " --raw": name} {
		out := must(t, variables, strings.Fields("at now domain_records --output csv"+flag)...)
		rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if err != nil || len(rows) != 2 || rows[1][5] != want {
			t.Errorf("csv%s: %v, %q", flag, err, rows)
		}
	}
	out := must(t, variables, "at", "now", "domain_records", "--output", "parquet")
	states, err := parquet.Read[history.Row](bytes.NewReader([]byte(out)), int64(len(out)))
	if err != nil || len(states) != 1 || *states[0].Name != name {
		t.Errorf("parquet: %v, %+v", err, states)
	}
	var row history.Row
	out = must(t, variables, "at", "now", "domain_records", "--output", "json")
	if err := json.Unmarshal([]byte(out), &row); err != nil || *row.Name != name {
		t.Errorf("json: %v, %+v", err, row)
	}
	matches(t, must(t, variables, "at", "now", "domain_records"), `RECORD`, `=HYPERLINK\("http://203.0.113.9"\)  \\u0009 x  \(example.com/7\)`, `^account`)
}

// An index tells what the topics tell.
func askedOfAnIndex(t *testing.T, variables map[string]string, moment string) {
	dir := t.TempDir()
	for _, args := range [][]string{
		{"history", "firewalls", "fw-1"},
		{"history", "firewalls", "fw-1", "--output", "json"},
		{"at", moment},
		{"at", "2020-01-01", "firewalls", "--output", "csv"},
		{"diff", moment, "now"},
		{"diff", moment, "now", "domains", "--rollouts"},
	} {
		want, got := must(t, variables, args...), must(t, variables, append(args, "--index", dir)...)
		if got != want {
			t.Errorf("%v: with an index\n%s\nwithout\n%s", args, got, want)
		}
	}
	if _, _, err := call(t, variables, "history", "firewalls", "fw", "--index", dir); err == nil ||
		!strings.Contains(err.Error(), "at now firewalls") {
		t.Errorf("an unknown record: %v", err)
	}
}

func replayed(t *testing.T, variables map[string]string, moment string) {
	to := "replay-" + variables["SEACHANGE_TOPIC_PREFIX"]
	matches(t, must(t, variables, "replay", "firewalls", "--to", to), `^2 events replayed to topic replay-\S+$`)
	matches(t, must(t, variables, "replay", "firewalls", "domains", "--to", to), `^1 events replayed to topic replay-\S+; 2 were there already$`)
	matches(t, must(t, variables, "replay", "firewalls", "domains", "--to", to), `^0 events replayed to topic replay-\S+; 3 were there already$`)
	var originals, copies []string
	collect := func(topics []string, into *[]string) {
		o := client.ReadOptions{Topics: topics, FromStart: true, UntilEnd: true}
		if err := reach(t, variables).Read(t.Context(), o, func(r client.Record) error {
			*into = append(*into, string(r.Key)+string(r.Value)+r.Header("ce_id"))
			if topics[0] == to && r.Header("replay") == "" {
				t.Error("a replayed event has no mark")
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	p := variables["SEACHANGE_TOPIC_PREFIX"]
	collect([]string{schema.TopicOf(p, "firewalls")}, &originals)
	collect([]string{to}, &copies)
	if len(copies) != 3 {
		t.Errorf("%d copies, want 3", len(copies))
	}
	w, err := reach(t, variables).OpenWriter(t.Context(), "foreign-"+p)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(t.Context(), client.Record{Value: []byte("x")}), w.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	matches(t, must(t, variables, "replay", "firewalls", "--to", "late-"+p, "--since", moment), `^1 events replayed`)
	for to, want := range map[string]string{"foreign-" + p: "offset 0: no replay wrote this", "late-" + p: `begins at offset \d, and offset 0 can't come behind it`} {
		_, _, err := call(t, variables, "replay", "firewalls", "--to", to)
		if err == nil || !regexp.MustCompile(want).MatchString(err.Error()) {
			t.Errorf("replay to %s: %v, want %q", to, err, want)
		}
	}
	for _, o := range originals {
		if !strings.Contains(strings.Join(copies, "\n"), o) {
			t.Errorf("not replayed as it was: %s", o)
		}
	}
	for _, own := range []string{".firewalls", "-meta.state", ".new"} {
		_, _, err := call(t, variables, "replay", "firewalls", "--to", p+own)
		if exitCode(err) != 2 || !strings.Contains(err.Error(), "of seachange itself") {
			t.Errorf("--to %s: %v, want a refusal", p+own, err)
		}
	}
	matches(t, must(t, variables, "replay", "firewalls", "--to", "stdout"), `"op":"r"`, `"op":"u"`)
	matches(t, must(t, variables, "replay", "firewalls", "--to", "stdout", "--since", "2099-01-01"))
}

// refusesBadInput puts foreign records among the events, one after another.
func refusesBadInput(t *testing.T, variables map[string]string) {
	topic := schema.TopicOf(variables["SEACHANGE_TOPIC_PREFIX"], "domains")
	w, err := reach(t, variables).OpenWriter(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close(t.Context()) //nolint:errcheck // checked by what is read
	bad := []struct {
		want   string
		record client.Record
	}{
		{"a tombstone", client.Record{Key: []byte("k")}},
		{"not an event", client.Record{Value: []byte("not json")}},
		{"no connector digitalocean", client.Record{Value: []byte(`{"op":"c","source":{"connector":"postgresql"}}`)}},
		{`schema version "2"`, client.Record{
			Value:   []byte(`{"op":"c","after":{"account_id":"a","id":"new"},"source":{"connector":"digitalocean","db":"a","table":"domains","ts_ms":1}}`),
			Headers: []client.Header{{Key: "op", Value: "c"}, {Key: "schema", Value: "2"}},
		}},
		{"op c without after", client.Record{Value: []byte(`{"op":"c","source":{"connector":"digitalocean","db":"a","table":"domains"}}`)}},
		{`op "x"`, client.Record{Value: []byte(`{"op":"x","source":{"connector":"digitalocean","db":"a","table":"domains"}}`)}},
	}
	for _, b := range bad {
		if _, err := history.ParseEvent(b.record); err == nil || !strings.Contains(err.Error(), b.want) {
			t.Errorf("got %v, want %q", err, b.want)
		}
		if err := w.Write(t.Context(), b.record); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"at", "0s", "domains"}, {"tail", "domains", "--since", "2020-01-01", "--no-follow"}} {
		_, _, err = call(t, variables, args...)
		if err == nil || !regexp.MustCompile(`topic \S+\.domains partition 0 offset \d+: a tombstone.*--on-error skip`).MatchString(err.Error()) {
			t.Errorf("%v: got %v, want the record's place and what to do", args, err)
		}
		out, log, err := call(t, variables, append(args, "--on-error", "skip")...)
		if err != nil || !strings.Contains(out, "example.com") || !strings.Contains(log, "records=6") {
			t.Errorf("%v, skipped: %v\n%s%s", args, err, out, log)
		}
	}
}

// What is there now is known from the state, whatever retention has cut; and a reader can go on from what it is told.
func TestThePresentOutlivesRetention(t *testing.T) {
	variables, moment := pastOf(t)
	before := must(t, variables, "at", "now", "--output", "json")
	cl, err := reach(t, variables).Open()
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	topic := schema.TopicOf(variables["SEACHANGE_TOPIC_PREFIX"], "firewalls")
	cut := kadm.Offsets{}
	cut.AddOffset(topic, 0, 1, -1)
	if _, err := kadm.NewClient(cl).DeleteRecords(t.Context(), cut); err != nil {
		t.Fatal(err)
	}
	if _, _, err := call(t, variables, "at", moment, "firewalls"); err == nil ||
		!strings.Contains(err.Error(), "retention has cut") {
		t.Errorf("the past of a topic that was cut: %v", err)
	}
	after := must(t, variables, "at", "now", "--output", "json")
	if strip := regexp.MustCompile(`last read at [^"]*|"moment_ms":\d+`); strip.ReplaceAllString(after, "") != strip.ReplaceAllString(before, "") || before == "" {
		t.Errorf("before the cut:\n%s\nafter it:\n%s", before, after)
	}
	highest := int64(0)
	var topics []string
	for _, r := range []string{"account", "firewalls", "domains", "domain_records"} {
		topics = append(topics, schema.TopicOf(variables["SEACHANGE_TOPIC_PREFIX"], r))
	}
	err = reach(t, variables).Read(t.Context(), client.ReadOptions{Topics: topics, FromStart: true, UntilEnd: true},
		func(r client.Record) error {
			ev, err := history.ParseEvent(r)
			if err == nil {
				highest = max(highest, ev.Source.LSN)
			}
			return err
		})
	if err != nil || !strings.Contains(before, fmt.Sprintf(`"account_lsn":%d`, highest)) {
		t.Errorf("%v; the newest event is %d:\n%s", err, highest, before)
	}
	if out := must(t, variables, "at", moment, "domains", "--output", "json"); !strings.Contains(out, `"account_lsn":null`) {
		t.Errorf("the past knows no lsn: %s", out)
	}
}
