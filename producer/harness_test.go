package producer_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/producer/status"
	"github.com/seachange/seachange/schema"
)

// running is a Producer at work over a fake log, in virtual time.
type running struct {
	t    *testing.T
	p    *producer.Producer
	log  *fakeLog
	stop func() error
}

// start runs a Producer over a fake log. Each source is an account.
func start(t *testing.T, on *fakeLog, o producer.Options, accounts ...producer.Account) *running {
	t.Helper()
	if o.Log == nil {
		o.Log = on
	}
	o.Accounts = accounts
	p, err := producer.New(o)
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	return &running{t, p, on, sync.OnceValue(func() error {
		cancel()
		return <-ended
	})}
}

func everyMinute() producer.Options { return producer.Options{Interval: time.Minute} }

func watching(name string, s producer.Source, resources ...string) producer.Account {
	a := producer.Account{Name: name, Source: s}
	for _, r := range resources {
		a.Resources = append(a.Resources, schema.Lookup(r))
	}
	return a
}

// marks returns the changes of status, as "account resource status: reason".
func (r *running) marks() []string {
	r.t.Helper()
	var all []string
	for _, rec := range r.log.topic(func(name string) bool { return strings.HasSuffix(name, "-meta.status") }) {
		var m state.CollectionStatus
		must(r.t, json.Unmarshal(rec.Value, &m))
		all = append(all, strings.TrimSuffix(m.AccountID+" "+m.Resource+" "+string(m.Status)+": "+m.Reason, ": "))
	}
	return all
}

// harness is one account that is read every minute. A test changes it between two sweeps, and sees what is published,
// what the status is called, and what was asked for.
type harness struct {
	*running
	*tables

	source    producer.Source // the tables, unless a test puts something before them
	resources []string
	options   producer.Options
	on        bool // it runs
	heard     int  // events that the test has looked at
}

// play runs f in virtual time on an account of which the given resources are read.
func play(t *testing.T, f func(h *harness), resources ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newTables()
		h := &harness{
			running: &running{t: t, log: newFakeLog()}, tables: s, source: s, resources: resources, options: everyMinute(),
		}
		f(h)
		h.end()
	})
}

// end stops the process as a signal does, if it runs. The next sweep is another one's.
func (h *harness) end() {
	h.t.Helper()
	if h.on {
		h.on = false
		must(h.t, h.stop())
	}
}

// restart kills the process, and has the next sweep made by another one.
func (h *harness) restart(change ...func(*producer.Options)) {
	h.t.Helper()
	if h.log.killAt < 0 {
		h.log.kill(0)
	}
	h.end()
	h.log.killAt = -1
	for _, f := range change {
		f(&h.options)
	}
}

// begin starts the process, if it doesn't run.
func (h *harness) begin() (begun bool) {
	h.t.Helper()
	if h.on {
		return false
	}
	h.on = true
	h.running = start(h.t, h.log, h.options, watching("a", h.source, h.resources...))
	return true
}

// sweeps has everything swept n times: a process makes the first sweep when it starts, and each of the next a minute
// later. Afterwards it is half a minute after the last one.
func (h *harness) sweeps(n int) {
	h.t.Helper()
	d := time.Duration(n) * time.Minute
	if h.begin() {
		d -= time.Minute / 2
	}
	h.wait(d)
}

// wait lets time pass. What a test does to the account before, the process sees.
func (h *harness) wait(d time.Duration) {
	h.now(func() {})
	time.Sleep(d)
	synctest.Wait()
	h.now(func() {})
}

// events returns all events.
func (h *harness) events() []schema.Event { return parse(h.t, h.log.events()) }

func parse(t *testing.T, records []producer.Record) []schema.Event {
	t.Helper()
	var all []schema.Event
	for _, r := range records {
		var e schema.Event
		must(t, json.Unmarshal(r.Value, &e))
		all = append(all, e)
	}
	return all
}

// news returns the events since the last call.
func (h *harness) news() []schema.Event {
	h.t.Helper()
	all := h.events()
	defer func() { h.heard = len(all) }()
	return all[h.heard:]
}

// said returns the events since the last call, as "op resource id".
func (h *harness) said() []string {
	h.t.Helper()
	said := []string{}
	for _, e := range h.news() {
		s := fmt.Sprintf("%s %s %s", e.Op, e.Source.Table, e.ID())
		if e.Source.Cause != nil {
			s += " cause=" + *e.Source.Cause
		}
		said = append(said, s)
	}
	return said
}

func (h *harness) wants(want ...string) {
	h.t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), h.said()); diff != "" {
		h.t.Fatalf("events (-want +got):\n%s", diff)
	}
}

// lastWindow returns the last event and when its window begins.
func (h *harness) lastWindow() (op schema.Op, prev int64) {
	all := h.events()
	e := all[len(all)-1]
	if e.Source.PrevTsMS == nil {
		return e.Op, -1
	}
	return e.Op, *e.Source.PrevTsMS
}

// asked counts the requests that begin so: a listing's resource and parent, or "get", a resource and an id.
func (h *harness) asked(prefix string) int {
	n := 0
	for _, s := range h.tables.asked {
		if strings.HasPrefix(s, prefix) {
			n++
		}
	}
	return n
}

// collection is what the status page has of a collection.
func (h *harness) collection(resource, parent string) status.Collection {
	h.t.Helper()
	for _, c := range h.p.Status().Accounts[0].Collections {
		if c.Resource == resource && c.ParentID == parent {
			return c
		}
	}
	h.t.Fatalf("no collection %s %q", resource, parent)
	return status.Collection{}
}

// release asks, as an operator does, for the deletes of a resource that are held.
func (h *harness) release(resource string, at time.Time) {
	h.log.requests <- producer.Request{AccountID: "team-1", Resource: resource, Kind: "release", AtMS: at.UnixMilli()}
	h.wait(time.Second)
}

// firewalls puts n firewalls into the account.
func (h *harness) firewalls(n int) {
	for i := range n {
		h.put("firewalls", fmt.Sprint(i), fmt.Sprintf(`{"id":"%d","name":"fw"}`, i))
	}
}

// rules puts a database with n firewall rules into the account: they have no GET of their own.
func (h *harness) rules(n int) {
	h.put("databases", "db", `{"id":"db","name":"db","engine":"pg"}`)
	for i := range n {
		h.put("database_firewall_rules", fmt.Sprintf("db/r%02d", i), fmt.Sprintf(`{"uuid":"r%02d","value":"10.0.0.%d"}`, i, i))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// maskUnknown has records made under other rules, as another release's might be.
func maskUnknown(o *producer.Options) { o.Diff.MaskUnknown = true }
