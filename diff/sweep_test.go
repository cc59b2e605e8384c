package diff_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

const (
	a1 = `{"id":"a","v":1}`
	a2 = `{"id":"a","v":2}`
	b1 = `{"id":"b","v":1}`
	b2 = `{"id":"b","v":2}`
	c1 = `{"id":"c","v":1}`
)

func TestChanges(t *testing.T) {
	s := newState(t, schema.Resource{})
	for _, tt := range []struct {
		name  string
		o     diff.SweepOptions
		pages []diff.Page
		want  []string
	}{
		{
			"first sight",
			diff.SweepOptions{First: true},
			[]diff.Page{page(10, b1, a1)},
			[]string{"r b -> " + b1, "r a -> " + a1},
		},
		{"nothing", diff.SweepOptions{}, []diff.Page{page(20, b1, a1)}, nil},
		{"another order", diff.SweepOptions{}, []diff.Page{page(30, a1, b1)}, nil},
		{"other pages", diff.SweepOptions{}, []diff.Page{page(40, a1), page(41, b1)}, nil},
		{"an update", diff.SweepOptions{}, []diff.Page{page(50, a1, b2)}, []string{"u b " + b1 + " -> " + b2}},
		{"a new one", diff.SweepOptions{}, []diff.Page{page(60, c1, a1, b2)}, []string{"c c -> " + c1}},
		{"one less", diff.SweepOptions{}, []diff.Page{page(70, a1, b2)}, []string{"d c"}},
		{"back again", diff.SweepOptions{}, []diff.Page{page(80, c1, a1, b2)}, []string{"c c -> " + c1}},
		{"all gone", diff.SweepOptions{}, []diff.Page{page(90)}, []string{"d a", "d b", "d c"}},
		{"after all went", diff.SweepOptions{}, []diff.Page{page(99, a1)}, []string{"c a -> " + a1}},
	} {
		got := apply(t, s, tt.o, tt.pages...)
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
}

func TestTimesOfChanges(t *testing.T) {
	s := newState(t, schema.Resource{})
	apply(t, s, diff.SweepOptions{}, page(10, a1))
	apply(t, s, diff.SweepOptions{}, page(20, a1)) // the page is known
	w := sweep(t, s, diff.SweepOptions{}, page(30, a2, b1))
	want := []*diff.Change{
		{Op: schema.Updated, ID: "a", PrevMS: 20, SeenMS: 30, EndedMS: 35, LSN: 100, TsMS: 15},
		{Op: schema.Created, ID: "b", PrevMS: 0, SeenMS: 30, EndedMS: 35},
	}
	if d := cmp.Diff(want, w.Changes(), cmpopts.IgnoreFields(diff.Change{}, "Before", "After", "Fingerprint")); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
	w.Apply(true)
	got, _ := s.Get("a")
	if want := int64(30); got.SeenMS != want {
		t.Errorf("seen: got %d, want %d", got.SeenMS, want)
	}
}

func TestTheStateMovesOnlyInApply(t *testing.T) {
	s := newState(t, schema.Resource{})
	apply(t, s, diff.SweepOptions{}, page(10, a1))
	want := lines(sweep(t, s, diff.SweepOptions{}, page(20, a2, b1)).Changes())
	again := lines(sweep(t, s, diff.SweepOptions{}, page(30, a2, b1)).Changes())
	if d := cmp.Diff(want, again); d != "" || len(want) != 2 {
		t.Errorf("a sweep that was not applied (-want +got):\n%s", d)
	}
	if got := s.IDs(); !cmp.Equal(got, []string{"a"}) || s.Len() != 1 {
		t.Errorf("ids: got %v, want [a]", got)
	}
}

// What the producer sets in a change is what the state remembers.
func TestApplyTakesWhatTheProducerSet(t *testing.T) {
	s := newState(t, schema.Resource{})
	w := sweep(t, s, diff.SweepOptions{}, page(10, a1, b1))
	ch := w.Changes()
	ch[0].LSN, ch[0].TsMS = 7, 70
	ch[1].LSN, ch[1].TsMS, ch[1].NoBody = 8, 80, true
	w.Apply(true)
	a, _ := s.Get("a")
	want := diff.Published{Body: []byte(a1), Fingerprint: ch[0].Fingerprint, SeenMS: 10, TsMS: 70, LSN: 7}
	if !cmp.Equal(a, want) {
		t.Errorf("a (-want +got):\n%s", cmp.Diff(want, a))
	}
	b, _ := s.Get("b")
	if want := (diff.Published{Fingerprint: ch[1].Fingerprint, SeenMS: 10, TsMS: 80, LSN: 8}); !cmp.Equal(b, want) {
		t.Errorf("b (-want +got):\n%s", cmp.Diff(want, b))
	}
	if got, want := apply(t, s, diff.SweepOptions{Afresh: true}, page(20, a1, b1)), []string(nil); !cmp.Equal(got, want) {
		t.Errorf("unchanged without a body: got %q, want %q", got, want)
	}
	if got, want := apply(t, s, diff.SweepOptions{}, page(30, a1, b2)), []string{"u b -> " + b2}; !cmp.Equal(got, want) {
		t.Errorf("changed without a body: got %q, want %q", got, want)
	}
}

func TestAKnownPageIsNotRangedOver(t *testing.T) {
	s := newState(t, schema.Resource{})
	apply(t, s, diff.SweepOptions{}, page(10, a1, b1))
	p := page(20, a1, b1)
	p.Records = func(func(diff.Record, error) bool) { t.Error("ranged over") }
	w := s.Sweep(diff.SweepOptions{})
	n, err := w.Page(p)
	if n != 2 || err != nil || w.Seen() != 2 || w.Missing() != nil || w.Changes() != nil {
		t.Errorf("got %d records, %v, %d seen, %v missing; want 2, nil, 2, none", n, err, w.Seen(), w.Missing())
	}
	w.Apply(true)
	if got, _ := s.Get("a"); got.SeenMS != 20 {
		t.Errorf("seen: got %d, want 20", got.SeenMS)
	}
}

// A page's sum says what its bytes are, not what the state is.
func TestPageHashHazard(t *testing.T) {
	for _, tt := range []struct {
		name  string
		other []diff.Page // read after page a1, b1 and before the same again
	}{
		{"another page of one record", []diff.Page{page(20, a2)}},
		{"another page of all", []diff.Page{page(20, a2, b1)}},
		{"another page, with the same sum in the same sweep first", []diff.Page{page(20, a1, b1), page(21, a2)}},
		{"another page that breaks", []diff.Page{broken(20, a2)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newState(t, schema.Resource{})
			apply(t, s, diff.SweepOptions{}, page(10, a1, b1))
			w := s.Sweep(diff.SweepOptions{})
			for _, p := range tt.other {
				if _, err := w.Page(p); err != nil && !errors.Is(err, errBroken) {
					t.Fatal(err)
				}
			}
			if got, want := lines(w.Changes()), []string{"u a " + a1 + " -> " + a2}; !cmp.Equal(got, want) {
				t.Errorf("to: got %q, want %q", got, want)
			}
			w.Apply(false)
			got, want := apply(t, s, diff.SweepOptions{}, page(30, a1, b1)), []string{"u a " + a2 + " -> " + a1}
			if !cmp.Equal(got, want) {
				t.Errorf("and back: got %q, want %q", got, want)
			}
		})
	}
}

func TestAPageIsForgottenByDeleteAndRestore(t *testing.T) {
	s := newState(t, schema.Resource{})
	apply(t, s, diff.SweepOptions{}, page(10, a1, b1))
	s.Delete("a")
	if got, want := apply(t, s, diff.SweepOptions{}, page(20, a1, b1)), []string{"c a -> " + a1}; !cmp.Equal(got, want) {
		t.Errorf("after a delete: got %q, want %q", got, want)
	}
	w := sweep(t, s, diff.SweepOptions{}, page(25, a1, b1))
	s.Delete("a") // between a sweep and its end
	w.Apply(true)
	if got, want := apply(t, s, diff.SweepOptions{}, page(26, a1, b1)), []string{"c a -> " + a1}; !cmp.Equal(got, want) {
		t.Errorf("after a delete before Apply: got %q, want %q", got, want)
	}
	f := form(t, compile(t, schema.Resource{}, diff.Options{}), a2)
	s.Restore("a", diff.Published{Body: f.Body, Fingerprint: f.Fingerprint})
	if got, want := apply(t, s, diff.SweepOptions{}, page(30, a1, b1)),
		[]string{"u a " + a2 + " -> " + a1}; !cmp.Equal(got, want) {
		t.Errorf("after a restore: got %q, want %q", got, want)
	}
}

// Of two pages that show a record differently the later one is believed, whatever was known of their bytes.
func TestTheLaterPageWins(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before []diff.Page
		pages  []diff.Page
		want   []string
	}{
		{"changed twice", []diff.Page{page(10, a1)}, []diff.Page{page(20, a2, b1), page(21, `{"id":"a","v":3}`)}, []string{"u a " + a1 + ` -> {"id":"a","v":3}`, "c b -> " + b1}},
		{"new twice", []diff.Page{page(10, b1)}, []diff.Page{page(20, a1, b1), page(21, a2)}, []string{"c a -> " + a2}},
		{"changed, then a known page", []diff.Page{page(10, a1, b1)}, []diff.Page{page(20, a2), page(21, a1, b1)}, nil},
		{"changed, then a known record", []diff.Page{page(10, a1, b1)}, []diff.Page{page(20, a2), page(21, b1, a1)}, nil},
		{
			"a known page, then changed",
			[]diff.Page{page(10, a1, b1)},
			[]diff.Page{page(20, a1, b1), page(21, a2)},
			[]string{"u a " + a1 + " -> " + a2},
		},
		{"twice on a page", []diff.Page{page(10, a1, b1)}, []diff.Page{page(20, a2, a1, b1)}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newState(t, schema.Resource{})
			apply(t, s, diff.SweepOptions{}, tt.before...)
			if got := apply(t, s, diff.SweepOptions{}, tt.pages...); !cmp.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := apply(t, s, diff.SweepOptions{}, tt.pages...); got != nil {
				t.Errorf("the same again: got %q, want none", got)
			}
			// What the first page says alone is another thing than what both said.
			alone := tt.pages[0]
			first := newState(t, schema.Resource{})
			apply(t, first, diff.SweepOptions{}, tt.before...)
			apply(t, first, diff.SweepOptions{}, alone)
			apply(t, s, diff.SweepOptions{}, alone)
			want, _ := first.Get("a")
			if got, _ := s.Get("a"); string(got.Body) != string(want.Body) {
				t.Errorf("the first page alone: got %s, want %s", got.Body, want.Body)
			}
		})
	}
}

