package history

import (
	"encoding/binary"
	"math/bits"
	"strconv"
)

// scanner walks once over a JSON text, checks that it is one, and stops where it is asked to. Most of an event is a
// body in a string, over which it goes eight bytes at a time; what reads topics from their beginning does little else.
type scanner struct {
	b     []byte
	i     int
	depth int
	hex   bool // whether it has met an escape of four hexadecimal digits
}

// maxDepth is how deep values may be nested, as for encoding/json.
const maxDepth = 10_000

// object walks over the members of an object. member is called at each value, which it has to walk over, with the
// member's name as it is written.
func (s *scanner) object(member func(name []byte) bool) bool {
	return s.list('{', '}', func() bool {
		name, ok := s.text()
		return ok && s.eat(':') && member(name)
	})
}

// list walks over what stands between two brackets, separated by commas. It is recursive through value, so that its
// depth has a bound: an event is whatever somebody wrote into the topic.
func (s *scanner) list(opening, closing byte, element func() bool) bool {
	if s.depth++; s.depth > maxDepth || !s.eat(opening) {
		return false
	}
	defer func() { s.depth-- }()
	if s.eat(closing) {
		return true
	}
	for element() {
		if s.eat(closing) {
			return true
		}
		if !s.eat(',') {
			return false
		}
	}
	return false
}

// value walks over any value.
func (s *scanner) value() bool {
	switch s.peek() {
	case '{':
		return s.object(func([]byte) bool { return s.value() })
	case '[':
		return s.list('[', ']', s.value)
	case '"':
		_, ok := s.text()
		return ok
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	_, ok := s.number()
	return ok
}

// end reports whether nothing follows but white space.
func (s *scanner) end() bool {
	s.peek()
	return s.i == len(s.b)
}

// peek is the next byte that is no white space; 0 at the end.
func (s *scanner) peek() byte {
	for ; s.i < len(s.b); s.i++ {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// eat walks over white space and then c, if it is the next. At the end nothing is.
func (s *scanner) eat(c byte) bool {
	if s.peek() != c || c == 0 {
		return false
	}
	s.i++
	return true
}

// word walks over one of JSON's three words.
func (s *scanner) word(w string) bool {
	if len(s.b)-s.i < len(w) || string(s.b[s.i:s.i+len(w)]) != w {
		return false
	}
	s.i += len(w)
	return true
}

// number walks over a number and returns it as it is written.
func (s *scanner) number() ([]byte, bool) {
	s.peek()
	from := s.i
	s.one("-")
	if !s.one("0") && s.digits() == 0 {
		return nil, false
	}
	if s.one(".") && s.digits() == 0 {
		return nil, false
	}
	if s.one("eE") {
		s.one("+-")
		if s.digits() == 0 {
			return nil, false
		}
	}
	return s.b[from:s.i], true
}

// one walks over one of some bytes, if it is the next.
func (s *scanner) one(of string) bool {
	for k := range len(of) {
		if s.i < len(s.b) && s.b[s.i] == of[k] {
			s.i++
			return true
		}
	}
	return false
}

func (s *scanner) digits() (n int) {
	for ; s.i < len(s.b) && s.b[s.i]-'0' < 10; s.i++ {
		n++
	}
	return n
}

// integer walks over a whole number.
func (s *scanner) integer(into *int64) bool {
	text, ok := s.number()
	if !ok {
		return false
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	*into = n
	return err == nil
}

// stringOrNull walks over a string, which it returns as it is written, quotes and all, or over null.
func (s *scanner) stringOrNull(into *[]byte) bool {
	if s.peek() != '"' {
		return s.word("null")
	}
	from := s.i
	_, ok := s.text()
	*into = s.b[from:s.i]
	return ok
}

// text walks over a string, and returns what stands between the quotes, its escapes as they are.
func (s *scanner) text() ([]byte, bool) {
	if !s.eat('"') {
		return nil, false
	}
	from := s.i
	for {
		s.plain()
		if s.i >= len(s.b) {
			return nil, false
		}
		switch s.b[s.i] {
		case '"':
			s.i++
			return s.b[from : s.i-1], true
		case '\\':
			if !s.escape() {
				return nil, false
			}
		default:
			if s.b[s.i] < ' ' {
				return nil, false
			}
			s.i++ // '#' behind a quote, which is taken for another one
		}
	}
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// equal has the highest bit of each byte of w that is c. It may also have that of a byte behind such a one, if it is
// c+1.
func equal(w uint64, c byte) uint64 {
	w ^= ones * uint64(c)
	return (w - ones) &^ w & highs
}

// plain walks to the string's end, to a control character, or to an escape that is none of a quote: a body in a string
// has an escaped quote every few bytes.
func (s *scanner) plain() {
	b, i := s.b, s.i
	escaped := uint64(0) // the highest bits of the bytes behind a backslash
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i : i+8])
		quotes, backslashes := equal(w, '"'), equal(w, '\\')
		escaped |= backslashes << 8
		// The lowest bit of control is right, those above it may not be.
		control := (w - ones*' ') &^ w & highs
		if stop := quotes ^ escaped | control; stop != 0 {
			first := bits.TrailingZeros64(stop)
			s.i = i + first/8
			if escaped>>first&1 != 0 {
				s.i-- // the backslash
			}
			return
		}
		escaped = backslashes >> 56
	}
	if escaped != 0 {
		s.i = i - 1
		return
	}
	for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= ' ' {
		i++
	}
	s.i = i
}

// escape walks over an escape.
func (s *scanner) escape() bool {
	if s.i+1 >= len(s.b) {
		return false
	}
	c := s.b[s.i+1]
	s.i += 2
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		s.hex = true
		for range 4 {
			if !s.one("0123456789abcdefABCDEF") {
				return false
			}
		}
		return true
	}
	return false
}
