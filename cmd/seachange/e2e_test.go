package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

const (
	firewall = `{"id":"fw-1","name":"web","status":"succeeded","created_at":"2026-01-01T00:00:00Z","pending_changes":[],"droplet_ids":[],"tags":[],
		"inbound_rules":[{"protocol":"tcp","ports":"443","sources":{"addresses":["0.0.0.0/0"]}}],"outbound_rules":[]}`
	openFirewall = `{"id":"fw-1","name":"web","status":"succeeded","created_at":"2026-01-01T00:00:00Z","pending_changes":[],"droplet_ids":[],"tags":[],
		"inbound_rules":[{"protocol":"tcp","ports":"22","sources":{"addresses":["0.0.0.0/0","::/0"]}},
			{"protocol":"tcp","ports":"443","sources":{"addresses":["0.0.0.0/0"]}}],"outbound_rules":[]}`
)

// simulated serves a small account, and answers the environment in which a command reaches it, and a log of its own: in a
// data directory, or on the Kafka of SEACHANGE_TEST_BROKERS.
func simulated(t *testing.T) (*digitaloceantest.Account, map[string]string) {
	t.Helper()
	a := digitaloceantest.New(digitaloceantest.Options{})
	a.Put("firewalls", "fw-1", firewall)
	a.Put("domains", "example.com", `{"name":"example.com","ttl":1800,"zone_file":""}`)
	a.Put("domain_records", "example.com/7", `{"id":7,"type":"A","name":"www","data":"203.0.113.7","ttl":1800}`)
	srv := httptest.NewServer(a)
	t.Cleanup(srv.Close)
	variables := map[string]string{
		"DIGITALOCEAN_TOKEN": digitaloceantest.Token, "SEACHANGE_API_URL": srv.URL, "SEACHANGE_SHARDS": "2",
		"SEACHANGE_TOPIC_PREFIX": fmt.Sprintf("cmd-%d", time.Now().UnixNano()), "SEACHANGE_ONLY": "account,firewalls,domains,domain_records",
	}
	if brokers := os.Getenv("SEACHANGE_TEST_BROKERS"); brokers != "" {
		variables["SEACHANGE_BROKERS"] = brokers
		return a, variables
	}
	variables["SEACHANGE_DATA_DIR"], variables["SEACHANGE_EMBEDDED_LISTEN"] = filepath.Join(t.TempDir(), "data"), "127.0.0.1:0"
	return a, variables
}

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

func TestOncePassesAndTailTellsWhatChanged(t *testing.T) {
	a, variables := simulated(t)
	out, log, err := call(t, variables, "run", "--once")
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	for _, want := range []string{`ACCOUNT +RESOURCE +RECORDS +CHANGES +REQUESTS +STATUS`, `default +firewalls +1 +1 +1 +whole`, `default +domain_records +1 +1 +1 +whole`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out+log, digitaloceantest.Token) {
		t.Error("the token was printed")
	}

	a.Put("firewalls", "fw-1", openFirewall)
	out, log, err = call(t, variables, "run", "--once", "--output", "json")
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	var lines []struct {
		Resource string
		Changes  int
		Status   string
	}
	if err := json.Unmarshal([]byte(out), &lines); err != nil || len(lines) != 4 {
		t.Fatalf("%v, %d lines of 4:\n%s", err, len(lines), out)
	}
	for _, l := range lines {
		if want := map[string]int{"firewalls": 1}[l.Resource]; l.Changes != want || l.Status != "whole" {
			t.Errorf("%+v, want %d changes, whole", l, want)
		}
	}
	tailed(t, variables)
}