func TestABrokenPageKeepsWhatItShowed(t *testing.T) {
	s := newState(t, schema.Resource{})
	apply(t, s, diff.SweepOptions{}, page(10, a1, b1))
	w := s.Sweep(diff.SweepOptions{})
	n, err := w.Page(broken(20, a2))
	if n != 1 || !errors.Is(err, errBroken) {
		t.Errorf("got %d, %v; want 1, %v", n, err, errBroken)
	}
	if got, want := lines(w.Changes()), []string{"u a " + a1 + " -> " + a2}; !cmp.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	w.Apply(false)
	p := broken(30, a2) // the same bytes: the rest of them was never seen
	if _, err := s.Sweep(diff.SweepOptions{}).Page(p); !errors.Is(err, errBroken) {
		t.Errorf("again: got %v, want %v", err, errBroken)
	}
}

func TestQuarantinedRecordsAreNotMissing(t *testing.T) {
	s := newState(t, schema.Resource{})
	apply(t, s, diff.SweepOptions{}, page(10, a1, b1))
	bad := `{"id":"a","v":1,"v":2}`
	for range 2 { // the page isn't remembered without it
		w := sweep(t, s, diff.SweepOptions{}, page(20, bad, b2))
		if got, want := w.Quarantined(), []string{"a"}; !cmp.Equal(got, want) {
			t.Errorf("quarantined: got %q, want %q", got, want)
		}
		if w.Missing() != nil || w.Seen() != 1 {
			t.Errorf("got %q missing, %d seen; want none, 1", w.Missing(), w.Seen())
		}
		w.Apply(true)
	}
	if got, want := apply(t, s, diff.SweepOptions{}, page(30, a2, b2)),
		[]string{"u a " + a1 + " -> " + a2}; !cmp.Equal(got, want) {
		t.Errorf("readable again: got %q, want %q", got, want)
	}
}

