package diff_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
)

// What is the same in both bodies is left out before they are formed: the description is that of the whole ones.
func TestPatchOfWhatIsPartlyTheSame(t *testing.T) {
	rules := compile(t, schema.Resource{Name: "x", ID: "id", Sets: "tags", Ignore: "seen"}, diff.Options{})
	for _, tt := range []struct{ name, before, after, want string }{
		{"objects", `{"a":{"b":1},"c":{"d":1}}`, `{"a":{"b":1},"c":{"d":2}}`, `[{"op":"replace","path":"/c/d","value":2,"old":1}]`},
		{
			"names that sort apart", `{"a":[1],"a b":[2],"a!":[3],"b":1}`, `{"a":[1],"a b":[2],"a!":[3],"b":2}`,
			`[{"op":"replace","path":"/b","value":2,"old":1}]`,
		},
		{"one goes", `{"a":[1],"b":[1]}`, `{"a":[1]}`, `[{"op":"remove","path":"/b","old":[1]}]`},
		{"one comes", `{"b":[1]}`, `{"a":[1],"b":[1]}`, `[{"op":"add","path":"/a","value":[1]}]`},
		{
			"what stands between a secret's name and a value", `{"key":"DB_PASSWORD","type":{"a":1},"value":"x"}`,
			`{"key":"DB_PASSWORD","type":{"a":1},"value":"y"}`, `[{"op":"replace","path":"/value","value":"y","old":"x"}]`,
		},
		{"spaces", ` {"a": [1] , "b" :1}`, `{"a": [1], "b":2} `, `[{"op":"replace","path":"/b","value":2,"old":1}]`},
	} {
		got, err := diff.Patch(rules, []byte(tt.before), []byte(tt.after))
		if err != nil || got != tt.want {
			t.Errorf("%s: got %s, %v; want %s", tt.name, got, err, tt.want)
		}
	}
	for _, bad := range []string{``, `{`, `{"a"`, `{"a":[1}`, `[1]`, `{} {}`, `{"a":[1],"b":1`, `{"a":[1] "b":1}`, `{"b":1,"b":1}`} {
		for _, pair := range [][2]string{{bad, `{"a":[1]}`}, {`{"a":[1]}`, bad}, {bad, bad}} {
			if got, err := diff.Patch(rules, []byte(pair[0]), []byte(pair[1])); err == nil {
				t.Errorf("%q: described as %s", pair, got)
			}
		}
	}
}

// A description costs by what has changed: it allocates for that alone.
func TestPatchAllocatesForWhatChanged(t *testing.T) {
	rules := compile(t, *schema.Lookup("droplets"), diff.Options{})
	before, err := rules.Form(digitaloceantest.Droplet(1, rand.New(rand.NewPCG(1, 2))))
	if err != nil {
		t.Fatal(err)
	}
	after := []byte(strings.Replace(string(before.Body), `"status":"active"`, `"status":"off"`, 1))
	n := testing.AllocsPerRun(100, func() {
		if text, err := diff.Patch(rules, before.Body, after); err != nil || !strings.Contains(text, `"/status"`) {
			t.Fatal(text, err)
		}
	})
	if n > 100 {
		t.Errorf("%v allocations, at most 100 are due", n)
	}
}
