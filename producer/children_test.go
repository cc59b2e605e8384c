package producer_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

func TestAParentTakesItsChildrenAlongFirst(t *testing.T) {
	play(t, func(h *harness) {
		h.rules(3)
		h.put("databases", "db", `{"id":"db","name":"db","engine":"pg","users":[{"name":"ann"}]}`)
		h.put("database_configs", "db/database_configs", `{"mode":"m"}`)
		h.sweeps(2)
		h.said()
		h.remove("databases", "db")
		h.sweeps(1)
		h.wants("d database_configs db/database_configs cause=parent",
			"d database_firewall_rules db/r00 cause=parent", "d database_firewall_rules db/r01 cause=parent",
			"d database_firewall_rules db/r02 cause=parent", "d database_users db/ann cause=parent", "d databases db")
		for k := range fold(h.log.state()) {
			if strings.Contains(k, "/db") {
				t.Errorf("left in the state: %s", k)
			}
		}
	}, "databases", "database_users", "database_configs", "database_firewall_rules")
}

func TestChildrenOfANewParentAreCreatedAndOfAFirstSightSeen(t *testing.T) {
	play(t, func(h *harness) {
		h.rules(1)
		h.sweeps(2)
		h.wants("r databases db", "r database_firewall_rules db/r00")
		h.put("databases", "new", `{"id":"new","name":"new","engine":"pg","users":[{"name":"ann"}]}`)
		h.put("database_firewall_rules", "new/r", `{"uuid":"r","value":"10.0.0.1"}`)
		h.sweeps(2)
		h.wants("c databases new", "c database_users new/ann", "c database_firewall_rules new/r")
	}, "databases", "database_users", "database_firewall_rules")
}

func TestAnotherIncarnationIsADeleteAndACreate(t *testing.T) {
	play(t, func(h *harness) {
		h.put("databases", "db", `{"id":"db","engine":"pg","created_at":"2026-01-01T00:00:00Z","users":[{"name":"ann"}]}`)
		h.sweeps(1)
		h.said()
		h.put("databases", "db", `{"id":"db","engine":"pg","created_at":"2026-02-01T00:00:00Z","users":[{"name":"bob"}]}`)
		h.sweeps(2)
		h.wants("d database_users db/ann cause=parent", "d databases db", "c databases db", "c database_users db/bob")
	}, "databases", "database_users")
}

func TestAChilds404IsNeverADelete(t *testing.T) {
	play(t, func(h *harness) {
		h.rules(2)
		h.sweeps(1)
		h.said()
		h.fail["database_firewall_rules"] = notFound
		h.sweeps(3)
		h.wants()
		if c := h.collection("database_firewall_rules", "db"); c.Status != state.Failing {
			t.Errorf("status %q, want failed", c.Status)
		}
	}, "databases", "database_firewall_rules")
	play(t, func(h *harness) { // nothing known of it: not offered here, or not yet
		h.rules(0)
		h.fail["database_firewall_rules"] = notFound
		h.sweeps(30)
		if n := h.asked("database_firewall_rules"); n > 15 {
			t.Errorf("asked %d times in half an hour, want at most 15", n)
		}
	}, "databases", "database_firewall_rules")
}

func TestACascadeWaitsForWhatIsUnderWayBelow(t *testing.T) {
	play(t, func(h *harness) {
		h.rules(1)
		h.sweeps(1)
		h.said()
		h.put("database_firewall_rules", "db/r50", `{"uuid":"r50","value":"10.0.0.50"}`)
		h.log.take(90 * time.Second)
		h.sweeps(1)
		h.remove("databases", "db") // the new rule is not committed yet
		h.sweeps(4)
		h.wants("c database_firewall_rules db/r50", "d database_firewall_rules db/r00 cause=parent",
			"d database_firewall_rules db/r50 cause=parent", "d databases db")
	}, "databases", "database_firewall_rules")
}

