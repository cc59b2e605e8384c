package diff_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

var (
	fakeKey  = diff.Options{MaskKey: []byte("obviously fake")}
	otherKey = diff.Options{MaskKey: []byte("another fake")}
)

// upgrade makes a state with old rules, and takes it to new ones as a restart does: through texts.
func upgrade(t *testing.T, was, is *diff.Rules, raw string) *diff.State {
	t.Helper()
	old := diff.NewState(was, diff.NewPack())
	apply(t, old, diff.SweepOptions{}, page(10, raw))
	p, _ := old.Get("a")
	parsed, err := diff.ParseRules(was.Text())
	if err != nil {
		t.Fatal(err)
	}
	s := diff.NewState(is, diff.NewPack())
	s.Restore("a", p)
	s.Rebase(parsed)
	return s
}

func TestRebase(t *testing.T) {
	plain := diff.Options{}
	for _, tt := range []struct {
		name     string
		was, is  schema.Resource
		wasO, o  diff.Options
		raw, now string
		want     string // op
	}{
		{name: "nothing differs, nothing to take over", is: schema.Resource{Ignore: "x"}, raw: `{"id":"a","v":1}`, now: `{"id":"a","v":1}`, want: ""},
		{name: "a new ignored path", is: schema.Resource{Ignore: "n"}, raw: `{"id":"a","n":1}`, now: `{"id":"a","n":2}`, want: "silent"},
		{name: "a new ignored path, unchanged", is: schema.Resource{Ignore: "n"}, raw: `{"id":"a","n":1}`, now: `{"id":"a","n":1}`, want: "silent"},
		{name: "no longer ignored", was: schema.Resource{Ignore: "n"}, raw: `{"id":"a","n":1}`, now: `{"id":"a","n":2}`, want: "silent"},
		{name: "no longer ignored, and another change", was: schema.Resource{Ignore: "n"}, raw: `{"id":"a","n":1,"v":1}`, now: `{"id":"a","n":2,"v":2}`, want: "u"},
		{name: "a new set", is: schema.Resource{Sets: "l"}, raw: `{"id":"a","l":[2,1]}`, now: `{"id":"a","l":[1,2]}`, want: "silent"},
		{name: "a new set, and another element", is: schema.Resource{Sets: "l"}, raw: `{"id":"a","l":[2,1]}`, now: `{"id":"a","l":[1,3]}`, want: "u"},
		{name: "no longer a set", was: schema.Resource{Sets: "l"}, raw: `{"id":"a","l":[2,1]}`, now: `{"id":"a","l":[2,1]}`, want: "silent"},
		{name: "another key of a set", was: schema.Resource{Sets: "l[x]"}, is: schema.Resource{Sets: "l[y]"}, raw: `{"id":"a","l":[{"x":1,"y":2},{"x":2,"y":1}]}`, now: `{"id":"a","l":[{"x":2,"y":1},{"x":1,"y":2}]}`, want: "silent"},
		{name: "only another member", was: schema.Resource{Only: "i.id"}, is: schema.Resource{Only: "i.slug"}, raw: `{"id":"a","i":{"id":1,"slug":"x"}}`, now: `{"id":"a","i":{"id":2,"slug":"y"}}`, want: "silent"},
		{name: "one more only", was: schema.Resource{Only: "i.id"}, is: schema.Resource{Only: "i.id i.slug"}, raw: `{"id":"a","i":{"id":1,"slug":"x"}}`, now: `{"id":"a","i":{"id":1,"slug":"y"}}`, want: "silent"},
		{name: "one more only, and what counted changed", was: schema.Resource{Only: "i.id"}, is: schema.Resource{Only: "i.id i.slug"}, raw: `{"id":"a","i":{"id":1,"slug":"x"}}`, now: `{"id":"a","i":{"id":2,"slug":"x"}}`, want: "u"},
		{name: "a new mask", is: schema.Resource{Mask: "s"}, raw: `{"id":"a","s":"x"}`, now: `{"id":"a","s":"y"}`, want: "silent"},
		{name: "a new mask of an ignored path", was: schema.Resource{Ignore: "s"}, is: schema.Resource{Ignore: "s", Mask: "s"}, raw: `{"id":"a","s":"x"}`, now: `{"id":"a","s":"x"}`, want: "silent"},
		{name: "a new mask in a set", was: schema.Resource{Sets: "l"}, is: schema.Resource{Sets: "l", Mask: "l[].s"}, raw: `{"id":"a","l":[{"s":"x","t":2},{"s":"y","t":1}]}`, now: `{"id":"a","l":[{"s":"x","t":2},{"s":"y","t":1}]}`, want: "silent"},
		{name: "no longer masked", was: schema.Resource{Mask: "s"}, raw: `{"id":"a","s":"x"}`, now: `{"id":"a","s":"x"}`, want: "silent"},
		{name: "a new key", was: schema.Resource{Mask: "s l[]"}, is: schema.Resource{Mask: "s l[]"}, o: fakeKey, raw: `{"id":"a","s":"x","l":["x"]}`, now: `{"id":"a","s":"y","l":["y"]}`, want: "silent"},
		{name: "another key", was: schema.Resource{Mask: "s"}, is: schema.Resource{Mask: "s"}, wasO: fakeKey, o: otherKey, raw: `{"id":"a","s":"x"}`, now: `{"id":"a","s":"x"}`, want: "silent"},
		{name: "no key any more", was: schema.Resource{Mask: "s"}, is: schema.Resource{Mask: "s"}, wasO: fakeKey, o: plain, raw: `{"id":"a","s":"x"}`, now: `{"id":"a","s":"x"}`, want: "silent"},
		{name: "the same key, a rotation", was: schema.Resource{Mask: "s"}, is: schema.Resource{Mask: "s", Ignore: "n"}, wasO: fakeKey, o: fakeKey, raw: `{"id":"a","s":"x"}`, now: `{"id":"a","s":"y"}`, want: "u"},
		{name: "the same key, a new mask, unchanged", is: schema.Resource{Mask: "s"}, wasO: fakeKey, o: fakeKey, raw: `{"id":"a","s":"x"}`, now: `{"id":"a","s":"x"}`, want: "silent"},
		{name: "a change at another path", is: schema.Resource{Ignore: "n"}, raw: `{"id":"a","n":1,"v":1}`, now: `{"id":"a","n":2,"v":2}`, want: "u"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			is := compile(t, tt.is, tt.o)
			s := upgrade(t, compile(t, tt.was, tt.wasO), is, tt.raw)
			before, _ := s.Get("a")
			w := sweep(t, s, diff.SweepOptions{}, page(20, tt.now))
			if got := ops(w.Changes()); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			for _, c := range w.Changes() {
				if c.Op == "" && (c.LSN != before.LSN || c.TsMS != before.TsMS) {
					t.Errorf("lsn and time of a takeover: got %d, %d; want those of the last event, %d, %d", c.LSN, c.TsMS,
						before.LSN, before.TsMS)
				}
				if string(c.Before) != string(before.Body) {
					t.Errorf("before: got %s, want it as published, %s", c.Before, before.Body)
				}
			}
			w.Apply(true)
			got, _ := s.Get("a")
			if want := form(t, is, tt.now); string(got.Body) != string(want.Body) || got.Fingerprint != want.Fingerprint {
				t.Errorf("state after: got %s, want %s", got.Body, want.Body)
			}
			if got := apply(t, s, diff.SweepOptions{Afresh: true}, page(30, tt.now)); got != nil {
				t.Errorf("again: got %q, want none", got)
			}
		})
	}
}

