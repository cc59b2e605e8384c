package producer_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/schema"
)

// said are a log's events, as "account op resource id".
func said(t *testing.T, on *fakeLog) []string {
	t.Helper()
	var all []string
	for _, e := range parse(t, on.events()) {
		all = append(all, fmt.Sprintf("%s %s %s %s", e.Source.DB, e.Op, e.Source.Table, e.ID()))
	}
	return all
}

// with is an account whose settings are called so.
func with(settings string, a producer.Account) producer.Account {
	a.Settings = settings
	return a
}

func listings(s *tables) (n int) {
	s.now(func() { n = len(s.at) })
	return n
}

func TestAReloadTouchesOnlyWhatChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		on := newFakeLog()
		one, two, three := oneFirewall("team-1"), oneFirewall("team-2"), oneFirewall("team-3")
		two.put("domains", "example.com", `{"name":"example.com"}`)
		a := watching("a", one, "firewalls")
		left := 0
		b := with("firewalls", watching("b", two, "firewalls"))
		b.Left = func() { left++ }
		r := start(t, on, everyMinute(), a, b)
		time.Sleep(90 * time.Second)
		before := listings(one)

		b2 := with("domains, too", watching("b", two, "firewalls", "domains"))
		a.Source, a.Resources = nil, nil // it is not looked at
		must(t, r.p.Reload(t.Context(), []producer.Account{a, b2, watching("c", three, "firewalls")}))
		time.Sleep(15 * time.Second)
		if n := listings(one); n != before {
			t.Errorf("%d listings of the account that stays as it is, want none before its minute is over", n-before)
		}
		time.Sleep(time.Minute)
		if n := listings(one); n != before+1 {
			t.Errorf("%d listings of it a minute later, want one", n-before)
		}
		want := []string{
			"team-1 r firewalls 1", "team-2 r domains example.com", "team-2 r firewalls 1", "team-3 r firewalls 1",
		}
		got := said(t, on)
		slices.Sort(got)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("events (-want +got):\n%s", d)
		}
		for _, m := range r.marks() {
			if strings.Contains(m, "unwatched") {
				t.Errorf("change of status %q, and nothing was taken out", m)
			}
		}

		must(t, r.p.Reload(t.Context(), []producer.Account{a, watching("c", three, "firewalls")}))
		rested := listings(two)
		time.Sleep(5 * time.Minute)
		if n := listings(two); n != rested || left != 1 {
			t.Errorf("%d listings of an account that was taken out, and its first settings were left %d times", n-rested, left)
		}
		marks := r.marks()
		if !slices.Contains(marks, "team-2 firewalls unwatched: no token for this account here") {
			t.Errorf("changes of status %q, want the account's that was taken out", marks)
		}
		for _, account := range r.p.Status().Accounts {
			if account.Name == "b" {
				t.Errorf("the report still has %+v", account)
			}
		}
		must(t, r.p.Reload(t.Context(), []producer.Account{a, b2, watching("c", three, "firewalls")}))
		time.Sleep(5 * time.Minute)
		if marks := r.marks(); !strings.HasSuffix(marks[len(marks)-1], " whole") {
			t.Errorf("the last change of status is %q, and the account is back", marks[len(marks)-1])
		}
		if n := len(on.events()); n != 4 {
			t.Errorf("%d events, want none for what is known", n)
		}
		synctest.Wait()
		if on.opened != 1 {
			t.Errorf("the shard was opened %d times, want it to be kept", on.opened)
		}
		must(t, r.stop())
	})
}

// stalling is an account whose listing doesn't come to its end while it stalls.
type stalling struct {
	*tables
	stalls atomic.Bool
}

func (s *stalling) Pages(ctx context.Context, r *schema.Resource, parent string) iter.Seq2[diff.Page, error] {
	return func(yield func(diff.Page, error) bool) {
		for page, err := range s.tables.Pages(ctx, r, parent) {
			if !yield(page, err) {
				return
			}
			if s.stalls.Load() {
				<-ctx.Done()
				yield(diff.Page{}, ctx.Err())
				return
			}
		}
	}
}