func TestTheMarkOfACollectionGoesWithIt(t *testing.T) {
	play(t, func(h *harness) {
		h.put("domains", "example.com", `{"name":"example.com"}`)
		h.put("domains", "other.com", `{"name":"other.com"}`)
		h.put("domain_records", "example.com/1", `{"id":1}`)
		h.sweeps(2)
		h.remove("domains", "example.com")
		h.sweeps(5)
		if m := lastMarks(t, h.log)["domain_records/example.com"]; m != nil {
			t.Errorf("the mark of a collection that went with its parent stays: %+v", *m)
		}
	}, "domains", "domain_records")
}

func TestChildrenOfAMissingParentAreNotCalledSwept(t *testing.T) {
	play(t, func(h *harness) {
		put := func(users string) {
			h.put("databases", "db", `{"id":"db","name":"db","engine":"pg","users":[`+users+`]}`)
			h.put("databases", "db2", `{"id":"db2","name":"db2","engine":"pg","users":[{"name":"x"}]}`)
		}
		put(`{"name":"u1"}`)
		h.sweeps(3)
		h.said()
		h.failGet = failed
		k := state.CollectionID{Resource: "databases"}
		delete(h.records[k], "db") // the list lacks it, for ten minutes
		h.sweeps(3)
		changed := time.Now().UnixMilli() // u2 is created
		h.sweeps(8)
		if c := h.collection("database_users", "db"); time.Since(time.UnixMilli(c.WholeMS)) < 10*time.Minute ||
			c.HeldReason == "" {
			t.Errorf("its users were seen whole at %d, held %q: want that they are old, and why", c.WholeMS, c.Why)
		}
		put(`{"name":"u1"},{"name":"u2"}`)
		h.sweeps(1)
		h.said()
		if op, prev := h.lastWindow(); prev > changed {
			t.Errorf("%s: window begins %v after the change", op, time.Duration(prev-changed)*time.Millisecond)
		}
	}, "databases", "database_users")
}

// A parent's confirmed delete takes everything below it along, however much that is: neither held nor asked for.
func TestACascadeIsExemptFromTheMassDeleteGuard(t *testing.T) {
	play(t, func(h *harness) {
		h.put("domains", "example.com", `{"name":"example.com"}`)
		for i := range 250 {
			h.put("domain_records", fmt.Sprint("example.com/", i), fmt.Sprintf(`{"id":%d,"data":"x"}`, i))
		}
		h.sweeps(2)
		h.said()
		h.remove("domains", "example.com")
		h.sweeps(1)
		said := h.said()
		if len(said) != 251 || said[250] != "d domains example.com" {
			t.Errorf("%d events, the last of them %q: want 250 records' deletes and then their domain's", len(said),
				said[len(said)-1])
		}
		if n := h.asked("get domain_records"); n != 0 {
			t.Errorf("%d records were asked for by id, want none", n)
		}
	}, "domains", "domain_records")
}

// overlapping shows the first page of each listing a second time, as pages do that shift while they are read.
type overlapping struct{ *tables }

func (s overlapping) Pages(ctx context.Context, r *schema.Resource, parent string) iter.Seq2[diff.Page, error] {
	return func(yield func(diff.Page, error) bool) {
		for page, err := range s.tables.Pages(ctx, r, parent) {
			if !yield(page, err) || (err == nil && !yield(page, nil)) {
				return
			}
		}
	}
}

func TestWhatIsEmbeddedInAParentThatIsShownTwiceIsPublishedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, on := newTables(), newFakeLog()
		s.put("databases", "db", database(6))
		stop := start(t, on, producer.Options{Interval: time.Minute}, watching("a", overlapping{s}, withUsers...)).stop
		time.Sleep(5 * time.Minute)
		s.now(func() { s.put("databases", "db", database(9)) })
		time.Sleep(5 * time.Minute)
		must(t, stop())
		strictly(t, on)
	})
}

