package producer

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
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// lastMarks answers the marks that stand in the sweeps topic, by resource and parent.
func lastMarks(t *testing.T, tp *tape) map[string]*state.CollectionStatus {
	m := map[string]*state.CollectionStatus{}
	for _, r := range tp.topic(func(n string) bool { return n == "digitalocean-meta.sweeps" }) {
		var k struct {
			Resource string `json:"resource"`
			ParentID string `json:"parent_id"`
		}
		must(t, json.Unmarshal(r.Key, &k))
		if r.Value == nil {
			delete(m, k.Resource+"/"+k.ParentID)
			continue
		}
		var v state.CollectionStatus
		must(t, json.Unmarshal(r.Value, &v))
		m[k.Resource+"/"+k.ParentID] = &v
	}
	return m
}

// lastWindow answers the last event and when its window begins.
func (b *bench) lastWindow() (op string, prev int64) {
	ev := b.parse(b.tape.events())
	e := ev[len(ev)-1]
	if e.Source.PrevTsMS == nil {
		return string(e.Op), -1
	}
	return string(e.Op), *e.Source.PrevTsMS
}

// swap gives another token between a listing and the look by id.
type swap struct {
	*tables
	at string
	on bool
}

func (s *swap) Pages(ctx context.Context, r *schema.Resource, p string) iter.Seq2[diff.Page, error] {
	return func(yield func(diff.Page, error) bool) {
		s.tables.Pages(ctx, r, p)(yield)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.on { // the file was rotated: the next request goes out with a token of another team, which lacks account:read
			s.tokenReads++
			s.failGet = &SourceError{Trouble: Gone, Err: errors.New("status 404")}
		}
	}
}

func TestAMarkCountsTheRecordsOfItsOwnSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTables()
		for i := range 5 {
			s.put("firewalls", fmt.Sprint(i), fmt.Sprintf(`{"id":"%d","name":"fw"}`, i))
		}
		tp := newTape()
		p, err := New(Options{Log: tp, Once: true, Accounts: []Account{watching("a", s, "firewalls")}})
		must(t, err)
		must(t, p.Run(t.Context()))
		if m := lastMarks(t, tp)["firewalls/"]; m.Records != 5 {
			t.Errorf("mark after a pass over 5 firewalls says records=%d", m.Records)
		}
	})
}

func TestASweepThatHoldsSomethingIsStillAWholeOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTables()
		s.put("firewalls", "1", `{"id":"1","name":"fw"}`)
		s.put("firewalls", "2", `{"id":"2","name":"fw"}`)
		r := start(t, newTape(), Options{}, watching("a", s, "firewalls"))
		time.Sleep(time.Second)
		s.now(func() {
			s.remove("firewalls", "2")
			s.failGet = &SourceError{Trouble: Failed, Err: errors.New("status 500")}
		})
		time.Sleep(24 * time.Hour)
		c := r.p.Status().Accounts[0].Collections[0]
		if c.AgeMS > 5*60*1000 {
			t.Error("swept whole each minute, age grows")
		}
		must(t, r.stop())
	})
}

func TestARequestToAStoppedAccountHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, s2 := oneFirewall("team-1"), oneFirewall("team-2")
		s2.failID = errors.New("status 500")
		tp := newTape()
		r := start(t, tp, Options{}, watching("a", s, "firewalls"), watching("b", s2, "firewalls"))
		time.Sleep(time.Second)
		refused := &SourceError{Trouble: Refused, Err: errors.New("status 401")}
		s.now(func() { s.fail["firewalls"], s.failID = refused, refused })
		time.Sleep(5 * time.Minute)
		tp.requests <- Request{AccountID: "team-1", Resource: "firewalls", Kind: "release", AtMS: time.Now().UnixMilli()}
		time.Sleep(5 * time.Minute)
		s2.now(func() { s2.failID = nil })
		time.Sleep(48 * time.Hour)
		n := 0
		for _, e := range tp.events() {
			if strings.Contains(string(e.Key), "team-2") {
				n++
			}
		}
		if n == 0 {
			t.Errorf("account b could be read for 48 h, and nothing of it was")
		}
		must(t, r.stop())
	})
}

func TestWhatAnotherTokenListedProvesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := newTables()
		tb.unverified = true
		tb.put("firewalls", "1", `{"id":"1","name":"fw"}`)
		tb.put("firewalls", "2", `{"id":"2","name":"fw"}`)
		s := &swap{tables: tb}
		tp := newTape()
		a := watching("a", tb, "firewalls")
		a.Source = s
		r := start(t, tp, Options{}, a)
		time.Sleep(2*time.Minute + time.Second)
		// a list that lacks one for a moment (it still exists)
		k := collectionID{Resource: "firewalls"}
		gone := tb.records[k]["2"]
		tb.now(func() {
			s.on = true
			delete(tb.records[k], "2")
		})
		time.Sleep(time.Minute)
		tb.now(func() { tb.records[k]["2"] = gone })
		for _, e := range tp.events() {
			if strings.Contains(string(e.Value), `"op":"d"`) {
				t.Errorf("deleted on the word of a token that has not shown whose it is")
			}
		}
		must(t, r.stop())
	})
}

