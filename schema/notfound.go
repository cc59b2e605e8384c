package schema

import (
	"slices"
	"strings"
	"unicode"
)

// FindsNoParent reports whether what an API says, when it can't find something, is about a record that r's records are
// below, and not about one of r's: "cluster not found" of a database's user. The first of its texts that names either
// decides; one that names neither is about what was asked for. The names, which anybody may choose, say nothing.
func (r *Resource) FindsNoParent(names []string, texts ...string) bool {
	for _, text := range texts {
		for _, name := range names {
			if len(name) > 1 {
				text = strings.ReplaceAll(text, name, " ")
			}
		}
		if found, own := r.missedIn(wordsOf(unquoted(text))); found {
			return !own
		}
	}
	return false
}

// missedIn returns whether words name what is not found: one of r's records (own), or one that they are below. It is
// the nearest name before "not found", or else the first one: "no such cluster".
func (r *Resource) missedIn(words []string) (found, own bool) {
	verdict := slices.IndexFunc(words, func(w string) bool { return slices.Contains(negations, w) })
	for i, word := range words {
		mine := slices.Contains(r.called(), word)
		if (mine || r.isBelow(word)) && (!found || i < verdict) {
			found, own = true, mine
		}
	}
	return found, own
}

// negations end what can't be found. "no" and "cannot" stand before it.
var negations = []string{"not", "doesn", "missing", "gone", "deleted"}

// isBelow reports whether a word is what a record is called that r's records are below.
func (r *Resource) isBelow(word string) bool {
	return slices.ContainsFunc(r.Parents(), func(name string) bool {
		parent := Lookup(name)
		return parent != nil && slices.Contains(parent.called(), word)
	})
}

// called returns the words for one of r's records in DigitalOcean's errors.
func (r *Resource) called() []string {
	if r.Called != "" {
		return strings.Split(r.Called, "|")
	}
	last := r.Name[strings.LastIndexByte(r.Name, '_')+1:]
	switch {
	case strings.HasSuffix(last, "ies"):
		last = strings.TrimSuffix(last, "ies") + "y"
	case strings.HasSuffix(last, "sses"), strings.HasSuffix(last, "xes"):
		last = strings.TrimSuffix(last, "es")
	default:
		last = strings.TrimSuffix(last, "s")
	}
	return []string{last}
}

// unquoted leaves out what stands in quotes.
func unquoted(text string) string {
	for _, quote := range []string{`"`, "'", "`"} {
		parts := strings.Split(text, quote)
		if len(parts)%2 == 0 { // one of them is an apostrophe
			continue
		}
		for i := 1; i < len(parts); i += 2 {
			parts[i] = " "
		}
		text = strings.Join(parts, "")
	}
	return text
}

// wordsOf splits a text into its words, in lower case: "ClusterNotFound" and "cluster_not_found" have three.
func wordsOf(text string) []string {
	var b strings.Builder
	var before rune
	for _, c := range text {
		switch {
		case !unicode.IsLetter(c):
			b.WriteByte(' ')
		case unicode.IsUpper(c) && unicode.IsLower(before):
			b.WriteByte(' ')
			fallthrough
		default:
			b.WriteRune(unicode.ToLower(c))
		}
		before = c
	}
	return strings.Fields(b.String())
}
