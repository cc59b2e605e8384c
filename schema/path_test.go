package schema_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/schema"
)

func TestStepsSplitPaths(t *testing.T) {
	for _, tc := range []struct {
		paths schema.Paths
		want  [][]string
	}{
		{"", nil},
		{"   ", nil},
		{"tags", [][]string{{"tags"}}},
		{"a  b.c", [][]string{{"a"}, {"b", "c"}}},
		{"x[]", [][]string{{"x", "[]"}}},
		{"x[][].y", [][]string{{"x", "[]", "[]", "y"}}},
		{"x[k]", [][]string{{"x", "[k]"}}},
		{"a[].x[][k+l]", [][]string{{"a", "[]", "x", "[]", "[k+l]"}}},
		{"resources.*.count", [][]string{{"resources", "*", "count"}}},
		{"*[].id", [][]string{{"*", "[]", "id"}}},
		{"**.envs[].value", [][]string{{"**", "envs", "[]", "value"}}},
	} {
		got, err := tc.paths.Steps()
		if err != nil {
			t.Errorf("%q: %v", tc.paths, err)
		}
		if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("%q (-want +got):\n%s", tc.paths, d)
		}
	}
}

func TestStepsRefuseWhatTheLanguageLacks(t *testing.T) {
	for _, tc := range []struct{ path, want string }{
		{".", `step ""`},
		{"a.", `step ""`},
		{"a..b", `step ""`},
		{".a", `step ""`},
		{"a\tb", `step "a\tb": "a\tb" is not a name`},
		{"a\nb", "not a name"},
		{"a\u00a0b", "not a name"},
		{"a*", "not a name"},
		{"***", "not a name"},
		{"ä", "not a name"},
		{"[]", "not a name"},
		{"a]", "not a name"},
		{"a[", "unbalanced"},
		{"a[[]]", "unbalanced"},
		{"a[]]", "not a name"},
		{"a[]b", "unbalanced"},
		{"a[k]b", "unbalanced"},
		{"a[k].b", "only at the end"},
		{"a[k][]", "only at the end"},
		{"a[k+]", `"" is not a name`},
		{"a[+k]", `"" is not a name`},
		{"a[*]", `"*" is not a name`},
		{"**", "only the first step of several"},
		{"a.**", "only the first step of several"},
		{"a.**.b", "only the first step of several"},
		{"**[].a", "** has no elements"},
	} {
		_, err := schema.Paths("fine " + tc.path + " also.fine").Steps()
		if err == nil {
			t.Errorf("%q: no error", tc.path)
			continue
		}
		if !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "path ") {
			t.Errorf("%q: got %q, want it to name the path and say %q", tc.path, err, tc.want)
		}
	}
}

// FuzzSteps holds that what Steps accepts is what its steps spell, and nothing panics.
func FuzzSteps(f *testing.F) {
	for _, s := range []string{"", "a b.c", "**.x[].y[k+l]", "*[]", "a[", "a.**", "[]", "a[]b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		all, err := schema.Paths(s).Steps()
		if err != nil {
			return
		}
		var paths []string
		for _, steps := range all {
			paths = append(paths, spell(steps))
		}
		want := strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " ")
		if got := strings.Join(paths, " "); got != want {
			t.Errorf("steps of %q spell %q", s, got)
		}
	})
}

func spell(steps []string) string {
	return strings.ReplaceAll(strings.Join(steps, "."), ".[", "[")
}
