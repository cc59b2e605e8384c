package diff_test

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

// What the rules say, done again slowly and plainly on decoded trees, must be the same bytes.
func TestFormIsWhatTheRulesSay(t *testing.T) {
	row := schema.Resource{
		Mask: "**.p a[].c m[]", Sets: "a b.* c[].a **.b k[x+y]", Ignore: "c a[].b b.b.a k[].z m[]", Only: "b.a a[].a k[].b.c",
	}
	for _, key := range [][]byte{nil, []byte("obviously fake")} {
		rules := compile(t, row, diff.Options{MaskKey: key})
		o := oracle{row: row, key: key}
		r := rand.New(rand.NewPCG(7, 7))
		for range 5_000 {
			v, ok := random(r, 5).(map[string]any)
			if !ok {
				continue
			}
			raw := encode(v)
			got, err := rules.Form([]byte(raw))
			if err != nil {
				t.Fatalf("%s: %v", raw, err)
			}
			body, fingerprint := o.value(v, nil, true)
			if string(got.Body) != body || got.Fingerprint != xxhash.Sum64String(fingerprint) {
				t.Fatalf("form of %s\n got %s, fingerprint %x\nwant %s, fingerprint %x of %s",
					raw, got.Body, got.Fingerprint, body, xxhash.Sum64String(fingerprint), fingerprint)
			}
		}
	}
}

// numbers maps how a number may be written to how it is compared.
var numbers = map[json.Number]string{
	"1": "1", "12345678901234567890": "12345678901234567890", "-0": "-0",
	"1.50": "1.5", "1e2": "100", "2.0": "2",
}

