package producer

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/diff/absence"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// play runs f in virtual time on a bench over the given resources.
func play(t *testing.T, f func(b *bench), resources ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var rows []*schema.Resource
		for _, name := range resources {
			rows = append(rows, schema.Lookup(name))
		}
		f(newBenchOf(t, newWorld(1), rows))
	})
}

// sweeps sweeps all that is due n times, a bit over a minute apart.
func (b *bench) sweeps(n int) {
	b.t.Helper()
	for range n {
		b.step(b.t.Context(), false)
		time.Sleep(61 * time.Second)
	}
}

// said answers the events since the last call, as "op resource id".
func (b *bench) said() []string {
	b.t.Helper()
	events := b.tape.events()
	said := []string{}
	for _, e := range b.parse(events[b.heard:]) {
		row := e.After
		if row == nil {
			row = e.Before
		}
		s := fmt.Sprintf("%s %s %s", e.Op, e.Source.Table, row.ID)
		if e.Source.Cause != nil {
			s += " cause=" + *e.Source.Cause
		}
		said = append(said, s)
	}
	b.heard = len(events)
	return said
}

func (b *bench) parse(records []Record) []schema.Event {
	b.t.Helper()
	var all []schema.Event
	for _, r := range records {
		var e schema.Event
		must(b.t, json.Unmarshal(r.Value, &e))
		all = append(all, e)
	}
	return all
}

func (b *bench) wants(want ...string) {
	b.t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), b.said()); diff != "" {
		b.t.Fatalf("events (-want +got):\n%s", diff)
	}
}

// firewalls puts n firewalls into the account.
func (b *bench) firewalls(n int) {
	for i := range n {
		b.w.put("firewalls", fmt.Sprint(i), fmt.Sprintf(`{"id":"%d","name":"fw"}`, i))
	}
}

func (b *bench) asked(prefix string) int {
	n := 0
	for _, s := range b.w.asked {
		if strings.HasPrefix(s, prefix) {
			n++
		}
	}
	return n
}

func (b *bench) collection(resource, parent string) *collection {
	b.t.Helper()
	c := b.a.collections[collectionID{Resource: resource, Parent: parent}]
	if c == nil {
		b.t.Fatalf("no collection %s %q", resource, parent)
	}
	return c
}

func TestAnEmptyListIsNotADelete(t *testing.T) {
	play(t, func(b *bench) {
		b.firewalls(5)
		b.sweeps(1)
		b.said()
		b.w.empty["firewalls"] = true
		b.sweeps(1)
		b.wants()
		if c := b.collection("firewalls", ""); len(c.checkpoint.Suspects) != 5 || c.checkpoint.HeldWhy.Reason == "" {
			t.Errorf("%d suspects, held %q: want 5, and why", len(c.checkpoint.Suspects), c.checkpoint.HeldWhy.String())
		}
		clear(b.w.empty)
		b.sweeps(1)
		b.wants()
		if c := b.collection("firewalls", ""); len(c.checkpoint.Suspects) != 0 || c.checkpoint.HeldWhy.Reason != "" {
			t.Errorf("%d suspects, held %q after they are back", len(c.checkpoint.Suspects), c.checkpoint.HeldWhy.String())
		}
	}, "firewalls")
}

func TestADeleteIsConfirmedByID(t *testing.T) {
	play(t, func(b *bench) {
		b.firewalls(3)
		b.sweeps(1)
		b.said()
		b.w.remove("firewalls", "1")
		b.sweeps(1)
		b.wants("d firewalls 1")
		if n := b.asked("get firewalls 1"); n != 1 {
			t.Errorf("asked %d times for it by id, want once", n)
		}
	}, "firewalls")
}

func TestAnErrorIsNotADelete(t *testing.T) {
	for name, err := range map[string]error{
		"500": &SourceError{Trouble: Failed, Err: errors.New("status 500")},
		"403": &SourceError{Trouble: Unreadable, Err: errors.New("status 403")},
		"404": &SourceError{Trouble: Gone, Err: errors.New("status 404")},
		"429": &SourceError{Trouble: Throttled, Err: errors.New("status 429")},
		"cut": errors.New("unexpected EOF"),
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(b *bench) {
				b.firewalls(3)
				b.sweeps(1)
				b.said()
				b.w.fail["firewalls"] = err
				b.sweeps(3)
				b.wants()
				if c := b.collection("firewalls", ""); c.checkpoint.Status == state.Whole {
					t.Error("the collection is called whole")
				}
				clear(b.w.fail)
				b.sweeps(1)
				b.wants()
			}, "firewalls")
		})
	}
}

