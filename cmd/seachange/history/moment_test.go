package history

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/schema"
)

// happened is an event of the record "x": its op, the window in which it happened, and the body after it.
func happened(op schema.Op, after, before int64, body string) *schema.Event {
	r := &schema.Row{AccountID: "a", ID: "x", Body: &body}
	ev := &schema.Event{Op: op, Source: schema.Source{DB: "a", Table: "droplets", TsMS: before, PrevTsMS: &after}}
	switch op {
	case schema.Read:
		ev.Source.PrevTsMS, ev.After = nil, r
	case schema.Created:
		ev.After = r
	case schema.Updated:
		ev.Before, ev.After = &schema.Row{AccountID: "a", ID: "x"}, r
	case schema.Deleted:
		ev.Before = r
	}
	return ev
}

func TestAsOfTellsWhatIsCertain(t *testing.T) {
	life := []*schema.Event{
		happened(schema.Created, 1000, 2000, "1"),
		happened(schema.Updated, 3000, 4000, "2"),
		happened(schema.Deleted, 5000, 6000, "2"),
		happened(schema.Created, 7000, 8000, "3"),
	}
	seen := []*schema.Event{happened(schema.Read, 0, 2000, "1"), happened(schema.Updated, 3000, 4000, "2")}
	for _, tt := range []struct {
		name   string
		events []*schema.Event
		at     int64
		want   string // body and certainty; "" is no record
	}{
		{"before it was created", life, 1000, ""},
		{"while it may have been created", life, 1500, "1 uncertain"},
		{"at the moment that showed it", life, 2000, "1 certain"},
		{"between two changes", life, 3000, "1 certain"},
		{"in the window of an update", life, 3001, "1 uncertain"},
		{"after the update", life, 5000, "2 certain"},
		{"in the window of its delete", life, 5500, "2 uncertain"},
		{"after the delete", life, 7000, ""},
		{"created anew", life, 9000, "3 certain"},
		{"after the last look", life, 9001, "3 uncertain"},
		{"before anybody looked", seen, 1999, "1 unknown"},
		{"at the first look", seen, 2000, "1 certain"},
		{
			"shown again by a repeated snapshot", append(seen[:1:1], happened(schema.Read, 0, 5000, "1")),
			3000, "1 certain",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newMoment(tt.at)
			for _, ev := range tt.events {
				a.Take(ev)
			}
			a.Until(Looks{{AccountID: "a", Resource: "droplets"}: 9000})
			got := ""
			for id, k := range a.sorted() {
				got += fmt.Sprintf("%s %s", *k.image.decode(id).Body, k.sure())
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A record that says when it was created was not there before.
func TestWhatSaysThatItWasCreatedLaterWasNotThere(t *testing.T) {
	const created = "2026-01-01T00:00:05Z"
	ms := time.Date(2026, 1, 1, 0, 0, 5, 0, time.UTC).UnixMilli()
	seen := happened(schema.Read, 0, ms+9000, "1")
	made := happened(schema.Created, ms-9000, ms+9000, "1")
	old := happened(schema.Updated, ms-9000, ms+9000, "1")
	odd := happened(schema.Read, 0, ms+9000, "1")
	for _, ev := range []*schema.Event{seen, made, old} {
		ev.After.CreatedAt = new(created)
	}
	odd.After.CreatedAt = new("soon")
	for _, tt := range []struct {
		name string
		ev   *schema.Event
		at   int64
		want Certainty
	}{
		{"first seen later", seen, ms - 1, ""},
		{"first seen later, created before", seen, ms, Unknown},
		{"in its window, created later", made, ms - 1, ""},
		{"in its window, created before", made, ms, Uncertain},
		{"an update tells of its record's past", old, ms - 1, Uncertain},
		{"no time", odd, ms - 1, Unknown},
	} {
		a := newMoment(tt.at)
		a.Take(tt.ev)
		got := Certainty("")
		for _, k := range a.sorted() {
			got = k.sure()
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestACollectionNobodyEverSawWholeIsNeverCertain(t *testing.T) {
	a := newMoment(2500)
	a.Take(happened(schema.Read, 0, 2000, "1"))
	a.Until(Looks{})
	m := a.records[table{"a", "droplets"}]["x"]
	if m.sure() != Uncertain || !strings.Contains(m.doubt.why, "never") {
		t.Errorf("got %+v", m)
	}
}

// A cluster's users have no mark any more when they are gone with it; that they were shown later is enough.
func TestWhatWasShownLaterIsCertainWithoutAStatus(t *testing.T) {
	a := newMoment(2500)
	a.Take(happened(schema.Read, 0, 2000, "1"))
	a.Take(happened(schema.Deleted, 2500, 3000, "1"))
	a.Until(Looks{})
	if m := a.records[table{"a", "droplets"}]["x"]; m == nil || m.sure() != Certain {
		t.Errorf("got %+v", m)
	}
}

func TestDifferenceOfTwoMoments(t *testing.T) {
	body := func(s string) *known {
		return &known{image: &image{row: &schema.Row{AccountID: "a", ID: "x", Body: &s}}}
	}
	doubtful := body(`{"id":1,"name":"b"}`)
	doubtful.doubt = &doubt{sure: Uncertain, why: "updated between two moments"}
	for _, tt := range []struct {
		name     string
		from, to *known
		want     string
	}{
		{"came", nil, body(`{"id":1}`), "created  a droplets x: none in none, none"},
		{"went", body(`{"id":1}`), nil, "deleted  a droplets x: none in none, none"},
		{"stayed", body(`{"id":1}`), body(`{"id":1}`), ""},
		{"changed and changed back, but for what doesn't count", body(`{"id":1,"name":"a","next_backup_window":{"start":"x"}}`), body(`{"id":1,"name":"a","next_backup_window":{"start":"y"}}`), ""},
		{"changed", body(`{"id":1,"name":"a"}`), body(`{"id":1,"name":"b"}`), "updated  a droplets x: name: a → b"},
		{"may have changed", body(`{"id":1,"name":"a"}`), doubtful, "updated  a droplets x: name: a → b (uncertain: updated between two moments)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			from, to := newMoment(1), newMoment(2)
			in := table{"a", "droplets"}
			if tt.from != nil {
				from.records[in] = map[string]*known{"x": tt.from}
			}
			if tt.to != nil {
				to.records[in] = map[string]*known{"x": tt.to}
			}
			got := ""
			for d, err := range (&Comparison{}).Differences(from, to) {
				if err != nil {
					t.Fatal(err)
				}
				got += d.Text()
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error("-want +got:\n", diff)
			}
		})
	}
}

func TestKeySuffixMeetsOneRecordAlone(t *testing.T) {
	suffix := string(keySuffix("x"))
	for _, tt := range []struct {
		account, id string
		want        bool
	}{
		{"a", "x", true}, {"b", "x", true}, {"a", "y/x", false}, {"a", "xx", false}, {"a", `","id":"x`, false}, {`","id":"`, "y", false},
	} {
		key := string(schema.Key{AccountID: tt.account, ID: tt.id}.Bytes())
		if got := strings.HasSuffix(key, suffix); got != tt.want {
			t.Errorf("key %s: %v, want %v", key, got, tt.want)
		}
	}
}