func TestTheMarkOfACollectionGoesWithIt(t *testing.T) {
	play(t, func(b *bench) {
		b.w.put("domains", "example.com", `{"name":"example.com"}`)
		b.w.put("domains", "other.com", `{"name":"other.com"}`)
		b.w.put("domain_records", "example.com/1", `{"id":1}`)
		b.sweeps(2)
		b.w.remove("domains", "example.com")
		b.sweeps(5)
		if m := lastMarks(t, b.tape)["domain_records/example.com"]; m != nil {
			t.Errorf("the mark of a collection that went with its parent stays: %+v", *m)
		}
	}, "domains", "domain_records")
}

func TestALargeListThatIsEmptyForAMomentFitsIntoARecord(t *testing.T) {
	play(t, func(b *bench) {
		b.tape.maxBytes = 1 << 20 // a managed cluster's
		for i := range 25000 {
			id := fmt.Sprintf("412846bd-f768-5f31-adc9-%012d", i)
			b.w.put("firewalls", id, fmt.Sprintf(`{"id":"%s","name":"fw"}`, id))
		}
		b.w.perPage = 200
		b.sweeps(1)
		b.w.empty["firewalls"] = true
		b.sweeps(1)
		for _, batch := range b.tape.batches {
			for _, r := range batch.Records {
				if n := len(r.Key) + len(r.Value); n > b.tape.maxBytes {
					t.Errorf("%s: a record of %d bytes, the topics take %d", r.Topic, n, b.tape.maxBytes)
				}
			}
		}
	}, "firewalls")
}

func TestASightingInAPartialSweepEndsASuspicion(t *testing.T) {
	play(t, func(b *bench) {
		b.w.perPage = 3
		b.rules(6)
		b.sweeps(1)
		b.said()
		k := collectionID{Resource: "database_firewall_rules", Parent: "db"}
		was := b.w.records[k]["db/r00"]
		delete(b.w.records[k], "db/r00") // the list lacks it for a moment
		b.sweeps(1)
		b.w.records[k]["db/r00"] = was // it is there, page 2 fails
		b.w.cut["database_firewall_rules"] = 1
		b.sweeps(3)
		delete(b.w.cut, "database_firewall_rules")
		delete(b.w.records[k], "db/r00") // and lacks it for a moment again
		b.step(t.Context(), false)
		b.settle()
		for _, s := range b.said() {
			t.Errorf("%s: shown a minute before, missing in one whole sweep since", s)
		}
	}, "databases", "database_firewall_rules")
}

func TestARecordThatIsHeldKeepsItsOldRulesOverARestart(t *testing.T) {
	play(t, func(b *bench) {
		for i := range 3 {
			b.w.put("firewalls", fmt.Sprint(i), fmt.Sprintf(`{"id":"%d","name":"fw","noise":%d}`, i, i))
		}
		b.sweeps(1)
		b.said()
		row := *schema.Lookup("firewalls")
		row.Ignore = row.Ignore + " noise"
		// upgrade, while the list lacks one for a moment
		k := collectionID{Resource: "firewalls"}
		was := b.w.records[k]["2"]
		b.w.failGet = &SourceError{Trouble: Failed, Err: errors.New("status 500")}
		delete(b.w.records[k], "2")
		b.relearn(&row)
		b.sweeps(2)
		b.open() // restart
		b.w.failGet = nil
		b.w.records[k]["2"] = was
		b.sweeps(2)
		b.wants()
	}, "firewalls")
}

func TestAPassEndsAtOnceWhereTheTokenIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := oneFirewall("team-1")
		s.fail["firewalls"] = &SourceError{Trouble: Refused, Err: errors.New("status 401")}
		p, err := New(Options{Log: newTape(), Once: true, Accounts: []Account{watching("a", s, "firewalls")}})
		must(t, err)
		began := time.Now()
		err = p.Run(t.Context())
		if d := time.Since(began); d > 5*time.Second {
			t.Errorf("a pass with a refused token takes %v (%v)", d, err)
		}
	})
}

func TestAPartialFirstSightRemembersItsRules(t *testing.T) {
	play(t, func(b *bench) {
		b.w.perPage = 3
		for i := range 6 {
			b.w.put("firewalls", fmt.Sprint(i), fmt.Sprintf(`{"id":"%d","name":"fw","noise":%d}`, i, i))
		}
		b.w.cut["firewalls"] = 1
		b.sweeps(1)
		b.said()
		row := *schema.Lookup("firewalls")
		row.Ignore = row.Ignore + " noise"
		clear(b.w.cut)
		b.relearn(&row)
		b.sweeps(1)
		b.wants("r firewalls 3", "r firewalls 4", "r firewalls 5")
	}, "firewalls")
}