func TestIgnoredChangesLeaveTheState(t *testing.T) {
	s := newState(t, schema.Resource{Ignore: "at"})
	apply(t, s, diff.SweepOptions{}, page(10, `{"id":"a","at":1}`))
	if got := apply(t, s, diff.SweepOptions{}, page(20, `{"id":"a","at":2}`)); got != nil {
		t.Errorf("got %q, want none", got)
	}
	if got, _ := s.Get("a"); string(got.Body) != `{"at":1,"id":"a"}` || got.SeenMS != 20 {
		t.Errorf("got %s seen %d, want the body as published, seen 20", got.Body, got.SeenMS)
	}
}

func TestRepeatedSnapshot(t *testing.T) {
	s := newState(t, schema.Resource{})
	apply(t, s, diff.SweepOptions{}, page(10, a1, b1)) // lsn 100, 101
	o := diff.SweepOptions{AgainBelow: 101}
	got := apply(t, s, o, page(20, a1, b1))
	if want := []string{"r a -> " + a1}; !cmp.Equal(got, want) {
		t.Errorf("an old lsn comes again: got %q, want %q", got, want)
	}
	got = apply(t, s, diff.SweepOptions{AgainBelow: 1000}, page(30, a2, b1, c1))
	if want := []string{"u a " + a1 + " -> " + a2, "r b -> " + b1, "c c -> " + c1}; !cmp.Equal(got, want) {
		t.Errorf("what changed is said: got %q, want %q", got, want)
	}
	if got := apply(t, s, diff.SweepOptions{AgainBelow: 100}, page(40, a2, b1, c1)); got != nil {
		t.Errorf("once is enough: got %q, want none", got)
	}
}

