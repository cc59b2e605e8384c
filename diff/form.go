package diff

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/cespare/xxhash/v2"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/schema/canonical"
)

// Form is a record's canonical form.
type Form struct {
	// Body is the record as it is published: masked, keys and declared sets sorted, embedded children left out.
	Body []byte
	// Fingerprint is the xxhash of the body less what is no reason for an event. Equal ones are no change.
	Fingerprint uint64
}

// Form brings a record to its canonical form. An error means that the record can't be read the same way by everybody
// (a name twice, bad UTF-8, no object, nested too deep): it must be set aside. It holds nothing of the record.
func (r *Rules) Form(raw []byte) (Form, error) {
	return r.formed(raw, false)
}

func (r *Rules) formed(record []byte, stored bool) (Form, error) {
	f := r.borrow(stored)
	defer f.giveBack()
	if err := f.form(record); err != nil {
		return Form{}, err
	}
	return Form{Body: bytes.Clone(f.body), Fingerprint: f.sum()}, nil
}

// Fingerprint returns that of a body that was published, as Form made it. Its error is Form's.
func (r *Rules) Fingerprint(body []byte) (uint64, error) {
	f := r.borrow(true)
	defer f.giveBack()
	if err := f.form(body); err != nil {
		return 0, err
	}
	return f.sum(), nil
}

// maxDepth is far more than DigitalOcean nests, and far less than hurts.
const maxDepth = 1000

// canonicalizer brings records to canonical form. It reuses its buffers: what it made is valid until the next record.
type canonicalizer struct {
	rules *Rules
	// stored says that the record is a body that was published: what looks masked is.
	stored bool
	// hollow has what counts show where something was masked without a key, which otherwise leaves no trace in it.
	hollow bool

	body        []byte
	fingerprint []byte // the bytes whose hash is the fingerprint

	raw     jsontext.Value
	hints   map[string]hint // what the names of members say, as far as they were met
	path    []byte          // to the value at hand, where unknown members are hidden
	unknown map[string]bool // paths, as far as they were met
	spans   []span
	scratch []byte
	plains  int // values that were masked without a key
	depth   int
	tooDeep bool
}

// borrow returns a canonicalizer of published bodies, stored, or of records, until giveBack.
func (r *Rules) borrow(stored bool) *canonicalizer {
	f, ok := r.spare.Get().(*canonicalizer)
	if !ok || f.rules != r {
		f = &canonicalizer{rules: r}
	}
	f.stored = stored
	return f
}

func (f *canonicalizer) giveBack() { f.rules.spare.Put(f) }

func (f *canonicalizer) sum() uint64 { return xxhash.Sum64(f.fingerprint) }

func (f *canonicalizer) form(record []byte) error {
	f.raw = append(f.raw[:0], record...)
	err := f.raw.Canonicalize(jsontext.CanonicalizeRawInts(false), jsontext.CanonicalizeRawFloats(false))
	if err != nil {
		return fault(err)
	}
	if f.raw[0] != '{' {
		return errors.New("record is not an object")
	}
	f.body, f.fingerprint, f.spans, f.depth, f.tooDeep = f.body[:0], f.fingerprint[:0], f.spans[:0], 0, false
	f.path = f.path[:0]
	f.object(f.raw, []*node{&f.rules.top}, f.rules.top.do, true)
	if f.tooDeep {
		return fmt.Errorf("record is nested deeper than %d levels", maxDepth)
	}
	return nil
}

// fault says what is wrong with a record without saying what is in it, as jsontext does.
func fault(err error) error {
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return errors.New("record has a name twice in one object")
	}
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("record is not valid JSON in UTF-8 at byte %d", syntax.ByteOffset)
	}
	return errors.New("record is not valid JSON in UTF-8")
}

// write appends to the body and, if it counts, to what is hashed.
func (f *canonicalizer) write(b []byte, counts bool) {
	f.body = append(f.body, b...)
	if counts {
		f.fingerprint = append(f.fingerprint, b...)
	}
}

// value takes the value at the start of b and returns its length. do is what the active nodes ask for.
func (f *canonicalizer) value(b []byte, active []*node, do verb, counts bool) int {
	if f.depth++; f.depth > maxDepth {
		f.tooDeep = true
	}
	defer func() { f.depth-- }()
	switch {
	case f.tooDeep:
		f.write([]byte("null"), counts)
		return canonical.Skip(b)
	case b[0] == '{':
		return f.object(b, active, do, counts)
	case b[0] == '[':
		return f.array(b, active, do, counts)
	}
	n := canonical.Skip(b)
	f.body = append(f.body, b[:n]...)
	if counts {
		f.fingerprint = appendScalar(f.fingerprint, b[:n])
	}
	return n
}