func TestAnOpenEntryThatIsGoneIsForgotten(t *testing.T) {
	play(t, func(b *bench) {
		b.w.perPage = 3
		b.w.put("actions", "01", `{"id":"01","status":"in-progress"}`)
		for i := 2; i < 9; i++ {
			b.w.put("actions", fmt.Sprintf("%02d", i), fmt.Sprintf(`{"id":"%02d","status":"completed"}`, i))
		}
		b.sweeps(1)
		delete(b.w.records[collectionID{Resource: "actions"}], "01")
		n := b.asked("get actions")
		b.sweeps(50)
		if n = b.asked("get actions") - n; n > 5 {
			t.Errorf("an open entry that is gone (404): asked for %d times in 50 sweeps", n)
		}
	}, "actions")
}

func TestAWindowHoldsTheTimeInWhichARecordCouldNotBeTaken(t *testing.T) {
	play(t, func(b *bench) {
		b.firewalls(2)
		b.sweeps(2)
		b.said()
		created := time.Now().UnixMilli()
		b.w.put("firewalls", "9", `{"id":"9","name":"a","name":"b"}`) // set aside
		b.sweeps(5)
		b.wants()
		b.w.put("firewalls", "9", `{"id":"9","name":"a"}`)
		b.sweeps(1)
		b.wants("c firewalls 9")
		if _, prev := b.lastWindow(); prev > created {
			t.Errorf("created at %d, its window begins %d ms later", created, prev-created)
		}
	}, "firewalls")
}

func TestAWindowHoldsTheTimeInWhichAFieldCouldNotBeRead(t *testing.T) {
	forbidden := &SourceError{Trouble: Unreadable, Err: errors.New("status 403")}
	play(t, func(b *bench) {
		put := func(tags string) {
			for _, id := range []string{"1", "2"} {
				b.w.put("firewalls", id, fmt.Sprintf(`{"id":%q,"name":"fw","tags":[%s]}`, id, tags))
			}
		}
		put(`"web"`)
		b.sweeps(2)
		b.said()
		put(``)
		b.w.fail["tags"] = forbidden
		b.sweeps(3)
		changed := time.Now().UnixMilli() // here tags become "db", unseen
		b.sweeps(60 * 3)
		b.wants()
		clear(b.w.fail)
		put(`"db"`)
		time.Sleep(scopeEvery)
		b.sweeps(2)
		b.wants("u firewalls 1", "u firewalls 2")
		if _, prev := b.lastWindow(); prev > changed {
			t.Errorf("changed at %d while the field was unreadable, its window begins %v later", changed, time.Duration(prev-changed)*time.Millisecond)
		}
	}, "firewalls")
}

func TestChildrenOfAMissingParentAreNotCalledSwept(t *testing.T) {
	play(t, func(b *bench) {
		put := func(users string) {
			b.w.put("databases", "db", `{"id":"db","name":"db","engine":"pg","users":[`+users+`]}`)
			b.w.put("databases", "db2", `{"id":"db2","name":"db2","engine":"pg","users":[{"name":"x"}]}`)
		}
		put(`{"name":"u1"}`)
		b.sweeps(3)
		b.said()
		b.w.failGet = &SourceError{Trouble: Failed, Err: errors.New("status 500")}
		k := collectionID{Resource: "databases"}
		delete(b.w.records[k], "db") // the list lacks it, for ten minutes
		b.sweeps(3)
		changed := time.Now().UnixMilli() // u2 is created
		b.sweeps(8)
		if c := b.collection("database_users", "db"); time.Since(time.UnixMilli(c.checkpoint.WholeMS)) < 10*time.Minute || c.checkpoint.HeldWhy.Reason == "" {
			t.Errorf("its users were seen whole at %d, held %q: want that they are old, and why", c.checkpoint.WholeMS, c.checkpoint.HeldWhy.String())
		}
		put(`{"name":"u1"},{"name":"u2"}`)
		b.sweeps(1)
		b.said()
		if op, prev := b.lastWindow(); prev > changed {
			t.Errorf("%s: window begins %v after the change", op, time.Duration(prev-changed)*time.Millisecond)
		}
	}, "databases", "database_users")
}

func TestAReleaseIsForWhatIsHeldAndForNothingLater(t *testing.T) {
	play(t, func(b *bench) {
		b.rules(3)
		b.sweeps(1)
		b.said()
		// an operator's machine whose clock is a day ahead; nothing is held at the moment
		b.a.answer(Request{AccountID: "team-1", Resource: "database_firewall_rules", Kind: "release", AtMS: time.Now().Add(24 * time.Hour).UnixMilli()})
		b.sweeps(10)
		b.w.empty["database_firewall_rules"] = true // an empty list, once
		b.step(t.Context(), false)
		b.settle()
		b.wants()
	}, "databases", "database_firewall_rules")
}
