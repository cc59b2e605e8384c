package diff_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

func form(t testing.TB, rules *diff.Rules, raw string) diff.Form {
	t.Helper()
	f, err := rules.Form([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestBody(t *testing.T) {
	row := schema.Resource{
		Mask: "secret users[].cert", Sets: "rules pools[id] pools[].nodes[id]", Ignore: "at pools[].nodes[].at",
		Only: "region.slug",
	}
	for _, tt := range []struct{ name, raw, want string }{
		{"keys are sorted", `{"b":1,"a":{"d":1,"c":2}}`, `{"a":{"c":2,"d":1},"b":1}`},
		{"numbers stay as received", `{"a":9007199254740993,"b":1.50,"c":1e2,"d":-0}`, `{"a":9007199254740993,"b":1.50,"c":1e2,"d":-0}`},
		{"strings have one form", `{"a":"\u00e9\/\u003c"}`, `{"a":"é/<"}`},
		{"space goes", " { \"a\" : [ 1 , 2 ] } ", `{"a":[1,2]}`},
		{"other arrays keep their order", `{"list":[3,1,2]}`, `{"list":[3,1,2]}`},
		{"sets are sorted", `{"rules":[{"p":"udp"},{"p":"tcp","q":1}]}`, `{"rules":[{"p":"tcp","q":1},{"p":"udp"}]}`},
		{
			"keyed sets are sorted by key", `{"pools":[{"id":"b","a":1,"nodes":[{"id":2},{"id":1}]},{"id":"a","a":2}]}`,
			`{"pools":[{"a":2,"id":"a"},{"a":1,"id":"b","nodes":[{"id":1},{"id":2}]}]}`,
		},
		{"values are masked, empty ones too", `{"secret":"x","users":[{"cert":null},{"cert":{"a":1}},{"cert":""}]}`, `{"secret":"***","users":[{"cert":"***"},{"cert":"***"},{"cert":"***"}]}`},
		{"the safety net masks", `{"deep":[{"password":"x","db":{"client_secret":[1]}}]}`, `{"deep":[{"db":{"client_secret":"***"},"password":"***"}]}`},
		{"what does not count is in it", `{"at":1,"region":{"slug":"nyc1","sizes":[]}}`, `{"at":1,"region":{"sizes":[],"slug":"nyc1"}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := form(t, compile(t, row, diff.Options{}), tt.raw)
			if want := tt.want; string(got.Body) != want {
				t.Errorf("body\n got %s\nwant %s", got.Body, want)
			}
		})
	}
}

func TestWhatIsNoChange(t *testing.T) {
	row := schema.Resource{
		Mask: "secret", Sets: "rules[] rules nodes", Ignore: "at nodes[].at", Only: "region.slug image.id",
	}
	const base = `{"at":1,"n":1,"nodes":[{"at":1,"id":"a"},{"at":2,"id":"b"}],"region":{"slug":"nyc1","sizes":[1]},"rules":[1,2],"secret":"x"}`
	for _, tt := range []struct {
		name, raw string
		same      bool
	}{
		{"itself", base, true},
		{"an ignored member", strings.Replace(base, `"at":1,"n"`, `"at":7,"n"`, 1), true},
		{"no ignored member", strings.Replace(base, `"at":1,"n"`, `"n"`, 1), true},
		{"a reordered set", strings.Replace(base, `[1,2]`, `[2,1]`, 1), true},
		{"an equal element", strings.Replace(base, `[1,2]`, `[2,1,2,1]`, 1), true},
		{"an equal element but for what is ignored", strings.Replace(base, `{"at":2,"id":"b"}`, `{"at":2,"id":"b"},{"at":3,"id":"b"}`, 1), true},
		{"a number written otherwise", strings.Replace(base, `"n":1,`, `"n":1.0,`, 1), true},
		{"an ignored member that would reorder a set", strings.Replace(base, `"at":1,"id"`, `"at":9,"id"`, 1), true},
		{"a member of somebody else's object", strings.Replace(base, `"sizes":[1]`, `"sizes":[1,2]`, 1), true},
		{"another secret, without a key", strings.Replace(base, `"x"`, `"y"`, 1), true},
		{"an empty secret", strings.Replace(base, `"x"`, `""`, 1), true},
		{"no secret", strings.Replace(base, `,"secret":"x"`, ``, 1), true},
		{"the member that counts", strings.Replace(base, `nyc1`, `nyc3`, 1), false},
		{"a number", strings.Replace(base, `"n":1`, `"n":2`, 1), false},
		{"a new field", strings.Replace(base, `"n":1`, `"n":1,"o":null`, 1), false},
		{"another element", strings.Replace(base, `[1,2]`, `[1,3]`, 1), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rules := compile(t, row, diff.Options{})
			got := form(t, rules, base).Fingerprint == form(t, rules, tt.raw).Fingerprint
			if want := tt.same; got != want {
				t.Errorf("same fingerprint: got %v, want %v", got, want)
			}
		})
	}
}

// none are the ways in which the API says that a set has no element.
var none = []string{`,"tags":[]`, `,"tags":null`, ``}

func TestASetWithoutElementsIsNone(t *testing.T) {
	row := schema.Resource{Sets: "tags a.*.tags pools[id] pools[].tags l[].tags", Ignore: "l[].tags[].at"}
	rules := compile(t, row, diff.Options{})
	for _, in := range []string{`{"n":1%s}`, `{"a":{"x":{"n":1%s}}}`, `{"pools":[{"id":1%s},{"id":2}]}`, `{"l":[{"n":1%s}]}`} {
		want := form(t, rules, fmt.Sprintf(in, none[0])).Fingerprint
		for _, way := range none {
			if got := form(t, rules, fmt.Sprintf(in, way)); got.Fingerprint != want || !strings.Contains(string(got.Body), way) {
				t.Errorf("%s with %q: another fingerprint than with [], or not in the body %s", in, way, got.Body)
			}
		}
		for _, other := range []string{`,"tags":["x"]`, `,"tags":[null]`, `,"tags":""`, `,"tags":{}`, `,"list":[]`} {
			if form(t, rules, fmt.Sprintf(in, other)).Fingerprint == want {
				t.Errorf("%s with %s: the fingerprint of none", in, other)
			}
		}
	}
}

// Two secrets look alike where they are masked without a key, and the loss of one is still a change.
func TestWhatIsMaskedAlikeIsNotOne(t *testing.T) {
	rules := compile(t, schema.Resource{
		Sets: "hooks urls envs[key] links[url]",
		Mask: "hooks[].url urls[] envs[].value links[].url",
	}, diff.Options{})
	for _, tt := range []struct {
		one, two string
		same     bool
	}{
		{`{"hooks":[{"url":"a"}]}`, `{"hooks":[{"url":"a"},{"url":"b"}]}`, false},
		{`{"urls":["a"]}`, `{"urls":["a","b"]}`, false},
		{`{"links":[{"url":"a"}]}`, `{"links":[{"url":"a"},{"url":"b"}]}`, false},
		{`{"envs":[{"key":"A","value":"a"}]}`, `{"envs":[{"key":"A","value":"a"},{"key":"A","value":"a"}]}`, true},
	} {
		if got := form(t, rules, tt.one).Fingerprint == form(t, rules, tt.two).Fingerprint; got != tt.same {
			t.Errorf("%s and %s: one fingerprint %v, want %v", tt.one, tt.two, got, tt.same)
		}
	}
}

// No two numbers are taken for one.
func TestNumbersThatAFloatCannotTellApart(t *testing.T) {
	rules := compile(t, schema.Resource{}, diff.Options{})
	for _, pair := range [][2]string{
		{"9007199254740993", "9007199254740992"},
		{"0.12345678901234567890", "0.12345678901234567891"},
		{"1e999", "1e998"},
		{"1.0e-400", "0.0"},
	} {
		a, b := form(t, rules, `{"n":`+pair[0]+`}`), form(t, rules, `{"n":`+pair[1]+`}`)
		if a.Fingerprint == b.Fingerprint {
			t.Errorf("%s and %s: one fingerprint, want two", pair[0], pair[1])
		}
	}
}

func TestMaskKey(t *testing.T) {
	row := schema.Resource{Mask: "secret list[]"}
	rules := compile(t, row, diff.Options{MaskKey: []byte("obviously fake")})
	other := compile(t, row, diff.Options{MaskKey: []byte("another fake")})
	a := form(t, rules, `{"secret":"x","list":["x",""]}`)
	if want := len(`{"list":["***:0123456789abcdef","***"],"secret":"***:0123456789abcdef"}`); len(a.Body) != want {
		t.Errorf("body %s: got %d bytes, want %d", a.Body, len(a.Body), want)
	}
	if b := form(t, rules, `{"secret":"y","list":["x",""]}`); b.Fingerprint == a.Fingerprint {
		t.Error("a rotation is no change")
	}
	if b := form(t, rules, `{"list":["x",""], "secret":"x"}`); cmp.Diff(a, b) != "" {
		t.Errorf("the same secret: %s", cmp.Diff(a, b))
	}
	if b := form(t, other, `{"secret":"x","list":["x",""]}`); b.Fingerprint == a.Fingerprint {
		t.Error("two keys mask alike")
	}
}

func TestAgentsWithinAnAgent(t *testing.T) {
	rules := compile(t, *schema.Lookup("gen_ai_agent_details"), diff.Options{})
	const alone = `{"uuid":"a","child_agents":[]}`
	const child = `{"uuid":"a","child_agents":[{"uuid":"b","name":"helper","functions":[{"uuid":"f","url":"fake-url"}],` +
		`"mcp_servers":[{"server_url":"fake-server","headers":{"x-token":"fake-header"}}]}]}`
	got := form(t, rules, child)
	if strings.Contains(string(got.Body), "fake") {
		t.Errorf("a secret is in the body: %s", got.Body)
	}
	if got.Fingerprint == form(t, rules, alone).Fingerprint {
		t.Error("an agent that got another one below it is no change")
	}
	if got.Fingerprint != form(t, rules, strings.Replace(child, "helper", "renamed", 1)).Fingerprint {
		t.Error("what happens to the other agent is a change of this one")
	}
}

// A value that looks masked was not masked by us: it must be.
func TestForgedMask(t *testing.T) {
	rules := compile(t, schema.Resource{Mask: "secret"}, diff.Options{MaskKey: []byte("obviously fake")})
	got := form(t, rules, `{"secret":"***:00112233aabbccdd"}`)
	if strings.Contains(string(got.Body), "00112233aabbccdd") {
		t.Errorf("published: %s", got.Body)
	}
}

func TestQuarantine(t *testing.T) {
	rules := compile(t, schema.Resource{}, diff.Options{})
	for _, tt := range []struct{ name, raw, want string }{
		{"a name twice", `{"hunter2":1,"hunter2":2}`, "record has a name twice in one object"},
		{"a name twice, deep", `{"a":[{"hunter2":1,"\u0068unter2":2}]}`, "record has a name twice in one object"},
		{"bad UTF-8", "{\"hunter2\":\"\xff\"}", "record is not valid JSON in UTF-8 at byte 12"},
		{"half a surrogate", `{"hunter2":"\ud800"}`, "record is not valid JSON in UTF-8 at byte 12"},
		{"not an object", `["hunter2"]`, "record is not an object"},
		{"cut off", `{"hunter2":`, "record is not valid JSON in UTF-8 at byte 11"},
		{"nothing", ``, "record is not valid JSON in UTF-8 at byte 0"},
		{"1,001 levels", `{"a":` + strings.Repeat("[", 1001) + strings.Repeat("]", 1001) + `}`, "record is nested deeper than 1000 levels"},
		{"10,000 levels", `{"a":` + strings.Repeat(`{"a":`, 9_999) + `1` + strings.Repeat("}", 10_000), "record is nested deeper than 1000 levels"},
		{"a million levels", `{"a":` + strings.Repeat("[", 1_000_000), "record is not valid JSON in UTF-8 at byte 10004"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := rules.Form([]byte(tt.raw))
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	form(t, rules, `{"a":`+strings.Repeat("[", 999)+strings.Repeat("]", 999)+`}`)
}

// A form is valid, has nothing left to do, and does not depend on how the record was written.
func FuzzForm(f *testing.F) {
	for _, seed := range []string{
		`{"id":"a","p":"secret","a":[{"c":1.50},{"c":"x"}],"k":[{"x":2},{"x":1}]}`, `{}`, `[]`, `{"a":{"b":[[],{}]}}`,
		`{"**":"\u0000","b":{"tags":["b","a"]}}`, `{"a":1e999,"b":-0.0}`,
	} {
		f.Add([]byte(seed))
	}
	row := schema.Resource{Mask: "**.p a[].c", Sets: "a b.* k[x+y]", Ignore: "c a[].b", Only: "b.a"}
	plain := compile(f, row, diff.Options{})
	keyed := compile(f, row, diff.Options{MaskKey: []byte("obviously fake")})
	f.Fuzz(func(t *testing.T, raw []byte) {
		once, err := plain.Form(raw)
		if err != nil {
			return
		}
		twice, err := plain.Form(once.Body)
		if err != nil || cmp.Diff(once, twice) != "" {
			t.Errorf("formed again: %v %s", err, cmp.Diff(once, twice))
		}
		k, err := keyed.Form(raw)
		if err != nil {
			t.Fatalf("with a key: %v", err)
		}
		if patch, err := diff.Patch(keyed, k.Body, k.Body); err != nil || patch != "[]" {
			t.Errorf("patch of nothing: got %s, %v; want []", patch, err)
		}
		_ = diff.NewRow(&schema.Resource{Name: "x", URN: "=urn"}, "acct", "a", once.Body)
	})
}
