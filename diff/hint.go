package diff

import (
	"bytes"

	"github.com/seachange/seachange/schema/canonical"
	"github.com/seachange/seachange/schema/secret"
)

// Beside the paths of its row a member is masked by the words of its name and by the look of its value, known or not:
// package secret says which. A truth value is never masked.

// hint is what the name of a member says.
type hint struct {
	do    verb // secrets and several
	about bool // of a secret, and none itself
	title bool // its value may be the name of what stands beside it as value
	value bool
}

// maxHints bounds what is remembered: the members of free-form maps have any name.
const maxHints = 10_000

// hint returns what a member's name says, as it stands in JSON.
func (f *canonicalizer) hint(name []byte) hint {
	if !f.rules.look {
		return hint{}
	}
	if h, ok := f.hints[string(name)]; ok {
		return h
	}
	if f.hints == nil || len(f.hints) >= maxHints {
		f.hints = map[string]hint{}
	}
	h := f.rules.read(string(name))
	f.hints[string(name)] = h
	return h
}

func (r *Rules) read(name string) hint {
	h := hint{about: secret.About(name)}
	switch secret.Name(name) {
	case secret.Secret:
		h.do = secrets
	case secret.Several:
		h.do = secrets | several
	}
	if r.personal && secret.Personal(name) {
		h.do |= secrets
	}
	switch name {
	case "key", "name", "header", "field", "variable", "env", "type", "scope":
		h.title = true
	case "value", "values", "val":
		h.value = true
	}
	return h
}

// inherit returns what becomes of a member beside what the paths ask for: within a secret all but what is about it, and
// a value that stands beside a secret's name, its title.
func inherit(do, asked verb, h hint, title []byte) verb {
	switch {
	case asked&show != 0:
		return 0
	case h.do != 0:
		return h.do
	case h.value && isTitle(title):
		return secrets
	case h.about:
		return 0
	}
	return do & (secrets | several)
}

// isTitle reports whether the value at the start of b is a secret's name, or says that it is one: {"key":"DB_PASSWORD",
// "type":"SECRET","value":...}.
func isTitle(b []byte) bool {
	if len(b) == 0 || b[0] != '"' {
		return false
	}
	return secret.Name(string(b[1:canonical.SkipString(b)-1])) != secret.Open
}

// hidden reports whether the value at the start of b is masked though no path says so. An object or an array is looked
// into instead.
func (f *canonicalizer) hidden(b []byte, do verb) bool {
	if f.rules.hideUnknown && f.isUnknown() {
		return true
	}
	if !f.rules.look {
		return false
	}
	switch b[0] {
	case '{', '[':
		return do&secrets != 0 && (b[1] == '}' || b[1] == ']') // none, too: as a masked path
	case '"':
		quoted := b[:canonical.SkipString(b)]
		text := quoted[1 : len(quoted)-1]
		if string(quoted) == plain || isKeyed(quoted) { // by its look, once: its fingerprint stays what it was
			return true
		}
		return do&secrets != 0 || secret.Value(text) || (f.rules.personal && secret.Mailbox(text))
	case 't', 'f':
		return false
	case 'n':
		return do&secrets != 0
	}
	return do&secrets != 0 && do&several == 0
}

// enter goes from the object at the first above bytes of the path to its member, elements to those of an array. The
// path is kept only where it is needed.
func (f *canonicalizer) enter(above int, name []byte) {
	if !f.rules.hideUnknown {
		return
	}
	f.path = f.path[:above]
	if above > 0 {
		f.path = append(f.path, '.')
	}
	f.path = append(f.path, name...)
}

func (f *canonicalizer) elements() {
	if f.rules.hideUnknown {
		f.path = append(f.path, "[]"...)
	}
}

// isUnknown reports whether no document has the value at hand.
func (f *canonicalizer) isUnknown() bool {
	if is, ok := f.unknown[string(f.path)]; ok {
		return is
	}
	if f.unknown == nil || len(f.unknown) >= maxHints {
		f.unknown = map[string]bool{}
	}
	is := !f.rules.known.Has(string(f.path))
	f.unknown[string(bytes.Clone(f.path))] = is
	return is
}
