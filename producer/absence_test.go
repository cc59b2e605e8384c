package producer_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/diff/absence"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

func TestAnEmptyListIsNotADelete(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(5)
		h.sweeps(1)
		h.said()
		h.empty["firewalls"] = true
		h.sweeps(1)
		h.wants()
		if c := h.collection("firewalls", ""); c.HeldCount != 5 || c.HeldReason == "" {
			t.Errorf("%d suspects, held %q: want 5, and why", c.HeldCount, c.Why)
		}
		clear(h.empty)
		h.sweeps(1)
		h.wants()
		if c := h.collection("firewalls", ""); c.HeldCount != 0 || c.HeldReason != "" {
			t.Errorf("%d suspects, held %q after they are back", c.HeldCount, c.Why)
		}
	}, "firewalls")
}

func TestADeleteIsConfirmedByID(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(3)
		h.sweeps(1)
		h.said()
		h.remove("firewalls", "1")
		h.sweeps(1)
		h.wants("d firewalls 1")
		if n := h.asked("get firewalls 1"); n != 1 {
			t.Errorf("asked %d times for it by id, want once", n)
		}
	}, "firewalls")
}

func TestAnErrorIsNotADelete(t *testing.T) {
	for name, err := range map[string]error{
		"500": failed,
		"403": forbidden,
		"404": notFound,
		"429": &producer.SourceError{Kind: producer.Throttled, Err: errors.New("status 429")},
		"cut": errors.New("unexpected EOF"),
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(h *harness) {
				h.firewalls(3)
				h.sweeps(1)
				h.said()
				h.fail["firewalls"] = err
				h.sweeps(3)
				h.wants()
				if c := h.collection("firewalls", ""); c.Status == state.Whole {
					t.Error("the collection is called whole")
				}
				clear(h.fail)
				h.sweeps(1)
				h.wants()
			}, "firewalls")
		})
	}
}

func TestWhatWasReadOfAPartialSweepIsPublishedAndAbsencesWait(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(6)
		h.sweeps(1)
		h.said()
		h.cut["firewalls"] = 1 // three to a page
		h.put("firewalls", "0", `{"id":"0","name":"other"}`)
		h.remove("firewalls", "1")
		h.sweeps(1)
		h.wants("u firewalls 0")
		if age := h.collection("firewalls", "").AgeMS; age < time.Minute.Milliseconds() {
			t.Errorf("age %d ms, want that of the last whole sweep", age)
		}
		clear(h.cut)
		h.sweeps(1)
		h.wants("d firewalls 1")
	}, "firewalls")
}

func TestOverAHundredSuspectsNeedASecondSweepAndSamples(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(150)
		h.sweeps(1)
		h.said()
		for i := range 120 {
			h.remove("firewalls", fmt.Sprint(i))
		}
		h.sweeps(1)
		h.wants()
		if n := h.asked("get "); n != 0 {
			t.Errorf("%d GETs after the first sweep, want none", n)
		}
		h.sweeps(1)
		if said := h.said(); len(said) != 120 {
			t.Errorf("%d deletes, want 120", len(said))
		}
		if n := h.asked("get "); n != absence.Samples {
			t.Errorf("%d GETs, want %d samples", n, absence.Samples)
		}
	}, "firewalls")
}

func TestASampleThatLivesHoldsAll(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(150)
		h.sweeps(1)
		h.said()
		h.empty["firewalls"] = true
		h.sweeps(5)
		h.wants()
	}, "firewalls")
}

