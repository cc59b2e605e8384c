// Package docs_test holds what the pages say against the repository.
package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// read returns a file's text.
func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// tests returns the names of all tests of the repository.
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

func TestPagesNameTestsThatExist(t *testing.T) {
	names := tests(t)
	for page, least := range map[string]int{
		"explanation/promises.md": 60, "reference/faults.md": 8,
		"explanation/testing.md": 8, "../SECURITY.md": 10,
	} {
		said := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(read(t, page), -1)
		if len(said) < least {
			t.Errorf("%s names only %d tests, want at least %d", page, len(said), least)
		}
		for _, m := range said {
			if !names[m[1]] {
				t.Errorf("%s names %s, and there is no such test", page, m[1])
			}
		}
	}
}

// Each row of the table of promises names a test, or a page that does.
func TestEachPromiseHasATest(t *testing.T) {
	rows := regexp.MustCompile(`(?m)^\| (.+?) \| (.+) \|$`).FindAllStringSubmatch(read(t, "explanation/promises.md"), -1)
	for _, m := range rows {
		if m[1] != "promise" && m[1] != "the API" && !strings.Contains(m[2], "`Test") {
			t.Errorf("nothing holds the promise %q but %q", m[1], m[2])
		}
	}
	if len(rows) < 20 {
		t.Errorf("only %d rows: the pattern is off", len(rows))
	}
}

func TestEveryFuzzTargetIsExplained(t *testing.T) {
	page := read(t, "explanation/testing.md")
	for name := range tests(t) {
		if strings.HasPrefix(name, "Fuzz") && !strings.Contains(page, "`"+name+"`") {
			t.Errorf("testing.md does not say what %s holds", name)
		}
	}
}

// Who may change what CI runs could take its secrets: actions are pinned by hash, and known vulnerabilities are looked
// for.
func TestWorkflowsArePinned(t *testing.T) {
	pages, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(pages) < 2 {
		t.Fatalf("%v, %d workflows", err, len(pages))
	}
	all := ""
	for _, page := range pages {
		text := read(t, page)
		all += text
		for _, m := range regexp.MustCompile(`uses: (.+)`).FindAllStringSubmatch(text, -1) {
			if !regexp.MustCompile(`^[\w-]+/[\w-]+@[0-9a-f]{40} # v\d`).MatchString(m[1]) {
				t.Errorf("%s uses %s, want it pinned by its hash, and its version behind it", page, m[1])
			}
		}
		if !strings.Contains(text, "permissions:\n  contents: read\n") || strings.Contains(text, "secrets.") {
			t.Errorf("%s may do more than read, or sees a secret", page)
		}
	}
	if !regexp.MustCompile(`run: go run golang.org/x/vuln/cmd/govulncheck@v[\d.]+ \./\.\.\.`).MatchString(all) {
		t.Error("no workflow runs govulncheck, in one version, over everything")
	}
}

// pages returns the paths of all pages under docs.
func pages(t *testing.T) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			all = append(all, path)
		}
		return err
	})
	if err != nil || len(all) < 10 {
		t.Fatalf("%d pages, %v", len(all), err)
	}
	return all
}

func TestLinksLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]*)(?:#([^)]+))?\)`)
	n := 0
	for _, page := range append(pages(t), "../README.md", "../.github/CONTRIBUTING.md", "../SECURITY.md",
		"../CHANGELOG.md") {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			n++
			target := filepath.Join(filepath.Dir(page), m[1])
			if m[1] == "" {
				target = page
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s: %v", page, m[1], err)
			} else if m[2] != "" && !slices.Contains(anchors(read(t, target)), m[2]) {
				t.Errorf("%s links to %s#%s: that page has no such heading", page, m[1], m[2])
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d links: the pattern is off", n)
	}
}

// anchors returns the names that GitHub gives a page's headings.
func anchors(page string) (names []string) {
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(page, -1) {
		name := strings.ReplaceAll(strings.ToLower(m[1]), " ", "-")
		names = append(names, regexp.MustCompile(`[^\p{L}\p{N}_-]`).ReplaceAllString(name, ""))
	}
	return names
}

// Every page can be found from the index.
func TestTheIndexNamesEveryPage(t *testing.T) {
	index := read(t, "README.md")
	for _, page := range pages(t) {
		if page != "README.md" && !strings.Contains(index, "("+filepath.ToSlash(page)+")") {
			t.Errorf("docs/README.md does not link to %s", page)
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