func TestAfreshRangesOverKnownPages(t *testing.T) {
	s := newState(t, schema.Resource{})
	apply(t, s, diff.SweepOptions{}, page(10, a1))
	p, n := page(20, a1), 0
	all := p.Records
	p.Records = func(yield func(diff.Record, error) bool) { n++; all(yield) }
	if got := apply(t, s, diff.SweepOptions{Afresh: true}, p); got != nil || n != 1 {
		t.Errorf("got %q, ranged over %d times; want none, 1", got, n)
	}
}

func TestBorn(t *testing.T) {
	const born = `{"born":"2024-01-01T00:00:00Z","id":"a","v":1}`
	for _, tt := range []struct{ name, now, want string }{
		{"another instant", `{"born":"2024-01-02T00:00:00Z","id":"a","v":1}`, "d c"},
		{"the same instant otherwise", `{"born":"2024-01-01T01:00:00+01:00","id":"a","v":1}`, "u"},
		{"no instant", `{"born":"yesterday","id":"a","v":1}`, "u"},
		{"more exactly", `{"born":"2024-01-01T00:00:00.417Z","id":"a","v":1}`, "u"},
		{"more exactly, rounded", `{"born":"2023-12-31T23:59:59.5Z","id":"a","v":1}`, "u"},
		{"more exactly, and in another zone", `{"born":"2024-01-01T01:00:00.000417999+01:00","id":"a","v":1}`, "u"},
		{"to the day", `{"born":"2024-01-01","id":"a","v":1}`, "u"},
		{"more exactly, a second later", `{"born":"2024-01-01T00:00:01.001Z","id":"a","v":1}`, "d c"},
		{"a second later", `{"born":"2024-01-01T00:00:01Z","id":"a","v":1}`, "d c"},
		{"gone", `{"id":"a","v":1}`, "u"},
		{"null", `{"born":null,"id":"a","v":1}`, "u"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newState(t, schema.Resource{Born: "born"})
			apply(t, s, diff.SweepOptions{}, page(10, born))
			w := sweep(t, s, diff.SweepOptions{}, page(20, tt.now))
			if got := ops(w.Changes()); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			w.Apply(true)
			if got, _ := s.Get("a"); string(got.Body) != tt.now {
				t.Errorf("state: got %s, want %s", got.Body, tt.now)
			}
		})
	}
	exact := newState(t, schema.Resource{Born: "born"})
	apply(t, exact, diff.SweepOptions{}, page(10, `{"born":"2024-01-01T00:00:00.417Z","id":"a"}`))
	if got := ops(sweep(t, exact, diff.SweepOptions{}, page(20, `{"born":"2024-01-01T00:00:00.418Z","id":"a"}`)).Changes()); got != "d c" {
		t.Errorf("two of one second, both exact: got %s, want d c", got)
	}
	text := newState(t, schema.Resource{Born: "born"})
	apply(t, text, diff.SweepOptions{}, page(10, `{"born":"first","id":"a"}`))
	if got := ops(sweep(t, text, diff.SweepOptions{}, page(20, `{"born":"second","id":"a"}`)).Changes()); got != "d c" {
		t.Errorf("two texts: got %s, want d c", got)
	}
	s := newState(t, schema.Resource{Born: "born"})
	apply(t, s, diff.SweepOptions{}, page(10, born))
	now := `{"born":"2024-01-02T00:00:00Z","id":"a","v":1}`
	got, want := apply(t, s, diff.SweepOptions{}, page(20, now)), []string{"d a " + born, "c a -> " + now}
	if !cmp.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func ops(changes []*diff.Change) string {
	var all string
	for i, c := range changes {
		if i > 0 {
			all += " "
		}
		if c.Op == "" {
			all += "silent"
		}
		all += string(c.Op)
	}
	return all
}

