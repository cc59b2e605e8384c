package docs_test

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestWords looks for the words of .ci/words in pages, comments and messages: each line of that list has a pattern,
// what to write instead, and where it counts.
func TestWords(t *testing.T) {
	rules := wordRules(t)
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && (d.Name() == ".git" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		kind := strings.TrimPrefix(filepath.Ext(path), ".")
		if err != nil || d.IsDir() || (kind != "md" && kind != "go") || strings.HasSuffix(path, "words_test.go") {
			return err
		}
		apply := rules[kind]
		if kind == "md" && filepath.Base(path) != "CHANGELOG.md" {
			apply = slices.Concat(apply, rules["page"])
		}
		n := 0
		for line := range strings.Lines(read(t, path)) {
			n++
			for _, r := range apply {
				if found := r.pattern.FindString(line); found != "" {
					t.Errorf("%s:%d: %q: write %s", strings.TrimPrefix(path, "../"), n, strings.TrimSpace(found), r.instead)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

type wordRule struct {
	pattern *regexp.Regexp
	instead string
}

// wordRules returns the rules by the kind of file.
func wordRules(t *testing.T) map[string][]wordRule {
	t.Helper()
	rules := map[string][]wordRule{}
	for line := range strings.Lines(read(t, "../.ci/words")) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := regexp.MustCompile(`\t+`).Split(line, 3)
		if len(parts) != 3 {
			t.Fatalf(".ci/words: %q: want where, pattern and replacement, with tabs between", line)
		}
		pattern := regexp.MustCompile("(?i)" + parts[1])
		for kind := range strings.SplitSeq(parts[0], ",") {
			rules[kind] = append(rules[kind], wordRule{pattern, parts[2]})
		}
	}
	if len(rules["md"]) < 10 || len(rules["go"]) < 2 {
		t.Fatalf("only %d and %d rules were read", len(rules["md"]), len(rules["go"]))
	}
	return rules
}
