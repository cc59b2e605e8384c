//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// Three processes are replaced one after another, as Kubernetes does it with a StatefulSet, whose pods keep their
// names, and with a Deployment, whose new pod is there before the old one goes. No account stands still meanwhile,
// and nothing is lost or told twice; that one token is waited for without end holds up nobody else. The longest time
// that an account may be without an event is SEACHANGE_TEST_ROLLING: two seconds on a machine that does nothing else.
func TestARollingUpdateHasNoGap(t *testing.T) {
	longest, err := time.ParseDuration(os.Getenv("SEACHANGE_TEST_ROLLING"))
	if os.Getenv("SEACHANGE_TEST_BROKERS") == "" || err != nil {
		t.Skip("set SEACHANGE_TEST_ROLLING=2s, and SEACHANGE_TEST_BROKERS: it wants a real Kafka, and no test beside it")
	}
	t.Run("StatefulSet", func(t *testing.T) {
		f := newFleet(t, true)
		for i := range f.pods {
			f.pods[i].stop(t)
			f.pods[i] = f.pod(i)
			f.ready(f.pods[i])
		}
		f.wantNoGap(longest)
	})
	t.Run("Deployment", func(t *testing.T) {
		f := newFleet(t, false)
		for i := range f.pods {
			surge := f.pod(len(f.pods) + i)
			f.ready(surge)
			f.pods[i].stop(t)
			f.pods[i] = surge
		}
		f.wantNoGap(longest)
	})
}

const fleetAccounts = 6

// fleet is three processes on accounts whose firewall is another one at each look.
type fleet struct {
	t         *testing.T
	variables map[string]string
	static    bool
	pods      []*pod
}

type pod struct {
	cmd    *exec.Cmd
	stderr *bytes.Buffer
	addr   string
}

func newFleet(t *testing.T, static bool) *fleet {
	apis, file := http.NewServeMux(), "only: [account, firewalls]\naccounts:\n"
	f := &fleet{t: t, static: static, variables: map[string]string{
		"SEACHANGE_BROKERS": os.Getenv("SEACHANGE_TEST_BROKERS"), "SEACHANGE_INTERVAL": "250ms", "SEACHANGE_SHARDS": "6",
		"SEACHANGE_TOPIC_PREFIX": fmt.Sprintf("rolling-%d", time.Now().UnixNano()),
		"SEACHANGE_CONFIG":       filepath.Join(t.TempDir(), "seachange.yaml"),
	}}
	accounts := map[string]http.Handler{}
	for i := range fleetAccounts {
		token := fmt.Sprintf("%s-%d", digitaloceantest.Token, i)
		accounts["Bearer "+token] = restless(token, i)
		file += fmt.Sprintf("  - {name: a%d, token_env: TOKEN_%d}\n", i, i)
		f.variables[fmt.Sprintf("TOKEN_%d", i)] = token
	}
	never := digitaloceantest.Token + "-never"
	accounts["Bearer "+never] = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	file += "  - {name: never, token_env: TOKEN_NEVER}\n"
	f.variables["TOKEN_NEVER"] = never
	apis.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		accounts[r.Header.Get("Authorization")].ServeHTTP(w, r)
	})
	server := httptest.NewServer(apis)
	t.Cleanup(server.Close)
	f.variables["SEACHANGE_API_URL"] = server.URL
	write(t, f.variables["SEACHANGE_CONFIG"], file)
	for i := range 3 {
		f.pods = append(f.pods, f.pod(i))
	}
	for _, p := range f.pods {
		f.ready(p)
	}
	t.Cleanup(func() {
		for _, p := range f.pods {
			_ = p.cmd.Process.Kill()
			_ = p.cmd.Wait()
		}
	})
	return f
}

