package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
)

const (
	firewall = `{"id":"fw-1","name":"web","status":"succeeded","created_at":"2026-01-01T00:00:00Z","pending_changes":[],"droplet_ids":[],"tags":[],
		"inbound_rules":[{"protocol":"tcp","ports":"443","sources":{"addresses":["0.0.0.0/0"]}}],"outbound_rules":[]}`
	openFirewall = `{"id":"fw-1","name":"web","status":"succeeded","created_at":"2026-01-01T00:00:00Z","pending_changes":[],"droplet_ids":[],"tags":[],
		"inbound_rules":[{"protocol":"tcp","ports":"22","sources":{"addresses":["0.0.0.0/0","::/0"]}},
			{"protocol":"tcp","ports":"443","sources":{"addresses":["0.0.0.0/0"]}}],"outbound_rules":[]}`
)

// Tests that mostly wait run in parallel, but none that starts a process: until it has executed its program, a forked
// process holds the locks of the data directories of the others.

// simulated serves a small account, and returns the environment in which a command reaches it, and a log of its own: in
// a data directory, or on the Kafka of SEACHANGE_TEST_BROKERS.
func simulated(t *testing.T) (*digitaloceantest.Account, map[string]string) {
	t.Helper()
	return serving(t, digitaloceantest.New(digitaloceantest.Options{}))
}

// serving is simulated with an account of the test's own.
func serving(t *testing.T, a *digitaloceantest.Account) (*digitaloceantest.Account, map[string]string) {
	t.Helper()
	a.Put("firewalls", "fw-1", firewall)
	a.Put("domains", "example.com", `{"name":"example.com","ttl":1800,"zone_file":""}`)
	a.Put("domain_records", "example.com/7", `{"id":7,"type":"A","name":"www","data":"203.0.113.7","ttl":1800}`)
	srv := httptest.NewServer(a)
	t.Cleanup(srv.Close)
	variables := map[string]string{
		"DIGITALOCEAN_TOKEN": digitaloceantest.Token, "SEACHANGE_API_URL": srv.URL, "SEACHANGE_SHARDS": "2",
		"SEACHANGE_TOPIC_PREFIX": fmt.Sprintf("cmd-%d", time.Now().UnixNano()),
		"SEACHANGE_ONLY":         "account,firewalls,domains,domain_records",
	}
	if brokers := os.Getenv("SEACHANGE_TEST_BROKERS"); brokers != "" {
		variables["SEACHANGE_BROKERS"] = brokers
		return a, variables
	}
	variables["SEACHANGE_DATA_DIR"], variables["SEACHANGE_EMBEDDED_LISTEN"] = filepath.Join(t.TempDir(), "data"),
		"127.0.0.1:0"
	// One that was there before asks for no login, so that clients of the tests' own can read.
	if err := os.MkdirAll(filepath.Join(variables["SEACHANGE_DATA_DIR"], "log"), 0o700); err != nil {
		t.Fatal(err)
	}
	return a, variables
}

// start runs a command until stop, and returns the lines that it prints: of its log, or of its output.
func start(
	t *testing.T, variables map[string]string, ofLog bool, args ...string,
) (lines *bufio.Scanner, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	pr, pw := io.Pipe()
	stdout, stderr := io.Writer(pw), io.Discard
	if ofLog {
		stdout, stderr = io.Discard, pw
	}
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, args, func(k string) string { return variables[k] }, stdout, stderr)
		pw.Close()
	}()
	return bufio.NewScanner(pr), func() error {
		cancel()
		io.Copy(io.Discard, pr) //nolint:errcheck // ends with the pipe
		return <-ended
	}
}

// find returns what a pattern's group has in the first line that matches.
func find(t *testing.T, lines *bufio.Scanner, pattern string) string {
	t.Helper()
	for lines.Scan() {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(lines.Text()); m != nil {
			return m[1]
		}
	}
	t.Fatalf("no line has %s", pattern)
	return ""
}

// until asks until the response is as wanted.
func until(t *testing.T, addr, path, want string) {
	t.Helper()
	var last string
	for range 600 {
		if last = page(t, addr, path); regexp.MustCompile(want).MatchString(last) {
			return
		}
		select {
		case <-t.Context().Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatalf("%s never said %s, but %s", path, want, last)
}

// page returns a page of a server of ours; "" if it can't be had.
func page(t *testing.T, addr, path string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return string(body)
}

// fakeToken is obviously no token.
const fakeToken = "dop_v1_obviously-fake"

// call runs the program with a command line and an environment, and returns what it printed.
func call(t *testing.T, variables map[string]string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, log bytes.Buffer
	err = run(t.Context(), args, func(k string) string { return variables[k] }, &out, &log)
	return out.String(), log.String(), err
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// must runs a command that has to succeed.
func must(t *testing.T, variables map[string]string, args ...string) string {
	t.Helper()
	out, log, err := call(t, variables, args...)
	if err != nil {
		t.Fatalf("seachange %s: %v\n%s%s", strings.Join(args, " "), err, out, log)
	}
	return out
}

func matches(t *testing.T, out string, patterns ...string) {
	t.Helper()
	got := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if out == "" {
		got = nil
	}
	if len(got) != len(patterns) {
		t.Fatalf("%d lines, want %d:\n%s", len(got), len(patterns), out)
	}
	for i, p := range patterns {
		if !regexp.MustCompile(p).MatchString(got[i]) {
			t.Errorf("line %d is %q, want %s", i, got[i], p)
		}
	}
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not in 30 s: ", what)
		}
	}
}

// between returns a moment after the looks that were, once it is before those that will be: the time of a look is known
// to a second, as the API's Date has no more.
func between(t *testing.T) string {
	t.Helper()
	const known = 1100 * time.Millisecond
	at := time.Now().Add(known)
	eventually(t, "the moment is over", func() bool { return time.Since(at) > known })
	return at.UTC().Format(time.RFC3339Nano)
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// client reaches the log of simulated.
func reach(t *testing.T, variables map[string]string) client.Client {
	t.Helper()
	if brokers := variables["SEACHANGE_BROKERS"]; brokers != "" {
		return client.Client{Brokers: strings.Split(brokers, ",")}
	}
	addr, done, err := embedded.Attach(variables["SEACHANGE_DATA_DIR"], discard())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	return client.Client{Brokers: []string{addr}}
}