func TestWhatWasReadOfAPartialSweepIsPublishedAndAbsencesWait(t *testing.T) {
	play(t, func(b *bench) {
		b.firewalls(6)
		b.sweeps(1)
		b.said()
		b.w.cut["firewalls"] = 1 // three to a page
		b.w.put("firewalls", "0", `{"id":"0","name":"other"}`)
		b.w.remove("firewalls", "1")
		b.sweeps(1)
		b.wants("u firewalls 0")
		clear(b.w.cut)
		b.sweeps(1)
		b.wants("d firewalls 1")
	}, "firewalls")
}

func TestOverAHundredSuspectsNeedASecondSweepAndSamples(t *testing.T) {
	play(t, func(b *bench) {
		b.firewalls(150)
		b.sweeps(1)
		b.said()
		for i := range 120 {
			b.w.remove("firewalls", fmt.Sprint(i))
		}
		b.step(t.Context(), false)
		b.wants()
		if n := b.asked("get "); n != 0 {
			t.Errorf("%d GETs after the first sweep, want none", n)
		}
		time.Sleep(61 * time.Second)
		b.step(t.Context(), false)
		if said := b.said(); len(said) != 120 {
			t.Errorf("%d deletes, want 120", len(said))
		}
		if n := b.asked("get "); n != absence.Samples {
			t.Errorf("%d GETs, want %d samples", n, absence.Samples)
		}
	}, "firewalls")
}

func TestASampleThatLivesHoldsAll(t *testing.T) {
	play(t, func(b *bench) {
		b.firewalls(150)
		b.sweeps(1)
		b.said()
		b.w.empty["firewalls"] = true
		b.sweeps(5)
		b.wants()
	}, "firewalls")
}

func TestA404IsNotBelievedFromATokenThatHasNotShownWhoseItIs(t *testing.T) {
	play(t, func(b *bench) {
		b.firewalls(3)
		b.sweeps(1)
		b.said()
		b.w.unverified, b.w.tokenReads = true, 1 // another token was read
		all := b.w.records
		b.w.records = map[collectionID]map[string]string{} // it sees nothing of ours, and 404s all
		b.sweeps(3)
		b.wants()
		b.w.records = all
		b.w.remove("firewalls", "1")
		b.sweeps(1)
		b.wants("d firewalls 1")
	}, "firewalls")
}

// What every account has, or can have, doesn't show whose a token is that may not say so.
func TestWhatAnotherAccountMayShowTooDoesNotShowWhoseATokenIs(t *testing.T) {
	for resource, id := range map[string]string{
		"security_settings": "security_settings", // there is one in every account
		"tags":              "production",        // a name that anybody may choose
		"gen_ai_models":     "m1",                // DigitalOcean shows it to everybody
		"spaces_buckets":    "fra1+assets",       // read with a key of its own
	} {
		t.Run(resource, func(t *testing.T) {
			play(t, func(b *bench) {
				b.firewalls(3)
				b.w.put(resource, id, `{"name":"production"}`)
				b.sweeps(1)
				b.said()
				b.w.unverified, b.w.tokenReads = true, 1 // another team's token was read
				for _, fw := range []string{"0", "1", "2"} {
					b.w.remove("firewalls", fw)
				}
				time.Sleep(time.Hour) // longer than any of them rests
				b.sweeps(3)
				b.wants()
			}, "firewalls", resource)
		})
	}
}

func TestSweepsAreNotBelievedFromATokenThatHasNotShownWhoseItIs(t *testing.T) {
	play(t, func(b *bench) {
		for _, id := range []string{"1", "2"} {
			b.w.put("nfs_shares", id, `{"id":"`+id+`"}`)
		}
		b.sweeps(1)
		b.said()
		b.w.unverified, b.w.tokenReads = true, 1 // another token was read
		all := b.w.records
		b.w.records = map[collectionID]map[string]string{} // it sees nothing of ours, and has no share itself
		b.sweeps(15)
		b.wants()
		if got, want := b.collection("nfs_shares", "").checkpoint.HeldWhy.Reason, absence.TokenUnproven; got != want {
			t.Errorf("held because %q, want %q", got, want)
		}
		b.w.records = all
		b.w.remove("nfs_shares", "1")
		b.sweeps(2)
		b.wants("d nfs_shares 1")
	}, "nfs_shares")
}