// restless is an account whose firewall has another name each time that it is listed.
func restless(token string, i int) *digitaloceantest.Account {
	a := digitaloceantest.New(digitaloceantest.Options{Token: token, TeamID: fmt.Sprintf("team-%d", i), PerHour: 500_000})
	var n atomic.Int64
	a.Fault(digitaloceantest.Fault{Resource: "firewalls", Before: func(a *digitaloceantest.Account) {
		a.Put("firewalls", "fw-1", strings.Replace(firewall, `"web"`, fmt.Sprintf(`"web-%d"`, n.Add(1)), 1))
	}})
	return a
}

func (f *fleet) pod(i int) *pod {
	f.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") // only for a port that is free
	if err != nil {
		f.t.Fatal(err)
	}
	l.Close()
	args := []string{"run", "--listen", l.Addr().String()}
	if f.static {
		args = append(args, "--instance-id", fmt.Sprintf("seachange-%d", i))
	}
	p := &pod{addr: l.Addr().String()}
	p.cmd, p.stderr = program(f.t, f.variables, args...)
	return p
}

func (p *pod) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Fatalf("after SIGTERM: %v\n%s", err, p.stderr)
	}
}

// ready waits for what Kubernetes waits for, and a moment more than that.
func (f *fleet) ready(p *pod) {
	f.t.Helper()
	eventually(f.t, "a pod is ready", func() bool { return p.get(f.t, "/readyz") == "ok\n" })
}

func (p *pod) get(t *testing.T, path string) string {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+p.addr+path, nil)
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

// wantNoGap holds the commits of each account against the longest gap, the processes' own metrics, and the numbers of
// the events.
func (f *fleet) wantNoGap(longest time.Duration) {
	f.t.Helper()
	owned := func() (n int) {
		for _, p := range f.pods {
			m := p.get(f.t, "/metrics")
			var shards int
			_, rest, _ := strings.Cut(m, "\nseachange_kafka_shards_owned ")
			if _, err := fmt.Sscan(rest, &shards); err != nil && m != "" {
				f.t.Errorf("a process tells no shards: %v", err)
			}
			n += shards
			if strings.Contains(m, "seachange_kafka_fenced_though_confirmed_total 0\n") == (m == "") {
				f.t.Errorf("a process was fenced by its neighbour:\n%s", p.stderr)
			}
		}
		return n
	}
	eventually(f.t, "each shard has one owner", func() bool { return owned() == 6 })
	time.Sleep(2 * time.Second) // so that a gap at the end is one
	for _, p := range f.pods {
		p.stop(f.t)
	}
	last, lsn, worst, n := map[string]time.Time{}, map[string]int64{}, map[string]time.Duration{}, 0
	c := client.Client{Brokers: []string{f.variables["SEACHANGE_BROKERS"]}}
	o := client.ReadOptions{
		Topics: []string{schema.TopicOf(f.variables["SEACHANGE_TOPIC_PREFIX"], "firewalls")}, FromStart: true, UntilEnd: true,
	}
	err := c.Read(f.t.Context(), o, func(r client.Record) error {
		e, err := schema.ParseEvent(r.Value)
		if err != nil {
			return err
		}
		id := e.Source.DB
		if !last[id].IsZero() {
			worst[id] = max(worst[id], r.Time.Sub(last[id]))
			if e.Source.LSN <= lsn[id] || !strings.HasPrefix(e.Source.Sequence, fmt.Sprintf(`["%d"`, lsn[id])) {
				return fmt.Errorf("%s: event %d after %d, sequence %s", id, e.Source.LSN, lsn[id], e.Source.Sequence)
			}
		}
		last[id], lsn[id] = r.Time, e.Source.LSN
		n++
		return nil
	})
	if err != nil || len(worst) != fleetAccounts {
		f.t.Fatalf("%d accounts of %d have events, %v", len(worst), fleetAccounts, err)
	}
	f.t.Logf("%d events; the longest gaps: %v", n, worst)
	for id, gap := range worst {
		if gap > longest {
			f.t.Errorf("%s had no event for %s, want at most %s", id, gap, longest)
		}
	}
}