func TestAReloadInTheMiddleOfAFirstSightRepeatsAndLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		on, s := newFakeLog(), &stalling{tables: newTables()}
		s.stalls.Store(true)
		for i := range 8 { // three pages
			s.put("firewalls", fmt.Sprint(i), fmt.Sprintf(`{"id":"%d","name":"fw"}`, i))
		}
		r := start(t, on, everyMinute(), with("before", watching("a", s, "firewalls")))
		time.Sleep(time.Second)
		if n := len(on.events()); n != 0 {
			t.Fatalf("%d events before the end of the listing", n)
		}
		s.stalls.Store(false)
		for _, settings := range []string{"one", "two", "three"} {
			must(t, r.p.Reload(t.Context(), []producer.Account{with(settings, watching("a", s, "firewalls"))}))
		}
		time.Sleep(5 * time.Minute)
		got := said(t, on)
		slices.Sort(got)
		for i := range 8 {
			if want := fmt.Sprintf("team-1 r firewalls %d", i); i >= len(got) || got[i] != want {
				t.Fatalf("events %q, want each firewall once", got)
			}
		}
		if len(got) != 8 {
			t.Errorf("events %q, want each firewall once", got)
		}
		must(t, r.stop())
	})
}

func TestAReloadWakesAnIdleShard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		on := newFakeLog()
		on.others = map[string]bool{"team-1": true}
		a := watching("a", oneFirewall("team-1"), "firewalls")
		r := start(t, on, everyMinute(), a)
		time.Sleep(time.Minute)
		synctest.Wait()
		if on.idle != 1 {
			t.Fatalf("the shard was idle %d times, want once", on.idle)
		}
		b := watching("b", oneFirewall("team-2"), "firewalls")
		must(t, r.p.Reload(t.Context(), []producer.Account{a, b}))
		time.Sleep(time.Minute)
		if d := cmp.Diff([]string{"team-2 r firewalls 1"}, said(t, on)); d != "" {
			t.Errorf("events (-want +got):\n%s", d)
		}
		must(t, r.stop())
	})
}

func TestAnAccountThatComesWithAnothersTokenIsNotWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		on, one := newFakeLog(), oneFirewall("team-1")
		a := watching("a", one, "firewalls")
		r := start(t, on, everyMinute(), a)
		time.Sleep(time.Minute)
		b := watching("b", oneFirewall("team-1"), "domains")
		must(t, r.p.Reload(t.Context(), []producer.Account{a, b}))
		before := listings(one)
		time.Sleep(10*time.Minute + time.Second)
		if n := listings(one) - before; n < 10 {
			t.Errorf("%d listings in ten minutes of the account that was there", n)
		}
		for _, account := range r.p.Status().Accounts {
			if account.Name == "b" && !strings.Contains(account.Error, "both tokens are for team-1") {
				t.Errorf("the report says %q of it", account.Error)
			}
		}
		must(t, r.stop())
	})
}

func TestAnAccountIsWatchedOnceAnotherWithItsTokenIsTakenOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		on := newFakeLog()
		a := watching("a", oneFirewall("team-1"), "firewalls")
		b := watching("b", oneFirewall("team-1"), "firewalls", "domains")
		r := start(t, on, everyMinute(), a)
		time.Sleep(time.Minute)
		must(t, r.p.Reload(t.Context(), []producer.Account{a, b}))
		time.Sleep(time.Minute)
		must(t, r.p.Reload(t.Context(), []producer.Account{b}))
		time.Sleep(5 * time.Minute)
		if marks := r.marks(); !slices.Contains(marks, "team-1 domains whole") {
			t.Errorf("changes of status %q, want the one that was left watched", marks)
		}
		must(t, r.stop())
	})
}

