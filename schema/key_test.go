package schema_test

import (
	"strings"
	"testing"

	"github.com/seachange/seachange/schema"
)

// The bytes of keys are frozen: they decide in which partition a record's history is, and which events are one
// record's.
func TestKeysAreFrozen(t *testing.T) {
	for _, tc := range []struct {
		name string
		id   string
		want string
	}{
		{"a uuid", schema.ChildID("", "bb4b2611-3d72-467b-8602-280330ecd65c"), `bb4b2611-3d72-467b-8602-280330ecd65c`},
		{"a number", schema.ChildID("", "3164494"), `3164494`},
		{"a child", schema.ChildID("example.com", "28448429"), `example.com/28448429`},
		{"two levels, and a slash inside", schema.ChildID(schema.ChildID("acme", "team/api"), "v1.0"), `acme/team%2Fapi/v1.0`},
		{"a single object of a parent", schema.ChildID("9cc10173", "database_configs"), `9cc10173/database_configs`},
		{"an instant", schema.ChildID("9cc10173", "2019-01-11T18:42:27Z"), `9cc10173/2019-01-11T18:42:27Z`},
		{"a urn", schema.ChildID("4e1bfbc3", "do:droplet:13457723"), `4e1bfbc3/do:droplet:13457723`},
		{"a plus in a simple id stays", schema.ChildID("", "c++"), `c++`},
		{"several members", schema.JoinID("", schema.Segment("gpu-h100", "nyc3")), `gpu-h100+nyc3`},
		{"a plus inside one of several", schema.JoinID("", schema.Segment("a+b", "c")), `a%2Bb+c`},
		{"a percent sign", schema.ChildID("", "50%"), `50%25`},
		{"a percent sign inside one of several", schema.JoinID("", schema.Segment("50%", "c")), `50%25+c`},
		{"not ASCII", schema.ChildID("", "bücher.example"), `b%C3%BCcher.example`},
		{"what HTML would escape", schema.ChildID("", "a&b"), `a&b`},
	} {
		want := `{"account_id":"4f1c","id":"` + tc.want + `"}`
		if got := string(schema.Key{AccountID: "4f1c", ID: tc.id}.Bytes()); got != want {
			t.Errorf("%s: got %s, want %s", tc.name, got, want)
		}
	}
}

func TestKeysComeBack(t *testing.T) {
	want := schema.Key{AccountID: "user:4f1c", ID: schema.ChildID("acme", "team/api")}
	got, err := schema.ParseKey(want.Bytes())
	if err != nil || got != want {
		t.Fatalf("got %+v, %v, want %+v", got, err, want)
	}
	parent, own, err := schema.SplitID(got.ID)
	if err != nil || parent != "acme" || own != "team/api" {
		t.Errorf("id %q: got parent %q, own %q, %v", got.ID, parent, own, err)
	}
}

func TestParseKeyRefusesWhatIsNone(t *testing.T) {
	for _, s := range []string{
		``, `{}`, `"x"`, `{"account_id":"a"}`, `{"id":"b"}`, `{"account_id":"a","id":1}`, `{"account_id":"a","id":"b","more":1}`,
		`{"account_id":"a","id":"b","id":"c"}`, `{"account_id":"a","id":"b"} {}`, `{"account_id":"a","id":"b"`,
	} {
		if k, err := schema.ParseKey([]byte(s)); err == nil {
			t.Errorf("%q: got %+v, want an error", s, k)
		}
	}
}

func TestSplitIDRefusesBadEscapes(t *testing.T) {
	if _, _, err := schema.SplitID("acme/50%"); err == nil {
		t.Error("no error")
	}
}

// FuzzSegment holds that two lists of as many parts never make one segment, and that an id comes apart again.
func FuzzSegment(f *testing.F) {
	f.Add("a+b", "c", "a", "b+c")
	f.Add("%2B", "", "+", "")
	f.Add("a/b", "ü", "a", "/b")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		one, two := schema.Segment(a, b), schema.Segment(c, d)
		if (one == two) != (a == c && b == d) {
			t.Errorf("%q and %q make %q, %q and %q make %q", a, b, one, c, d, two)
		}
		if parent, segment := schema.CutID(schema.JoinID("p", one)); parent != "p" || segment != one {
			t.Errorf("%q came back as %q %q", one, parent, segment)
		}
		if parent, own, err := schema.SplitID(schema.ChildID("p", a)); err != nil || parent != "p" || own != a {
			t.Errorf("%q came back as %q %q, %v", a, parent, own, err)
		}
	})
}

func TestURLFillsInTheParents(t *testing.T) {
	records := schema.Lookup("domain_records")
	if got, err := records.URL("example.com"); err != nil || got != "/v2/domains/example.com/records" {
		t.Errorf("got %q, %v", got, err)
	}
	tags := &schema.Resource{Name: "repository_tags", Path: "/v2/registries/{registries}/repositories/{repositories}/tags"}
	if got, err := tags.URL("acme/team%2Fapi"); err != nil || got != "/v2/registries/acme/repositories/team%2Fapi/tags" {
		t.Errorf("two levels: got %q, %v", got, err)
	}
	for _, parent := range []string{"", "a/b"} {
		if _, err := records.URL(parent); err == nil || !strings.Contains(err.Error(), "domain_records") {
			t.Errorf("parent %q: got %v, want an error that names the resource", parent, err)
		}
	}
}
