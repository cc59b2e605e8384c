package producer_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/schema"
)

var update = flag.Bool("update", false, "write the table of docs/faults.md anew")

// faultRig is a rig whose API and token can be changed under way.
type faultRig struct {
	*rig
	a *digitaloceantest.Account

	mu    sync.Mutex
	token string
	via   func(*http.Request) (*http.Response, error) // nil answers of it: the account's
}

// RoundTrip goes by via, if there is one.
func (f *faultRig) roundTrip(next http.RoundTripper) http.RoundTripper {
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

func (f *faultRig) set(token string, via func(*http.Request) (*http.Response, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.token, f.via = token, via
}

// faultMemory is how much the heap may grow under any fault: some times the largest body that is read.
const faultMemory = 768 << 20

// Every row of the fault matrix, by the whole producer between a simulated account and a broker. What it sees is the table
// of docs/faults.md.
func TestFaultMatrix(t *testing.T) {
	if os.Getenv("SEACHANGE_TEST_BROKERS") != "" {
		t.Skip("the faults are the API's: a broker in memory shows the same in less time")
	}
	if raceDetector {
		t.Skip("the other end-to-end tests go the same ways, and this one takes minutes with the race detector")
	}
	var table strings.Builder
	table.WriteString("| the API | events while it lasts | the collection is called | because | events once it is over |\n|---|---|---|---|---|\n")
	played := 0
	for _, row := range faults {
		t.Run(row.name, func(t *testing.T) {
			played++
			everywhere(t, 1, func(r *rig) {
				f := &faultRig{rig: r, a: r.accounts[0], token: digitaloceantest.Token}
				table.WriteString(f.play(row))
			})
		})
	}
	if !t.Failed() && played == len(faults) {
		golden(t, "../docs/faults.md", table.String())
	}
}

// play lets a fault happen and answers its row of the table.
func (f *faultRig) play(row fault) string {
	f.wire = f.roundTrip
	f.rig.token = func() (string, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.token, nil
	}
	f.resources = nil
	for _, name := range []string{"account", "databases", "database_users", "domain_records", "domains", "droplets", "firewalls", exampleCluster, "ssh_keys", "tags"} {
		f.resources = append(f.resources, schema.Lookup(name))
	}
	if row.at == "" {
		row.at = "droplets"
	}
	if row.status == "" {
		row.status = producer.Whole
	}
	if row.before != nil {
		row.before(f)
	}
	p := f.start(func(o *producer.Options) { o.Registerer = f.registry })
	f.settled()
	heap, logged, heard := heapSys(), len(f.log.String()), len(f.events())

	f.begin(row)
	f.rename("ssh_keys", "44100001", "bystander")
	time.Sleep(4 * f.interval)
	during := f.said(heard, !row.others)
	if want := f.ids(row.during); during != want {
		f.t.Errorf("events while it lasts: %q, want %q", during, want)
	}
	heard = len(f.events())
	because := f.shown(row, p.p.Status(), f.log.String()[logged:])
	if grown := heapSys() - heap; grown > faultMemory {
		f.t.Errorf("the heap grew by %d MB", grown>>20)
	}

	f.a.Clear()
	f.a.SetToken(digitaloceantest.Token)
	f.a.Scopes()
	f.set(digitaloceantest.Token, nil)
	f.settled()
	time.Sleep(4 * f.interval)
	after := f.said(heard, row.others)
	if after != row.after {
		f.t.Errorf("events once it is over: %q, want %q", after, row.after)
	}
	if m := f.mark(row.at); m.Status != producer.Whole || len(m.Held) != 0 || m.Quarantined != 0 {
		f.t.Errorf("once it is over the mark is %+v, want whole", m)
	}
	if !row.asShown {
		f.exact()
	}
	if err := p.stop(); err != nil {
		f.t.Error(err)
	}
	for _, secret := range []string{digitaloceantest.Marker, "dop_v1_"} {
		if strings.Contains(f.log.String(), secret) {
			f.t.Errorf("the log holds a secret")
		}
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s |\n", row.name, orNone(short(during)), row.called(), because, orNone(short(after)))
}

func (f *faultRig) begin(row fault) {
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

// said answers the events after the first n, without that of the bystander, which must be there, or must not.
func (f *faultRig) said(n int, bystander bool) string {
	f.t.Helper()
	const other = "u ssh_keys 44100001"
	var said []string
	found := false
	for _, e := range f.events()[n:] {
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
func (f *faultRig) ids(want string) string {
	for id := range f.a.Records(exampleCluster) {
		want = strings.ReplaceAll(want, "kubernetes_clusters ID", "kubernetes_clusters "+id)
	}
	return want
}

// shown holds the mark, the status, the metrics and the log to what the row says, and answers the reason that they give.
func (f *faultRig) shown(row fault, report producer.Report, log string) string {
	f.t.Helper()
	m := f.mark(row.at)
	if m.Status != row.status || len(m.Held) != row.held || m.Quarantined != row.taken {
		f.t.Errorf("mark: %+v, want %s, %d held, %d that can't be taken", m, row.status, row.held, row.taken)
	}
	because := m.Reason
	for _, c := range report.Accounts[0].Collections {
		if c.Resource == row.at && (c.Why != "" || c.ParentID == exampleZone) {
			because = m.Reason + c.Why
		}
	}
	if because == "" {
		because = strings.Join(m.Held, ", ")
	}
	if !strings.Contains(because, row.says) {
		f.t.Errorf("the reason is %q, want one with %q", because, row.says)
	}
	want := map[string]float64{"held": float64(row.held), "quarantined": float64(row.taken), "collections " + string(row.status): 1}
	if d := cmp.Diff(want, f.gauges(row, want)); d != "" {
		f.t.Errorf("metrics (-want +got):\n%s", d)
	}
	warned := regexp.MustCompile(`(?m)level=(WARN|ERROR) .*`).FindString(log)
	if bad := row.status != producer.Whole || row.held > 0 || row.taken > 0; bad && warned == "" {
		f.t.Error("the log has no warning")
	}
	if row.announce != "" {
		if all := f.values(kafka.SchemaChangesTopic(f.prefix)); !strings.Contains(all, row.announce) {
			f.t.Errorf("%s is not announced: %s", row.announce, all)
		}
	}
	return tidy(because)
}

// gauges answers the metrics of a resource that want names.
func (f *faultRig) gauges(row fault, want map[string]float64) map[string]float64 {
	families, err := f.registry.Gather()
	if err != nil {
		f.t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			name := strings.TrimPrefix(family.GetName(), "seachange_")
			ours := false
			for _, l := range metric.GetLabel() {
				ours = ours || l.GetName() == "resource" && l.GetValue() == row.at
				if l.GetName() == "status" {
					name += " " + l.GetValue()
				}
			}
			if _, ok := want[name]; ok && ours {
				got[name] = metric.GetGauge().GetValue()
			}
		}
	}
	return got
}

// mark answers a resource's newest mark; of domain records, the example zone's.
func (f *faultRig) mark(resource string) producer.Mark {
	f.t.Helper()
	var m producer.Mark
	for _, rec := range f.read(kafka.StatusTopic(f.prefix), kafka.SweepsTopic(f.prefix)) {
		key := string(rec.Key)
		if !strings.Contains(key, `"`+resource+`"`) || resource == "domain_records" && !strings.Contains(key, exampleZone) {
			continue
		}
		var next producer.Mark
		if err := json.Unmarshal(rec.Value, &next); err != nil {
			f.t.Fatal(err)
		}
		if strings.HasSuffix(rec.Topic, "sweeps") {
			m = next
		}
	}
	return m
}

func (f *faultRig) values(topic string) string {
	var b strings.Builder
	for _, rec := range f.read(topic) {
		b.Write(rec.Value)
	}
	return b.String()
}

func (row *fault) called() string {
	s := string(row.status)
	if row.held > 0 {
		s += fmt.Sprintf(", %d held", row.held)
	}
	if row.taken > 0 {
		s += fmt.Sprintf(", %d not taken", row.taken)
	}
	return s
}

func heapSys() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapSys)
}

// tidy takes out of a reason what differs from run to run.
func tidy(s string) string {
	s = regexp.MustCompile(` ?\(request [^)]*\)`).ReplaceAllString(s, "")
	s = regexp.MustCompile(`get droplets \d+: `).ReplaceAllString(s, "")
	s = regexp.MustCompile(`at byte \d+ of \d+`).ReplaceAllString(s, "at byte …")
	return strings.ReplaceAll(s, "|", `\|`)
}

func short(events string) string {
	return regexp.MustCompile(` ([0-9a-f]{8})-[0-9a-f-]{27}`).ReplaceAllString(events, " $1…")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// golden holds what stands between the marks of a page against a text, or writes it there.
func golden(t *testing.T, page, text string) {
	t.Helper()
	const begin, end = "<!-- written by go test ./producer -run TestFaultMatrix -update -->\n", "<!-- end -->"
	was, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok1 := bytes.Cut(was, []byte(begin))
	_, foot, ok2 := bytes.Cut(rest, []byte(end))
	if !ok1 || !ok2 {
		t.Fatalf("%s lacks the marks %q and %q", page, begin, end)
	}
	now := string(head) + begin + text + end + string(foot)
	if *update {
		if err := os.WriteFile(page, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(string(was), now); d != "" {
		t.Errorf("%s is not what the tests see (-page +tests); -update writes it anew:\n%s", page, d)
	}
}
