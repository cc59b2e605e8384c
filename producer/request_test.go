package producer_test

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// ask asks the account's owner for something, and gives it the time for one commit.
func (h *harness) ask(r producer.Request) {
	r.AccountID, r.AtMS = "team-1", time.Now().UnixMilli()
	h.log.requests <- r
	h.wait(time.Second)
}

// answer returns the newest answer to requests, by their id.
func (h *harness) answer(id string) (a producer.Answer, ok bool) {
	h.t.Helper()
	for _, r := range h.log.topic(func(name string) bool { return name == state.RequestsTopic("digitalocean") }) {
		var b producer.Answer
		must(h.t, json.Unmarshal(r.Value, &b))
		if b.ID == id {
			a, ok = b, true
		}
	}
	return a, ok
}

func look(id, resource, record string) producer.Request {
	return producer.Request{Kind: producer.KindLook, ID: id, Resource: resource, Record: record}
}

func TestALookReadsNowAndReturnsWhatItPublished(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(3)
		h.sweeps(1)
		h.said()
		h.wait(10 * time.Second)
		h.put("firewalls", "1", `{"id":"1","name":"opened"}`)
		h.ask(look("a", "firewalls", ""))
		h.wants("u firewalls 1")
		if a, ok := h.answer("a"); !ok || a.Collections != 1 || a.Changes != 1 || a.Reason != "" || a.Answered != "look" {
			t.Errorf("answer %+v, %t", a, ok)
		}
		h.ask(look("b", "firewalls", "1")) // nothing has changed since: it is read again all the same
		if a, ok := h.answer("b"); !ok || a.Collections != 1 || a.Changes != 0 {
			t.Errorf("answer %+v, %t", a, ok)
		}
	}, "firewalls")
}

// A sweep that began before the look was asked for may have missed what it is for.
func TestALookIsNotAnsweredByAnEarlierRead(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(2)
		h.sweeps(1)
		h.said()
		h.put("firewalls", "0", `{"id":"0","name":"first"}`)
		h.log.take(40 * time.Second)
		h.wait(35 * time.Second) // it was read, and its commit is on the way
		h.put("firewalls", "0", `{"id":"0","name":"second"}`)
		h.put("firewalls", "1", `{"id":"1","name":"second"}`)
		h.ask(look("a", "firewalls", ""))
		h.wait(4 * time.Minute)
		h.wants("u firewalls 0", "u firewalls 0", "u firewalls 1")
		if a, ok := h.answer("a"); !ok || a.Changes != 2 {
			t.Errorf("answer %+v, %t: want that of the read that began after the question", a, ok)
		}
	}, "firewalls")
}

// CI creates a zone and its records, and calls look.
func TestALookFindsWhatIsBelowWhatWasJustMade(t *testing.T) {
	play(t, func(h *harness) {
		h.put("domains", "old.example", `{"name":"old.example"}`)
		h.sweeps(2)
		h.said()
		h.put("domains", "new.example", `{"name":"new.example"}`)
		h.put("domain_records", schema.ChildID("new.example", "7"), `{"id":7,"type":"A","name":"www","data":"192.0.2.1"}`)
		h.ask(look("a", "domain_records", "new.example"))
		h.wants("c domains new.example", "c domain_records new.example/7")
		if a, ok := h.answer("a"); !ok || a.Collections != 2 || a.Changes != 1 {
			t.Errorf("answer %+v, %t", a, ok)
		}
		reads := h.asked("domain_records old.example")
		h.ask(look("b", "domain_records", "new.example"))
		if again := h.asked("domain_records old.example"); again != reads {
			t.Errorf("the other zone was read, too")
		}
	}, "domains", "domain_records")
}

func TestALookThatCannotBeDoneSaysWhy(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(1)
		h.sweeps(1)
		h.fail["firewalls"] = forbidden
		h.ask(look("a", "firewalls", ""))
		if a, ok := h.answer("a"); !ok || a.Reason != "unreadable: the token lacks firewall:read" {
			t.Errorf("answer %+v, %t", a, ok)
		}
		h.ask(look("b", "droplets", ""))
		if a, ok := h.answer("b"); !ok || a.Reason != "not watched in this configuration" {
			t.Errorf("answer %+v, %t", a, ok)
		}
	}, "firewalls")
}

// A newer seachange may ask for what this one doesn't know: it must not be lost, nor taken for something else.
func TestARequestOfAnUnknownKindIsNotAnswered(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(1)
		h.sweeps(1)
		h.said()
		h.ask(producer.Request{Kind: "transmogrify", ID: "a", Resource: "firewalls"})
		if a, ok := h.answer("a"); ok {
			t.Errorf("answer %+v", a)
		}
		h.wants()
	}, "firewalls")
}

func TestASnapshotIsAnsweredOnceAllOfItCameAgain(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(2)
		h.sweeps(1)
		h.said()
		h.ask(producer.Request{Kind: producer.KindSnapshot, ID: "a", Resource: "firewalls"})
		h.wants("r firewalls 0", "r firewalls 1")
		if a, ok := h.answer("a"); !ok || a.Collections != 1 || a.Changes != 2 {
			t.Errorf("answer %+v, %t", a, ok)
		}
	}, "firewalls")
}

// A whole chain may be new: each look finds what the next one is for.
func TestALookWaitsForEachGenerationThatWasJustMade(t *testing.T) {
	play(t, func(h *harness) {
		h.put("vpcs", "old", `{"id":"old"}`)
		h.sweeps(2)
		h.said()
		h.put("vpcs", "new", `{"id":"new"}`)
		h.put("vpc_subnets", "new/s", `{"id":"s"}`)
		h.put("vpc_subnet_routes", "new/s/r", `{"id":"r"}`)
		h.ask(look("a", "vpc_subnet_routes", ""))
		h.wants("c vpcs new", "c vpc_subnets new/s", "c vpc_subnet_routes new/s/r")
		if a, ok := h.answer("a"); !ok || a.Collections != 1 || a.Changes != 1 {
			t.Errorf("answer %+v, %t", a, ok)
		}
	}, "vpcs", "vpc_subnets", "vpc_subnet_routes")
}

// What is embedded in records that can't be read can't be read, either.
func TestALookAtWhatIsEmbeddedSaysWhyItsParentsAreNotRead(t *testing.T) {
	play(t, func(h *harness) {
		h.put("databases", "db", `{"id":"db","engine":"pg","users":[{"name":"ann"}]}`)
		h.sweeps(2)
		h.fail["databases"] = forbidden
		h.ask(look("a", "database_users", ""))
		if a, ok := h.answer("a"); !ok || a.Reason != "unreadable: the token lacks database:read" {
			t.Errorf("answer %+v, %t", a, ok)
		}
	}, "databases", "database_users")
}