func TestClock(t *testing.T) {
	at := func(hour, v string) string { return `{"at":"2024-01-01T` + hour + `:00:00Z","id":"a","v":` + v + `}` }
	s := newState(t, schema.Resource{Clock: "at"})
	apply(t, s, diff.SweepOptions{}, page(10, at("12", "1")))
	w := sweep(t, s, diff.SweepOptions{}, page(20, at("11", "0")))
	if w.Changes() != nil || w.Missing() != nil || w.Seen() != 1 {
		t.Errorf("an older one: got %q, %q missing, %d seen; want none, none, 1", lines(w.Changes()), w.Missing(), w.Seen())
	}
	w.Apply(true)
	for _, tt := range []struct{ name, raw, want string }{
		{"an older one, known by now", at("11", "0"), ""},
		{"the same moment", at("12", "2"), "u"},
		{"a newer one", at("13", "3"), "u"},
		{"the same instant in another zone", `{"at":"2024-01-01T14:00:00+01:00","id":"a","v":4}`, "u"},
		{"none", `{"id":"a","v":5}`, "u"},
	} {
		w := sweep(t, s, diff.SweepOptions{}, page(30, tt.raw))
		if got := ops(w.Changes()); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		w.Apply(true)
	}
}

// In one sweep too, whatever the order of the pages.
func TestClockAcrossPages(t *testing.T) {
	at := func(hour string) string { return `{"at":"2024-01-01T` + hour + `:00:00Z","id":"a"}` }
	for _, pages := range [][]diff.Page{
		{page(20, at("13")), page(21, `{"at":"2024-01-01T12:30:00Z","id":"a"}`)},
		{page(20, at("13")), page(21, at("12"))},
		{page(20, at("12")), page(21, at("13"))},
		{page(20, at("13")), page(21, b1, at("12"))},
		{page(20, at("13")), page(21, at("11"))},
	} {
		s := newState(t, schema.Resource{Clock: "at"})
		apply(t, s, diff.SweepOptions{}, page(10, at("12")))
		apply(t, s, diff.SweepOptions{}, pages...)
		if got, _ := s.Get("a"); string(got.Body) != at("13") {
			t.Errorf("got %s, want %s", got.Body, at("13"))
		}
	}
}

