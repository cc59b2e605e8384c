package diff

import (
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/canonical"
)

// look notes the paths of a body that DigitalOcean's document doesn't have. What is masked was cut off before.
func (w *Sweep) look(body []byte) {
	if known := w.s.rules.known; known != nil {
		w.lookAt(body, nil, known.Shapes())
	}
}

// lookAt looks at the value b at path, which it may append to, beside what is known of it.
func (w *Sweep) lookAt(b, path []byte, known schema.Shapes) {
	buf := make(schema.Shapes, 0, 4)
	switch b[0] {
	case '{':
		for name, v := range canonical.Members(b) {
			at := path
			if len(at) > 0 {
				at = append(at, '.')
			}
			at = append(at, name[1:len(name)-1]...)
			if of := known.Member(buf, name[1:len(name)-1]); len(of) > 0 {
				w.lookAt(v, at, of)
			} else {
				w.unknown[string(at)] = true
			}
		}
	case '[':
		path, known = append(path, "[]"...), known.Element(buf)
		for v := range canonical.Elements(b) {
			w.lookAt(v, path, known)
		}
	}
}
