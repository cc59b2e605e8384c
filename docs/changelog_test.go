//go:build unix

package docs_test

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// The changelog begins with what has no version yet, and has a section for each version: a release takes its notes from
// there.
func TestTheChangelogHasVersions(t *testing.T) {
	var versions []string
	for _, m := range regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(read(t, "../CHANGELOG.md"), -1) {
		versions = append(versions, m[1])
	}
	if len(versions) < 2 || versions[0] != "Unreleased" {
		t.Fatalf("sections are %q, want Unreleased first, and a version", versions)
	}
	for _, v := range versions[1:] {
		if !regexp.MustCompile(`^\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d$`).MatchString(v) {
			t.Errorf("section %q, want VERSION - DATE", v)
		}
	}
	last, _, _ := strings.Cut(versions[1], " ")
	notes, err := exec.CommandContext(t.Context(), "bash", "../.ci/release/notes", last).Output()
	if err != nil || !strings.Contains(string(notes), "\n- [") || strings.Contains(string(notes), "\n## ") {
		t.Errorf("the notes of %s: %v\n%.200s", last, err, notes)
	}
	if err := exec.CommandContext(t.Context(), "bash", "../.ci/release/notes", "99.0.0").Run(); err == nil {
		t.Error("a version without a section has notes")
	}
}
