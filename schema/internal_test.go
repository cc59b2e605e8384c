package schema

import (
	"slices"
	"testing"
)

func TestKnownMapsOfObjects(t *testing.T) {
	known := parseKnown("# policies\n. * lists\n* days[] rules[][]\n*.days[] hour\nlists *[]\nlists.*[] id\n")["policies"]
	for path, want := range map[string]bool{
		"web.days[].hour":               true,
		"web.example.com.days[].hour":   true,
		"web.example.com.days[].minute": false,
		"web.rules[][]":                 true,
		"web.rules[][][]":               false,
		"web[]":                         false,
		"lists.any.thing[].id":          true,
		"lists.any.thing[].name":        false,
		"lists.any.thing.id":            true, // may be a name
	} {
		if got := known.Has(path); got != want {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
}

// Whoever goes through a value beside its shapes finds what is known, and nothing beside it.
func TestShapesHaveWhatIsKnown(t *testing.T) {
	for resource, known := range allKnown() {
		known.top.compare(t, resource, known.Shapes())
	}
}

// compare holds what is in a shape against what shapes at the same place have.
func (s *shape) compare(t *testing.T, path string, at Shapes) {
	t.Helper()
	if !slices.Contains(at, s) {
		t.Fatalf("%s is not known", path)
	}
	if s.holdsAny() {
		if m := at.Member(nil, []byte("no such")); !slices.Contains(m.Element(nil).Member(nil, []byte("member")), s) {
			t.Errorf("%s holds anything, and not all is known of it", path)
		}
		return
	}
	if s.elem != nil {
		s.elem.compare(t, path+"[]", at.Element(nil))
	} else if got := at.Element(nil); len(got) > 0 {
		t.Errorf("%s is no array, and an element is known", path)
	}
	for name, m := range s.members {
		m.compare(t, path+"."+name, at.Member(nil, []byte(name)))
	}
	if got := at.Member(nil, []byte("no such")); len(got) > 0 && s.members["*"] == nil {
		t.Errorf("%s has a member that is not known", path)
	}
}

func TestEdits(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"abc", "abc", 0},
		{"ab", "abc", 1},
		{"abc", "ab", 1},
		{"kitten", "sitting", 3},
	} {
		if got := edits(tc.a, tc.b); got != tc.want {
			t.Errorf("%q to %q: got %d, want %d", tc.a, tc.b, got, tc.want)
		}
	}
}
