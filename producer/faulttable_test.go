package producer_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the table of docs/reference/faults.md anew")

func (row *fault) called() string {
	s := string(row.status)
	if row.held > 0 {
		s += fmt.Sprintf(", %d held", row.held)
	}
	if row.taken > 0 {
		s += fmt.Sprintf(", %d not taken", row.taken)
	}
	return s
}

// tidy takes out of a reason what differs from run to run.
func tidy(s string) string {
	s = regexp.MustCompile(` ?\(request [^)]*\)`).ReplaceAllString(s, "")
	s = regexp.MustCompile(`get droplets \d+: `).ReplaceAllString(s, "")
	s = regexp.MustCompile(`at byte \d+( of \d+)?`).ReplaceAllString(s, "at byte …")
	return strings.ReplaceAll(s, "|", `\|`)
}

func short(events string) string {
	return regexp.MustCompile(`\b([0-9a-f]{8})-[0-9a-f-]{27}\b`).ReplaceAllString(events, "$1…")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// golden holds what stands between the marks of a page against a text, or writes it there.
func golden(t *testing.T, page, text string) {
	t.Helper()
	const begin, end = "<!-- written by go test ./producer -run TestFaultMatrix -update -->\n", "<!-- end -->"
	was, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok1 := bytes.Cut(was, []byte(begin))
	_, foot, ok2 := bytes.Cut(rest, []byte(end))
	if !ok1 || !ok2 {
		t.Fatalf("%s lacks the marks %q and %q", page, begin, end)
	}
	now := string(head) + begin + text + end + string(foot)
	if *update {
		if err := os.WriteFile(page, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(string(was), now); d != "" {
		t.Errorf("%s is not what the tests see (-page +tests); -update writes it anew:\n%s", page, d)
	}
}
