package diff_test

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

var update = flag.Bool("update", false, "write testdata/newly-masked.txt anew")

// TestWhatIsMaskedSinceTheFirstRelease holds the list of all members of DigitalOcean's document that are masked now
// ("+"), or only with --mask-pii ("+pii"), and were not in the release of commit 9c89bf4, and of those that are shown
// again ("-"). Whoever makes it longer reads it: what people need must not disappear.
func TestWhatIsMaskedSinceTheFirstRelease(t *testing.T) {
	var list bytes.Buffer
	was, net := masksOfTheFirstRelease(t)
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		masks, known := was[r.Name]
		if !known {
			continue // a newer resource
		}
		old, err := diff.ParseRules(`{"mask":"` + strings.TrimSpace(masks+" "+net) + `"}`)
		if err != nil {
			t.Fatal(err)
		}
		record := string(encodeBytes(t, documented(schema.Known(r.Name))))
		before := maskedPaths(t, form(t, old, record).Body)
		now := maskedPaths(t, form(t, compile(t, *r, diff.Options{}), record).Body)
		pii := maskedPaths(t, form(t, compile(t, *r, diff.Options{MaskPII: true}), record).Body)
		for _, path := range slices.Sorted(maps.Keys(pii)) {
			switch {
			case now[path] && !before[path]:
				list.WriteString("+    " + r.Name + " " + path + "\n")
			case !now[path]:
				list.WriteString("+pii " + r.Name + " " + path + "\n")
			}
		}
		for _, path := range slices.Sorted(maps.Keys(before)) {
			if shown := strings.Split(path, "."); !now[path] &&
				!slices.Contains(schema.Embedded(r), strings.TrimRight(shown[0], "[]")) {
				list.WriteString("-    " + r.Name + " " + path + "\n")
			}
		}
	}
	const file = "testdata/newly-masked.txt"
	if *update {
		if err := os.WriteFile(file, list.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), list.String()); d != "" {
		t.Errorf("%s: read what is new, then go test ./diff -run Masked -update (-want +got):\n%s", file, d)
	}
}

// masksOfTheFirstRelease are the masks of each row of the release of commit 9c89bf4, and those of its safety net.
func masksOfTheFirstRelease(t *testing.T) (rows map[string]string, net string) {
	t.Helper()
	text, err := os.ReadFile("testdata/masks-9c89bf4.txt")
	if err != nil {
		t.Fatal(err)
	}
	rows = map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, masks, _ := strings.Cut(strings.TrimSpace(line), " ")
		rows[name] = masks
	}
	net = rows["defaults"]
	return rows, net
}

// documented is a record that has every member that the document has, each a text.
func documented(known *schema.KnownPaths) map[string]any {
	top := map[string]any{}
	for _, path := range known.Paths() { // what is within comes after what it is in
		put(top, strings.Split(path, "."))
	}
	return top
}

// put makes a member, and what it is in.
func put(in map[string]any, steps []string) {
	name, brackets, _ := strings.Cut(steps[0], "[")
	if len(steps) == 1 && brackets == "" {
		if in[name] == nil {
			in[name] = "x"
		}
		return
	}
	var inner any = "x"
	if within, ok := innermost(in[name]).(map[string]any); ok {
		inner = within
	}
	if len(steps) > 1 {
		if _, ok := inner.(map[string]any); !ok {
			inner = map[string]any{}
		}
		put(inner.(map[string]any), steps[1:])
	}
	for range strings.Count(brackets, "]") {
		inner = []any{inner}
	}
	in[name] = inner
}

func innermost(v any) any {
	for list, ok := v.([]any); ok && len(list) > 0; list, ok = v.([]any) {
		v = list[0]
	}
	return v
}

// maskedPaths are the paths of the outermost values that are masked.
func maskedPaths(t *testing.T, body []byte) map[string]bool {
	t.Helper()
	var v any
	decode(t, body, &v)
	all := map[string]bool{}
	var walk func(v any, path string)
	walk = func(v any, path string) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				walk(inner, strings.TrimPrefix(path+"."+name, "."))
			}
		case []any:
			for _, inner := range v {
				walk(inner, path+"[]")
			}
		case string:
			if v == "***" {
				all[path] = true
			}
		}
	}
	walk(v, "")
	return all
}