func TestLooksThatGetNoAnswerHoldUpNeitherTheAccountNorEachOther(t *testing.T) {
	play(t, func(b *bench) {
		b.firewalls(10)
		b.sweeps(1)
		b.said()
		b.w.records = map[collectionID]map[string]string{}
		b.w.put("firewalls", "9", `{"id":"9","name":"fw"}`)
		look := func() time.Duration {
			began := time.Now()
			b.a.turn(b.t.Context(), collectionID{Resource: "firewalls"})
			b.settle()
			return time.Since(began)
		}
		b.w.silent = func(string) bool { return true }
		if took := look(); took > 2*time.Minute {
			t.Errorf("the other collections waited for %v, want 2m at most", took)
		}
		b.w.silent = func(id string) bool { return id < "3" }
		look()
		look()
		b.wants("d firewalls 3", "d firewalls 4", "d firewalls 5", "d firewalls 6", "d firewalls 7", "d firewalls 8")
		b.w.silent = nil
		look()
		if got := len(b.said()); got != 3 {
			t.Errorf("%d deletes once all are answered, want 3", got)
		}
	}, "firewalls")
}

func TestAnOpenEntryIsNotForgottenForATokenThatHasNotShownWhoseItIs(t *testing.T) {
	play(t, func(b *bench) {
		b.w.put("actions", "01", `{"id":"01","status":"in-progress"}`)
		for _, id := range []string{"02", "03", "04"} {
			b.w.put("actions", id, `{"id":"`+id+`","status":"completed"}`)
		}
		b.sweeps(1)
		b.said()
		b.w.unverified, b.w.tokenReads = true, 1 // another token was read
		b.w.remove("actions", "01")
		b.sweeps(2)
		b.wants()
		b.w.unverified, b.w.tokenReads = false, 2
		b.w.put("actions", "01", `{"id":"01","status":"completed"}`)
		b.sweeps(2)
		b.wants("u actions 01")
	}, "actions")
}

func TestADeleteConfirmedBySamplesMayHaveHappenedUntilTheLastAnswer(t *testing.T) {
	play(t, func(b *bench) {
		b.firewalls(150)
		b.sweeps(1)
		b.said()
		b.w.empty["firewalls"] = true // wrongly
		b.sweeps(1)
		b.wants()
		var deleted int64
		b.w.silent = func(string) bool { // the first look by id comes too late
			if deleted == 0 {
				time.Sleep(5 * time.Second)
				deleted = time.Now().UnixMilli()
				for i := range 150 {
					b.w.remove("firewalls", fmt.Sprint(i))
				}
			}
			return false
		}
		before := len(b.tape.events())
		b.sweeps(1)
		events := b.parse(b.tape.events()[before:])
		if len(events) != 150 {
			t.Fatalf("%d deletes, want 150", len(events))
		}
		for _, e := range events {
			if e.Source.TsMS < deleted || *e.Source.PrevTsMS > deleted {
				t.Fatalf("%s was deleted at %d, and its window is %d to %d", e.Before.ID, deleted, *e.Source.PrevTsMS, e.Source.TsMS)
			}
		}
	}, "firewalls")
}

// rules puts a database with n firewall rules into the account: they have no GET of their own.
func (b *bench) rules(n int) {
	b.w.put("databases", "db", `{"id":"db","name":"db","engine":"pg"}`)
	for i := range n {
		b.w.put("database_firewall_rules", fmt.Sprintf("db/r%02d", i), fmt.Sprintf(`{"uuid":"r%02d","value":"10.0.0.%d"}`, i, i))
	}
}

func TestWithoutAGetTwoWholeSweepsConfirm(t *testing.T) {
	play(t, func(b *bench) {
		b.rules(5)
		b.sweeps(1)
		b.said()
		b.w.remove("database_firewall_rules", "db/r01")
		b.step(t.Context(), false)
		b.wants()
		time.Sleep(61 * time.Second)
		b.step(t.Context(), false)
		b.wants("d database_firewall_rules db/r01")
	}, "databases", "database_firewall_rules")
}