func TestLooksThatGetNoAnswerHoldUpNeitherTheAccountNorEachOther(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(10)
		h.sweeps(1)
		h.said()
		h.records = map[state.CollectionID]map[string]string{}
		h.put("firewalls", "9", `{"id":"9","name":"fw"}`)
		h.silent = func(string) bool { return true }
		h.wait(5 * time.Minute)
		for i, at := range h.sweepsOf("vpcs") {
			if i > 0 && at.Sub(h.sweepsOf("vpcs")[i-1]) > 2*time.Minute {
				t.Errorf("another collection waited until %v, want 2m at most", at.Sub(h.sweepsOf("vpcs")[i-1]))
			}
		}
		h.wants()
		h.silent = func(id string) bool { return id < "3" }
		h.wait(5 * time.Minute)
		h.wants("d firewalls 3", "d firewalls 4", "d firewalls 5", "d firewalls 6", "d firewalls 7", "d firewalls 8")
		h.silent = nil
		h.wait(2 * time.Minute)
		if got := len(h.said()); got != 3 {
			t.Errorf("%d deletes once all are answered, want 3", got)
		}
	}, "firewalls", "vpcs")
}

func TestADeleteConfirmedBySamplesMayHaveHappenedUntilTheLastAnswer(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(150)
		h.sweeps(1)
		h.said()
		h.empty["firewalls"] = true // wrongly
		h.sweeps(1)
		h.wants()
		var deleted int64
		h.silent = func(string) bool { // the first look by id comes too late
			if deleted == 0 {
				time.Sleep(5 * time.Second)
				deleted = time.Now().UnixMilli()
				for i := range 150 {
					h.remove("firewalls", fmt.Sprint(i))
				}
			}
			return false
		}
		before := len(h.log.events())
		h.sweeps(1)
		events := parse(t, h.log.events()[before:])
		if len(events) != 150 {
			t.Fatalf("%d deletes, want 150", len(events))
		}
		for _, e := range events {
			if e.Source.TsMS < deleted || *e.Source.PrevTsMS > deleted {
				t.Fatalf("%s was deleted at %d, and its window is %d to %d", e.Before.ID, deleted, *e.Source.PrevTsMS,
					e.Source.TsMS)
			}
		}
	}, "firewalls")
}

// Another team's token that is read between a list and a look by id returns 404 to everything.
func TestALookByIDWithATokenThatWasReadMeanwhileConfirmsNothing(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(3)
		h.sweeps(1)
		h.said()
		h.empty["firewalls"] = true
		h.silent = func(string) bool {
			h.unverified, h.tokenReads = true, 1
			h.records = map[state.CollectionID]map[string]string{}
			return false
		}
		h.sweeps(3)
		h.wants()
	}, "firewalls")
}

// doubtful has windows that are an hour wider at both ends, as after the API's clock was set: nobody knows which one
// was right.
type doubtful struct{ *tables }

func (s doubtful) Pages(ctx context.Context, r *schema.Resource, parent string) iter.Seq2[diff.Page, error] {
	return s.dated(ctx, r, parent, -time.Hour, time.Hour)
}

func TestHowYoungARecordIsDoesNotGoByAClockThatWasSet(t *testing.T) {
	play(t, func(h *harness) {
		h.source = doubtful{h.tables}
		h.firewalls(2)
		h.sweeps(1)
		h.firewalls(3)
		h.sweeps(1)
		h.said()
		h.remove("firewalls", "2")
		h.sweeps(3)
		h.wants("d firewalls 2")
	}, "firewalls")
}

func TestWithoutAGetTwoWholeSweepsConfirm(t *testing.T) {
	play(t, func(h *harness) {
		h.rules(5)
		h.sweeps(1)
		h.said()
		h.remove("database_firewall_rules", "db/r01")
		h.sweeps(1)
		h.wants()
		h.sweeps(1)
		h.wants("d database_firewall_rules db/r01")
	}, "databases", "database_firewall_rules")
}

