package producer_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seachange/seachange/diff/absence"
	"github.com/seachange/seachange/producer/state"
)

// A new parent's children may answer 404 for a while: they are asked for again soon, and are never called whole before
// they were read.
func TestChildrenThatANewParentDoesNotOfferYetAreCreatedSoon(t *testing.T) {
	children := map[string]string{
		"database_replicas":       `{"id":"one","name":"one"}`,
		"database_firewall_rules": `{"uuid":"one","value":"10.0.0.1"}`,
		"database_configs":        `{"mode":"m"}`,
	}
	for resource, record := range children {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, restart %t", resource, restart), func(t *testing.T) {
				play(t, func(h *harness) {
					id := map[bool]string{true: "db/database_configs", false: "db/one"}[resource == "database_configs"]
					h.sweeps(2)
					h.put("databases", "db", `{"id":"db","name":"db","engine":"pg"}`)
					h.put(resource, id, record)
					h.fail[resource] = notFound
					for range 4 {
						h.sweeps(1)
						if c := h.collection(resource, "db"); c.Status != state.NotOffered {
							t.Errorf("status %q before it was read, want %q", c.Status, state.NotOffered)
						}
						if restart {
							h.restart()
						}
					}
					h.wants("c databases db")
					delete(h.fail, resource)
					h.sweeps(3)
					h.wants("c " + resource + " " + id)
					if c := h.collection(resource, "db"); c.Status != state.Whole {
						t.Errorf("status %q once it was read, want whole", c.Status)
					}
				}, "databases", resource)
			})
		}
	}
}

// What is not offered rests longer and longer, an hour at most, also over restarts, and is asked for at once when its
// parent moves.
func TestWhatIsNotOfferedIsAskedForAgainWhenItsParentChanges(t *testing.T) {
	const resource = "database_firewall_rules" // gated by the parent's rules
	play(t, func(h *harness) {
		moves := 0
		move := func(name string) {
			h.put("databases", "db", fmt.Sprintf(`{"id":"db","name":%q,"engine":"pg","rules":[%d]}`, name, moves))
		}
		asks := func(during time.Duration) int {
			n := h.asked(resource)
			h.wait(during)
			return h.asked(resource) - n
		}
		move("db")
		h.fail[resource] = notFound
		h.sweeps(1)
		if n := asks(3 * time.Hour); n > 20 {
			t.Errorf("asked for %d times in three hours, want at most 20", n)
		}
		if n := asks(10 * time.Hour); n < 9 || n > 11 {
			t.Errorf("asked for %d times in the next ten hours, want about 10", n)
		}
		h.restart()
		h.sweeps(1)
		if n := asks(10 * time.Hour); n < 9 || n > 11 {
			t.Errorf("asked for %d times in the ten hours after a restart, want about 10", n)
		}
		move("renamed") // nothing of the gate
		if n := asks(5 * time.Minute); n < 4 {
			t.Errorf("asked for %d times in the five minutes after its parent changed, want at least 4", n)
		}
		asks(10 * time.Hour)
		moves++
		move("renamed") // the gate alone
		if n := asks(5 * time.Minute); n < 4 {
			t.Errorf("asked for %d times in the five minutes after its gate moved, want at least 4", n)
		}
	}, "databases", resource)
}

// A member that a parent's record lacks was not shown: what is embedded there stays.
func TestAParentThatDoesNotShowWhatIsEmbeddedInIt(t *testing.T) {
	parts := map[string]struct{ parent, parentID, fields, member, elements, record string }{
		"database_users":        {"databases", "db", `"id":"db","engine":"pg","db_names":[]`, "users", `{"name":"ann"},{"name":"bob"}`, "ann"},
		"kubernetes_node_pools": {"kubernetes_clusters", "k", `"id":"k"`, "node_pools", `{"id":"p1"},{"id":"p2"}`, "p1"},
		"database_dbs":          {"databases", "db", `"id":"db","engine":"pg","users":[]`, "db_names", `"ann","bob"`, "ann"},
	}
	for resource, p := range parts {
		for _, lacks := range []string{"", `null`} {
			for _, restart := range []bool{false, true} {
				if resource == "database_dbs" && lacks != "" {
					continue // its row says that null is none
				}
				t.Run(fmt.Sprintf("%s %q restart %t", resource, lacks, restart), func(t *testing.T) {
					play(t, func(h *harness) {
						show := func(member string) {
							if member != "" {
								member = fmt.Sprintf(`,%q:%s`, p.member, member)
							}
							h.put(p.parent, p.parentID, `{`+p.fields+member+`}`)
						}
						h.failGet = notFound
						show("[" + p.elements + "]")
						h.sweeps(2)
						h.said()
						show(lacks)
						for range 3 {
							if restart {
								h.restart()
							}
							h.sweeps(1)
						}
						if c := h.collection(resource, p.parentID); c.Status != state.Failing || c.Records != 2 {
							t.Errorf("%s, %d records: %q; want failed, and 2", c.Status, c.Records, c.Reason)
						}
						show("[" + p.elements + "]")
						h.sweeps(2)
						h.wants()
						if c := h.collection(resource, p.parentID); c.Status != state.Whole {
							t.Errorf("status %q once it is shown again, want whole", c.Status)
						}
						show("[]")
						h.sweeps(2)
						if said := h.said(); len(said) != 2 || said[0] != "d "+resource+" "+p.parentID+"/"+p.record {
							t.Errorf("events once it shows none: %q, want two deletes", said)
						}
					}, p.parent, resource)
				})
			}
		}
	}
}