func tailed(t *testing.T, variables map[string]string) {
	t.Helper()
	for _, tt := range []struct {
		args string
		want []string // each a line's pattern
	}{
		{"--op updated", []string{`^\S+Z updated  Fake Team firewalls web \(fw-1\): added: inbound tcp 22 from 0.0.0.0/0, ::/0$`}},
		{"domain_records", []string{`observed Fake Team domain_records www \(example.com/7\): A → 203.0.113.7$`}},
		{"--id fw-1", []string{`observed .*inbound tcp 443 from 0.0.0.0/0$`, `updated .*tcp 22`}},
		{"--op d", nil},
		{"--since 2099-01-01", nil},
	} {
		args := append([]string{"tail", "--no-follow", "--since", "1h"}, strings.Fields(tt.args)...)
		out, log, err := call(t, variables, args...)
		if err != nil {
			t.Fatalf("%s: %v\n%s", tt.args, err, log)
		}
		got := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if out == "" {
			got = nil
		}
		if len(got) != len(tt.want) {
			t.Fatalf("%s: %d lines, want %d:\n%s", tt.args, len(got), len(tt.want), out)
		}
		for i, want := range tt.want {
			if !regexp.MustCompile(want).MatchString(got[i]) {
				t.Errorf("%s: got %q, want %q", tt.args, got[i], want)
			}
		}
	}
	out, _, err := call(t, variables, "tail", "--no-follow", "--since", "1h", "--output", "json")
	var events []schema.Event
	for line := range strings.Lines(out) {
		var ev schema.Event
		if err := json.Unmarshal([]byte(line), &ev); err != nil {
			t.Fatal(err)
		}
		events = append(events, ev)
	}
	ordered := slices.IsSortedFunc(events, func(a, b schema.Event) int { return int(a.Source.LSN - b.Source.LSN) })
	if err != nil || len(events) != 5 || !ordered {
		t.Errorf("%v, ordered %v, events: %+v", err, ordered, events)
	}
}

