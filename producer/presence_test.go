package producer

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

// What is there is published, whatever is missing beside it and whether or not that can be confirmed.
func TestAFirewallOpenedWhileItsSiblingsVanishIsPublishedAtOnce(t *testing.T) {
	play(t, func(b *bench) {
		b.firewalls(30)
		b.sweeps(1)
		b.said()
		for i := range 29 {
			b.w.remove("firewalls", fmt.Sprint(i))
		}
		b.w.failGet = &SourceError{Trouble: Failed, Err: errors.New("status 500")}
		b.w.put("firewalls", "29", `{"id":"29","name":"fw","inbound_rules":[{"ports":"22"}]}`)
		b.sweeps(1)
		b.wants("u firewalls 29")
		if c := b.collection("firewalls", ""); len(c.checkpoint.Suspects) != 29 || c.checkpoint.HeldWhy.Reason == "" {
			t.Errorf("%d suspects, held %q: want 29, and why", len(c.checkpoint.Suspects), c.checkpoint.HeldWhy.String())
		}
		b.w.failGet = nil
		b.sweeps(1)
		if said := b.said(); len(said) != 29 || slices.Contains(said, "d firewalls 29") {
			t.Errorf("once they can be asked for: %v, want 29 deletes", said)
		}
	}, "firewalls")
}

// A parent's confirmed delete takes everything below it along, however much that is: neither held nor asked for.
func TestACascadeIsExemptFromTheBrake(t *testing.T) {
	play(t, func(b *bench) {
		b.w.put("domains", "example.com", `{"name":"example.com"}`)
		for i := range 250 {
			b.w.put("domain_records", fmt.Sprint("example.com/", i), fmt.Sprintf(`{"id":%d,"data":"x"}`, i))
		}
		b.sweeps(2)
		b.said()
		b.w.remove("domains", "example.com")
		b.step(t.Context(), false)
		b.settle()
		said := b.said()
		if len(said) != 251 || said[250] != "d domains example.com" {
			t.Errorf("%d events, the last of them %q: want 250 records' deletes and then their domain's", len(said), said[len(said)-1])
		}
		if n := b.asked("get domain_records"); n != 0 {
			t.Errorf("%d records were asked for by id, want none", n)
		}
	}, "domains", "domain_records")
}