func TestTheBrakeHoldsWhatIsLargeForTenMinutes(t *testing.T) {
	play(t, func(b *bench) {
		b.rules(20)
		b.sweeps(1)
		b.said()
		for i := range 11 {
			b.w.remove("database_firewall_rules", fmt.Sprintf("db/r%02d", i))
		}
		b.w.put("database_firewall_rules", "db/r19", `{"uuid":"r19","value":"0.0.0.0/0"}`)
		b.w.put("database_firewall_rules", "db/r99", `{"uuid":"r99","value":"0.0.0.0/0"}`)
		b.step(t.Context(), false)
		b.wants("u database_firewall_rules db/r19", "c database_firewall_rules db/r99") // news is never held
		began := time.Now()
		for len(b.tape.events()) == b.heard {
			time.Sleep(61 * time.Second)
			b.step(t.Context(), false)
			if time.Since(began) > time.Hour {
				t.Fatal("never released")
			}
		}
		if held := time.Since(began); held < absence.GuardLook {
			t.Errorf("released after %v, want ten minutes", held)
		}
		if n := len(b.said()); n != 11 {
			t.Errorf("%d deletes, want 11", n)
		}
	}, "databases", "database_firewall_rules")
}

func TestReleaseShortensTheBrake(t *testing.T) {
	play(t, func(b *bench) {
		b.rules(3)
		b.sweeps(1)
		b.said()
		for i := range 3 { // all of at least two
			b.w.remove("database_firewall_rules", fmt.Sprintf("db/r%02d", i))
		}
		b.sweeps(3)
		b.wants()
		b.a.answer(Request{AccountID: "team-1", Resource: "database_firewall_rules", Kind: "release", AtMS: time.Now().UnixMilli()})
		b.step(t.Context(), false)
		b.wants("d database_firewall_rules db/r00", "d database_firewall_rules db/r01", "d database_firewall_rules db/r02")
	}, "databases", "database_firewall_rules")
}

func TestAnAbsenceFromAListOfWhatTheTokenMaySeeIsHeldWhereItMayNotSeeIt(t *testing.T) {
	play(t, func(b *bench) {
		b.firewalls(1)
		b.w.put("projects", "p", `{"id":"p","name":"p"}`)
		for _, urn := range []string{"do:firewall:0", "do:firewall:1", "do:space:pictures", "do:domain:example.com"} {
			b.w.put("project_resources", schema.ChildID("p", urn), fmt.Sprintf(`{"urn":%q}`, urn))
		}
		held := func(want string) {
			t.Helper()
			if c := b.collection("project_resources", "p"); !strings.Contains(c.checkpoint.HeldWhy.String(), want) {
				t.Errorf("held as %q, want it to say %q", c.checkpoint.HeldWhy.String(), want)
			}
		}
		b.sweeps(1)
		b.said()
		b.w.remove("project_resources", "p/do:firewall:1")
		b.w.fail["firewalls"] = &SourceError{Trouble: Unreadable, Err: errors.New("403")}
		b.sweeps(3)
		b.wants()
		held("the token may not see what it names: do:firewall:1")
		b.a.answer(Request{AccountID: "team-1", Resource: "project_resources", Kind: "release", AtMS: time.Now().UnixMilli()})
		b.sweeps(1)
		b.wants() // one more scope, and it is certain
		delete(b.w.fail, "firewalls")
		b.sweeps(12)
		b.wants("d project_resources p/do:firewall:1")

		b.w.remove("project_resources", "p/do:space:pictures")
		b.sweeps(3)
		b.wants()
		held("do:space:pictures; if it is gone, seachange release project_resources")
		b.a.answer(Request{AccountID: "team-1", Resource: "project_resources", Kind: "release", AtMS: time.Now().UnixMilli()})
		b.sweeps(1)
		b.wants("d project_resources p/do:space:pictures")
	}, "projects", "project_resources", "firewalls")
}

func TestSuspicionSurvivesARestart(t *testing.T) {
	play(t, func(b *bench) {
		b.rules(3)
		b.sweeps(1)
		b.said()
		b.w.remove("database_firewall_rules", "db/r01")
		b.step(t.Context(), false)
		must(t, b.a.close())
		b.open()
		time.Sleep(61 * time.Second)
		b.step(t.Context(), false)
		b.wants("d database_firewall_rules db/r01")
	}, "databases", "database_firewall_rules")
}

