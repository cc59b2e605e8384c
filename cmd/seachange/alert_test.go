package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/cmd/seachange/alert"
	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// hook is a webhook that can be dead.
type hook struct {
	mu    sync.Mutex
	dead  bool
	got   []string
	tries int
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tries++
	if h.dead {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	h.got = append(h.got, string(b))
}

func (h *hook) seen() (alerts []string, tries int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.got, h.tries
}

func (h *hook) die(dead bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dead = dead
}

// alerting runs alert until stop, which returns what it printed.
func alerting(t *testing.T, variables map[string]string, args ...string) (stop func() string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var out, log bytes.Buffer
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, append([]string{"alert"}, args...), func(k string) string { return variables[k] }, &out, &log)
	}()
	return func() string {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("alert: %v\n%s", err, &log)
		}
		return out.String() + log.String()
	}
}

// begun waits until an output's group has its offsets: what comes then is for it.
func begun(t testing.TB, c client.Client, variables map[string]string, output string) {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.Brokers...))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	eventually(t, "the group of "+output+" has begun", func() bool {
		offsets, err := kadm.NewClient(cl).FetchOffsets(t.Context(), variables["SEACHANGE_TOPIC_PREFIX"]+"-alert-"+output)
		return err == nil && len(offsets) > 0
	})
}

func TestADeadEndpointLosesNoAlertAndBlocksNoOther(t *testing.T) {
	t.Parallel()
	a, variables := simulated(t)
	must(t, variables, "run", "--once")
	c := reach(t, variables) // the broker stays up between the commands
	variables["SEACHANGE_BROKERS"], variables["SEACHANGE_DATA_DIR"] = strings.Join(c.Brokers, ","), ""

	dead, alive := &hook{dead: true}, &hook{}
	one, two := httptest.NewServer(dead), httptest.NewServer(alive)
	defer one.Close()
	defer two.Close()
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	text := "outputs:\n  - {name: dead, type: slack, url_env: FAKE_DEAD}\n" +
		"  - {name: alive, type: cloudevents, url_env: FAKE_ALIVE}\nrules:\n" +
		"  - {name: opens, title: It opens, resource: firewalls, when: 'opened(event).exists(o, o.world)'}\n"
	if err := os.WriteFile(rules, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	variables["FAKE_DEAD"], variables["FAKE_ALIVE"] = one.URL+"/not-a-real-secret", two.URL

	stop := alerting(t, variables, "--rules", rules)
	begun(t, c, variables, "dead")
	begun(t, c, variables, "alive")
	a.Put("firewalls", "fw-1", openFirewall)
	must(t, variables, "run", "--once")
	eventually(t, "the output that is alive has its alert", func() bool { got, _ := alive.seen(); return len(got) == 1 })
	eventually(t, "the dead one is tried again", func() bool { _, tries := dead.seen(); return tries > 1 })
	if said := stop(); strings.Contains(said, "not-a-real-secret") || !strings.Contains(said, "output=dead") {
		t.Errorf("the log shows the address, or not which output:\n%s", said)
	}

	dead.die(false)
	stop = alerting(t, variables, "--rules", rules)
	eventually(t, "the endpoint that came back has its alert", func() bool { got, _ := dead.seen(); return len(got) == 1 })
	a.Put("firewalls", "fw-1", firewall)
	a.Put("firewalls", "fw-2", strings.Replace(openFirewall, "fw-1", "fw-2", 1))
	must(t, variables, "run", "--once")
	eventually(t, "both have the second", func() bool {
		one, _ := dead.seen()
		two, _ := alive.seen()
		return len(one) == 2 && len(two) == 2
	})
	stop()
	got, _ := alive.seen()
	for i, want := range []string{`"subject":"fw-1"`, `"subject":"fw-2"`} {
		if !strings.Contains(got[i], want) || !strings.Contains(got[i], "tcp 22 from 0.0.0.0/0, ::/0") {
			t.Errorf("alert %d is %s, want %s and what changed", i, got[i], want)
		}
	}
}

func TestABurstGoesOnOverARestart(t *testing.T) {
	t.Parallel()
	a, variables := simulated(t)
	must(t, variables, "run", "--once")
	c := reach(t, variables)
	variables["SEACHANGE_BROKERS"], variables["SEACHANGE_DATA_DIR"] = strings.Join(c.Brokers, ","), ""
	h := &hook{}
	server := httptest.NewServer(h)
	defer server.Close()
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	text := "outputs:\n  - {name: hook, type: cloudevents, url_env: FAKE_HOOK}\nrules:\n" +
		"  - {name: each, title: Each, resource: firewalls, when: 'op == \"u\"'}\n" +
		"  - {name: many, title: Many, resource: firewalls, when: 'op == \"u\"', burst: {count: 3, within: 5m}}\n"
	if err := os.WriteFile(rules, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	variables["FAKE_HOOK"] = server.URL

	for i, want := range []int{1, 2, 4, 5} { // the third makes three
		stop := alerting(t, variables, "--rules", rules)
		begun(t, c, variables, "hook")
		a.Put("firewalls", "fw-1", []string{openFirewall, firewall}[i%2])
		must(t, variables, "run", "--once")
		eventually(t, "its alerts", func() bool { got, _ := h.seen(); return len(got) >= want })
		stop()
	}
	got, _ := h.seen()
	if all := strings.Join(got, "\n"); len(got) != 5 || strings.Count(all, "Many") == 0 ||
		strings.Contains(got[0]+got[1]+got[4], "Many") {
		t.Errorf("want an alert of each of four changes, and with the third one of three:\n%s", all)
	}
}

func TestAlertTestShowsWhatWouldFire(t *testing.T) {
	dir := t.TempDir()
	events, rules := filepath.Join(dir, "events"), filepath.Join(dir, "rules.yaml")
	body := strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(openFirewall, `"`, `\"`), "\n", ""), "\t", "")
	line := `{"before":null,"after":{"account_id":"a","id":"fw-1","name":"web","body":"` + body + `"},"op":"c","ts_ms":1,"source":{"connector":"digitalocean","db":"a","table":"firewalls","ts_ms":2000,"prev_ts_ms":1000,"lsn":7}}` + "\n"
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(events, line+"\n"+strings.Replace(line, `"c"`, `"r"`, 1))
	matches(t, must(t, nil, "alert", "test", "--events", events), `^\[warning\] A firewall lets everyone in: firewalls web \(fw-1\) of a: created; inbound tcp 22 from`, `^    Between 1970-01-01T00:00:01Z`)
	matches(t, must(t, nil, "alert", "test", "--events", events, "--output", "json"), `"id":"a/firewalls/7/firewall-opens-to-the-world"`)

	write(rules, string(alert.Shipped))
	if got := must(t, nil, "alert", "rules"); got != string(alert.Shipped) {
		t.Error("alert rules prints something else than the shipped rules")
	}
	write(rules, "rules:\n  - {name: x, when: 'op == 1'}\n")
	for _, args := range [][]string{
		{"alert", "test", rules, "--events", events},
		{"alert", "--brokers", "a:1", "--rules", rules},
	} {
		if _, _, err := call(t, nil, args...); exitCode(err) != 2 ||
			!strings.Contains(err.Error(), "rules.yaml: line 2, column ") {
			t.Errorf("%v: %v, want a refusal with its place", args, err)
		}
	}
	write(events, "\n{}\n")
	if _, _, err := call(t, nil, "alert", "test", "--events", events); err == nil ||
		!strings.Contains(err.Error(), "line 2: not an event") {
		t.Errorf("a line that is no event: %v", err)
	}
}

