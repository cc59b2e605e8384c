package diff

import (
	"bytes"
	"cmp"
	"slices"
)

// span is where an element stands in the two outputs of a canonicalizer.
type span struct {
	body, bodyEnd, fingerprint, fingerprintEnd int
	// it may differ from one that looks the same: something of it is masked
	veiled bool
}

// setKey returns the members by which the elements of a set are known, nil if by all of them.
func setKey(active []*node) []string {
	for _, n := range active {
		if n.key != nil {
			return n.key
		}
	}
	return nil
}

// sort puts the elements of the array that ends both outputs in order: by their keys, then by what counts, then whole.
// So what is ignored moves no element, and both outputs have one order.
func (f *canonicalizer) sort(spans []span, key []string) {
	order := func(a, b span) int {
		x, y := f.body[a.body:a.bodyEnd], f.body[b.body:b.bodyEnd]
		for _, k := range key {
			if n := bytes.Compare(lookup(x, k), lookup(y, k)); n != 0 {
				return n
			}
		}
		return cmp.Or(bytes.Compare(f.fingerprint[a.fingerprint:a.fingerprintEnd],
			f.fingerprint[b.fingerprint:b.fingerprintEnd]), bytes.Compare(x, y))
	}
	if len(spans) < 2 || slices.IsSortedFunc(spans, order) {
		return
	}
	body, fingerprint := spans[0].body, spans[0].fingerprint
	slices.SortFunc(spans, order)
	f.body = f.permute(f.body, body, spans, func(s span) (int, int) { return s.body, s.bodyEnd })
	f.fingerprint = f.permute(f.fingerprint, fingerprint, spans,
		func(s span) (int, int) { return s.fingerprint, s.fingerprintEnd })
}

// isNone reports whether a set that is written so has nothing in it: to whoever compares it, it is as absent.
func isNone(v []byte) bool { return string(v) == "[]" || string(v) == "null" }

// isVeiled reports whether something that was masked without a key since there were so many may tell an element from
// one that looks the same. Two under one key are one.
func (f *canonicalizer) isVeiled(s span, key []string, before int) bool {
	if f.plains == before {
		return false
	}
	v := f.body[s.body:s.bodyEnd]
	return len(key) == 0 || slices.ContainsFunc(key, func(k string) bool {
		m := lookup(v, k)
		return empty(m) || string(m) == plain
	})
}

// unite has equal elements of the sorted set whose fingerprint's bytes begin at start count once, as a set has no
// element twice. Those that may differ in what is masked are left apart.
func (f *canonicalizer) unite(spans []span, start int) {
	if !f.rules.alike || len(spans) < 2 || len(f.fingerprint) == start { // nothing of the set counts
		return
	}
	from, to, last := start, start, []byte(nil)
	for _, s := range spans {
		v := f.fingerprint[from : from+s.fingerprintEnd-s.fingerprint]
		from += len(v) + 1
		if bytes.Equal(v, last) && !s.veiled {
			continue
		}
		if last != nil {
			f.fingerprint[to] = ','
			to++
		}
		n := copy(f.fingerprint[to:], v)
		last = f.fingerprint[to : to+n]
		to += n
	}
	f.fingerprint = f.fingerprint[:to]
}

// permute rewrites out from start in the order of spans.
func (f *canonicalizer) permute(out []byte, start int, spans []span, of func(span) (int, int)) []byte {
	f.scratch = append(f.scratch[:0], out[start:]...)
	if len(f.scratch) == 0 { // nothing of the set counts
		return out
	}
	out = out[:start]
	for i, s := range spans {
		if i > 0 {
			out = append(out, ',')
		}
		from, to := of(s)
		out = append(out, f.scratch[from-start:to-start]...)
	}
	return out
}
