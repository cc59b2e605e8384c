package producer

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/producer/status"
	"github.com/seachange/seachange/schema"
)

// running is a Producer at work over a tape, in virtual time.
type running struct {
	t    *testing.T
	p    *Producer
	tape *tape
	stop func() error
}

// start runs a Producer over a tape. Each table is an account.
func start(t *testing.T, on *tape, o Options, accounts ...Account) *running {
	t.Helper()
	o.Log, o.Accounts, o.Interval = on, accounts, max(o.Interval, time.Minute)
	p, err := New(o)
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	return &running{t, p, on, func() error {
		cancel()
		return <-ended
	}}
}

func watching(name string, s Source, resources ...string) Account {
	a := Account{Name: name, Source: s}
	for _, r := range resources {
		a.Resources = append(a.Resources, schema.Lookup(r))
	}
	return a
}

func oneFirewall(team string) *tables {
	s := newTables()
	s.team = team
	s.put("firewalls", "1", `{"id":"1","name":"fw"}`)
	return s
}

// now changes a table beside the account that reads it.
func (s *tables) now(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// marks answers the changes of status, as "account resource status: reason".
func (r *running) marks() []string {
	r.t.Helper()
	var all []string
	for _, rec := range r.tape.topic(func(name string) bool { return strings.HasSuffix(name, "-meta.status") }) {
		var m state.CollectionStatus
		must(r.t, json.Unmarshal(rec.Value, &m))
		all = append(all, strings.TrimSuffix(m.AccountID+" "+m.Resource+" "+string(m.Status)+": "+m.Reason, ": "))
	}
	return all
}

func TestTwoTokensOfOneTeamAreAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, newTape(), Options{}, watching("a", oneFirewall("team-1"), "firewalls"), watching("b", oneFirewall("team-1"), "firewalls"))
		time.Sleep(time.Minute)
		err := r.stop()
		for _, want := range []string{`"a"`, `"b"`, "team-1"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want one that names %s", err, want)
			}
		}
	})
}

func TestAnAccountThatCantBeIdentifiedIsTriedAgainAndStopsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := oneFirewall("team-2")
		bad.failID = errors.New("status 500")
		r := start(t, newTape(), Options{}, watching("bad", bad, "firewalls"), watching("good", oneFirewall("team-1"), "firewalls"))
		time.Sleep(30 * time.Second)
		if n := len(r.tape.events()); n != 1 {
			t.Errorf("%d events, want the other account's", n)
		}
		bad.now(func() { bad.failID = nil })
		time.Sleep(3 * time.Minute)
		if n := len(r.tape.events()); n != 2 {
			t.Errorf("%d events, want both accounts'", n)
		}
		must(t, r.stop())
	})
}

func TestTheTokenOfAnotherTeamThanTheConfigurationNamesIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := watching("a", oneFirewall("team-2"), "firewalls")
		a.Expect = "team-1"
		r := start(t, newTape(), Options{}, a)
		time.Sleep(5 * time.Minute)
		if n := len(r.tape.batches); n != 0 {
			t.Errorf("%d batches of another team's account", n)
		}
		report := r.p.Status().Accounts[0]
		if !strings.Contains(report.Error, "team-2") || !strings.Contains(report.Error, "team-1") {
			t.Errorf("status %q, want both teams", report.Error)
		}
		must(t, r.stop())
	})
}

func TestWithoutAccountReadTheConfiguredTeamStandsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := oneFirewall("")
		s.failID = &SourceError{Trouble: Unreadable, Err: errors.New("status 403")}
		a := watching("a", s, "firewalls")
		a.Expect = "team-9"
		r := start(t, newTape(), Options{}, a)
		time.Sleep(time.Second)
		must(t, r.stop())
		if n := len(r.tape.events()); n != 1 {
			t.Errorf("%d events, want one", n)
		}
		a.Expect = ""
		r = start(t, newTape(), Options{}, a)
		time.Sleep(time.Second)
		if got := r.p.Status().Accounts[0].Error; !strings.Contains(got, "account:read") || !strings.Contains(got, "team:") {
			t.Errorf("status %q, want what to do", got)
		}
		must(t, r.stop())
	})
}

