package schema_test

import (
	"strings"
	"testing"

	"github.com/seachange/seachange/schema"
)

// A gate is a member that DigitalOcean documents of the parent, and stands beside a listing of its own.
func TestGatesAreMembersOfTheParent(t *testing.T) {
	gates := 0
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		if r.Gate == "" {
			continue
		}
		gates++
		for member := range strings.SplitSeq(r.Gate, "+") {
			if r.Parent() == "" || r.Embed != "" || !schema.Known(r.Parent()).Has(member) {
				t.Errorf("%s: gate %q is no member of %q beside a listing of its own", r.Name, member, r.Parent())
			}
		}
	}
	if gates == 0 {
		t.Error("no row has a gate")
	}
}