// One that was slow to be identified finds an account that came with its token: neither ends the process.
func TestAnAccountThatIsIdentifiedAfterOneWithItsTokenStopsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		on, one := newFakeLog(), oneFirewall("team-1")
		one.failID = failed
		a, b := watching("a", one, "firewalls"), watching("b", oneFirewall("team-1"), "firewalls")
		r := start(t, on, everyMinute(), a)
		time.Sleep(10 * time.Second)
		must(t, r.p.Reload(t.Context(), []producer.Account{a, b}))
		time.Sleep(10 * time.Second)
		one.now(func() { one.failID = nil })
		time.Sleep(5 * time.Minute)
		if d := cmp.Diff([]string{"team-1 r firewalls 1"}, said(t, on)); d != "" {
			t.Errorf("events (-want +got):\n%s", d)
		}
		must(t, r.stop())
	})
}

// lateLog gives a shard away once accounts are identified.
type lateLog struct{ *fakeLog }

func (l lateLog) Run(ctx context.Context, open func(int) producer.Worker) error {
	time.Sleep(10 * time.Second)
	return l.fakeLog.Run(ctx, open)
}

// hooked has something done when the shard takes it up.
type hooked struct {
	*tables
	do func()
}

func (s *hooked) Budget() producer.Budget {
	var do func()
	s.now(func() { do = s.do })
	if do != nil {
		do()
	}
	return s.tables.Budget()
}

// A shard that begins one account finds another one changed meanwhile: that comes back, and isn't unwatched.
func TestAnAccountThatIsChangedBeforeItBeginsIsNotCalledUnwatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		on := newFakeLog()
		all := []*hooked{{tables: oneFirewall("team-1")}, {tables: oneFirewall("team-2")}}
		accounts := []producer.Account{watching("a", all[0], "firewalls"), watching("b", all[1], "firewalls")}
		r := start(t, on, everyMinute(), accounts...)
		time.Sleep(time.Minute)
		must(t, r.stop())

		o := everyMinute()
		o.Log = lateLog{on}
		r = start(t, on, o, accounts...)
		for i, s := range all {
			reload := func() {
				all[i].now(func() { all[i].do = nil })
				other := 1 - i
				all[other].now(func() { all[other].do, all[other].failID = nil, failed })
				accounts[other].Settings = "changed"
				must(t, r.p.Reload(t.Context(), accounts))
			}
			s.now(func() { s.do = reload })
		}
		time.Sleep(time.Minute)
		for _, s := range all {
			s.now(func() { s.failID = nil })
		}
		time.Sleep(5 * time.Minute)
		for _, m := range r.marks() {
			if strings.Contains(m, "unwatched") {
				t.Errorf("change of status %q", m)
			}
		}
		must(t, r.stop())
	})
}

// The end waits for nothing that a shard may be beginning just then: the race detector tells.
func TestAnAccountMayBeginWhileEverythingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		on, o := newFakeLog(), everyMinute()
		o.Log = lateLog{on}
		r := start(t, on, o, watching("a", oneFirewall("team-1"), "firewalls"))
		time.Sleep(time.Minute)
		must(t, r.stop())
		if d := cmp.Diff([]string{"team-1 r firewalls 1"}, said(t, on)); d != "" {
			t.Errorf("events (-want +got):\n%s", d)
		}
	})
}

func TestARequestWaitsForItsAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		on, one := newFakeLog(), oneFirewall("team-1")
		one.failID = failed
		r := start(t, on, everyMinute(), watching("a", one, "firewalls"))
		on.requests <- producer.Request{
			AccountID: "team-1", Resource: "firewalls", Kind: producer.KindLook, ID: "1", AtMS: time.Now().UnixMilli(),
		}
		time.Sleep(10 * time.Second)
		one.now(func() { one.failID = nil })
		time.Sleep(time.Minute)
		answers := on.topic(func(name string) bool { return strings.HasSuffix(name, "-meta.requests") })
		if len(answers) != 1 || !strings.Contains(string(answers[0].Value), `"collections":1`) {
			t.Errorf("answers %v, want one", answers)
		}
		must(t, r.stop())
	})
}
