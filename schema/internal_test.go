package schema

import "testing"

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
