package producer_test

import (
	"slices"
	"testing"
	"time"

	"github.com/seachange/seachange/producer"
)

func pause(id, resource, reason string) producer.Request {
	return producer.Request{Kind: producer.KindPause, ID: id, Resource: resource, Reason: reason}
}

func resume(id, resource string) producer.Request {
	return producer.Request{Kind: producer.KindResume, ID: id, Resource: resource}
}

// status returns what /status says of a resource's top collection.
func (h *harness) status(resource string) string {
	h.t.Helper()
	for _, c := range h.p.Status().Accounts[0].Collections {
		if c.Resource == resource && c.ParentID == "" {
			return string(c.Status) + ": " + c.Reason
		}
	}
	return "unknown"
}

// A migration is under way: an operator has the zones left alone meanwhile. Nothing is deleted, a restart changes
// nothing, and what happened is published at the resume.
func TestAPausedResourceIsNotReadUntilItIsResumed(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(1)
		h.put("domains", "a.example", `{"name":"a.example"}`)
		h.put("domain_records", "a.example/7", `{"id":7,"type":"A","name":"www","data":"192.0.2.1"}`)
		h.sweeps(2)
		h.said()
		h.ask(pause("p", "domains", "we move the zones"))
		if a, ok := h.answer("p"); !ok || a.Reason != "" || a.Collections != 2 || a.Answered != "pause" {
			t.Errorf("answer %+v, %t: want the zones and one zone's records", a, ok)
		}
		const why = "unwatched: paused by an operator: we move the zones"
		if got := h.status("domains"); got != why {
			t.Errorf("status %q, want %q", got, why)
		}
		if marks := h.marks(); !slices.Contains(marks, "team-1 domains "+why) ||
			!slices.Contains(marks, "team-1 domain_records "+why) {
			t.Errorf("statuses %q", marks)
		}
		reads := h.asked("domains") + h.asked("domain_records a.example")
		h.remove("domains", "a.example")
		h.remove("domain_records", "a.example/7")
		h.put("domains", "b.example", `{"name":"b.example"}`)
		h.put("domain_records", "b.example/8", `{"id":8,"type":"A","name":"www","data":"192.0.2.1"}`)
		h.put("firewalls", "0", `{"id":"0","name":"opened"}`)
		h.wait(30 * time.Minute)
		h.wants("u firewalls 0")
		h.restart()
		h.sweeps(3)
		h.wants()
		if n := h.asked("domains") + h.asked("domain_records a.example"); n != reads {
			t.Errorf("%d reads of what is paused", n-reads)
		}
		if got := h.status("domains"); got != why {
			t.Errorf("status after a restart %q, want %q", got, why)
		}
		h.ask(resume("r", "domains"))
		h.wait(2 * time.Minute)
		h.wants("c domains b.example", "d domain_records a.example/7 cause=parent", "d domains a.example",
			"c domain_records b.example/8")
		if a, ok := h.answer("r"); !ok || a.Reason != "" || a.Changes == 0 {
			t.Errorf("answer %+v, %t", a, ok)
		}
		if got := h.status("domains"); got != "whole: " {
			t.Errorf("status %q", got)
		}
	}, "firewalls", "domains", "domain_records")
}

func TestAPausedAccountIsNotReadAtAll(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(1)
		h.sweeps(1)
		h.said()
		h.ask(pause("p", "", ""))
		reads := h.asked("firewalls") + h.asked("tags")
		h.wait(time.Hour)
		if n := h.asked("firewalls") + h.asked("tags"); n != reads {
			t.Errorf("%d reads of a paused account", n-reads)
		}
		h.ask(resume("one", "tags"))
		if a, _ := h.answer("one"); a.Reason != "still paused by an operator: resume what it is below, or the account" {
			t.Errorf("answer %+v", a)
		}
		h.ask(pause("tags", "tags", "too")) // the account's resume ends it, too
		h.ask(resume("all", ""))
		if a, ok := h.answer("all"); !ok || a.Reason != "" || a.Collections != 2 {
			t.Errorf("answer %+v, %t", a, ok)
		}
		h.wait(5 * time.Minute)
		if h.asked("firewalls") < 4 || h.asked("tags") < 4 {
			t.Error("the account is not read again")
		}
	}, "firewalls", "tags")
}

func TestWhatCannotBePausedSaysWhy(t *testing.T) {
	play(t, func(h *harness) {
		h.put("databases", "d", `{"id":"d","users":[]}`)
		h.sweeps(1)
		for resource, want := range map[string]string{
			"droplets":       "not watched in this configuration",
			"database_users": "it comes with databases: pause that",
		} {
			h.ask(pause(resource, resource, ""))
			if a, ok := h.answer(resource); !ok || a.Reason != want {
				t.Errorf("%s: answer %+v, %t, want %q", resource, a, ok, want)
			}
		}
	}, "databases", "database_users")
}

// Whoever waits for a read of what is paused is told so, and is not left waiting.
func TestALookAtWhatIsPausedIsAnswered(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(1)
		h.sweeps(1)
		h.ask(pause("p", "firewalls", "a drill"))
		h.ask(look("l", "firewalls", ""))
		h.ask(producer.Request{Kind: producer.KindSnapshot, ID: "s", Resource: "firewalls"})
		for _, id := range []string{"l", "s"} {
			if a, ok := h.answer(id); !ok || a.Reason != "paused by an operator: a drill" {
				t.Errorf("%s: answer %+v, %t", id, a, ok)
			}
		}
	}, "firewalls")
}

// A record that comes while what is below it is paused: its children are said to be paused, and read at the resume.
func TestWhatComesBelowWhatIsNotPaused(t *testing.T) {
	play(t, func(h *harness) {
		h.put("domains", "a.example", `{"name":"a.example"}`)
		h.sweeps(2)
		h.said()
		h.ask(pause("p", "domain_records", "a drill"))
		h.put("domains", "b.example", `{"name":"b.example"}`)
		h.put("domain_records", "b.example/8", `{"id":8,"type":"A","name":"www","data":"192.0.2.1"}`)
		h.wait(3 * time.Minute)
		h.wants("c domains b.example")
		for _, c := range h.p.Status().Accounts[0].Collections {
			if c.Resource == "domain_records" && c.Reason != "paused by an operator: a drill" {
				t.Errorf("%s: %s: %s", c.ParentID, c.Status, c.Reason)
			}
		}
		h.ask(resume("r", "domain_records"))
		h.wants("c domain_records b.example/8")
	}, "domains", "domain_records")
}