func TestTheMassDeleteGuardHoldsForTenMinutes(t *testing.T) {
	play(t, func(h *harness) {
		h.rules(20)
		h.sweeps(1)
		h.said()
		for i := range 11 {
			h.remove("database_firewall_rules", fmt.Sprintf("db/r%02d", i))
		}
		h.put("database_firewall_rules", "db/r19", `{"uuid":"r19","value":"0.0.0.0/0"}`)
		h.put("database_firewall_rules", "db/r99", `{"uuid":"r99","value":"0.0.0.0/0"}`)
		h.sweeps(1)
		h.wants("u database_firewall_rules db/r19", "c database_firewall_rules db/r99") // news is never held
		began := time.Now()
		for len(h.log.events()) == h.heard {
			h.sweeps(1)
			if time.Since(began) > time.Hour {
				t.Fatal("never released")
			}
		}
		if held := time.Since(began); held < absence.GuardLook {
			t.Errorf("released after %v, want ten minutes", held)
		}
		if n := len(h.said()); n != 11 {
			t.Errorf("%d deletes, want 11", n)
		}
	}, "databases", "database_firewall_rules")
}

func TestReleaseShortensTheMassDeleteGuard(t *testing.T) {
	play(t, func(h *harness) {
		h.rules(3)
		h.sweeps(1)
		h.said()
		for i := range 3 { // all of at least two
			h.remove("database_firewall_rules", fmt.Sprintf("db/r%02d", i))
		}
		h.sweeps(3)
		h.wants()
		h.release("database_firewall_rules", time.Now())
		h.sweeps(1)
		h.wants("d database_firewall_rules db/r00", "d database_firewall_rules db/r01", "d database_firewall_rules db/r02")
	}, "databases", "database_firewall_rules")
}

func TestAnAbsenceFromAListOfWhatTheTokenMaySeeIsHeldWhereItMayNotSeeIt(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(1)
		h.put("projects", "p", `{"id":"p","name":"p"}`)
		for _, urn := range []string{"do:firewall:0", "do:firewall:1", "do:space:pictures", "do:domain:example.com"} {
			h.put("project_resources", schema.ChildID("p", urn), fmt.Sprintf(`{"urn":%q}`, urn))
		}
		held := func(want string) {
			t.Helper()
			if c := h.collection("project_resources", "p"); !strings.Contains(c.Why, want) {
				t.Errorf("held as %q, want it to say %q", c.Why, want)
			}
		}
		h.sweeps(1)
		h.said()
		h.remove("project_resources", "p/do:firewall:1")
		h.fail["firewalls"] = forbidden
		h.sweeps(3)
		h.wants()
		held("the token may not see what it names: do:firewall:1")
		h.release("project_resources", time.Now())
		h.sweeps(1)
		h.wants() // one more scope, and it is certain
		delete(h.fail, "firewalls")
		h.sweeps(12)
		h.wants("d project_resources p/do:firewall:1")

		h.remove("project_resources", "p/do:space:pictures")
		h.sweeps(3)
		h.wants()
		held("do:space:pictures; if it is gone, seachange release project_resources")
		h.release("project_resources", time.Now())
		h.sweeps(1)
		h.wants("d project_resources p/do:space:pictures")
	}, "projects", "project_resources", "firewalls")
}

// A record that no list has, and that is returned by id in a state that means deleted, is deleted. A list that has it
// shows a record.
func TestARecordInAStateThatMeansDeleted(t *testing.T) {
	for resource, with := range map[string]func(state string) string{
		"images":              func(s string) string { return `{"id":"x","status":"` + s + `"}` },
		"kubernetes_clusters": func(s string) string { return `{"id":"x","status":{"state":"` + s + `"}}` },
		"vpc_nat_gateways":    func(s string) string { return `{"id":"x","state":"` + strings.ToUpper(s) + `"}` },
	} {
		t.Run(resource, func(t *testing.T) {
			play(t, func(h *harness) {
				h.put(resource, "x", with("running"))
				h.put(resource, "y", strings.Replace(with("running"), "x", "y", 1))
				h.sweeps(2)
				h.said()
				h.put(resource, "x", with("deleted"))
				h.sweeps(2)
				h.wants("u " + resource + " x") // as the list shows it
				h.byID = map[string]string{"x": with("deleting")}
				h.remove(resource, "x")
				h.sweeps(2)
				h.wants()
				h.restart()
				h.byID["x"] = with("deleted")
				h.sweeps(2)
				h.wants("d " + resource + " x")
				h.put(resource, "x", with("running"))
				h.sweeps(1)
				h.wants("c " + resource + " x")
			}, resource)
		})
	}
}

