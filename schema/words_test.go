package schema_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seachange/seachange/schema"
)

var member = regexp.MustCompile(`\{([^}]+)\}`)

// TestWordsSpeakOfKnownMembers holds what rows say of their records to what the documents know of these.
func TestWordsSpeakOfKnownMembers(t *testing.T) {
	n := 0
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		for _, m := range member.FindAllStringSubmatch(r.Summary, -1) {
			n++
			if path := strings.ReplaceAll(strings.TrimSuffix(m[1], ".#"), ".#.", "[]."); !schema.Known(r.Name).Has(path) {
				t.Errorf("%s: Summary: no document knows of %s", r.Name, path)
			}
		}
		for list, words := range r.Words {
			for _, m := range member.FindAllStringSubmatch(words, -1) {
				n++
				if !hasElement(r, list, m[1]) && m[1] != "action" { // which the document of August 2026 lacks
					t.Errorf("%s: Words: no document knows of %s in an element of %s", r.Name, m[1], list)
				}
			}
		}
	}
	if n < 60 {
		t.Errorf("rows speak of %d members: the pattern is off", n)
	}
}

// hasElement reports whether an array at or below list has elements with a member.
func hasElement(r *schema.Resource, list, member string) bool {
	return slices.ContainsFunc(schema.Known(r.Name).Paths(), func(path string) bool {
		return strings.HasPrefix(path, list) && strings.HasSuffix(path, "[]."+member)
	})
}
