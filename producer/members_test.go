package producer_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/producer/status"
	"github.com/seachange/seachange/schema/wire"
)

func TestFieldsBehindALostScopeKeepTheirOldValues(t *testing.T) {
	put := func(h *harness, tags string) {
		for _, id := range []string{"1", "2"} {
			h.put("firewalls", id, fmt.Sprintf(`{"id":%q,"name":"fw","tags":[%s]}`, id, tags))
		}
	}
	play(t, func(h *harness) {
		put(h, `"web"`)
		h.sweeps(1)
		h.said()
		put(h, ``)
		h.fail["tags"] = forbidden
		h.sweeps(3)
		h.wants()
		if got := h.collection("firewalls", "").Held; !slices.Equal(got, []string{"path:tags"}) {
			t.Errorf("held paths %v, want tags", got)
		}
		h.put("firewalls", "1", `{"id":"1","name":"renamed","tags":[]}`)
		h.sweeps(1)
		if e := parse(t, h.log.events()[h.heard:]); len(e) != 1 || !strings.Contains(*e[0].After.Body, `"web"`) {
			t.Errorf("want one update that keeps the tags, got %v", e)
		}
		h.said()
		clear(h.fail) // the scope is back, and so are the tags
		put(h, `"web"`)
		h.put("firewalls", "1", `{"id":"1","name":"renamed","tags":["web"]}`)
		h.wait(time.Hour)
		h.sweeps(2)
		h.wants()
		if got := h.collection("firewalls", "").Held; len(got) != 0 {
			t.Errorf("held paths %v after the scope came back", got)
		}
	}, "firewalls")
	play(t, func(h *harness) { // the scope is there: the tags are really gone
		put(h, `"web"`)
		h.sweeps(1)
		h.said()
		put(h, ``)
		h.sweeps(1)
		h.wants("u firewalls 1", "u firewalls 2")
	}, "firewalls")
}

func TestARecordTooLargeIsPublishedWithoutItsBody(t *testing.T) {
	play(t, func(h *harness) {
		h.log.maxBytes = 40 << 10
		big := strings.Repeat("x", 30<<10)
		h.put("firewalls", "1", fmt.Sprintf(`{"id":"1","note":%q}`, big))
		h.sweeps(1)
		h.put("firewalls", "1", fmt.Sprintf(`{"id":"1","note":%q}`, big+"y"))
		h.sweeps(1)
		h.put("firewalls", "1", fmt.Sprintf(`{"id":"1","note":%q}`, big+big))
		h.sweeps(1)
		h.restart()
		h.put("firewalls", "1", `{"id":"1","name":"small"}`)
		h.sweeps(2)
		events := h.events()
		h.wants("r firewalls 1", "u firewalls 1", "u firewalls 1", "u firewalls 1")
		for i, want := range []struct{ before, after bool }{{false, true}, {false, true}, {false, false}, {false, true}} {
			e := events[i]
			if got := e.After.Body != nil; got != want.after {
				t.Errorf("event %d: after has a body: %v, want %v", i, got, want.after)
			}
			if (e.After.Body == nil) != (e.After.BodySHA256 != nil) ||
				(e.Before != nil && (e.Before.Body == nil) != (e.Before.BodySHA256 != nil)) {
				t.Errorf("event %d: body_sha256 stands exactly where the body does not", i)
			}
		}
		for _, r := range slices.Concat(h.log.events(), h.log.state()) {
			if n := len(r.Key) + len(r.Value); n > h.log.maxBytes {
				t.Errorf("a record of %d bytes in %s", n, r.Topic)
			}
		}
	}, "firewalls")
}

func TestAFieldUnknownToTheDocumentIsPublishedAndAnnouncedOnce(t *testing.T) {
	play(t, func(h *harness) {
		h.put("firewalls", "1", `{"id":"1","name":"fw","brand_new":{"x":1}}`)
		h.sweeps(1)
		h.restart()
		h.put("firewalls", "2", `{"id":"2","name":"fw","brand_new":{"x":1}}`)
		h.sweeps(2)
		if e := h.events(); !strings.Contains(*e[0].After.Body, `"brand_new":{"x":1}`) {
			t.Errorf("the field is not in the event: %s", *e[0].After.Body)
		}
		announced := h.log.topic(func(name string) bool { return name == "digitalocean-meta.schema-changes" })
		if len(announced) != 1 {
			t.Fatalf("announced %d times, want once", len(announced))
		}
		change, err := state.ParseSchemaChange(announced[0].Value)
		if err != nil {
			t.Fatal(err)
		}
		want := state.SchemaChange{
			AccountID: change.AccountID, Resource: "firewalls", Paths: []string{"brand_new"},
			Listing: "/v2/firewalls", TsMS: change.TsMS,
		}
		if d := cmp.Diff(want, change); d != "" || change.TsMS == 0 {
			t.Errorf("the schema change (-want +got):\n%s", d)
		}
		for _, a := range h.p.Status().Accounts {
			if d := cmp.Diff([]status.Unknown{{Resource: "firewalls", Path: "brand_new", SinceMS: change.TsMS}},
				a.Unknown); d != "" {
				t.Errorf("after a restart the status says (-want +got):\n%s", d)
			}
		}
	}, "firewalls")
}