func TestAlertNamesAndCountsWhatItSkips(t *testing.T) {
	t.Parallel()
	a, variables := simulated(t)
	must(t, variables, "run", "--once")
	c := reach(t, variables)
	variables["SEACHANGE_BROKERS"], variables["SEACHANGE_DATA_DIR"] = strings.Join(c.Brokers, ","), ""
	h := &hook{}
	server := httptest.NewServer(h)
	defer server.Close()
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	text := "outputs:\n  - {name: hook, type: cloudevents, url_env: FAKE_HOOK}\nrules:\n" +
		"  - {name: opens, resource: [firewalls, droplets], when: 'op == \"u\"'}\n"
	if err := os.WriteFile(rules, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	variables["FAKE_HOOK"] = server.URL
	w, err := c.OpenWriter(t.Context(), schema.TopicOf(variables["SEACHANGE_TOPIC_PREFIX"], "firewalls"))
	if err != nil {
		t.Fatal(err)
	}

	stop := alerting(t, variables, "--rules", rules)
	begun(t, c, variables, "hook")
	if err := w.Write(t.Context(), client.Record{Value: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.Put("firewalls", "fw-1", openFirewall)
	must(t, variables, "run", "--once")
	eventually(t, "what comes behind it, and that something was set aside",
		func() bool { got, _ := h.seen(); return len(got) == 2 })
	said := stop()
	if got, _ := h.seen(); !strings.Contains(strings.Join(got, ""), "record-set-aside") {
		t.Errorf("nobody is told of what was set aside: %s", got)
	}
	for _, want := range []string{"topics=1 not_made_yet=1", `err="topic \S+\.firewalls partition 0 offset \d+: not an event`, "were skipped\" records=1"} {
		if !regexp.MustCompile(want).MatchString(said) {
			t.Errorf("no %s in\n%s", want, said)
		}
	}
}

// The names are those that the configuration and the rules give, not only seachange's own.
func TestAnAlertsCommandGetsNoSecretThatIsNamedElsewhere(t *testing.T) {
	kafka := config.Kafka{SASL: config.SASL{PasswordEnv: "KAFKA_PASSWORD"}}
	e := &config.Environment{Accounts: []config.Account{{
		TokenEnv:  "PRODUCTION_TOKEN",
		SpacesKey: config.SpacesKey{IDEnv: "PRODUCTION_KEY_ID", SecretEnv: "PRODUCTION_KEY"},
	}}}
	dir := t.TempDir()
	rules, err := alert.Parse(strings.NewReader("outputs:\n  - {name: a, type: slack, url_env: SLACK_URL}\n"+
		"  - {name: b, type: command, command: [sh, -c, 'env >"+dir+"/env']}\nrules: [{name: x, when: true}]"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"KAFKA_PASSWORD", "PRODUCTION_TOKEN", "PRODUCTION_KEY_ID", "PRODUCTION_KEY", "SLACK_URL",
	} {
		t.Setenv(name, "not-a-real-secret")
	}
	t.Setenv("OWN_SETTING", "kept")
	send, err := rules.Outputs[1].Sender(nil, nil, alert.Secrets(e.Secrets(kafka), rules)...)
	if err != nil {
		t.Fatal(err)
	}
	if err := send(t.Context(), new(alert.Alert)); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(dir + "/env")
	if err != nil || strings.Contains(string(got), "not-a-real-secret") ||
		!strings.Contains(string(got), "OWN_SETTING=kept") {
		t.Errorf("%v, the command's environment is\n%s", err, got)
	}
}
