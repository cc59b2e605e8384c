package diff

import (
	"bytes"
	"iter"
)

// The functions of this file read canonical JSON: valid, and without spaces.

// members returns the names, still quoted, and the values of the object b.
func members(b []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for i := 1; b[i] != '}'; {
			if b[i] == ',' {
				i++
			}
			n := i + skipString(b[i:])
			end := n + 1 + skip(b[n+1:])
			if !yield(b[i:n], b[n+1:end]) {
				return
			}
			i = end
		}
	}
}

// elements returns the elements of the array b.
func elements(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := 1; b[i] != ']'; {
			if b[i] == ',' {
				i++
			}
			end := i + skip(b[i:])
			if !yield(b[i:end]) {
				return
			}
			i = end
		}
	}
}

// lookup returns the member of the object b with this plain name, nil without one.
func lookup(b []byte, name string) []byte {
	if len(b) == 0 || b[0] != '{' {
		return nil
	}
	for n, v := range members(b) {
		if string(n[1:len(n)-1]) == name {
			return v
		}
	}
	return nil
}

// find follows member names from the object b.
func find(b []byte, steps []string) []byte {
	for _, s := range steps {
		b = lookup(b, s)
	}
	return b
}

// empty reports whether a value is what DigitalOcean gives where it gives nothing.
func empty(v []byte) bool {
	switch string(v) {
	case "", "null", `""`, "[]", "{}":
		return true
	}
	return false
}

// skip returns the length of the value at the start of b.
func skip(b []byte) int {
	switch b[0] {
	case '"':
		return skipString(b)
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
			i += skipString(b[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
}

func skipString(b []byte) int {
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