func random(r *rand.Rand, depth int) any {
	switch n := r.IntN(8); {
	case depth > 0 && n < 3:
		m := map[string]any{}
		for range r.IntN(6) {
			m[[]string{"a", "b", "c", "p", "k", "m", "x", "y", "z", "q\"", `\`}[r.IntN(11)]] = random(r, depth-1)
		}
		return m
	case depth > 0 && n < 6:
		l := []any{}
		for range r.IntN(4) {
			l = append(l, random(r, depth-1))
		}
		return l
	case n == 6:
		return []string{"", "x", "y\"]}", `\`, `\\"`, "{,", "***", "é", "***:0123456789abcdef"}[r.IntN(9)]
	}
	all := []any{
		nil, true, json.Number("1"), json.Number("12345678901234567890"), json.Number("-0"), json.Number("1.50"),
		json.Number("1e2"), json.Number("2.0"),
	}
	return all[r.IntN(len(all))]
}

func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}

type oracle struct {
	row schema.Resource
	key []byte
}

// hit reports whether one of the paths ends on path.
func hit(paths schema.Paths, path []string) bool {
	all, err := paths.Steps()
	if err != nil {
		panic(err)
	}
	return slices.ContainsFunc(all, func(steps []string) bool { return match(steps, path) })
}

func match(steps, path []string) bool {
	switch {
	case len(steps) == 0:
		return len(path) == 0
	case steps[0] == "**":
		return match(steps[1:], path) || (len(path) > 0 && match(steps, path[1:]))
	case len(path) == 0:
		return strings.HasPrefix(steps[0], "[") && steps[0] != "[]"
	}
	return (steps[0] == path[0] || (steps[0] == "*" && path[0] != "[]")) && match(steps[1:], path[1:])
}

// value returns what is published of a value, and what is compared of it: nothing unless it counts.
func (o oracle) value(v any, path []string, counts bool) (body, fingerprint string) {
	switch v := v.(type) {
	case map[string]any:
		body, fingerprint = o.object(v, path, counts)
	case []any:
		body, fingerprint = o.array(v, path, counts)
	case json.Number:
		body, fingerprint = string(v), numbers[v]
	default:
		body, fingerprint = encode(v), encode(v)
	}
	if !counts {
		fingerprint = ""
	}
	return body, fingerprint
}

func (o oracle) object(v map[string]any, path []string, counts bool) (body, fingerprint string) {
	var bodies, prints []string
	names := slices.Collect(func(yield func(string) bool) {
		for n := range v {
			if !yield(n) {
				return
			}
		}
	})
	slices.Sort(names)
	for _, name := range names {
		at := append(slices.Clone(path), name)
		counted := counts && o.counts(at)
		b, p := o.value(v[name], at, counted)
		masked := hit(o.row.Mask, at) || taken(v[name])
		if masked {
			b = o.masked(v[name])
			p = b
		}
		q := encode(name) + ":"
		bodies = append(bodies, q+b)
		none := hit(o.row.Sets, at) && (p == "[]" || p == "null")
		if counted && !(masked && p == `"***"`) && !none {
			prints = append(prints, q+p)
		}
	}
	return "{" + strings.Join(bodies, ",") + "}", "{" + strings.Join(prints, ",") + "}"
}

// counts reports whether a member is compared.
func (o oracle) counts(at []string) bool {
	if hit(o.row.Ignore, at) {
		return false
	}
	all, _ := o.row.Only.Steps()
	some := slices.ContainsFunc(all, func(s []string) bool { return match(s[:len(s)-1], at[:len(at)-1]) })
	return !some || hit(o.row.Only, at)
}

// taken reports whether a value looks as if it had been masked.
func taken(v any) bool { return v == "***" || v == "***:0123456789abcdef" }

func (o oracle) masked(v any) string {
	if o.key == nil || v == nil || v == "" || encode(v) == "[]" || encode(v) == "{}" {
		return `"***"`
	}
	mac := hmac.New(sha256.New, o.key)
	mac.Write([]byte(encode(v)))
	return `"***:` + hex.EncodeToString(mac.Sum(nil))[:16] + `"`
}

func (o oracle) array(v []any, path []string, counts bool) (body, fingerprint string) {
	at := append(slices.Clone(path), "[]")
	ignored := hit(o.row.Ignore, at)
	var all [][2]string
	for _, e := range v {
		b, p := o.value(e, at, counts && !ignored)
		if hit(o.row.Mask, at) || taken(e) {
			b = o.masked(e)
			if p = b; !counts || ignored {
				p = ""
			}
		}
		all = append(all, [2]string{b, p})
	}
	if hit(o.row.Sets, path) {
		slices.SortFunc(all, func(a, b [2]string) int {
			return cmp.Or(o.byKey(path, a[0], b[0]), cmp.Compare(a[1], b[1]), cmp.Compare(a[0], b[0]))
		})
	}
	var bodies, prints []string
	for i, e := range all {
		bodies = append(bodies, e[0])
		again := hit(o.row.Sets, path) && i > 0 && all[i-1][1] == e[1] && !o.veiled(path, e[0])
		if !ignored && !again {
			prints = append(prints, e[1])
		}
	}
	return "[" + strings.Join(bodies, ",") + "]", "[" + strings.Join(prints, ",") + "]"
}

// veiled reports whether something masked may tell an element from one that looks the same.
func (o oracle) veiled(path []string, body string) bool {
	if !strings.Contains(body, `"***"`) {
		return false
	}
	if !slices.Equal(path, []string{"k"}) {
		return true
	}
	var m map[string]json.RawMessage
	_ = json.Unmarshal([]byte(body), &m) // another value has no members
	return slices.ContainsFunc([]string{"x", "y"}, func(k string) bool {
		return slices.Contains([]string{"", "null", `""`, "[]", "{}", `"***"`}, string(m[k]))
	})
}

func (o oracle) byKey(path []string, a, b string) int {
	if !slices.Equal(path, []string{"k"}) {
		return 0
	}
	var x, y map[string]json.RawMessage
	_ = json.Unmarshal([]byte(a), &x) // another value has no members
	_ = json.Unmarshal([]byte(b), &y)
	return cmp.Or(bytes.Compare(x["x"], y["x"]), bytes.Compare(x["y"], y["y"]))
}