// appendScalar appends a string, a number or a word. The same number is the same bytes, however it was written, as far
// as a float64 can tell numbers apart; longer ones stay as they are.
func appendScalar(dst, v []byte) []byte {
	if isFloat(v) && fitsFloat(v) {
		if short, err := jsontext.AppendFormat(dst, v, jsontext.CanonicalizeRawFloats(true)); err == nil {
			return short
		}
	}
	return append(dst, v...)
}

func isFloat(v []byte) bool {
	return (v[0] == '-' || (v[0] <= '9' && v[0] >= '0')) && bytes.ContainsAny(v, ".eE")
}

// fitsFloat reports whether a number has no more than 15 significant digits and two of an exponent.
func fitsFloat(v []byte) bool {
	digits, exp := v, []byte(nil)
	if i := bytes.IndexAny(v, "eE"); i >= 0 {
		digits, exp = v[:i], bytes.TrimLeft(v[i+1:], "+-0")
	}
	digits = bytes.TrimLeft(digits, "-0.")
	return len(exp) <= 2 && len(digits)-bytes.Count(digits, []byte(".")) <= 15
}

func (f *canonicalizer) object(b []byte, active []*node, do verb, counts bool) int {
	var buf [8]*node
	f.write(b[:1], counts)
	i, above, title := 1, len(f.path), []byte(nil)
	for b[i] != '}' {
		if b[i] == ',' {
			i++
		}
		name := b[i : i+canonical.SkipString(b[i:])]
		i += len(name) + 1
		next, d := f.rules.step(buf[:0], active, name[1:len(name)-1])
		h := f.hint(name[1 : len(name)-1])
		d |= inherit(do, d, h, title)
		if h.title {
			title = b[i:]
		}
		f.enter(above, name[1:len(name)-1])
		switch counts := counts && d&ignore == 0 && (do&keep == 0 || d&only != 0); {
		case d&omit != 0:
			i += canonical.Skip(b[i:])
		case d&(mask|show) == mask || f.hidden(b[i:], d):
			n := canonical.Skip(b[i:])
			v := f.masked(b[i : i+n])
			counts = counts && (f.hollow || string(v) != plain)
			f.name(name, counts)
			f.write(v, counts)
			i += n
		default:
			before := len(f.fingerprint)
			f.name(name, counts)
			value := len(f.fingerprint)
			i += f.value(b[i:], next, d, counts)
			if d&set != 0 && isNone(f.fingerprint[value:]) && f.rules.alike {
				f.fingerprint = f.fingerprint[:before]
			}
		}
	}
	f.path = f.path[:above]
	f.write(b[i:i+1], counts)
	return i + 1
}

// masked returns what is published in place of a value.
func (f *canonicalizer) masked(v []byte) []byte {
	out := f.rules.masked(v, f.stored)
	if string(out) == plain {
		f.plains++
	}
	return out
}

// name begins a member.
func (f *canonicalizer) name(quoted []byte, counts bool) {
	f.body = append(comma(f.body, '{'), quoted...)
	f.body = append(f.body, ':')
	if counts {
		f.fingerprint = append(comma(f.fingerprint, '{'), quoted...)
		f.fingerprint = append(f.fingerprint, ':')
	}
}

// comma appends one unless b has just been opened.
func comma(b []byte, open byte) []byte {
	if b[len(b)-1] == open {
		return b
	}
	return append(b, ',')
}

func (f *canonicalizer) array(b []byte, active []*node, do verb, counts bool) int {
	var buf [8]*node
	next, d := f.rules.step(buf[:0], active, []byte("[]"))
	d |= do & (secrets | several)
	above := len(f.path)
	f.elements()
	inner := counts && d&ignore == 0
	f.write(b[:1], counts)
	first, start := len(f.spans), len(f.fingerprint)
	i := 1
	for b[i] != ']' {
		if b[i] == ',' {
			i++
		}
		f.body = comma(f.body, '[')
		if inner {
			f.fingerprint = comma(f.fingerprint, '[')
		}
		s, plains := span{body: len(f.body), fingerprint: len(f.fingerprint)}, f.plains
		i += f.element(b[i:], next, d, inner)
		s.bodyEnd, s.fingerprintEnd = len(f.body), len(f.fingerprint)
		s.veiled = do&set != 0 && f.isVeiled(s, setKey(active), plains)
		f.spans = append(f.spans, s)
	}
	if do&set != 0 {
		f.sort(f.spans[first:], setKey(active))
		f.unite(f.spans[first:], start)
	}
	f.spans, f.path = f.spans[:first], f.path[:above]
	f.write(b[i:i+1], counts)
	return i + 1
}

func (f *canonicalizer) element(b []byte, active []*node, do verb, counts bool) int {
	if do&(mask|show) != mask && !f.hidden(b, do) {
		return f.value(b, active, do, counts)
	}
	n := canonical.Skip(b)
	f.write(f.masked(b[:n]), counts)
	return n
}
