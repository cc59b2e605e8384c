package producer_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/producer/status"
	"github.com/seachange/seachange/schema"
)

// faultEnvironment is an environment whose API and token can be changed under way.
type faultEnvironment struct {
	*environment
	a     *digitaloceantest.Account
	p     *process
	heard map[string]int64 // the last lsn that was heard of, by account

	mu    sync.Mutex
	token string
	via   func(*http.Request) (*http.Response, error) // nil answers of it: the account's
}

// RoundTrip goes by via, if there is one.
func (f *faultEnvironment) roundTrip(next http.RoundTripper) http.RoundTripper {
	return tripper(func(req *http.Request) (*http.Response, error) {
		f.mu.Lock()
		via := f.via
		f.mu.Unlock()
		if via != nil {
			if resp, err := via(req); resp != nil || err != nil {
				return resp, err
			}
		}
		return next.RoundTrip(req)
	})
}

type tripper func(*http.Request) (*http.Response, error)

func (t tripper) RoundTrip(req *http.Request) (*http.Response, error) { return t(req) }

func (f *faultEnvironment) set(token string, via func(*http.Request) (*http.Response, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.token, f.via = token, via
}

// restart stops the process and starts another one.
func (f *faultEnvironment) restart(change ...func(*producer.Options)) {
	f.t.Helper()
	if f.p != nil {
		if err := f.p.stop(); err != nil {
			f.t.Error(err)
		}
	}
	f.registry = prometheus.NewRegistry()
	f.p = f.start(append(change, func(o *producer.Options) { o.Registerer, o.MetricsDetail = f.registry, true })...)
}

// Every row of the fault matrix, by the whole producer between a simulated account and a broker. What it sees is the
// table of docs/reference/faults.md.
func TestFaultMatrix(t *testing.T) {
	inSimulatedTime(t)
	if raceDetector {
		t.Skip("the other end-to-end tests go the same ways, and this one takes minutes with the race detector")
	}
	var table strings.Builder
	table.WriteString("| the API | events while it lasts | the collection is called | because " +
		"| events once it is over |\n|---|---|---|---|---|\n")
	played, all, heap := 0, slices.Concat(faults, wireFaults), watchHeap(t)
	for _, row := range all {
		t.Run(row.name, func(t *testing.T) {
			played++
			heap.begin()
			everywhere(t, 1, func(r *environment) {
				f := &faultEnvironment{environment: r, a: r.accounts[0], token: digitaloceantest.Token, heard: map[string]int64{}}
				table.WriteString(f.play(row))
			})
			t.Logf("the heap grew by %d MB", heap.grown()>>20)
			if heap.grown() > faultMemory {
				t.Errorf("the heap grew by %d MB, want at most %d", heap.grown()>>20, int64(faultMemory)>>20)
			}
		})
	}
	if !t.Failed() && played == len(all) {
		golden(t, "../docs/reference/faults.md", table.String())
	}
}

// play lets a fault happen and returns its row of the table.
func (f *faultEnvironment) play(row fault) string {
	f.wire = f.roundTrip
	f.environment.token = func() (string, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.token, nil
	}
	f.resources = nil
	for _, name := range []string{
		"account", "database_configs", "database_firewall_rules", "database_replicas",
		"databases", "database_users", "domain_records", "domains", "droplets", "firewalls", exampleCluster,
		"ssh_keys", "tags",
	} {
		f.resources = append(f.resources, schema.Lookup(name))
	}
	if row.at == "" {
		row.at = "droplets"
	}
	if row.status == "" {
		row.status = state.Whole
	}
	if row.before != nil {
		row.before(f)
	}
	f.restart()
	if row.blind {
		time.Sleep(4 * f.interval)
	} else {
		f.settled()
	}
	during, because := f.suffer(row)
	after := f.recover(row)
	return fmt.Sprintf("| %s | %s | %s | %s | %s |\n", row.name, orNone(short(during)), row.called(), because,
		orNone(short(after)))
}

// suffer lets the fault last for four looks at the account, and returns the events and the reason that is given.
func (f *faultEnvironment) suffer(row fault) (events, because string) {
	logged := len(f.log.String())
	f.hear()
	f.begin(row)
	f.rename("ssh_keys", "44100001", "bystander")
	time.Sleep(4 * f.interval)
	events = f.said(!row.others)
	if want := f.ids(row.during); events != want {
		f.t.Errorf("events while it lasts: %q, want %q", events, want)
	}
	return events, f.shown(row, f.p.p.Status(), f.log.String()[logged:])
}

// recover ends the fault, and returns the events after it.
func (f *faultEnvironment) recover(row fault) string {
	f.a.Clear()
	f.a.SetToken(digitaloceantest.Token)
	f.a.Scopes()
	f.set(digitaloceantest.Token, nil)
	if row.status == state.Unwatched {
		f.restart()
	}
	f.settled()
	if row.calm != nil {
		row.calm(f)
	}
	time.Sleep(4 * f.interval)
	events := f.said(row.others)
	if events != row.after {
		f.t.Errorf("events once it is over: %q, want %q", events, row.after)
	}
	if m := f.mark(row); m.Status != state.Whole || len(m.Held) != 0 || m.Quarantined != 0 {
		f.t.Errorf("once it is over the mark is %+v, want whole", m)
	}
	if !row.asShown {
		f.exact()
	}
	if err := f.p.stop(); err != nil {
		f.t.Error(err)
	}
	for _, secret := range []string{digitaloceantest.Marker, "dop_v1_"} {
		if strings.Contains(f.log.String(), secret) {
			f.t.Errorf("the log holds a secret")
		}
	}
	return events
}

func (f *faultEnvironment) begin(row fault) {
	if row.strike != nil {
		row.strike(f)
		return
	}
	if row.effect != nil {
		row.once.Effect = row.effect
	}
	row.once.Resource = row.at
	f.a.Fault(row.once)
}

// hear returns the events since it was called last, each account's in order.
func (f *faultEnvironment) hear() []schema.Event {
	var events []schema.Event
	last := maps.Clone(f.heard)
	for _, e := range f.events() {
		if e.Source.LSN > last[e.Source.DB] {
			events = append(events, e)
			f.heard[e.Source.DB] = e.Source.LSN
		}
	}
	return events
}

// said returns the events since it was asked last, without that of the bystander, which must be there, or must not.
func (f *faultEnvironment) said(bystander bool) string {
	f.t.Helper()
	const other = "u ssh_keys 44100001"
	var said []string
	found := false
	for _, e := range f.hear() {
		row := e.After
		if row == nil {
			row = e.Before
		}
		s := fmt.Sprintf("%s %s %s", e.Op, e.Source.Table, row.ID)
		if s == other {
			found = true
			continue
		}
		said = append(said, s)
	}
	if found != bystander {
		f.t.Errorf("a change elsewhere in the account was published: %v, want %v", found, bystander)
	}
	return strings.Join(said, ", ")
}

// ids fills in the example's own id.
func (f *faultEnvironment) ids(want string) string {
	for id := range f.a.Records(exampleCluster) {
		want = strings.ReplaceAll(want, "kubernetes_clusters ID", "kubernetes_clusters "+id)
	}
	return want
}

// shown holds the mark, the status, the metrics and the log to what the row says, and returns the reason that they
// give.
func (f *faultEnvironment) shown(row fault, report status.Report, log string) string {
	f.t.Helper()
	m := f.mark(row)
	if m.Status != row.status || m.HeldCount != row.held || m.Quarantined != row.taken {
		f.t.Errorf("mark: %+v, want %s, %d held, %d that can't be taken", m, row.status, row.held, row.taken)
	}
	because := m.Reason
	same := 0
	for _, a := range report.Accounts {
		for _, c := range a.Collections {
			if a.AccountID != "team-1" || c.Resource != row.at {
				continue
			}
			if c.Status == row.status {
				same++
			}
			if c.ParentID == row.below {
				because = m.Reason + c.Why
			}
		}
	}
	if because == "" {
		because = strings.Join(m.Held, ", ")
	}
	if !strings.Contains(because, row.says) {
		f.t.Errorf("the reason is %q, want one with %q", because, row.says)
	}
	want := map[string]float64{
		"held": float64(row.held), "quarantined": float64(row.taken),
		"collections " + string(row.status): float64(max(1, same)),
	}
	if d := cmp.Diff(want, f.gauges(row, want)); d != "" {
		f.t.Errorf("metrics (-want +got):\n%s", d)
	}
	warned := strings.Join(regexp.MustCompile(`(?m)level=(WARN|ERROR) .*`).FindAllString(log, -1), "\n")
	warned = strings.ReplaceAll(warned, `\"`, `"`)
	bad := (row.status != state.Whole && row.status != state.NotOffered) || row.held > 0 || row.taken > 0
	if bad && (warned == "" || !strings.Contains(warned, row.says)) {
		f.t.Errorf("the log doesn't warn of %q, but of\n%s", row.says, tail(warned, 2000))
	}
	if row.announce != "" {
		if all := f.values(state.SchemaChangesTopic(f.prefix)); !strings.Contains(all, row.announce) {
			f.t.Errorf("%s is not announced: %s", row.announce, all)
		}
	}
	return tidy(because)
}

// gauges returns the metrics of a resource that want names.
func (f *faultEnvironment) gauges(row fault, want map[string]float64) map[string]float64 {
	families, err := f.registry.Gather()
	if err != nil {
		f.t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			name := strings.TrimPrefix(family.GetName(), "seachange_")
			ours := 0
			for _, l := range metric.GetLabel() {
				switch l.GetName() + " " + l.GetValue() {
				case "resource " + row.at, "account team-1":
					ours++
				}
				if l.GetName() == "status" {
					name += " " + l.GetValue()
				}
			}
			if _, ok := want[name]; ok && ours == 2 {
				got[name] = metric.GetGauge().GetValue()
			}
		}
	}
	return got
}

// mark returns the newest mark of the collection that is looked at. Every change of its status must be in the status
// topic.
func (f *faultEnvironment) mark(row fault) state.CollectionStatus {
	f.t.Helper()
	key := fmt.Sprintf(`{"account_id":"team-1","resource":%q,"parent_id":%q}`, row.at, row.below)
	newest := map[string]state.CollectionStatus{}
	for _, topic := range []string{state.StatusTopic(f.prefix), state.SweepsTopic(f.prefix)} {
		for _, rec := range f.read(topic) {
			if string(rec.Key) != key {
				continue
			}
			var m state.CollectionStatus
			if err := json.Unmarshal(rec.Value, &m); err != nil {
				f.t.Fatal(err)
			}
			newest[topic] = m
		}
	}
	sweeps := newest[state.SweepsTopic(f.prefix)]
	if change := newest[state.StatusTopic(f.prefix)].Status; change != sweeps.Status {
		f.t.Errorf("the last change in the status topic is %q, and the mark says %q", change, sweeps.Status)
	}
	return sweeps
}

func (f *faultEnvironment) values(topic string) string {
	var b strings.Builder
	for _, rec := range f.read(topic) {
		b.Write(rec.Value)
	}
	return b.String()
}
