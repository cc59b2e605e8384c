package history

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

func valid(text string) bool {
	s := scanner{b: []byte(text)}
	return s.value() && s.end()
}

var texts = []string{
	`{}`, ` { "a" : [ 1 , -0.5e+3, 10E2, true, false, null, "" ] } `, `[]`, `"x"`, `0`, `-0`, `1.5`, `"\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00"`, `"ü 🐳"`,
	``, ` `, `{`, `}`, `[`, `[1`, `[1,]`, `[,1]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`, `{"a":1 "b":2}`, `01`, `1.`, `.5`, `-`, `1e`, `1e+`, `+1`, `0x1`, `tru`, `nul`,
	`truex`, `"`, `"a`, `"\"`, `"\x"`, `"\u12"`, `"\u12g4"`, "\"\x00\"", "\"a\nb\"", "\"\x1f\"", `1 2`, `{}{}`, `"a"b`, "\x00", `[1}`, `{"a":1]`, `nulll`,
	`"12345678\"12345678\\"`, `"1234567` + "\x01" + `"`, `"12345678` + "\x01" + `"`, strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), strings.Repeat("[", maxDepth+1),
}

func TestTheScannerTakesWhatIsJSON(t *testing.T) {
	for _, text := range texts {
		if got, want := valid(text), json.Valid([]byte(text)); got != want {
			t.Errorf("%q: got %t, want %t", text[:min(len(text), 40)], got, want)
		}
	}
}

// Strings of few kinds of bytes, so that quotes, backslashes and control characters meet at every place of a word.
func TestTheScannerTakesWhatIsAString(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	const kinds = "aaaaaa#]\"\\\\u0n\x1f\x7f\xc3"
	for range 200_000 {
		b := []byte{'"'}
		for range rnd.IntN(28) {
			b = append(b, kinds[rnd.IntN(len(kinds))])
		}
		b = append(b, '"')
		if got, want := valid(string(b)), json.Valid(b); got != want {
			t.Fatalf("%q: got %t, want %t", b, got, want)
		}
	}
}

func FuzzScanner(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, want := valid(text), json.Valid([]byte(text)); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	})
}