// The release before compared sets as they were written.
func TestWhatIsAlikeInASetMakesNoUpdateOfAnOldState(t *testing.T) {
	is := compile(t, schema.Resource{Sets: "tags l[].tags"}, fakeKey)
	was, err := diff.ParseRules(strings.Replace(is.Text(), `,"alike":"1"`, ``, 1))
	if err != nil || was.Text() == is.Text() {
		t.Fatalf("rules before: %v, %v", was, err)
	}
	const v = `{"id":"a","v":1,"tags":[],"l":[{"tags":null},{"tags":["x","x"]}]}`
	old := form(t, was, v)
	for _, kept := range [][]byte{old.Body, nil} {
		for now, want := range map[string]string{
			v:                                       "silent",
			strings.Replace(v, `"v":1`, `"v":2`, 1): "u",
			strings.Replace(v, `"tags":[]`, `"tags":[1]`, 1): "u",
		} {
			s := diff.NewState(is, diff.NewPack())
			s.Restore("a", diff.Published{Body: kept, Fingerprint: old.Fingerprint})
			s.Rebase(was)
			w := sweep(t, s, diff.SweepOptions{}, page(20, now))
			if got := ops(w.Changes()); got != want {
				t.Errorf("%s, with its body %v: got %q, want %q", now, kept != nil, got, want)
			}
			w.Apply(true)
			alike := strings.NewReplacer(`"tags":[],`, ``, `["x","x"]`, `["x"]`).Replace(now)
			if got := ops(sweep(t, s, diff.SweepOptions{Afresh: true}, page(30, alike)).Changes()); got != "" {
				t.Errorf("%s after it: got %q, want none", alike, got)
			}
		}
	}
}

