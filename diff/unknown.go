package diff

import "github.com/seachange/seachange/schema/canonical"

// look notes the paths of a body that DigitalOcean's document doesn't have. What is masked was cut off before.
func (w *Sweep) look(body []byte) {
	if w.s.rules.known != nil {
		w.lookAt(body, nil)
	}
}

// lookAt looks at the value b at path, which it may append to.
func (w *Sweep) lookAt(b, path []byte) {
	switch b[0] {
	case '{':
		for name, v := range canonical.Members(b) {
			at := path
			if len(at) > 0 {
				at = append(at, '.')
			}
			at = append(at, name[1:len(name)-1]...)
			if w.isKnown(at) {
				w.lookAt(v, at)
			}
		}
	case '[':
		path = append(path, "[]"...)
		for v := range canonical.Elements(b) {
			w.lookAt(v, path)
		}
	}
}

// maxKnown bounds what is remembered of free-form maps, whose members have any name. Forgetting costs time alone:
// what is known is looked up again.
const maxKnown = 10_000

func (w *Sweep) isKnown(path []byte) bool {
	known := w.s.pack.known
	if known[string(path)] {
		return true
	}
	if !w.s.rules.known.Has(string(path)) {
		w.unknown[string(path)] = true
		return false
	}
	if len(known) >= maxKnown {
		clear(known)
	}
	known[string(path)] = true
	return true
}
