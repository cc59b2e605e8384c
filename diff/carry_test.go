package diff_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

const (
	tagged   = `{"id":"a","tags":["x"],"v":1}`
	untagged = `{"id":"a","tags":[],"v":1}`
)

var watched = diff.SweepOptions{FieldScopes: "tags pool.ids rules[].sources.tags"}

func TestEmptied(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before []string
		pages  []diff.Page
		want   []string
	}{
		{"in all that had it", []string{tagged, `{"id":"b"}`}, []diff.Page{page(20, untagged, `{"id":"b"}`)}, []string{"tags"}},
		{"absent", []string{tagged}, []diff.Page{page(20, `{"id":"a","v":1}`)}, []string{"tags"}},
		{"null", []string{tagged}, []diff.Page{page(20, `{"id":"a","tags":null,"v":1}`)}, []string{"tags"}},
		{"not in all", []string{tagged, `{"id":"b","tags":["y"]}`}, []diff.Page{page(20, untagged, `{"id":"b","tags":["y","z"]}`)}, nil},
		{"not in all, on a page that is known", []string{tagged, `{"id":"b","tags":["y"]}`}, []diff.Page{page(20, untagged), page(21, `{"id":"b","tags":["y"]}`)}, nil},
		{"the other one was not shown", []string{tagged, `{"id":"b","tags":["y"]}`}, []diff.Page{page(20, untagged)}, []string{"tags"}},
		{"a new one has it", []string{tagged}, []diff.Page{page(20, untagged, `{"id":"b","tags":["y"]}`)}, nil},
		{"nobody had it", []string{untagged}, []diff.Page{page(20, `{"id":"a","v":2}`)}, nil},
		{"deeper", []string{`{"id":"a","pool":{"ids":[1]}}`}, []diff.Page{page(20, `{"id":"a","pool":{"ids":[]}}`)}, []string{"pool.ids"}},
		{"in a set", []string{`{"id":"a","rules":[{"sources":{"tags":["x"]}}]}`}, []diff.Page{page(20, `{"id":"a","rules":[{"sources":{}}]}`)}, []string{"rules[].sources.tags"}},
		{"and filled again by a later page", []string{tagged}, []diff.Page{page(20, untagged), page(21, tagged)}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newState(t, schema.Resource{Sets: "rules"})
			for i, r := range tt.before { // a page each
				sweep(t, s, diff.SweepOptions{}, page(int64(i), r)).Apply(false)
			}
			if got := sweep(t, s, watched, tt.pages...).Emptied(); !cmp.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestCarry(t *testing.T) {
	for _, tt := range []struct{ name, was, now, want string }{
		{"an empty field", tagged, untagged, ""},
		{"an absent one", tagged, `{"id":"a","v":1}`, ""},
		{"and another change", tagged, `{"id":"a","tags":[],"v":2}`, `{"id":"a","tags":["x"],"v":2}`},
		{"a field that isn't empty", tagged, `{"id":"a","tags":["y"],"v":1}`, `{"id":"a","tags":["y"],"v":1}`},
		{"deeper", `{"id":"a","pool":{"ids":[1],"n":12345678901234567890}}`, `{"id":"a","pool":{"n":12345678901234567890}}`, ""},
		{"with its object", `{"id":"a","pool":{"ids":[1]}}`, `{"id":"a"}`, ""},
		{"not with an object that held more", `{"id":"a","pool":{"ids":[1],"n":1}}`, `{"id":"a"}`, `{"id":"a"}`},
		{"in a set", `{"id":"a","rules":[{"p":1,"sources":{"tags":["x"]}},{"p":2,"sources":{"tags":["y"]}}]}`, `{"id":"a","rules":[{"p":2,"sources":{}},{"p":1}]}`, ""},
		{
			"in a set, and one more", `{"id":"a","rules":[{"p":1,"sources":{"tags":["x"]}}]}`, `{"id":"a","rules":[{"p":0},{"p":1,"sources":{"tags":null}}]}`,
			`{"id":"a","rules":[{"p":0},{"p":1,"sources":{"tags":["x"]}}]}`,
		},
		{"in a keyed set", `{"id":"a","pools":[{"id":"x","n":1,"tags":["t"]}]}`, `{"id":"a","pools":[{"id":"w"},{"id":"x","n":2,"tags":[]}]}`, `{"id":"a","pools":[{"id":"w"},{"id":"x","n":2,"tags":["t"]}]}`},
		{"numbers as they are", `{"f":1.50,"id":"a","tags":["x"],"v":1}`, `{"f":1.50,"id":"a","tags":[],"v":2}`, `{"f":1.50,"id":"a","tags":["x"],"v":2}`},
	} {
		paths := []string{"tags", "pool.ids", "rules[].sources.tags", "pools[].tags"}
		row := schema.Resource{Sets: "rules pools[id]"}
		var want []string
		if tt.want != "" {
			want = []string{"u a " + tt.was + " -> " + tt.want}
		}
		t.Run(tt.name, func(t *testing.T) {
			s := newState(t, row)
			apply(t, s, diff.SweepOptions{}, page(10, tt.was))
			if got := apply(t, s, diff.SweepOptions{Carry: paths}, page(20, tt.now)); !cmp.Equal(got, want) {
				t.Errorf("known before: got %q, want %q", got, want)
			}
			s = newState(t, row)
			apply(t, s, diff.SweepOptions{}, page(10, tt.was))
			w := sweep(t, s, diff.SweepOptions{}, page(20, tt.now))
			w.Carry(paths)
			if got := lines(w.Changes()); !cmp.Equal(got, want) {
				t.Errorf("found out: got %q, want %q", got, want)
			}
		})
	}
}

func TestWhatIsCarriedIsNotEmptied(t *testing.T) {
	s := newState(t, schema.Resource{})
	apply(t, s, diff.SweepOptions{}, page(10, tagged))
	w := sweep(t, s, diff.SweepOptions{FieldScopes: "tags", Carry: []string{"tags"}}, page(20, `{"id":"a","tags":[],"v":2}`))
	if got := w.Emptied(); got != nil {
		t.Errorf("got %q, want none", got)
	}
}

// What was kept against the API's bytes must be held against them once nothing is kept any more.
func TestEqualBytesMeanAnotherThingWithoutCarry(t *testing.T) {
	for name, o := range map[string]diff.SweepOptions{"known before": {Carry: []string{"tags"}}, "found out": watched} {
		t.Run(name, func(t *testing.T) {
			s := newState(t, schema.Resource{})
			apply(t, s, diff.SweepOptions{}, page(10, tagged))
			w := sweep(t, s, o, page(20, untagged))
			w.Carry([]string{"tags"})
			w.Apply(true)
			if got, want := ops(sweep(t, s, diff.SweepOptions{}, page(25, untagged)).Changes()), "u"; got != want {
				t.Errorf("kept no more at once: got %q, want %q", got, want)
			}
			w = sweep(t, s, diff.SweepOptions{FieldScopes: "tags", Carry: []string{"tags"}}, page(30, untagged))
			if w.Changes() != nil || w.Emptied() != nil {
				t.Errorf("still kept: got %q, emptied %q; want none", lines(w.Changes()), w.Emptied())
			}
			w.Apply(true)
			w = sweep(t, s, watched, page(40, untagged))
			if got, want := w.Emptied(), []string{"tags"}; !cmp.Equal(got, want) {
				t.Errorf("emptied: got %q, want %q", got, want)
			}
			if got, want := lines(w.Changes()), []string{"u a " + tagged + " -> " + untagged}; !cmp.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// With a key a secret that vanishes looks like a lost scope; only another one is news.
func TestKeyedMask(t *testing.T) {
	rules := compile(t, schema.Resource{Mask: "s users[].s conn.s", Sets: "users[name] list"}, fakeKey)
	const was = `{"conn":{"s":"one"},"id":"a","s":"one","users":[{"name":"x","s":"one"},{"name":"y","s":"two"}]}`
	for _, tt := range []struct {
		name, now string
		want      string
	}{
		{"the same", was, ""},
		{"null", `{"conn":{"s":null},"id":"a","s":null,"users":[{"name":"y","s":null},{"name":"x","s":""}]}`, ""},
		{"absent", `{"id":"a","users":[{"name":"x"},{"name":"y"}]}`, ""},
		{"another", `{"conn":{"s":"two"},"id":"a","s":"one","users":[{"name":"x","s":"one"},{"name":"y","s":"two"}]}`, "u"},
		{"another one in a set, absent elsewhere", `{"id":"a","users":[{"name":"x","s":"three"},{"name":"y"}]}`, "u"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := diff.NewState(rules, diff.NewPack())
			apply(t, s, diff.SweepOptions{}, page(10, was))
			w := sweep(t, s, diff.SweepOptions{}, page(20, tt.now))
			if got := ops(w.Changes()); got != tt.want {
				t.Errorf("got %q, want %q: %q", got, tt.want, lines(w.Changes()))
			}
			w.Apply(true)
			if tt.want == "" {
				if got := apply(t, s, diff.SweepOptions{}, page(30, was)); got != nil {
					t.Errorf("back: got %q, want none", got)
				}
			}
		})
	}
	s := diff.NewState(rules, diff.NewPack())
	apply(t, s, diff.SweepOptions{}, page(10, `{"conn":{"s":""},"id":"a","s":"one"}`))
	apply(t, s, diff.SweepOptions{}, page(20, `{"conn":{"s":""},"id":"a","s":null,"v":1}`))
	got, _ := s.Get("a")
	if want := form(t, rules, `{"conn":{"s":null},"id":"a","s":"one","v":1}`); string(got.Body) != string(want.Body) {
		t.Errorf("an update beside it: got %s, want %s", got.Body, want.Body)
	}
}

// unreadable is a page of one record of which the source may not read some members.
func unreadable(ms int64, record string, members ...string) diff.Page {
	p := page(ms, record)
	p.Records = func(yield func(diff.Record, error) bool) {
		yield(diff.Record{ID: idOf(record), JSON: []byte(record), Unreadable: members}, nil)
	}
	return p
}

func TestMembersThatCantBeReadOfARecordStayAsTheyWere(t *testing.T) {
	const (
		private = `{"acl":["owner"],"id":"a","policy":null,"v":1}`
		open    = `{"acl":["owner","world"],"id":"a","policy":null,"v":1}`
		bare    = `{"id":"a","v":1}`
	)
	for _, tt := range []struct {
		name, was string
		pages     []diff.Page
		want      []string
	}{
		{"no change", private, []diff.Page{unreadable(20, bare, "acl", "policy")}, nil},
		{"nor the second time", private, []diff.Page{
			unreadable(20, bare, "acl", "policy"),
			unreadable(30, bare, "acl", "policy"),
		}, nil},
		{"one that is known to be gone", private, []diff.Page{unreadable(20, `{"acl":null,"id":"a","v":1}`, "policy")}, []string{
			`u a ` + private + ` -> {"acl":null,"id":"a","policy":null,"v":1}`,
		}},
		{"gone in bytes that were unreadable before", open, []diff.Page{unreadable(20, `{"id":"a","policy":null,"v":1}`, "acl"), page(30, `{"acl":null,"id":"a","policy":null,"v":1}`)}, []string{
			`u a ` + open + ` -> {"acl":null,"id":"a","policy":null,"v":1}`,
		}},
		{"beside a change", private, []diff.Page{unreadable(20, `{"id":"a","v":2}`, "acl", "policy")}, []string{
			`u a ` + private + ` -> {"acl":["owner"],"id":"a","policy":null,"v":2}`,
		}},
		{"readable again", private, []diff.Page{unreadable(20, bare, "acl", "policy"), page(30, private)}, nil},
		{"opened meanwhile", private, []diff.Page{unreadable(20, bare, "acl", "policy"), page(30, open)}, []string{`u a ` + private + ` -> ` + open}},
		{"never read before", bare, []diff.Page{page(30, open)}, []string{`u a ` + bare + ` -> ` + open}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newState(t, schema.Resource{})
			apply(t, s, diff.SweepOptions{}, page(10, tt.was))
			var got []string
			for _, p := range tt.pages {
				got = append(got, apply(t, s, diff.SweepOptions{}, p)...)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestUnreadableMembersAreTold(t *testing.T) {
	s := newState(t, schema.Resource{})
	apply(t, s, diff.SweepOptions{}, unreadable(5, `{"id":"a"}`, "acl", "policy")) // the same bytes again
	w := sweep(t, s, diff.SweepOptions{}, unreadable(10, `{"id":"a"}`, "acl", "policy"), unreadable(11, `{"id":"b"}`, "policy"), page(12, `{"id":"c","acl":null}`))
	if d := cmp.Diff(map[string][]string{"acl": {"a"}, "policy": {"a", "b"}}, w.Unreadable()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