func TestAMissingEmbeddedRecordIsLookedAtAgainAfterALookWithoutAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, on := newTables(), newFakeLog()
		s.put("databases", "db", database(3))
		stop := start(t, on, producer.Options{Interval: time.Minute}, watching("a", s, withUsers...)).stop
		time.Sleep(5 * time.Minute)
		s.now(func() {
			s.put("databases", "db", database(2))
			s.failGet = errors.New("status 500")
		})
		time.Sleep(5 * time.Minute)
		s.now(func() { s.failGet = nil })
		time.Sleep(5 * time.Minute)
		must(t, stop())
		if last := lastEvent(t, on); last.Op != schema.Deleted || last.ID() != "db/user-2" {
			t.Errorf("the last event is %s %s, want d db/user-2", last.Op, last.ID())
		}
	})
}

// A sweep that doesn't show the parent must not be the one that was to look at what is embedded in it.
func TestAMissingEmbeddedRecordIsLookedAtAgainThoughItsParentWasNotShownMeanwhile(t *testing.T) {
	play(t, func(h *harness) {
		h.put("databases", "db", database(3))
		h.sweeps(2)
		h.said()
		h.put("databases", "db", database(2))
		h.failGet = errors.New("status 500")
		h.sweeps(1)
		h.empty["databases"] = true
		h.sweeps(1)
		h.empty["databases"] = false
		h.failGet = nil
		h.sweeps(2) // the page is the same as before
		h.wants("d database_users db/user-2")
	}, withUsers...)
}

// A listing that returns 404 below a living parent says nothing of what is there.
func TestAListingThatIsNotOfferedYetDoesNotBeginAWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, on := newTables(), newFakeLog()
		stop := start(t, on, producer.Options{Interval: time.Minute}, watching("a", s, withUsers...)).stop
		time.Sleep(5*time.Minute + 30*time.Second)
		created := time.Now().UnixMilli()
		s.now(func() {
			s.put("databases", "db", database(0))
			s.put("database_replicas", "db/one", `{"id":"one","name":"one"}`)
			replicasAnswer404(s)
		})
		time.Sleep(5 * time.Minute)
		s.now(func() { delete(s.fail, "database_replicas") })
		time.Sleep(2 * time.Hour)
		must(t, stop())
		last := lastEvent(t, on)
		if last.Op != schema.Created || last.ID() != "db/one" {
			t.Fatalf("the last event is %s %s, want c db/one", last.Op, last.ID())
		}
		if *last.Source.PrevTsMS > created {
			t.Errorf("the window begins %d ms after the record was created", *last.Source.PrevTsMS-created)
		}
	})
}

func lastEvent(t *testing.T, on *fakeLog) (e schema.Event) {
	t.Helper()
	events := on.events()
	must(t, json.Unmarshal(events[len(events)-1].Value, &e))
	return e
}

func TestEmbeddedCollectionsFollowTheirParentsTrouble(t *testing.T) {
	play(t, func(h *harness) {
		h.put("databases", "db", `{"id":"db","engine":"pg","users":[{"name":"ann"}]}`)
		h.sweeps(2)
		h.said()
		age := func() int64 { return h.p.Status().Accounts[0].Collections[0].AgeMS } // database_users comes first
		if got := age(); got > 2*61_000 {
			t.Errorf("age %d ms though the parents' page was read again", got)
		}
		h.fail["databases"] = failed
		h.sweeps(5)
		if c := h.collection("database_users", "db"); c.Status != state.Failing {
			t.Errorf("status %q while the parents can't be read, want failed", c.Status)
		}
		if got := age(); got < 4*61_000 {
			t.Errorf("age %d ms though nothing was read for five minutes", got)
		}
		clear(h.fail)
		h.sweeps(1) // the page is the same as before the trouble
		if c := h.collection("database_users", "db"); c.Status != state.Whole {
			t.Errorf("status %q after the parents were read, want whole", c.Status)
		}
		h.wants()
	}, "databases", "database_users")
}

