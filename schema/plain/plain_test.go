package plain_test

import (
	"strings"
	"testing"

	"github.com/seachange/seachange/schema/plain"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		"wéb 🐳 <b>":              "wéb 🐳 <b>",
		"a\x1b[2Jb":              `a\u001b[2Jb`,
		"a\nb\r\tc":              `a\u000ab\u000d\u0009c`,
		"\u202eright to left":    `\u202eright to left`,
		"no\xffUTF-8":            "no\ufffdUTF-8",
		strings.Repeat("x", 999): strings.Repeat("x", 999),
	} {
		if got := plain.Text(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestValueAndCutCountRunesAndSayThatMoreFollows(t *testing.T) {
	if got, want := plain.Value(strings.Repeat("é", 121)), strings.Repeat("é", 120)+"…"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, tt := range []struct {
		in   string
		n    int
		want string
	}{{"abc", 3, "abc"}, {"abcd", 3, "abc…"}, {"", 0, ""}, {"\x00\x00", 1, `\u0000…`}} {
		if got := plain.Cut(tt.in, tt.n); got != tt.want {
			t.Errorf("%q at %d: got %q, want %q", tt.in, tt.n, got, tt.want)
		}
	}
}
