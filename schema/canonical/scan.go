// Package canonical reads canonical JSON, as bodies are: valid, and without spaces. It is pure.
package canonical

import (
	"bytes"
	"iter"
)

// Members returns the names, still quoted, and the values of the object b.
func Members(b []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for i := 1; b[i] != '}'; {
			if b[i] == ',' {
				i++
			}
			n := i + SkipString(b[i:])
			end := n + 1 + Skip(b[n+1:])
			if !yield(b[i:n], b[n+1:end]) {
				return
			}
			i = end
		}
	}
}

// Elements returns the elements of the array b.
func Elements(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := 1; b[i] != ']'; {
			if b[i] == ',' {
				i++
			}
			end := i + Skip(b[i:])
			if !yield(b[i:end]) {
				return
			}
			i = end
		}
	}
}

// Skip returns the length of the value at the start of b.
func Skip(b []byte) int {
	switch b[0] {
	case '"':
		return SkipString(b)
	case '{', '[':
		return skipNested(b)
	}
	for i, c := range b {
		if c == ',' || c == '}' || c == ']' {
			return i
		}
	}
	return len(b)
}

func skipNested(b []byte) int {
	depth := 0
	for i := 0; ; i++ {
		switch b[i] {
		case '"':
			i += SkipString(b[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
}

// SkipString returns the length of the string at the start of b, with its quotes.
func SkipString(b []byte) int {
	for i := 1; ; i++ {
		i += bytes.IndexByte(b[i:], '"')
		escapes := 0
		for b[i-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i + 1
		}
	}
}