func TestEmbeddedRecordsThatCantBeReadAreNamed(t *testing.T) {
	for what, tc := range map[string]struct{ users, want string }{
		"an object where a list was": {`{"name":"doadmin"}`, "database_users of db: users is not an array"},
		"a user without a name":      {`[{"role":"primary"}]`, "database_users of db: element 0: it has no name"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, log := newTables(), newFakeLog()
			s.put("databases", "db", `{"id":"db","engine":"pg","users":[{"name":"doadmin"}]}`)
			s.put("firewalls", "1", `{"id":"1","name":"fw"}`)
			r := start(t, log, everyMinute(), watching("a", s, "databases", "database_users", "firewalls"))
			time.Sleep(time.Minute)
			s.now(func() {
				s.put("databases", "db", `{"id":"db","engine":"pg","users":`+tc.users+`}`)
				s.put("firewalls", "1", `{"id":"1","name":"other"}`)
			})
			time.Sleep(3 * time.Minute)
			for _, c := range r.p.Status().Accounts[0].Collections {
				if c.Resource != "database_users" {
					if c.Status != state.Whole {
						t.Errorf("%s: %s is %s: %s", what, c.Resource, c.Status, c.Reason)
					}
					continue
				}
				const want = "list databases page 1 (request "
				if c.Status == state.Whole || !strings.HasPrefix(c.Reason, want) || !strings.HasSuffix(c.Reason, tc.want) {
					t.Errorf("%s: %s, %q; want the reason %q… %q", what, c.Status, c.Reason, want, tc.want)
				}
			}
			if got, want := ops(t, log, "database_users")+", "+ops(t, log, "firewalls"), "r, r u"; got != want {
				t.Errorf("%s: events %q, want %q", what, got, want)
			}
			must(t, r.stop())
		})
	}
}

// What another incarnation of a parent has embedded is read by the next sweep, and may have been there before this one.
func TestTheWindowOfWhatAnotherIncarnationHasEmbedded(t *testing.T) {
	play(t, func(h *harness) {
		put := func(born, user string) {
			h.put("databases", "db", fmt.Sprintf(`{"id":"db","engine":"pg","created_at":%q,"users":[{"name":%q}]}`, born, user))
		}
		put("2024-01-01T00:00:00Z", "ann")
		h.sweeps(3)
		h.said()
		created := time.Now().UnixMilli()
		put("2024-02-01T00:00:00Z", "bob")
		h.sweeps(2)
		h.wants("d database_users db/ann cause=parent", "d databases db", "c databases db", "c database_users db/bob")
		if _, prev := h.lastWindow(); prev > created {
			t.Errorf("its window begins %d ms after it was created", prev-created)
		}
	}, "databases", "database_users")
}

// A process may end between what a new parent has embedded and the parent itself. If that is gone meanwhile, nothing is
// left to tell what becomes of the collection: it goes with the next whole sweep.
func TestAnEmptyCollectionWithoutItsParentGoes(t *testing.T) {
	play(t, func(h *harness) {
		h.put("databases", "db", `{"id":"db","engine":"pg","users":[{"name":"ann"}]}`)
		h.sweeps(1)
		h.restart()
		const account = "team-1"
		key := []byte("collection/" + account + "/database_users/gone")
		h.log.Commit(producer.Batch{Records: []producer.Record{
			{Topic: "digitalocean-meta.state", Account: account, Key: key, Value: []byte(`{"first_ms":1,"whole_ms":1}`)},
		}}, func(error) {})
		h.sweeps(2)
		for _, c := range h.p.Status().Accounts[0].Collections {
			if c.ParentID == "gone" {
				t.Errorf("it is still there: %+v", c)
			}
		}
		kept := fold(h.log.state())
		if value := kept[string(key)]; value != "" {
			t.Errorf("the state still has %s", value)
		}
	}, "databases", "database_users")
}