func TestAParentTakesItsChildrenAlongFirst(t *testing.T) {
	play(t, func(b *bench) {
		b.rules(3)
		b.w.put("databases", "db", `{"id":"db","name":"db","engine":"pg","users":[{"name":"ann"}]}`)
		b.w.put("database_configs", "db/database_configs", `{"mode":"m"}`)
		b.sweeps(2)
		b.said()
		b.w.remove("databases", "db")
		b.sweeps(1)
		b.wants("d database_configs db/database_configs cause=parent",
			"d database_firewall_rules db/r00 cause=parent", "d database_firewall_rules db/r01 cause=parent",
			"d database_firewall_rules db/r02 cause=parent", "d database_users db/ann cause=parent", "d databases db")
		for k := range fold(b.tape.state()) {
			if strings.Contains(k, "/db") {
				t.Errorf("left in the state: %s", k)
			}
		}
	}, "databases", "database_users", "database_configs", "database_firewall_rules")
}

func TestChildrenOfANewParentAreCreatedAndOfAFirstSightSeen(t *testing.T) {
	play(t, func(b *bench) {
		b.rules(1)
		b.sweeps(2)
		b.wants("r databases db", "r database_firewall_rules db/r00")
		b.w.put("databases", "new", `{"id":"new","name":"new","engine":"pg","users":[{"name":"ann"}]}`)
		b.w.put("database_firewall_rules", "new/r", `{"uuid":"r","value":"10.0.0.1"}`)
		b.sweeps(2)
		b.wants("c databases new", "c database_users new/ann", "c database_firewall_rules new/r")
	}, "databases", "database_users", "database_firewall_rules")
}

func TestAnEmptyCollectionsFirstRecordIsCreated(t *testing.T) {
	play(t, func(b *bench) {
		b.step(t.Context(), false)
		b.open() // a restart right after the first sight of nothing
		b.firewalls(1)
		time.Sleep(time.Second)
		b.step(t.Context(), false)
		b.wants("c firewalls 0")
	}, "firewalls")
}

func TestAnotherIncarnationIsADeleteAndACreate(t *testing.T) {
	play(t, func(b *bench) {
		b.w.put("databases", "db", `{"id":"db","engine":"pg","created_at":"2026-01-01T00:00:00Z","users":[{"name":"ann"}]}`)
		b.sweeps(1)
		b.said()
		b.w.put("databases", "db", `{"id":"db","engine":"pg","created_at":"2026-02-01T00:00:00Z","users":[{"name":"bob"}]}`)
		b.sweeps(2)
		b.wants("d database_users db/ann cause=parent", "d databases db", "c databases db", "c database_users db/bob")
	}, "databases", "database_users")
}

func TestAChilds404IsNeverADelete(t *testing.T) {
	gone := &SourceError{Trouble: Gone, Err: errors.New("status 404")}
	play(t, func(b *bench) {
		b.rules(2)
		b.sweeps(1)
		b.said()
		b.w.fail["database_firewall_rules"] = gone
		b.sweeps(3)
		b.wants()
		if c := b.collection("database_firewall_rules", "db"); c.checkpoint.Status != state.Failing {
			t.Errorf("status %q, want failed", c.checkpoint.Status)
		}
	}, "databases", "database_firewall_rules")
	play(t, func(b *bench) { // nothing known of it: not offered here, and looked at hourly
		b.rules(0)
		b.w.fail["database_firewall_rules"] = gone
		b.sweeps(30)
		if n := b.asked("database_firewall_rules"); n != 1 {
			t.Errorf("asked %d times in half an hour, want once", n)
		}
	}, "databases", "database_firewall_rules")
}

