package diff_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

// What people and rules read when a firewall opens port 22: the rule, whole, as added.
func TestPatchOfAFirewall(t *testing.T) {
	rules, err := diff.Compile(schema.Lookup("firewalls"), diff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const (
		dns = `{"ports":"53","protocol":"udp","sources":{"addresses":["10.0.0.0/8"]}}`
		web = `{"ports":"80","protocol":"tcp","sources":{"addresses":["0.0.0.0/0","::/0"]}}`
		ssh = `{"ports":"22","protocol":"tcp","sources":{"addresses":["0.0.0.0/0"]}}`
	)
	firewall := func(rules ...string) []byte {
		return []byte(`{"id":"f","inbound_rules":[` + strings.Join(rules, ",") + `],"name":"web"}`)
	}
	for _, tt := range []struct {
		name          string
		before, after []byte
		want          string
	}{
		{"opens port 22", firewall(dns, web), firewall(dns, web, ssh), `[{"op":"add","path":"/inbound_rules/0","value":` + ssh + `}]`},
		{"closes it", firewall(dns, web, ssh), firewall(web, dns), `[{"op":"remove","path":"/inbound_rules/0","old":` + ssh + `}]`},
		{"one rule for another", firewall(dns, web), firewall(ssh, dns), `[{"op":"remove","path":"/inbound_rules/1","old":` + web + `},{"op":"add","path":"/inbound_rules/0","value":` + ssh + `}]`},
		{"reordered", firewall(dns, web), firewall(web, dns), `[]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := diff.Patch(rules, form(t, rules, string(tt.before)).Body, form(t, rules, string(tt.after)).Body)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestPatch(t *testing.T) {
	row := schema.Resource{
		Mask: "s", Sets: "tags pools[id] pools[].tags pairs[k+l]", Ignore: "at pools[].at",
		Only: "region.slug",
	}
	for _, tt := range []struct{ name, before, after, want string }{
		{"nothing", `{"a":1}`, `{"a":1}`, `[]`},
		{"a value", `{"a":1}`, `{"a":"<1>"}`, `[{"op":"replace","path":"/a","value":"<1>","old":1}]`},
		{"to null", `{"a":1}`, `{"a":null}`, `[{"op":"replace","path":"/a","value":null,"old":1}]`},
		{"from null", `{"a":null}`, `{"a":[]}`, `[{"op":"replace","path":"/a","value":[],"old":null}]`},
		{"a new member", `{}`, `{"a":{"b":1}}`, `[{"op":"add","path":"/a","value":{"b":1}}]`},
		{"a lost member", `{"a":null}`, `{}`, `[{"op":"remove","path":"/a","old":null}]`},
		{"a big number", `{"a":9007199254740993}`, `{"a":9007199254740992}`, `[{"op":"replace","path":"/a","value":9007199254740992,"old":9007199254740993}]`},
		{"deep, with a name to escape", `{"x":{"a/b~":{"c":1}}}`, `{"x":{"a/b~":{"c":2}}}`, `[{"op":"replace","path":"/x/a~1b~0/c","value":2,"old":1}]`},
		{"what is ignored", `{"at":1,"region":{"n":1,"slug":"a"},"s":"***","a":1}`, `{"at":2,"region":{"n":2,"slug":"a"},"a":2}`, `[{"op":"replace","path":"/a","value":2,"old":1}]`},
		{"an array", `{"l":["a","b","d"]}`, `{"l":["a","c","b","d"]}`, `[{"op":"add","path":"/l/1","value":"c"}]`},
		{
			"what comes, goes and changes in an array", `{"l":[1,2,3,{"n":1},5,6]}`, `{"l":[0,1,3,{"n":2},5]}`,
			`[{"op":"add","path":"/l/0","value":0},{"op":"remove","path":"/l/2","old":2},` +
				`{"op":"replace","path":"/l/3/n","value":2,"old":1},{"op":"remove","path":"/l/5","old":6}]`,
		},
		{"objects in an array", `{"l":[{"n":1,"o":9007199254740993}]}`, `{"l":[{"n":1,"o":9007199254740995}]}`, `[{"op":"replace","path":"/l/0/o","value":9007199254740995,"old":9007199254740993}]`},
		{"a set", `{"tags":["a","b"]}`, `{"tags":["b","c"]}`, `[{"op":"remove","path":"/tags/0","old":"a"},{"op":"add","path":"/tags/1","value":"c"}]`},
		{"a set with equals", `{"tags":["a","a"]}`, `{"tags":["a"]}`, `[]`},
		{"a set with equals, and another change", `{"tags":["a","a","b"]}`, `{"tags":["a","c","c"]}`, `[{"op":"remove","path":"/tags/1","old":"b"},{"op":"add","path":"/tags/1","value":"c"}]`},
		{"a set that is none", `{"tags":["a"]}`, `{}`, `[{"op":"remove","path":"/tags/0","old":"a"}]`},
		{"a set that was none", `{"tags":null}`, `{"tags":["a","b"]}`, `[{"op":"add","path":"/tags/0","value":"a"},{"op":"add","path":"/tags/1","value":"b"}]`},
		{"a set that is another none, and another change", `{"a":1,"tags":null}`, `{"a":2,"tags":[]}`, `[{"op":"replace","path":"/a","value":2,"old":1}]`},
		{"a set that becomes something else", `{"tags":null}`, `{"tags":"a"}`, `[{"op":"add","path":"/tags","value":"a"}]`},
		{
			"a keyed set", `{"pools":[{"id":"a","n":1,"at":1},{"id":"b","n":1,"tags":["x"]},{"id":"c"}]}`, `{"pools":[{"id":"b","n":3,"tags":["x","y"],"at":2},{"id":"c"},{"id":"d"}]}`,
			`[{"op":"replace","path":"/pools/0/n","value":3,"old":1},{"op":"add","path":"/pools/0/tags/1","value":"y"},` +
				`{"op":"remove","path":"/pools/0","old":{"id":"a","n":1}},{"op":"add","path":"/pools/2","value":{"id":"d"}}]`,
		},
		{"a set with two keys", `{"pairs":[{"k":1,"l":1,"v":1},{"k":1,"l":2,"v":1}]}`, `{"pairs":[{"k":1,"l":1,"v":1},{"k":1,"l":2,"v":2}]}`, `[{"op":"replace","path":"/pairs/1/v","value":2,"old":1}]`},
		{"another kind", `{"tags":["a"]}`, `{"tags":{"a":1}}`, `[{"op":"replace","path":"/tags","value":{"a":1},"old":["a"]}]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rules := compile(t, row, diff.Options{})
			got, err := diff.Patch(rules, form(t, rules, tt.before).Body, form(t, rules, tt.after).Body)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestPatchOfHugeArrays(t *testing.T) {
	rules := compile(t, schema.Resource{}, diff.Options{})
	long := `{"l":[` + strings.Repeat("1,", 5000)
	got, err := diff.Patch(rules, []byte(long+`1]}`), []byte(long+`2]}`))
	if err != nil || !strings.HasPrefix(got, `[{"op":"replace","path":"/l","value":[1,`) {
		t.Errorf("got %.60s, %v; want the array replaced as a whole", got, err)
	}
}

func TestPatchOfWhatIsNoBody(t *testing.T) {
	rules := compile(t, schema.Resource{}, diff.Options{})
	for _, bad := range []string{"", "[]", `{"a":`} {
		if _, err := diff.Patch(rules, []byte(bad), []byte("{}")); err == nil ||
			!strings.Contains(err.Error(), "body before") {
			t.Errorf("%q before: got %v, want an error", bad, err)
		}
		if _, err := diff.Patch(rules, []byte("{}"), []byte(bad)); err == nil ||
			!strings.Contains(err.Error(), "body after") {
			t.Errorf("%q after: got %v, want an error", bad, err)
		}
	}
}

// A patch is empty exactly where the fingerprints are equal, and always JSON.
func FuzzPatch(f *testing.F) {
	f.Add([]byte(`{"a":[{"c":1,"b":2}],"k":[{"x":1,"n":1}],"p":"s"}`), []byte(`{"a":[{"c":2,"b":2}],"k":[{"x":1,"n":2}]}`))
	f.Add([]byte(`{"l":[1,[2,{"m":1.0}],null,"a"]}`), []byte(`{"l":[[2,{"m":1}],1,-0,"b",1e400]}`))
	f.Add([]byte(`{"b":{"a":{"~/":[]}}}`), []byte(`{"b":{"a":{"~/":{}}}}`))
	rules := compile(f, schema.Resource{Mask: "**.p a[].c", Sets: "a b.* k[x+y]", Ignore: "c a[].b", Only: "b.a"},
		diff.Options{})
	f.Fuzz(func(t *testing.T, a, b []byte) {
		before, err := rules.Form(a)
		after, err2 := rules.Form(b)
		if err != nil || err2 != nil {
			return
		}
		got, err := diff.Patch(rules, before.Body, after.Body)
		if err != nil {
			t.Fatal(err)
		}
		var ops []map[string]json.RawMessage
		decode(t, []byte(got), &ops)
		if empty, same := len(ops) == 0, before.Fingerprint == after.Fingerprint; empty != same {
			t.Errorf("same fingerprint %v, patch %s", same, got)
		}
	})
}
