// Package docs_test holds what the pages say against the repository.
package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// read answers a file's text.
func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// tests answers the names of all tests of the repository.
func tests(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, m := range declared.FindAllStringSubmatch(read(t, path), -1) {
			names[m[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestPromisesNameTestsThatExist(t *testing.T) {
	names := tests(t)
	said := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(read(t, "promises.md"), -1)
	if len(said) < 30 {
		t.Fatalf("only %d tests are named: the pattern is off", len(said))
	}
	for _, m := range said {
		if !names[m[1]] {
			t.Errorf("promises.md names %s, and there is no such test", m[1])
		}
	}
}

func TestLinksLeadSomewhere(t *testing.T) {
	pages, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^)#:]+)\)`)
	for _, page := range append(pages, "../README.md", "../.github/CONTRIBUTING.md", "../SECURITY.md") {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", page, m[1], err)
			}
		}
	}
}

// The README's test command is the first thing that CI runs.
func TestCIRunsTheReadmesTestCommand(t *testing.T) {
	const command = "go test ./..."
	if !strings.Contains(read(t, "../README.md"), "    "+command+"\n") {
		t.Errorf("README.md does not say %s on a line of its own", command)
	}
	if !strings.Contains(read(t, "../.ci/run"), `step "README: `+command+`" `+command+"\n") {
		t.Errorf(".ci/run does not call %s", command)
	}
}