func TestAnAccountWithoutATokenHereIsUnwatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		on := newTape()
		r := start(t, on, Options{}, watching("a", oneFirewall("team-1"), "firewalls"))
		time.Sleep(time.Second)
		must(t, r.stop())
		r = start(t, on, Options{}, watching("b", oneFirewall("team-2"), "firewalls"))
		time.Sleep(time.Second)
		must(t, r.stop())
		r = start(t, on, Options{}, watching("a", oneFirewall("team-1"), "firewalls"), watching("b", oneFirewall("team-2"), "firewalls"))
		time.Sleep(time.Second)
		must(t, r.stop())
		want := []string{"team-1 firewalls whole", "team-1 firewalls unwatched: no token for this account here", "team-2 firewalls whole", "team-1 firewalls whole"}
		got := r.marks()
		if got[1] != want[1] { // the two accounts' order is free
			got[1], got[2] = got[2], got[1]
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("changes of status (-want +got):\n%s", d)
		}
		if n := len(on.events()); n != 2 {
			t.Errorf("%d events, want each account's firewall once", n)
		}
	})
}

func TestAResourceNotAskedForAnyMoreIsUnwatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		on, s := newTape(), oneFirewall("team-1")
		s.put("domains", "example.com", `{"name":"example.com"}`)
		r := start(t, on, Options{}, watching("a", s, "firewalls", "domains"))
		time.Sleep(time.Second)
		must(t, r.stop())
		s.remove("domains", "example.com")
		r = start(t, on, Options{}, watching("a", s, "firewalls"))
		time.Sleep(10 * time.Minute)
		must(t, r.stop())
		got := r.marks()
		if last := got[len(got)-1]; !strings.HasPrefix(last, "team-1 domains unwatched: ") {
			t.Errorf("last change of status %q, want domains unwatched", last)
		}
		if n := len(on.events()); n != 2 {
			t.Errorf("%d events, want two first sights and no delete", n)
		}
	})
}

func TestAShardWithoutAccountsIsClosedUntilOneAppears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := New(Options{Log: newTape(), Interval: time.Minute, Accounts: []Account{watching("a", oneFirewall("team-1"), "firewalls")}})
		must(t, err)
		p.ids.missing = 0 // all are identified, and none is of this shard
		w := p.open(0)
		if err := w.Run(t.Context(), newTape()); !errors.Is(err, ErrIdle) {
			t.Fatalf("run: %v, want that there is nothing to do", err)
		}
		waited := make(chan error, 1)
		go func() { waited <- w.Wait(t.Context()) }()
		synctest.Wait()
		if len(waited) > 0 {
			t.Fatal("wait returned though nothing happened")
		}
		must(t, p.ids.add(&p.opts.Accounts[0], Identity{ID: "team-1"}))
		must(t, <-waited)
	})
}

func TestARefusedTokenIsTriedAgainAndTheAccountGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := oneFirewall("team-1")
		r := start(t, newTape(), Options{}, watching("a", s, "firewalls"))
		time.Sleep(time.Second)
		refused := &SourceError{Trouble: Refused, Err: errors.New("status 401")}
		s.now(func() { s.fail["firewalls"], s.failID = refused, refused })
		time.Sleep(10 * time.Minute)
		s.now(func() {
			clear(s.fail)
			s.failID = nil
			s.put("firewalls", "2", `{"id":"2","name":"fw"}`)
		})
		time.Sleep(3 * time.Minute)
		must(t, r.stop())
		want := []string{"team-1 firewalls whole", "team-1 firewalls stopped: status 401", "team-1 firewalls whole"}
		if d := cmp.Diff(want, r.marks()); d != "" {
			t.Errorf("changes of status (-want +got):\n%s", d)
		}
		if n := len(r.tape.events()); n != 2 {
			t.Errorf("%d events, want a first sight and a creation", n)
		}
	})
}

func TestOncePassesOverEverythingOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := oneFirewall("team-1")
		s.put("domains", "example.com", `{"name":"example.com"}`)
		s.put("domain_records", "example.com/1", `{"id":1}`)
		p, err := New(Options{Log: newTape(), Once: true, Accounts: []Account{watching("a", s, "firewalls", "domains", "domain_records")}})
		must(t, err)
		must(t, p.Run(t.Context()))
		want := []status.Line{
			{Account: "a", Resource: "firewalls", Records: 1, Changes: 1, Requests: 1, Status: state.Whole},
			{Account: "a", Resource: "domains", Records: 1, Changes: 1, Requests: 1, Status: state.Whole},
			{Account: "a", Resource: "domain_records", Records: 1, Changes: 1, Requests: 1, Status: state.Whole},
		}
		if d := cmp.Diff(want, p.Summary()); d != "" {
			t.Errorf("summary (-want +got):\n%s", d)
		}
	})
}

func TestOnceIsAnErrorUnlessAllWasWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := oneFirewall("team-1")
		s.fail["domains"] = &SourceError{Trouble: Unreadable, Err: errors.New("status 403")}
		p, err := New(Options{Log: newTape(), Once: true, Accounts: []Account{watching("a", s, "firewalls", "domains")}})
		must(t, err)
		err = p.Run(t.Context())
		if !errors.Is(err, status.ErrNotWhole) || !strings.Contains(err.Error(), "domain:read") {
			t.Errorf("error %v, want one that names the scope", err)
		}
		s.failID = errors.New("status 500")
		p, err = New(Options{Log: newTape(), Once: true, Accounts: []Account{watching("a", s, "firewalls")}})
		must(t, err)
		if err := p.Run(t.Context()); !errors.Is(err, status.ErrNotWhole) || !strings.Contains(err.Error(), "status 500") {
			t.Errorf("error %v, want one that says why the account is unknown", err)
		}
	})
}

// check may have spent the minute's requests: a pass that comes right after it waits, and reads what it waited for.
func TestOnceReadsAgainWhatItWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := oneFirewall("team-1")
		s.fail["firewalls"] = &SourceError{Trouble: Throttled, RetryAfter: 30 * time.Second, Err: errors.New("status 429")}
		time.AfterFunc(40*time.Second, func() { s.now(func() { clear(s.fail) }) })
		p, err := New(Options{Log: newTape(), Once: true, Accounts: []Account{watching("a", s, "firewalls")}})
		must(t, err)
		if err := p.Run(t.Context()); err != nil {
			t.Errorf("a pass that waited for its turn: %v", err)
		}
		if lines := p.Summary(); len(lines) != 1 || lines[0].Status != state.Whole || lines[0].Records != 1 {
			t.Errorf("summary %+v, want the firewall", lines)
		}
	})
}

func TestOnceSaysSoWhenAnotherProcessHasTheShard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		on := newTape()
		on.elsewhere = true
		p, err := New(Options{Log: on, Once: true, Accounts: []Account{watching("a", oneFirewall("team-1"), "firewalls")}})
		must(t, err)
		err = p.Run(t.Context())
		if !errors.Is(err, status.ErrNotWhole) || !strings.Contains(err.Error(), "another seachange") {
			t.Errorf("error %v, want one that names the other process", err)
		}
	})
}

func TestOptionsAreChecked(t *testing.T) {
	if _, err := New(Options{Accounts: []Account{{Name: "a"}}}); err == nil {
		t.Error("no log: no error")
	}
	if _, err := New(Options{Log: newTape()}); err == nil {
		t.Error("no account: no error")
	}
}
