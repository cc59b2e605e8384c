package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
)

// A supervisor's "reload" is SIGHUP: it used to kill the process, which left its group by the session's timeout.
func TestSIGHUPReadsTheSettingsAgain(t *testing.T) {
	_, variables := simulated(t)
	settings := filepath.Join(t.TempDir(), "seachange.yaml")
	write := func(text string) { t.Helper(); write(t, settings, text) }
	delete(variables, "SEACHANGE_ONLY")
	variables["SEACHANGE_CONFIG"], variables["SEACHANGE_LISTEN"] = settings, "127.0.0.1:0"
	write("only: [account, firewalls]\n")
	log, stop := start(t, variables, true, "run")
	said := follow(t, log)
	addr := said(`metrics.* listen=(\S+)`)
	said(`(msg=watching)`)
	until(t, addr, "/status", `"resource": "firewalls",\s+"parent_id": "",\s+"status": "whole"`)

	write("onlys: [account]\n")
	hangUp(t)
	said(`(the settings can't be read again: the old ones stay.*onlys)`)
	until(t, addr, "/readyz", `^ok`)

	write("only: [account, firewalls]\nlog_level: debug\nsession_timeout: 20s\n")
	hangUp(t)
	const refusal = "--log-level, --session-timeout can't change while seachange runs: restart it"
	if got := said(`(settings read again|` + refusal + `)`); got != refusal {
		t.Errorf("settings that need a restart: %s", got)
	}

	write("only: [account, firewalls, domains]\n")
	hangUp(t)
	said(`(settings read again.*accounts=1 added=\[\] changed=\[default\] removed=\[\])`)
	until(t, addr, "/status", `"resource": "domains",\s+"parent_id": "",\s+"status": "whole"`)
	if err := stop(); err != nil {
		t.Errorf("after a signal: %v", err)
	}
}

// A single pass has nothing to read again: it ends in order.
func TestSIGHUPEndsASinglePass(t *testing.T) {
	a, variables := simulated(t)
	a.Fault(digitaloceantest.Fault{Resource: "firewalls", Effect: digitaloceantest.Hang})
	log, stop := start(t, variables, true, "run", "--once")
	find(t, log, `(msg=watching)`)
	hangUp(t)
	for log.Scan() { // until it ends
	}
	if err := stop(); err == nil || err.Error() == "" {
		t.Errorf("an interrupted pass ended with %v", err)
	}
}

// The file's change is enough: an account comes while another one's first records are being read, and goes again. The
// first goes on reading: nothing is published twice, and nothing that was there before is called created.
func TestAChangedFileIsReadInTheMiddleOfAnInitialSnapshot(t *testing.T) {
	_, variables := simulated(t)
	one, two := digitaloceantest.New(digitaloceantest.Options{}), digitaloceantest.New(digitaloceantest.Options{
		Token: "dop_v1_obviously-fake-two", TeamID: "team-2",
	})
	inTheMiddle, goOn := make(chan struct{}), make(chan struct{})
	reached := sync.OnceFunc(func() { close(inTheMiddle) })
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.Header.Get("Authorization"), "-two") {
			two.ServeHTTP(w, r)
			return
		}
		if r.URL.Path == "/v2/droplets" && r.URL.Query().Get("page") == "2" {
			reached()
			select {
			case <-goOn:
			case <-r.Context().Done():
			}
		}
		one.ServeHTTP(w, r)
	}))
	t.Cleanup(api.Close)
	const droplets = 250 // two pages
	for i := range droplets {
		one.Put("droplets", strconv.Itoa(i+1), fmt.Sprintf(`{"id":%d,"name":"web-%d"}`, i+1, i+1))
	}
	two.Put("domains", "two.example", `{"name":"two.example","ttl":1800,"zone_file":""}`)
	settings := filepath.Join(t.TempDir(), "seachange.yaml")
	const first = "only: [account, domains, droplets]\naccounts:\n  - {name: one, token_env: ONE}\n"
	write(t, settings, first)
	delete(variables, "SEACHANGE_ONLY")
	delete(variables, "DIGITALOCEAN_TOKEN")
	variables["ONE"], variables["TWO"] = digitaloceantest.Token, "dop_v1_obviously-fake-two"
	variables["SEACHANGE_API_URL"], variables["SEACHANGE_CONFIG"] = api.URL, settings
	variables["SEACHANGE_LISTEN"] = "127.0.0.1:0"
	log, stop := start(t, variables, true, "run")
	said := follow(t, log)
	addr := said(`metrics.* listen=(\S+)`)
	said(`(msg=watching accounts=1)`)
	<-inTheMiddle
	write(t, settings, first+"  - {name: two, token_env: NOT_SET}\n")
	said(`(the settings can't be read again: the old ones stay.*NOT_SET)`)
	write(t, settings, first+"  - {name: two, token_env: TWO}\n")
	said(`(settings read again.*accounts=2 added=\[two\] changed=\[\] removed=\[\])`)
	until(t, addr, "/status", `"resource": "domains",\s+"parent_id": "",\s+"status": "whole"[^}]*"records": 1`)
	for _, account := range []string{"two", "team-2"} {
		text := page(t, addr, "/status?account="+account)
		if !strings.Contains(text, `"two"`) || strings.Contains(text, `"one"`) {
			t.Errorf("the status of one account is %s", text)
		}
	}
	close(goOn)
	if text := page(t, addr, "/status?all"); !strings.Contains(text, `"two"`) || !strings.Contains(text, `"one"`) {
		t.Errorf("the status of all accounts is %s", text)
	}
	until(t, addr, "/status", `"resource": "droplets",\s+"parent_id": "",\s+"status": "whole"[^}]*"records": 250`)
	until(t, addr, "/metrics", `seachange_api_requests_total{account="team-2"`)
	write(t, settings, first)
	said(`(settings read again.*removed=\[two\])`)
	until(t, addr, "/status", `"account_id": "team-2"[^\]]*"status": "unwatched",\s+"reason": "no token for this account here"`)
	if text := page(t, addr, "/metrics"); strings.Contains(text, `seachange_api_requests_total{account="team-2"`) {
		t.Error("the series of an account that was taken out are still there")
	}
	if err := stop(); err != nil {
		t.Errorf("after a signal: %v", err)
	}

	published := map[string]int{}
	told := must(t, variables, "tail", "droplets", "domains", "--no-follow", "--since", "1h", "--output", "json")
	for line := range strings.Lines(told) {
		var e schema.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.After == nil || e.Op != schema.Read {
			t.Fatalf("%s: %v, want the operation r", line, err)
		}
		published[e.Source.DB+" "+e.After.ID]++
	}
	if n := len(published); n != droplets+1 || published["team-2 two.example"] != 1 {
		t.Errorf("%d records were published, want %d", n, droplets+1)
	}
	for id, n := range published {
		if n != 1 {
			t.Errorf("%s was published %d times", id, n)
		}
	}
}