func TestUnknownInMaps(t *testing.T) {
	for resource, records := range map[string]map[string][]string{
		"kubernetes_node_pools": {
			`{"id":"a","labels":{"doks.digitalocean.com/version":"1","of":{"any":["kind"]}}}`: nil,
			`{"id":"b","nodes":[{"id":"c","status":{"state":"running","mood":"good"}}]}`:      {"nodes[].status.mood"},
			`{"id":"d","nodes":{"id":"c"},"tags":[{"name":"x"}]}`:                             {"nodes.id", "tags[].name"},
		},
		"databases": {
			`{"id":"a","connection":{"application_ports":{"of a name":1,"of another":{"with":["more"]}}}}`: nil,
		},
		"database_configs": {
			`{"id":"a","pg_stat_statements.track":"all"}`:  {"id"}, // a name with a dot
			`{"id":"b","pg_stat_statements.trick":"none"}`: {"id", "pg_stat_statements.trick"},
		},
	} {
		for record, want := range records {
			rules, err := diff.Compile(schema.Lookup(resource), diff.Options{})
			if err != nil {
				t.Fatal(err)
			}
			s := diff.NewState(rules, diff.NewPack())
			if got := sweep(t, s, diff.SweepOptions{}, page(10, record)).Unknown(); !slices.Equal(got, want) {
				t.Errorf("%s %s: got %q, want %q", resource, record, got, want)
			}
		}
	}
}

func TestUnknown(t *testing.T) {
	r := schema.Lookup("firewalls")
	rules, err := diff.Compile(r, diff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := diff.NewState(rules, diff.NewPack())
	record := `{"id":"a","name":"web","inbound_rules":[{"protocol":"tcp","ports":"22","sources":{"addresses":["0.0.0.0/0"]},"comment":"x"}],` +
		`"owner":{"id":1,"name":"x"},"password":{"inner":1}}`
	w := sweep(t, s, diff.SweepOptions{}, page(10, record))
	if got, want := w.Unknown(), []string{"inbound_rules[].comment", "owner", "password"}; !cmp.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	w.Apply(true)
	if got := sweep(t, s, diff.SweepOptions{}, page(20, record)).Unknown(); got != nil {
		t.Errorf("of a known page: got %q, want none", got)
	}
	if got := sweep(t, s, diff.SweepOptions{}, page(30, record, `{"id":"b"}`)).Unknown(); got != nil {
		t.Errorf("of a known record: got %q, want none", got)
	}
	other := strings.Replace(record, "{", "{ ", 1)
	sweep(t, s, diff.SweepOptions{}, page(40, other)).Apply(true)
	if got := sweep(t, s, diff.SweepOptions{}, page(50, other, `{"id":"b"}`)).Unknown(); got != nil {
		t.Errorf("of one known to be unchanged: got %q, want none", got)
	}
}