// What a GET by id still returns is held, until an operator says that it is gone.
func TestAReleaseDecidesOfWhatIsStillReturnedByID(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(3)
		h.sweeps(2)
		h.said()
		h.byID = map[string]string{}
		for _, id := range []string{"0", "1"} {
			h.byID[id], _ = h.get("firewalls", id)
		}
		h.remove("firewalls", "0")
		h.sweeps(3)
		h.wants()
		asked := time.Now()
		h.wait(time.Second)
		h.remove("firewalls", "1") // missing only since
		h.sweeps(1)
		h.release("firewalls", asked)
		h.sweeps(2)
		h.wants("d firewalls 0")
	}, "firewalls")
}

func TestSuspicionSurvivesARestart(t *testing.T) {
	play(t, func(h *harness) {
		h.rules(3)
		h.sweeps(1)
		h.said()
		h.remove("database_firewall_rules", "db/r01")
		h.sweeps(1)
		h.end()
		h.wait(30 * time.Second)
		h.sweeps(1)
		h.wants("d database_firewall_rules db/r01")
	}, "databases", "database_firewall_rules")
}

func TestADeleteThatCantBeConfirmedWaits(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(3)
		h.sweeps(1)
		h.said()
		h.remove("firewalls", "1")
		h.failGet = failed
		h.sweeps(3)
		h.wants()
		if c := h.collection("firewalls", ""); !strings.Contains(c.Why, "not confirmed: status 500") {
			t.Errorf("held %q, want why", c.Why)
		}
		h.failGet = nil
		h.sweeps(1)
		h.wants("d firewalls 1")
	}, "firewalls")
}

func TestALargeListThatIsEmptyForAMomentFitsIntoARecord(t *testing.T) {
	play(t, func(h *harness) {
		h.log.maxBytes = 1 << 20 // a managed cluster's
		for i := range 25000 {
			id := fmt.Sprintf("412846bd-f768-5f31-adc9-%012d", i)
			h.put("firewalls", id, fmt.Sprintf(`{"id":"%s","name":"fw"}`, id))
		}
		h.perPage = 200
		h.sweeps(1)
		h.empty["firewalls"] = true
		h.sweeps(1)
		for _, batch := range h.log.batches {
			for _, r := range batch.Records {
				if n := len(r.Key) + len(r.Value); n > h.log.maxBytes {
					t.Errorf("%s: a record of %d bytes, the topics take %d", r.Topic, n, h.log.maxBytes)
				}
			}
		}
	}, "firewalls")
}

func TestASightingInAPartialSweepEndsASuspicion(t *testing.T) {
	play(t, func(h *harness) {
		h.perPage = 3
		h.rules(6)
		h.sweeps(1)
		h.said()
		k := state.CollectionID{Resource: "database_firewall_rules", Parent: "db"}
		was := h.records[k]["db/r00"]
		delete(h.records[k], "db/r00") // the list lacks it for a moment
		h.sweeps(1)
		h.records[k]["db/r00"] = was // it is there, page 2 fails
		h.cut["database_firewall_rules"] = 1
		h.sweeps(3)
		delete(h.cut, "database_firewall_rules")
		delete(h.records[k], "db/r00") // and lacks it for a moment again
		h.sweeps(1)
		for _, s := range h.said() {
			t.Errorf("%s: shown a minute before, missing in one whole sweep since", s)
		}
	}, "databases", "database_firewall_rules")
}

func TestAReleaseIsForWhatIsHeldAndForNothingLater(t *testing.T) {
	play(t, func(h *harness) {
		h.rules(3)
		h.sweeps(1)
		h.said()
		// an operator's machine whose clock is a day ahead; nothing is held at the moment
		h.release("database_firewall_rules", time.Now().Add(24*time.Hour))
		h.sweeps(10)
		h.empty["database_firewall_rules"] = true // an empty list, once
		h.sweeps(1)
		h.wants()
	}, "databases", "database_firewall_rules")
}