// Where a schema goes with it a value of another type than documented is null beside the body, and that is told once.
func TestAValueOfAnotherTypeIsAnnouncedOnceAndFailsNothing(t *testing.T) {
	play(t, func(h *harness) {
		registry := prometheus.NewRegistry()
		h.options.Wire, h.options.Registerer = wire.New(wire.Inline, "digitalocean"), registry
		h.put("firewalls", "1", `{"id":"1","name":"fw","droplet_ids":["text"],"status":true}`)
		h.sweeps(1)
		if n := counted(t, registry, "seachange_events_mistyped_total"); n != 1 {
			t.Errorf("%v events are counted, want 1", n)
		}
		h.restart(func(o *producer.Options) { o.Registerer = nil })
		h.put("firewalls", "1", `{"id":"1","name":"renamed","droplet_ids":["text"],"status":true}`)
		h.sweeps(2)
		if n := len(h.log.events()); n != 2 {
			t.Errorf("%d events, want 2", n)
		}
		for _, r := range h.log.events() {
			if v := string(r.Value); !strings.Contains(v, `"droplet_ids":[null]`) || strings.Contains(v, `"status":true`) ||
				!strings.Contains(v, `\"status\":true`) {
				t.Errorf("the values aren't in body alone: %s", v)
			}
		}
		announced := h.log.topic(func(name string) bool { return name == "digitalocean-meta.schema-changes" })
		if len(announced) != 1 || !strings.Contains(string(announced[0].Value),
			`"paths":[],"mistyped":["droplet_ids[]","status"],"listing":"/v2/firewalls"`) {
			t.Errorf("announced %d times, want once: %s", len(announced), announced[0].Value)
		}
	}, "firewalls")
}

func TestAWindowHoldsTheTimeInWhichARecordCouldNotBeTaken(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(2)
		h.sweeps(2)
		h.said()
		created := time.Now().UnixMilli()
		h.put("firewalls", "9", `{"id":"9","name":"a","name":"b"}`) // set aside
		h.sweeps(5)
		h.wants()
		h.put("firewalls", "9", `{"id":"9","name":"a"}`)
		h.sweeps(1)
		h.wants("c firewalls 9")
		if _, prev := h.lastWindow(); prev > created {
			t.Errorf("created at %d, its window begins %d ms later", created, prev-created)
		}
	}, "firewalls")
}

func TestAWindowHoldsTheTimeInWhichAFieldCouldNotBeRead(t *testing.T) {
	play(t, func(h *harness) {
		put := func(tags string) {
			for _, id := range []string{"1", "2"} {
				h.put("firewalls", id, fmt.Sprintf(`{"id":%q,"name":"fw","tags":[%s]}`, id, tags))
			}
		}
		put(`"web"`)
		h.sweeps(2)
		h.said()
		put(``)
		h.fail["tags"] = forbidden
		h.sweeps(3)
		changed := time.Now().UnixMilli() // here tags become "db", unseen
		h.sweeps(60 * 3)
		h.wants()
		clear(h.fail)
		put(`"db"`)
		h.wait(time.Hour)
		h.sweeps(2)
		h.wants("u firewalls 1", "u firewalls 2")
		if _, prev := h.lastWindow(); prev > changed {
			t.Errorf("changed at %d while the field was unreadable, its window begins %v later", changed,
				time.Duration(prev-changed)*time.Millisecond)
		}
	}, "firewalls")
}

// A listing that ends early, or a process that does, is no reason to forget since when.
func TestAWindowHoldsTheTimeInWhichAFieldOfPartOfAListingCouldNotBeRead(t *testing.T) {
	for _, crash := range []bool{false, true} {
		for _, chunk := range []int{0, 1} {
			play(t, func(h *harness) {
				h.options.ChunkBytes = chunk
				put := func(name, tags string) {
					for i := range 5 {
						h.put("firewalls", fmt.Sprint(i), fmt.Sprintf(`{"id":"%d","name":%q,"tags":[%s]}`, i, name, tags))
					}
				}
				put("fw", `"web"`)
				h.sweeps(2)
				h.said()
				changed := time.Now().UnixMilli() // here tags become "db", unseen
				put("renamed", ``)
				h.fail["tags"], h.cut["firewalls"] = forbidden, 1
				h.sweeps(2)
				h.wants("u firewalls 0", "u firewalls 1", "u firewalls 2")
				if crash {
					h.restart()
				}
				clear(h.fail)
				clear(h.cut)
				put("renamed", `"db"`)
				h.sweeps(1)
				events := h.news()
				if len(events) != 5 {
					t.Errorf("%d events, want 5", len(events))
				}
				for _, e := range events {
					if prev := *e.Source.PrevTsMS; prev > changed {
						t.Errorf("crash %t, chunks of %d: %s changed %d ms before its window begins", crash, chunk, e.ID(), prev-changed)
					}
				}
			}, "firewalls")
		}
	}
}

// counted returns the first value of a counter.
func counted(t *testing.T, r *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := r.Gather()
	must(t, err)
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	return 0
}

// Nobody looks for what is missing in an event: an operator must be told.
func TestAnEventWithoutItsBodyIsToldAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		on, s := newFakeLog(), newTables()
		on.maxBytes = 40 << 10
		s.put("firewalls", "large", fmt.Sprintf(`{"id":"large","note":%q}`, strings.Repeat("x", 60<<10)))
		s.put("firewalls", "small", `{"id":"small"}`)
		var text bytes.Buffer
		registry := prometheus.NewRegistry()
		o := producer.Options{Registerer: registry, Logger: slog.New(slog.NewTextHandler(&text, nil))}
		r := start(t, on, o, watching("a", s, "firewalls"))
		time.Sleep(5 * time.Minute)
		if n := counted(t, registry, "seachange_events_without_body_total"); n != 1 {
			t.Errorf("%v events without a body are counted, want 1", n)
		}
		must(t, r.stop())
		log := text.String()
		if n := strings.Count(log, "its event has no body"); n != 1 || !strings.Contains(log, "id=large") ||
			strings.Contains(log, "xxx") {
			t.Errorf("%d lines tell of the large record, want 1, and none with its body:\n%s", n, log)
		}
	})
}
