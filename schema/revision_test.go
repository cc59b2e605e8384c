package schema_test

import (
	"strings"
	"testing"

	"github.com/seachange/seachange/schema"
)

// A revision is a member that DigitalOcean documents of the parent, and stands beside a listing of its own.
func TestRevisionsAreMembersOfTheParent(t *testing.T) {
	revisions := 0
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		if r.Revision == "" {
			continue
		}
		revisions++
		for member := range strings.SplitSeq(r.Revision, "+") {
			if r.Parent() == "" || r.Embed != "" || !schema.Known(r.Parent()).Has(member) {
				t.Errorf("%s: revision %q is no member of %q beside a listing of its own", r.Name, member, r.Parent())
			}
		}
	}
	if revisions == 0 {
		t.Error("no row has a revision")
	}
}
