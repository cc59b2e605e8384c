package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/seachange/seachange/cmd/seachange/scrub"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
)

const leaked = "FAKE\"leak\nFAKE"

// leaks writes a secret into some topics: in a body within an event, in a key, in a header.
func leaks(t *testing.T) (client.Client, map[string]string) {
	t.Helper()
	broker, err := embedded.Start(embedded.Options{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { broker.Close() })
	cl := client.Client{Brokers: []string{broker.Addr()}}
	body := string(encoded(t, map[string]any{"note": leaked}))
	event := string(encoded(t, map[string]any{"after": map[string]any{"body": body}}))
	for topic, records := range map[string][]client.Record{
		"digitalocean.droplets": {
			{Key: []byte("a"), Value: []byte("x")},
			{Key: []byte("a"), Value: []byte(event)},
			{Key: []byte("b"), Value: []byte(event)},
			{Key: []byte("b"), Value: []byte("x")},
			{Key: []byte("c"), Value: []byte("x"), Headers: []client.Header{{Key: "account_name", Value: leaked}}},
			{Key: []byte("c"), Value: []byte("x")},
		},
		"digitalocean.firewalls": {{Key: []byte("a"), Value: []byte("x")}},
		"digitalocean.domains":   {{Key: []byte(leaked), Value: nil}},
		"digitalocean-meta.state": {
			{Key: []byte("a"), Value: []byte(body)},
			{Key: []byte("b"), Value: []byte(body)},
			{Key: []byte("a"), Value: []byte("x")},
		},
		"digitalocean-meta.sweeps": {
			{Key: []byte("a"), Value: []byte(body)},
			{Key: []byte("a"), Value: []byte("x")},
		},
		"digitalocean-meta.schemas":  {{Key: []byte("a"), Value: []byte(body)}},
		"digitalocean-other.records": {{Key: []byte("a"), Value: []byte(body)}},
	} {
		w, err := cl.OpenWriter(t.Context(), topic)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if err := w.Write(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return cl, map[string]string{"SEACHANGE_BROKERS": broker.Addr()}
}

func encoded(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// found is where a search found something, less the words.
func finds(t *testing.T, out string) map[string]scrub.Find {
	t.Helper()
	var finds []scrub.Find
	if err := json.Unmarshal([]byte(out), &finds); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	at := map[string]scrub.Find{}
	for _, f := range finds {
		if f.Remedy == "" {
			t.Errorf("%s: no word about how to get rid of it", f.Topic)
		}
		topic := f.Topic
		f.Topic, f.Remedy = "", ""
		at[topic] = f
	}
	return at
}

func TestScrubSaysWhereASecretIsAndShowsItNot(t *testing.T) {
	cl, variables := leaks(t)
	file := filepath.Join(t.TempDir(), "pattern")
	write(t, file, "\\QFAKE\"leak\\E\\s*FAKE\n")
	out, log, err := call(t, variables, "scrub", "--match-file", file, "--output", "json")
	if err == nil || exitCode(err) != 1 || strings.Contains(out+log+err.Error(), "FAKE") {
		t.Errorf("exit code %d, %v\n%s%s", exitCode(err), err, out, log)
	}
	want := map[string]scrub.Find{
		"digitalocean.droplets": {
			Records: 3, Offsets: []scrub.Span{{First: 1, Last: 2}, {First: 4, Last: 4}}, In: []string{"headers", "value"},
			DeleteBefore: 5, Others: 2,
		},
		"digitalocean.domains": {Records: 1, Offsets: []scrub.Span{{}}, In: []string{"key"}, DeleteBefore: 1},
		"digitalocean-meta.state": {
			Records: 2, Offsets: []scrub.Span{{First: 0, Last: 1}}, In: []string{"value"}, Newest: 1,
		},
		"digitalocean-meta.sweeps":  {Records: 1, Offsets: []scrub.Span{{}}, In: []string{"value"}},
		"digitalocean-meta.schemas": {Records: 1, Offsets: []scrub.Span{{}}, In: []string{"value"}, Newest: 1},
	}
	if d := cmp.Diff(want, finds(t, out)); d != "" {
		t.Errorf("found (-want +got):\n%s", d)
	}
	out, _, err = call(t, variables, "scrub", "--match-file", file, "domains")
	if err == nil || !strings.Contains(out, "digitalocean-meta.state ") || strings.Contains(out, "droplets") ||
		strings.Contains(out, "FAKE") {
		t.Errorf("of domains: %v\n%s", err, out)
	}
	// What it advises helps.
	k, err := cl.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	before := kadm.Offsets{}
	before.AddOffset("digitalocean.droplets", 0, 5, -1)
	if _, err := kadm.NewClient(k).DeleteRecords(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	out, _, _ = call(t, variables, "scrub", "--match-file", file, "--output", "json")
	if _, still := finds(t, out)["digitalocean.droplets"]; still {
		t.Errorf("after DeleteRecords: %s", out)
	}
}

func TestScrubFindsNothingWhereThereIsNothing(t *testing.T) {
	_, variables := leaks(t)
	for output, want := range map[string]string{"table": "no record holds what matches\n", "json": "[]\n"} {
		if out, _, err := call(t, variables, "scrub", "--match", "ABSENT", "--output", output); err != nil || out != want {
			t.Errorf("%s: %q, %v, want %q", output, out, err, want)
		}
	}
	for _, args := range [][]string{
		nil,
		{"--match", "("},
		{"--match", "F*"},
		{"--match", "F", "--match-file", os.DevNull},
		{"--match", "F", "drops"},
	} {
		if _, _, err := call(t, variables, append([]string{"scrub"}, args...)...); exitCode(err) != 2 {
			t.Errorf("%q: %v, want a wrong call", args, err)
		}
	}
}

// In a data directory nobody else need be at work.
func TestScrubOfADataDirectory(t *testing.T) {
	dir := pastDirectory(t, "calm")
	variables := map[string]string{"SEACHANGE_DATA_DIR": dir, "SEACHANGE_TOPIC_PREFIX": "past"}
	out, _, err := call(t, variables, "scrub", "--match", "fw-1")
	if exitCode(err) != 1 || !strings.Contains(out, "past-meta.state") || !strings.Contains(out, "past.firewalls") {
		t.Errorf("exit code %d: %v\n%s", exitCode(err), err, out)
	}
}