// What is there is published, whatever is missing beside it and whether or not that can be confirmed.
func TestAFirewallOpenedWhileItsSiblingsVanishIsPublishedAtOnce(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(30)
		h.sweeps(1)
		h.said()
		for i := range 29 {
			h.remove("firewalls", fmt.Sprint(i))
		}
		h.failGet = failed
		h.put("firewalls", "29", `{"id":"29","name":"fw","inbound_rules":[{"ports":"22"}]}`)
		h.sweeps(1)
		h.wants("u firewalls 29")
		if c := h.collection("firewalls", ""); c.HeldCount != 29 || c.HeldReason == "" {
			t.Errorf("%d suspects, held %q: want 29, and why", c.HeldCount, c.Why)
		}
		h.failGet = nil
		h.sweeps(1)
		if said := h.said(); len(said) != 29 || slices.Contains(said, "d firewalls 29") {
			t.Errorf("once they can be asked for: %v, want 29 deletes", said)
		}
	}, "firewalls")
}

// ops returns the events of a resource, in order.
func ops(t *testing.T, log *fakeLog, resource string) string {
	t.Helper()
	var all []string
	for _, r := range log.events() {
		var ev schema.Event
		must(t, json.Unmarshal(r.Value, &ev))
		if ev.Source.Table == resource {
			all = append(all, string(ev.Op))
		}
	}
	return strings.Join(all, " ")
}

// What a database has or hasn't got, such as its autoscaling, is an object or null.
func TestASingleThatIsNotSetAnyMoreIsDeletedAfterASecondLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, log := newTables(), newFakeLog()
		s.put("databases", "db", `{"id":"db","engine":"pg","users":[]}`)
		s.put("database_autoscale", "db/database_autoscale", `{"enabled":true}`)
		r := start(t, log, everyMinute(), watching("a", s, "databases", "database_autoscale"))
		for _, step := range []struct {
			what   string
			change func()
			want   string
		}{
			{"set", func() {}, "r"},
			{"null for a moment", func() { s.remove("database_autoscale", "db/database_autoscale") }, "r"},
			{"set again", func() { s.put("database_autoscale", "db/database_autoscale", `{"enabled":true}`) }, "r"},
		} {
			s.now(step.change)
			time.Sleep(time.Minute + time.Second)
			if got := ops(t, log, "database_autoscale"); got != step.want {
				t.Errorf("%s: events %q, want %q", step.what, got, step.want)
			}
		}
		s.now(func() { s.remove("database_autoscale", "db/database_autoscale") })
		time.Sleep(4 * time.Minute)
		if got, want := ops(t, log, "database_autoscale"), "r d"; got != want {
			t.Errorf("null for minutes: events %q, want %q", got, want)
		}
		s.now(func() { s.put("database_autoscale", "db/database_autoscale", `{"enabled":false}`) })
		time.Sleep(2 * time.Minute)
		if got, want := ops(t, log, "database_autoscale"), "r d c"; got != want {
			t.Errorf("set once more: events %q, want %q", got, want)
		}
		must(t, r.stop())
	})
}

// losing loses the scope of the firewalls between a look at them and one at what a project holds, which hides it from
// then on.
type losing struct {
	*tables

	armed bool
}

func (s *losing) Pages(ctx context.Context, r *schema.Resource, parent string) iter.Seq2[diff.Page, error] {
	s.now(func() {
		if s.armed && r.Name == "project_resources" {
			s.fail["firewalls"] = forbidden
			s.tables.remove("project_resources", "p/do:firewall:0")
		}
	})
	return s.tables.Pages(ctx, r, parent)
}