// follow reads a log to its end, since the program never waits for the test, and returns what finds the next line that
// has a pattern, and its group there.
func follow(t *testing.T, log *bufio.Scanner) (said func(pattern string) string) {
	lines := make(chan string, 10_000)
	go func() {
		defer close(lines)
		for log.Scan() {
			lines <- log.Text()
		}
	}()
	return func(pattern string) string {
		t.Helper()
		for line := range lines {
			if m := regexp.MustCompile(pattern).FindStringSubmatch(line); m != nil {
				return m[1]
			}
		}
		t.Fatalf("no line has %s", pattern)
		return ""
	}
}

// Rules are read again without a restart; a bad file changes nothing, and says why. Monitors see what becomes of
// alerts.
func TestSIGHUPReadsTheRulesOfAlertAgain(t *testing.T) {
	a, variables := simulated(t)
	must(t, variables, "run", "--once")
	c := reach(t, variables)
	variables["SEACHANGE_BROKERS"], variables["SEACHANGE_DATA_DIR"] = strings.Join(c.Brokers, ","), ""
	h := &hook{}
	server := httptest.NewServer(h)
	defer server.Close()
	variables["FAKE_HOOK"] = server.URL
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	const text = "outputs: [{name: hook, type: webhook, url_env: FAKE_HOOK}]\n" +
		"rules: [{name: NAME, resource: firewalls, when: 'op == \"u\"'}]\n"
	write(t, rules, strings.Replace(text, "NAME", "before", 1))
	log, stop := start(t, variables, true, "alert", "--rules", rules, "--listen", "127.0.0.1:0")
	said := follow(t, log)
	addr := said(`metrics.* listen=(\S+)`)
	said(`(msg=alerting|msg="alerting)`)
	begun(t, c, variables, "hook")
	until(t, addr, "/readyz", `^ok`)
	until(t, addr, "/healthz", `^ok`)

	write(t, rules, "rules: [{name: x, when: 'op == 1'}]\n")
	hangUp(t)
	said(`(the rules can't be read again: the old ones stay.*rules.yaml: line 1, column)`)
	a.Put("firewalls", "fw-1", openFirewall)
	must(t, variables, "run", "--once")
	eventually(t, "an alert of the old rules", func() bool { got, _ := h.seen(); return len(got) == 1 })

	write(t, rules, strings.Replace(text, "NAME", "after", 1))
	hangUp(t)
	said(`(rules read again)`)
	a.Put("firewalls", "fw-1", firewall)
	must(t, variables, "run", "--once")
	eventually(t, "an alert of the new rules", func() bool { got, _ := h.seen(); return len(got) == 2 })
	until(t, addr, "/metrics", `seachange_alerts_told_total{output="hook",status="firing"} 2`)
	if got, _ := h.seen(); !strings.Contains(got[0], `"rule":"before"`) || !strings.Contains(got[1], `"rule":"after"`) {
		t.Errorf("told %s", got)
	}
	if err := stop(); err != nil {
		t.Errorf("after a signal: %v", err)
	}
}