func TestFieldsBehindALostScopeKeepTheirOldValues(t *testing.T) {
	forbidden := &SourceError{Trouble: Unreadable, Err: errors.New("status 403")}
	put := func(b *bench, tags string) {
		for _, id := range []string{"1", "2"} {
			b.w.put("firewalls", id, fmt.Sprintf(`{"id":%q,"name":"fw","tags":[%s]}`, id, tags))
		}
	}
	play(t, func(b *bench) {
		put(b, `"web"`)
		b.sweeps(1)
		b.said()
		put(b, ``)
		b.w.fail["tags"] = forbidden
		b.sweeps(3)
		b.wants()
		if got := b.collection("firewalls", "").checkpoint.HeldPaths; !slices.Equal(got, []string{"tags"}) {
			t.Errorf("held paths %v, want tags", got)
		}
		b.w.put("firewalls", "1", `{"id":"1","name":"renamed","tags":[]}`)
		b.sweeps(1)
		if e := b.parse(b.tape.events()[b.heard:]); len(e) != 1 || !strings.Contains(*e[0].After.Body, `"web"`) {
			t.Errorf("want one update that keeps the tags, got %v", e)
		}
		b.said()
		clear(b.w.fail) // the scope is back, and so are the tags
		put(b, `"web"`)
		b.w.put("firewalls", "1", `{"id":"1","name":"renamed","tags":["web"]}`)
		time.Sleep(scopeEvery)
		b.sweeps(2)
		b.wants()
		if got := b.collection("firewalls", "").checkpoint.HeldPaths; len(got) != 0 {
			t.Errorf("held paths %v after the scope came back", got)
		}
	}, "firewalls")
	play(t, func(b *bench) { // the scope is there: the tags are really gone
		put(b, `"web"`)
		b.sweeps(1)
		b.said()
		put(b, ``)
		b.sweeps(1)
		b.wants("u firewalls 1", "u firewalls 2")
	}, "firewalls")
}

func TestALogIsReadToWhatIsKnownAndOpenEntriesAreFollowed(t *testing.T) {
	play(t, func(b *bench) {
		action := func(n int, status string) {
			b.w.put("actions", fmt.Sprintf("%04d", n), fmt.Sprintf(`{"id":"%04d","status":%q}`, n, status))
		}
		for n := range 1200 {
			action(n, "completed")
		}
		b.sweeps(1)
		said := b.said()
		if len(said) < state.LogMemory || len(said) > state.LogMemory+b.w.perPage {
			t.Errorf("%d first sights, want the newest %d", len(said), state.LogMemory)
		}
		if said[len(said)-1] != "r actions 1199" {
			t.Errorf("the last is %s, want the newest", said[len(said)-1])
		}
		action(1200, "in-progress")
		for n := 1201; n < 1210; n++ {
			action(n, "completed")
		}
		b.sweeps(1)
		if said := b.said(); len(said) != 10 || said[0] != "c actions 1200" {
			t.Errorf("got %v, want ten created, oldest first", said)
		}
		b.open()
		action(1200, "completed")
		b.sweeps(2)
		b.wants("u actions 1200")
		if n := b.collection("actions", "").state.Len(); n != 0 {
			t.Errorf("%d entries are kept though none is open", n)
		}
	}, "actions")
}

func TestARecordTooLargeIsPublishedWithoutItsBody(t *testing.T) {
	play(t, func(b *bench) {
		b.tape.maxBytes = 40 << 10
		big := strings.Repeat("x", 30<<10)
		b.w.put("firewalls", "1", fmt.Sprintf(`{"id":"1","note":%q}`, big))
		b.sweeps(1)
		b.w.put("firewalls", "1", fmt.Sprintf(`{"id":"1","note":%q}`, big+"y"))
		b.sweeps(1)
		b.w.put("firewalls", "1", fmt.Sprintf(`{"id":"1","note":%q}`, big+big))
		b.sweeps(1)
		b.open()
		b.w.put("firewalls", "1", `{"id":"1","name":"small"}`)
		b.sweeps(2)
		events := b.parse(b.tape.events())
		b.wants("r firewalls 1", "u firewalls 1", "u firewalls 1", "u firewalls 1")
		for i, want := range []struct{ before, after bool }{{false, true}, {false, true}, {false, false}, {false, true}} {
			e := events[i]
			if got := e.After.Body != nil; got != want.after {
				t.Errorf("event %d: after has a body: %v, want %v", i, got, want.after)
			}
			if (e.After.Body == nil) != (e.After.BodySHA256 != nil) || e.Before != nil && (e.Before.Body == nil) != (e.Before.BodySHA256 != nil) {
				t.Errorf("event %d: body_sha256 stands exactly where the body does not", i)
			}
		}
		for _, r := range slices.Concat(b.tape.events(), b.tape.state()) {
			if n := len(r.Key) + len(r.Value); n > b.tape.maxBytes {
				t.Errorf("a record of %d bytes in %s", n, r.Topic)
			}
		}
	}, "firewalls")
}