func TestPublicCataloguesAreTheDeploymentsOwn(t *testing.T) {
	a, variables := simulated(t)
	a.Put("sizes", "s-1vcpu-1gb", `{"slug":"s-1vcpu-1gb","memory":1024,"price_monthly":6,"regions":["fra1"]}`)
	variables["SEACHANGE_ONLY"] = "account,sizes"
	out, log, err := call(t, variables, "run", "--once")
	if err != nil || !regexp.MustCompile(`public catalogues +sizes +1 +1 +1 +whole`).MatchString(out) || strings.Contains(out, "default  sizes") {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	out, log, err = call(t, variables, "tail", "--since", "1h", "--no-follow", "--output", "json", "sizes")
	if err != nil || !strings.Contains(out, `"account_id":"digitalocean"`) {
		t.Errorf("%v\n%s%s", err, out, log)
	}
	if out, log, err = call(t, variables, "check"); err != nil || !strings.Contains(out, "public catalogues/sizes") {
		t.Errorf("%v\n%s%s", err, out, log)
	}
}

func TestOnceIsAFailureUnlessAllWasWhole(t *testing.T) {
	a, variables := simulated(t)
	a.Scopes("account:read", "domain:read")
	out, log, err := call(t, variables, "run", "--once")
	if exitCode(err) != 1 || !strings.Contains(out, "firewall:read") || !strings.Contains(err.Error(), "--skip") {
		t.Errorf("exit code %d: %v\n%s%s", exitCode(err), err, out, log)
	}
	variables["SEACHANGE_ONLY"], variables["SEACHANGE_SKIP"] = "account,firewalls,domains", "firewalls"
	if out, log, err := call(t, variables, "run", "--once"); err != nil {
		t.Errorf("without the unreadable resource: %v\n%s%s", err, out, log)
	}
}

// start runs a command until stop, and answers the lines that it prints: of its log, or of its output.
func start(t *testing.T, variables map[string]string, ofLog bool, args ...string) (lines *bufio.Scanner, stop func() error) {
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

// find answers what a pattern's group has in the first line that matches.
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

func TestRunServesItsStateAndStopsWhenAsked(t *testing.T) {
	_, variables := simulated(t)
	variables["SEACHANGE_LISTEN"] = "127.0.0.1:0"
	log, stop := start(t, variables, true, "run")
	addr := find(t, log, `metrics.* listen=(\S+)`)
	go func() {
		for log.Scan() { // nobody reads on
		}
	}()

	until(t, addr, "/readyz", `^ok`)
	until(t, addr, "/status", `"resource": "domain_records",\s+"parent_id": "example.com",\s+"status": "whole"`)
	until(t, addr, "/metrics", `(?m)^go_goroutines `)
	if _, _, err := call(t, nil, "healthz", "--listen", addr); err != nil {
		t.Error(err)
	}
	if variables["SEACHANGE_DATA_DIR"] != "" {
		if _, _, err := call(t, variables, "run", "--once"); exitCode(err) != 1 || !strings.Contains(err.Error(), "in use") {
			t.Errorf("a second run on the directory: %v", err)
		}
	}
	if err := stop(); err != nil {
		t.Errorf("after a signal: %v", err)
	}
}

func TestRunIsNotReadyWithoutItsAccount(t *testing.T) {
	_, variables := simulated(t)
	variables["SEACHANGE_LISTEN"], variables["DIGITALOCEAN_TOKEN"] = "127.0.0.1:0", fakeToken+"-other"
	log, stop := start(t, variables, true, "run")
	addr := find(t, log, `metrics.* listen=(\S+)`)
	find(t, log, `(account not identified)`)
	go func() {
		for log.Scan() { // nobody reads on
		}
	}()
	until(t, addr, "/readyz", `account default is not identified`)
	until(t, addr, "/healthz", `^ok`)
	if err := stop(); err != nil {
		t.Errorf("after a signal: %v", err)
	}
}

func TestTailFollowsWhatRunWritesAndShowsNothingTwice(t *testing.T) {
	a, variables := simulated(t)
	if out, log, err := call(t, variables, "run", "--once"); err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	variables["SEACHANGE_INTERVAL"] = "100ms"
	log, stopRun := start(t, variables, true, "run")
	find(t, log, `(watching)`)
	go func() {
		for log.Scan() { // nobody reads on
		}
	}()
	tail, stopTail := start(t, variables, false, "tail", "firewalls", "--since", "1h") // the broker of the run
	if !tail.Scan() || !strings.Contains(tail.Text(), "observed Fake Team firewalls web (fw-1)") {
		t.Errorf("the first line: %q", tail.Text())
	}
	a.Put("firewalls", "fw-1", openFirewall)
	if !tail.Scan() || !strings.Contains(tail.Text(), "added: inbound tcp 22 from 0.0.0.0/0, ::/0") {
		t.Errorf("the second line: %q", tail.Text())
	}
	if err := errors.Join(stopTail(), stopRun()); err != nil {
		t.Error(err)
	}
}

// until asks until the answer is as wanted.
func until(t *testing.T, addr, path, want string) {
	t.Helper()
	var last string
	for range 600 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if last = string(body); regexp.MustCompile(want).MatchString(last) {
				return
			}
		}
		select {
		case <-t.Context().Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatalf("%s never said %s, but %s", path, want, last)
}

func TestCheckTellsWhatTheTokenMayRead(t *testing.T) {
	a, variables := simulated(t)
	if out, log, err := call(t, variables, "run", "--once"); err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	out, log, err := call(t, variables, "check")
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	for _, want := range []string{
		`ok +account default +team-1 \(Fake Team\)`, `ok +default/firewalls +1 on`, `ok +default/domain_records +1 on`, `ok +brokers`, `ok +topics +all`,
		`ok +scopes of default +the least to grant: account:read domain:read droplet:read firewall:read reserved_ip:read tag:read; never more`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}

	a.Scopes("account:read", "domain:read")
	out, _, err = call(t, variables, "check", "--output", "json")
	var findings []finding
	if e := json.Unmarshal([]byte(out), &findings); e != nil {
		t.Fatal(e)
	}
	want := finding{"default/firewalls", bad, "needs the scope firewall:read: grant it, or --skip firewalls"}
	if exitCode(err) != 1 || !slices.Contains(findings, want) {
		t.Errorf("exit code %d: %v, no %v in %v", exitCode(err), err, want, findings)
	}
}

func TestCheckDoesNotCallMissingWhatItCouldNotLookFor(t *testing.T) {
	a, variables := simulated(t)
	variables["SEACHANGE_ONLY"] = "account,domains,domain_records,registries,registry_repositories,registry_tags,databases,database_pools"
	a.Scopes("account:read", "database:read", "domain:read")
	a.Delete("domains", "example.com")
	a.Put("databases", "db-1", `{"id":"db-1","engine":"kafka"}`)
	out, _, _ := call(t, variables, "check")
	for _, want := range []string{
		`skip +default/domain_records +there are no domains with`, `skip +default/database_pools +there are no databases with`,
		`skip +default/registry_repositories +can't be asked for: registries can't be read`,
		`skip +default/registry_tags +can't be asked for: registry_repositories can't be read`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestCheckOfARefusedToken(t *testing.T) {
	_, variables := simulated(t)
	variables["DIGITALOCEAN_TOKEN"] = fakeToken + "-other"
	delete(variables, "SEACHANGE_DATA_DIR")
	delete(variables, "SEACHANGE_BROKERS")
	out, _, err := call(t, variables, "check")
	if exitCode(err) != 1 || !regexp.MustCompile(`fail +account default +.*401`).MatchString(out) || strings.Contains(out, "firewalls") {
		t.Errorf("exit code %d: %v\n%s", exitCode(err), err, out)
	}
	if !regexp.MustCompile(`skip +brokers`).MatchString(out) || strings.Contains(out, fakeToken) {
		t.Errorf("got\n%s", out)
	}
}

func TestReleaseWithNothingHeld(t *testing.T) {
	_, variables := simulated(t)
	if out, log, err := call(t, variables, "run", "--once"); err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	out, _, err := call(t, variables, "release", "domain_records")
	if err != nil || out != "nothing of domain_records is held back\n" {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestReleaseAsksTheAccountsThatHoldDeletesBack(t *testing.T) {
	a, variables := simulated(t)
	variables["SEACHANGE_ONLY"] = "projects,project_resources"
	a.Put("projects", "p-1", `{"id":"p-1","name":"shop","environment":"Production","purpose":"Web"}`)
	for _, urn := range []string{"do:domain:example.com", "do:space:pictures"} {
		a.Put("project_resources", schema.ChildID("p-1", urn), `{"urn":"`+urn+`","status":"ok","assigned_at":"2026-01-01T00:00:00Z"}`)
	}
	if out, log, err := call(t, variables, "run", "--once"); err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	for _, urn := range []string{"do:domain:example.com", "do:space:pictures"} {
		a.Delete("project_resources", schema.ChildID("p-1", urn))
	}
	if out, log, err := call(t, variables, "run", "--once"); err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	if out, _, err := call(t, variables, "release", "projects"); err != nil || out != "nothing of projects is held back\n" {
		t.Errorf("another resource: %v\n%s", err, out)
	}
	out, _, err := call(t, variables, "release", "project_resources")
	if want := "asked account team-1 to let 2 deletes of project_resources go\n"; err != nil || out != want {
		t.Errorf("%v\ngot  %swant %s", err, out, want)
	}
	for _, tt := range []struct {
		resource, account string
		code              int
		want              string
	}{
		{"projects", "team-1", 0, "nothing of projects is held back by account team-1\n"},
		{"project_resources", "team-2", 1, `no account "team-2" under ` + variables["SEACHANGE_TOPIC_PREFIX"] + "; project_resources is held back by team-1"},
		{"projects", "team-2", 1, "; nothing of projects is held back"},
	} {
		out, _, err := call(t, variables, "release", tt.resource, "--account", tt.account)
		if all := fmt.Sprint(out, err); exitCode(err) != tt.code || !strings.Contains(all, tt.want) || strings.Contains(all, "asked") {
			t.Errorf("%s of %s: exit code %d, %s", tt.resource, tt.account, exitCode(err), all)
		}
	}
	asked := requests(t, variables)
	if len(asked) != 1 || asked[0].AccountID != "team-1" || asked[0].Resource != "project_resources" || asked[0].Kind != "release" || asked[0].AtMS == 0 {
		t.Errorf("requests: %+v", asked)
	}
}

// requests are those that stand in the requests topic.
func requests(t *testing.T, variables map[string]string) []producer.Request {
	t.Helper()
	var all []producer.Request
	topic := state.RequestsTopic(variables["SEACHANGE_TOPIC_PREFIX"])
	o := client.ReadOptions{Topics: []string{topic}, FromStart: true, UntilEnd: true}
	err := reach(t, variables).Read(t.Context(), o, func(r client.Record) error {
		var q producer.Request
		all = append(all, q)
		return json.Unmarshal(r.Value, &all[len(all)-1])
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestListsOfTheCatalogue(t *testing.T) {
	out, _, err := call(t, nil, "resources", "--output", "json")
	var rows []map[string]string
	if e := json.Unmarshal([]byte(out), &rows); e != nil || err != nil || len(rows) != len(schema.Catalog) {
		t.Fatalf("%v, %v: %d rows of %d", err, e, len(rows), len(schema.Catalog))
	}
	i := slices.IndexFunc(rows, func(r map[string]string) bool { return r["name"] == "domain_records" })
	for key, want := range map[string]string{
		"path": "/v2/domains/{domains}/records", "kind": "list", "scope": "domain:read", "topic": "digitalocean.domain_records", "parent": "domains", "id": "id",
	} {
		if got := rows[i][key]; got != want {
			t.Errorf("domain_records: %s is %q, want %q", key, got, want)
		}
	}
	out, _, err = call(t, nil, "resources", "--topic-prefix", "acme")
	if err != nil || !regexp.MustCompile(`(?m)^droplets +list +droplet:read +/v2/droplets +acme.droplets$`).MatchString(out) || !strings.Contains(out, "balance (--with billing)") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTopicsAndHowToMakeThem(t *testing.T) {
	for _, tt := range []struct {
		args string
		want []string
	}{
		{"topics --only firewalls", []string{`(?m)^digitalocean.firewalls +1 +delete +for ever$`, `(?m)^digitalocean-meta.state +16 +compact +for ever$`}},
		{"topics --only firewalls --retention 1d --partitions 3", []string{`(?m)^digitalocean.firewalls +3 +delete +86400000 ms$`}},
		{"topics --only firewalls --print sh --replication-factor 3", []string{
			`(?m)^kafka-topics.sh --bootstrap-server "\$BOOTSTRAP" --create --if-not-exists --topic digitalocean.firewalls --partitions 1 --replication-factor 3 .*--config retention.ms=-1`,
		}},
		{"topics --print acl --topic-prefix acme", []string{
			`--topic acme\. --resource-pattern-type prefixed`, `--transactional-id acme-meta.shard- --resource-pattern-type prefixed`, `--group acme-meta\n`,
			`(?m)--operation Read --operation Describe --topic acme-meta.status$`, `--operation Read --group acme-alert- --resource-pattern-type prefixed`,
		}},
		{"topics --output json --only firewalls", []string{`"name": "digitalocean.firewalls",\s+"partitions": 1`}},
	} {
		out, _, err := call(t, nil, strings.Fields(tt.args)...)
		if err != nil {
			t.Errorf("%s: %v", tt.args, err)
		}
		for _, want := range tt.want {
			if !regexp.MustCompile(want).MatchString(out) {
				t.Errorf("%s: no %q in\n%s", tt.args, want, out)
			}
		}
	}
}

func TestVersion(t *testing.T) {
	out, _, err := call(t, nil, "version")
	if err != nil || !regexp.MustCompile(`^seachange \S+ \(go1\.\S+, \w+/\w+\)\n$`).MatchString(out) {
		t.Errorf("%v, %q", err, out)
	}
	var v map[string]string
	out, _, err = call(t, nil, "version", "--output", "json")
	if e := json.Unmarshal([]byte(out), &v); e != nil || err != nil || v["version"] == "" {
		t.Errorf("%v, %v, %s", err, e, out)
	}
}

func TestColourOnlyOnATerminal(t *testing.T) {
	e := &env{getenv: func(string) string { return "" }, stdout: &bytes.Buffer{}}
	if coloured(e) {
		t.Error("a buffer is coloured")
	}
}