// hideAFirewall has a project's firewall published, then arms the source, which hides it, and holds that nothing is
// deleted.
func hideAFirewall(t *testing.T, source producer.Source, s *tables, armed *bool) {
	t.Helper()
	s.put("firewalls", "0", `{"id":"0","name":"fw"}`)
	s.put("projects", "p", `{"id":"p","name":"p"}`)
	s.put("project_resources", "p/do:firewall:0", `{"urn":"do:firewall:0"}`)
	s.put("project_resources", "p/do:firewall:1", `{"urn":"do:firewall:1"}`)
	on := newFakeLog()
	r := start(t, on, producer.Options{Interval: 5 * time.Minute},
		watching("a", source, "firewalls", "projects", "project_resources"))
	time.Sleep(7 * time.Minute)
	s.now(func() { *armed = true })
	time.Sleep(time.Hour)
	must(t, r.stop())
	for _, e := range parse(t, on.events()) {
		if e.Op == schema.Deleted {
			t.Errorf("d %s %s", e.Source.Table, e.ID())
		}
	}
}

// The scope that hides the firewall comes back when the second look has missed it, so that a request now finds nothing
// wrong: only a sweep of the firewalls after the first look tells what the token read then.
func TestAScopeThatIsLostUntilAfterTheSecondLookDeletesNothingThatItHides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &lentAgain{tables: newTables()}
		hideAFirewall(t, s, s.tables, &s.armed)
		if s.misses != 2 {
			t.Errorf("%d looks lacked the firewall, want 2", s.misses)
		}
	})
}

// lentAgain hides a firewall in what a project holds from two looks, and shows it again when the second is over.
type lentAgain struct {
	*tables

	armed  bool
	misses int
}

func (s *lentAgain) Pages(ctx context.Context, r *schema.Resource, parent string) iter.Seq2[diff.Page, error] {
	return func(yield func(diff.Page, error) bool) {
		hides := false
		s.now(func() {
			if hides = s.armed && s.misses < 2 && r.Name == "project_resources"; hides {
				s.misses++
				s.tables.remove("project_resources", "p/do:firewall:0")
			}
		})
		for p, err := range s.tables.Pages(ctx, r, parent) {
			if s.misses == 2 && hides {
				s.put("project_resources", "p/do:firewall:0", `{"urn":"do:firewall:0"}`)
			}
			if !yield(p, err) {
				return
			}
		}
	}
}

// The first look was the list's own fault, and the firewalls were read after it; then their scope is lost, and the
// second look lacks what that hides.
func TestAScopeThatIsLostBeforeTheSecondLookDeletesNothingThatItHides(t *testing.T) {
	play(t, func(h *harness) {
		h.put("firewalls", "0", `{"id":"0","name":"fw"}`)
		h.put("projects", "p", `{"id":"p","name":"p"}`)
		h.put("project_resources", "p/do:firewall:0", `{"urn":"do:firewall:0"}`)
		h.put("project_resources", "p/do:firewall:1", `{"urn":"do:firewall:1"}`)
		h.sweeps(2)
		h.said()
		losing := &lostLater{tables: h.tables}
		h.restart()
		h.source = losing
		h.sweeps(6)
		if losing.misses < 3 {
			t.Fatalf("%d looks at what the project has", losing.misses)
		}
		h.wants()
	}, "firewalls", "projects", "project_resources")
}

// lostLater lacks a firewall in what a project holds, and loses the firewalls' scope before the second such look, when
// they have been read in between.
type lostLater struct {
	*tables

	misses int
}

func (s *lostLater) Pages(ctx context.Context, r *schema.Resource, parent string) iter.Seq2[diff.Page, error] {
	s.now(func() {
		if r.Name != "project_resources" {
			return
		}
		s.tables.remove("project_resources", "p/do:firewall:0")
		if s.misses++; s.misses == 2 {
			s.fail["firewalls"] = forbidden
		}
	})
	return s.tables.Pages(ctx, r, parent)
}

func TestAScopeThatIsLostBetweenTwoLooksDeletesNothingThatItHides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &losing{tables: newTables()}
		hideAFirewall(t, s, s.tables, &s.armed)
	})
}
