package scrub

import (
	"bytes"
	"regexp"
	"strconv"
	"unicode/utf8"
)

// layers is how often JSON may stand in JSON: a body in an event, and a document in a body.
const layers = 3

// holds reports whether a text matches: as it stands, or less the escapes of the JSON that it is in.
func holds(match *regexp.Regexp, text []byte) bool {
	for range layers {
		if match.Match(text) {
			return true
		}
		if bytes.IndexByte(text, '\\') < 0 {
			return false
		}
		text = unescape(text)
	}
	return match.Match(text)
}

// escapes are JSON's of one letter.
var escapes = map[byte]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unescape takes one layer of JSON's escapes away, wherever they stand.
func unescape(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			out = append(out, text[i])
			continue
		}
		i++
		if c := text[i]; c == 'u' && i+4 < len(text) {
			if n, err := strconv.ParseUint(string(text[i+1:i+5]), 16, 32); err == nil {
				out = utf8.AppendRune(out, rune(n))
				i += 4
				continue
			}
		}
		if c, ok := escapes[text[i]]; ok {
			out = append(out, c)
			continue
		}
		out = append(out, text[i])
	}
	return out
}