func TestARebaseEndsWithAWholeSweep(t *testing.T) {
	is := compile(t, schema.Resource{}, diff.Options{})
	s := upgrade(t, compile(t, schema.Resource{Ignore: "n"}, diff.Options{}), is, `{"id":"a","n":1}`)
	sweep(t, s, diff.SweepOptions{}, page(20, b1)).Apply(false) // it has not shown a
	w := sweep(t, s, diff.SweepOptions{}, page(30, `{"id":"a","n":2}`, b1))
	if got, want := ops(w.Changes()), "silent"; got != want {
		t.Errorf("after a partial sweep: got %q, want %q", got, want)
	}
	w.Apply(true)
	if got, want := ops(sweep(t, s, diff.SweepOptions{}, page(40, `{"id":"a","n":3}`, b1)).Changes()), "u"; got != want {
		t.Errorf("after a whole sweep: got %q, want %q", got, want)
	}
}

// A record that was missing from the whole sweep was still made with the old rules.
func TestAMissingRecordIsRebasedWhenItIsBack(t *testing.T) {
	s := upgrade(t, compile(t, schema.Resource{Ignore: "n"}, diff.Options{}), compile(t, schema.Resource{}, diff.Options{}), `{"id":"a","n":1}`)
	sweep(t, s, diff.SweepOptions{}, page(20, b1)).Apply(true)
	if got, want := ops(sweep(t, s, diff.SweepOptions{}, page(30, `{"id":"a","n":2}`, b1)).Changes()), "silent"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRebaseBesideRestoreAndSweeps(t *testing.T) {
	was, is := compile(t, schema.Resource{Ignore: "n"}, diff.Options{}), compile(t, schema.Resource{}, diff.Options{})
	const raw = `{"id":"a","n":1}`
	old := form(t, was, raw)

	s := diff.NewState(is, diff.NewPack())
	s.Rebase(was)
	s.Restore("a", diff.Published{Body: old.Body, Fingerprint: old.Fingerprint})
	if got, want := ops(sweep(t, s, diff.SweepOptions{}, page(20, `{"id":"a","n":2}`)).Changes()), "silent"; got != want {
		t.Errorf("restored later: got %q, want %q", got, want)
	}

	s = diff.NewState(is, diff.NewPack())
	apply(t, s, diff.SweepOptions{}, page(10, raw))
	s.Rebase(was)
	apply(t, s, diff.SweepOptions{}, page(20, raw)) // the page was known, with the rules before
	if got, want := ops(sweep(t, s, diff.SweepOptions{}, page(30, `{"id":"a","n":2}`)).Changes()), "u"; got != want {
		t.Errorf("after a whole sweep of known pages: got %q, want %q", got, want)
	}
}

func TestEqualRulesNeedNoRebase(t *testing.T) {
	is := compile(t, schema.Resource{Ignore: "n m"}, diff.Options{})
	s := upgrade(t, compile(t, schema.Resource{Ignore: "m n m"}, diff.Options{}), is, `{"id":"a","v":1}`)
	if got, want := ops(sweep(t, s, diff.SweepOptions{}, page(20, `{"id":"a","v":2}`)).Changes()), "u"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRebaseInARepeatedSnapshot(t *testing.T) {
	s := upgrade(t, compile(t, schema.Resource{}, diff.Options{}), compile(t, schema.Resource{Mask: "s"}, diff.Options{}), `{"id":"a","s":"x"}`)
	got, want := lines(sweep(t, s, diff.SweepOptions{AgainBelow: 1000}, page(20, `{"id":"a","s":"x"}`)).Changes()), []string{`r a -> {"id":"a","s":"***"}`}
	if !cmp.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRulesText(t *testing.T) {
	row := schema.Resource{Name: "things", Mask: "s r", Sets: "l[k+l] m", Ignore: "n", Only: "i.id", PII: "mail"}
	rules := compile(t, row, fakeKey)
	same := compile(t, schema.Resource{Mask: "r  s", Sets: "m l[k+l]", Ignore: "n", Only: "i.id"}, fakeKey)
	if rules.Text() != same.Text() {
		t.Errorf("the same paths in another order: got %s, want %s", same.Text(), rules.Text())
	}
	parsed, err := diff.ParseRules(rules.Text())
	if err != nil || parsed.Text() != rules.Text() {
		t.Errorf("parsed: got %s, %v, want %s", parsed.Text(), err, rules.Text())
	}
	if later, err := diff.ParseRules(rules.Text() + ` {"of a later release":1}`); err != nil || later.Text() != rules.Text() {
		t.Errorf("with what came later: got %v, want the same rules", err)
	}
	if strings.Contains(rules.Text(), string(fakeKey.MaskKey)) {
		t.Error("the text holds the key")
	}
	for name, other := range map[string]*diff.Rules{
		"another key":   compile(t, row, otherKey),
		"no key":        compile(t, row, diff.Options{}),
		"personal data": compile(t, row, diff.Options{MaskKey: fakeKey.MaskKey, MaskPII: true}),
		"another path":  compile(t, schema.Resource{Mask: "s", Sets: row.Sets, Ignore: row.Ignore, Only: row.Only}, fakeKey),
	} {
		if other.Text() == rules.Text() {
			t.Errorf("%s makes no other text", name)
		}
	}
}

func TestRulesThatCannotBeRead(t *testing.T) {
	for _, text := range []string{"", "{", `{"mask":7}`, `{"mask":"a["}`, `{"hide":"a"}`, `{"mask":"a"} {"hide":"a"}`} {
		if _, err := diff.ParseRules(text); err == nil || !strings.Contains(err.Error(), "a newer release") {
			t.Errorf("%q: got %v, want an error that says who may have written it", text, err)
		}
	}
	for _, r := range []schema.Resource{
		{Name: "things", Mask: "a["},
		{Name: "things", FieldScopes: map[string]schema.Paths{"tags": "a..b"}},
		{Name: "things", Born: "at", Ignore: "n at"},
	} {
		if _, err := diff.Compile(&r, diff.Options{}); err == nil || !strings.Contains(err.Error(), "rules of things") {
			t.Errorf("%+v: got %v, want an error that names the row", r, err)
		}
	}
}

func TestPersonalDataAndEmbeddedChildren(t *testing.T) {
	r := schema.Lookup("databases")
	rules, err := diff.Compile(r, diff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := form(t, rules, `{"id":"a","users":[{"name":"doadmin","password":"x"}],"connection":{"password":"x"}}`)
	if want := `{"connection":{"password":"***"},"id":"a"}`; string(got.Body) != want {
		t.Errorf("got %s, want %s", got.Body, want)
	}
	people := schema.Resource{PII: "mail"}
	for o, want := range map[bool]string{false: `{"mail":"a@example.com"}`, true: `{"mail":"***"}`} {
		got := form(t, compile(t, people, diff.Options{MaskPII: o}), `{"mail":"a@example.com"}`)
		if string(got.Body) != want {
			t.Errorf("mask personal data %v: got %s, want %s", o, got.Body, want)
		}
	}
}

func TestEveryRowCompiles(t *testing.T) {
	for _, r := range schema.Catalog {
		if _, err := diff.Compile(&r, diff.Options{MaskPII: true}); err != nil {
			t.Error(err)
		}
	}
}