func TestATopicMadeAnewGetsEverythingAgain(t *testing.T) {
	play(t, func(b *bench) {
		b.tape.topicIDs["digitalocean.firewalls"] = "one"
		b.firewalls(3)
		b.sweeps(1)
		b.said()
		b.tape.topicIDs["digitalocean.firewalls"] = "two"
		b.open()
		b.sweeps(3)
		b.wants("r firewalls 0", "r firewalls 1", "r firewalls 2")
		for _, e := range b.parse(b.tape.events()[3:]) {
			if e.Source.Snapshot != "incremental" {
				t.Errorf("snapshot %q, want incremental", e.Source.Snapshot)
			}
		}
	}, "firewalls")
}

func TestAFieldUnknownToTheDocumentIsPublishedAndAnnouncedOnce(t *testing.T) {
	play(t, func(b *bench) {
		b.w.put("firewalls", "1", `{"id":"1","name":"fw","brand_new":{"x":1}}`)
		b.sweeps(1)
		b.open()
		b.w.put("firewalls", "2", `{"id":"2","name":"fw","brand_new":{"x":1}}`)
		b.sweeps(2)
		if e := b.parse(b.tape.events()); !strings.Contains(*e[0].After.Body, `"brand_new":{"x":1}`) {
			t.Errorf("the field is not in the event: %s", *e[0].After.Body)
		}
		announced := b.tape.topic(func(name string) bool { return name == "digitalocean-meta.schema-changes" })
		if len(announced) != 1 || !strings.Contains(string(announced[0].Value), `"brand_new`) {
			t.Errorf("announced %d times, want once", len(announced))
		}
	}, "firewalls")
}

func TestOtherRulesMakeNoStorm(t *testing.T) {
	play(t, func(b *bench) {
		for i := range 5 {
			b.w.put("firewalls", fmt.Sprint(i), fmt.Sprintf(`{"id":"%d","name":"fw","note":"n%d"}`, i, i))
		}
		b.sweeps(1)
		b.said()
		row := *schema.Lookup("firewalls")
		row.Mask += " note" // what a release learns
		b.relearn(&row)
		b.w.put("firewalls", "3", `{"id":"3","name":"renamed","note":"n3"}`)
		b.sweeps(2)
		b.wants("u firewalls 3")
		b.w.put("firewalls", "4", `{"id":"4","name":"fw","note":"other"}`)
		b.sweeps(1)
		b.wants()
	}, "firewalls")
}

func TestASweepThatEndsEarlyDoesNotEndTheChangeOfRules(t *testing.T) {
	play(t, func(b *bench) {
		for i := range 6 {
			b.w.put("firewalls", fmt.Sprint(i), fmt.Sprintf(`{"id":"%d","name":"fw","note":"n%d"}`, i, i))
		}
		b.sweeps(1)
		b.said()
		row := *schema.Lookup("firewalls")
		row.Mask += " note"
		b.relearn(&row)
		b.w.cut["firewalls"] = 1
		b.sweeps(1)
		clear(b.w.cut)
		b.sweeps(1)
		b.wants()
		b.open()
		b.sweeps(1)
		b.wants()
	}, "firewalls")
}

func TestADeleteThatCantBeConfirmedWaits(t *testing.T) {
	play(t, func(b *bench) {
		b.firewalls(3)
		b.sweeps(1)
		b.said()
		b.w.remove("firewalls", "1")
		b.w.failGet = &SourceError{Trouble: Failed, Err: errors.New("status 500")}
		b.sweeps(3)
		b.wants()
		if c := b.collection("firewalls", ""); !strings.Contains(c.checkpoint.HeldWhy.String(), "not confirmed: status 500") {
			t.Errorf("held %q, want why", c.checkpoint.HeldWhy.String())
		}
		b.w.failGet = nil
		b.sweeps(1)
		b.wants("d firewalls 1")
	}, "firewalls")
}