// Of what was never shown nothing is known; what appears there below a new parent was created.
func TestWhatANewParentDoesNotShowYet(t *testing.T) {
	play(t, func(h *harness) {
		h.sweeps(2)
		for _, engine := range []string{`"pg"`, `"pg","users":null`} {
			h.put("databases", "db", `{"id":"db","engine":`+engine+`}`)
			h.sweeps(2)
			if c := h.collection("database_users", "db"); c.Status != state.NotOffered {
				t.Errorf("status %q before any were shown, want %q", c.Status, state.NotOffered)
			}
		}
		h.put("databases", "db", `{"id":"db","engine":"pg","users":[{"name":"ann"}]}`)
		h.sweeps(2)
		h.wants("c databases db", "c database_users db/ann")
	}, "databases", "database_users")
}

// A 404 by id that is about the parent proves nothing while that is listed.
func TestA404OfTheParentConfirmsNoDelete(t *testing.T) {
	play(t, func(h *harness) {
		h.put("databases", "db", database(4))
		h.put("domains", "example.com", `{"name":"example.com"}`)
		h.put("domain_records", "example.com/1", `{"id":1}`)
		h.put("domain_records", "example.com/2", `{"id":2}`)
		h.sweeps(2)
		h.said()
		h.failGet = parentNotFound
		h.put("databases", "db", database(1))
		h.remove("domain_records", "example.com/2")
		h.sweeps(3)
		h.restart()
		h.sweeps(3)
		h.wants()
		for resource, parent := range map[string]string{"database_users": "db", "domain_records": "example.com"} {
			if c := h.collection(resource, parent); c.HeldReason != absence.ParentMissing {
				t.Errorf("%s are held because of %q, want %q", resource, c.HeldReason, absence.ParentMissing)
			}
		}
		h.failGet = nil
		h.sweeps(2)
		said := h.said()
		slices.Sort(said)
		if len(said) != 4 || said[3] != "d domain_records example.com/2" {
			t.Errorf("events once the record itself is not found: %q, want four deletes", said)
		}
	}, "databases", "database_users", "domains", "domain_records")
}

// What a parent has only one of is gone when its listing returns 404 in two looks, while the parent lives.
func TestWhatThereIsOneOfGoesAfterTwo404s(t *testing.T) {
	one := func(t *testing.T, f func(h *harness)) {
		t.Helper()
		play(t, func(h *harness) {
			h.put("databases", "db", `{"id":"db","engine":"mysql"}`)
			h.put("database_sql_modes", "db/database_sql_modes", `{"sql_mode":"ANSI"}`)
			h.sweeps(2)
			h.said()
			f(h)
		}, "databases", "database_sql_modes")
	}
	const record = "database_sql_modes db/database_sql_modes"
	one(t, func(h *harness) {
		h.fail["database_sql_modes"] = notFound
		h.sweeps(1)
		h.wants() // one look is none
		h.sweeps(2)
		h.wants("d " + record)
		h.sweeps(2)
		if c := h.collection("database_sql_modes", "db"); c.Status != state.Whole || c.Records != 0 || c.HeldCount != 0 {
			t.Errorf("%s, %d records, %d held: want whole, and none", c.Status, c.Records, c.HeldCount)
		}
		clear(h.fail)
		h.sweeps(2)
		h.wants("c " + record)
	})
	one(t, func(h *harness) { // a look apart that shows it begins anew
		for range 3 {
			h.fail["database_sql_modes"] = notFound
			h.sweeps(1)
			clear(h.fail)
			h.sweeps(1)
		}
		h.wants()
	})
	one(t, func(h *harness) { // over a restart
		h.fail["database_sql_modes"] = notFound
		h.sweeps(1)
		h.restart()
		h.sweeps(3)
		h.wants("d " + record)
	})
	one(t, func(h *harness) { // nobody knows whether the parent lives
		h.fail["database_sql_modes"] = notFound
		h.fail["databases"] = failed
		h.sweeps(4)
		h.wants()
		delete(h.fail, "databases")
		h.sweeps(3)
		h.wants("d " + record)
	})
	one(t, func(h *harness) { // the parent went
		h.remove("databases", "db")
		h.sweeps(3)
		h.wants("d "+record+" cause=parent", "d databases db")
	})
	one(t, func(h *harness) { // it is the parent that isn't found, though it is listed
		h.fail["database_sql_modes"] = parentNotFound
		h.sweeps(4)
		h.wants()
	})
}

// With learned intervals too, and after a restart: what was opened and never read is read at once.
func TestWhatWasNeverReadIsReadFirstAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &harness{
			running: &running{t: t, log: newFakeLog()}, tables: newTables(),
			resources: []string{"databases", "database_replicas"},
		}
		h.source = h.tables
		h.begin()
		h.wait(5 * time.Minute)
		h.put("databases", "db", `{"id":"db","name":"db","engine":"pg"}`)
		h.put("database_replicas", "db/one", `{"id":"one","name":"one"}`)
		h.fail["database_replicas"] = notFound
		h.wait(3 * time.Hour)
		h.wants("c databases db")
		h.restart()
		delete(h.fail, "database_replicas")
		h.begin()
		h.wait(time.Minute)
		h.wants("c database_replicas db/one")
		h.end()
	})
}