func TestACascadeWaitsForWhatIsUnderWayBelow(t *testing.T) {
	play(t, func(b *bench) {
		b.rules(1)
		b.sweeps(1)
		b.said()
		b.w.put("database_firewall_rules", "db/r50", `{"uuid":"r50","value":"10.0.0.50"}`)
		b.a.turn(t.Context(), collectionID{Resource: "database_firewall_rules", Parent: "db"})
		b.w.remove("databases", "db")
		b.a.turn(t.Context(), collectionID{Resource: "databases"}) // the new rule is not in memory yet
		b.wants("c database_firewall_rules db/r50", "d database_firewall_rules db/r00 cause=parent",
			"d database_firewall_rules db/r50 cause=parent", "d databases db")
	}, "databases", "database_firewall_rules")
}

// crashes sweeps what is due, lets so many batches be committed and no more, and begins anew.
func (b *bench) crashes(batches int, anew func()) {
	b.t.Helper()
	b.tape.failAt = len(b.tape.batches) + batches
	k, _, _ := b.a.schedule.Next(time.Now())
	b.a.turn(b.t.Context(), k)
	if b.a.settle() == nil {
		b.t.Fatal("nothing failed")
	}
	b.tape.failAt = -1
	anew()
}

func TestAFirstSightGoesOnAfterACrashUnderOtherRules(t *testing.T) {
	play(t, func(b *bench) {
		for i := range 250 {
			b.w.put("firewalls", fmt.Sprint(i), fmt.Sprintf(`{"id":"%d","note":"n%d"}`, i, i))
		}
		row := *schema.Lookup("firewalls")
		row.Mask += " note"
		b.crashes(1, func() { b.relearn(&row) })
		b.sweeps(2)
		said := b.said()
		if len(said) != 250 || slices.ContainsFunc(said, func(s string) bool { return s[0] != 'r' }) {
			t.Errorf("%d events, want 250 first sights and nothing else", len(said))
		}
	}, "firewalls")
}

func TestARepeatedSnapshotGoesOnAfterACrashWhereItStood(t *testing.T) {
	play(t, func(b *bench) {
		b.tape.topicIDs["digitalocean.firewalls"] = "one"
		b.firewalls(250)
		b.sweeps(1)
		b.said()
		b.tape.topicIDs["digitalocean.firewalls"] = "two"
		b.open()
		b.crashes(1, b.open)
		b.sweeps(2)
		if n := len(b.said()); n != 250 {
			t.Errorf("%d events, want each of 250 records once", n)
		}
	}, "firewalls")
}

func TestMarksSayHowCompleteItIs(t *testing.T) {
	play(t, func(b *bench) {
		b.firewalls(2)
		b.sweeps(2)
		b.w.fail["firewalls"] = &SourceError{Trouble: Unreadable, Err: errors.New("status 403")}
		b.sweeps(3)
		clear(b.w.fail)
		b.sweeps(1)
		var got []string
		for _, r := range b.tape.topic(func(name string) bool { return name == "digitalocean-meta.status" }) {
			var m state.CollectionStatus
			must(t, json.Unmarshal(r.Value, &m))
			got = append(got, string(m.Status)+" "+m.Reason)
		}
		if diff := cmp.Diff([]string{"whole ", "unreadable the token lacks firewall:read", "whole "}, got); diff != "" {
			t.Errorf("changes of status (-want +got):\n%s", diff)
		}
	}, "firewalls")
}

func TestUnchangedSweepsCommitNothing(t *testing.T) {
	play(t, func(b *bench) {
		b.firewalls(5)
		b.rules(5)
		b.sweeps(3)
		before := len(b.tape.batches)
		b.sweeps(10)
		if n := len(b.tape.batches) - before; n != 0 {
			t.Errorf("%d batches of ten unchanged sweeps, want none", n)
		}
	}, "firewalls", "databases", "database_firewall_rules")
}

func TestARefusedTokenStopsTheAccountAndEmptiesNothing(t *testing.T) {
	play(t, func(b *bench) {
		b.firewalls(5)
		b.sweeps(1)
		b.said()
		b.w.fail["firewalls"] = &SourceError{Trouble: Refused, Err: errors.New("status 401")}
		b.sweeps(1)
		b.wants()
		if !b.a.stopped || b.collection("firewalls", "").checkpoint.Status != state.Stopped {
			t.Errorf("stopped %v, status %q", b.a.stopped, b.collection("firewalls", "").checkpoint.Status)
		}
	}, "firewalls")
}
