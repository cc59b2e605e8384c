package check

import (
	"fmt"
	"strings"
	"time"

	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

// unknown tells of the members that run has seen and that no document of DigitalOcean's has, a line for each resource:
// what this release, or a newer one of DigitalOcean's documents, knows by now is no news any more.
func (r *Report) unknown(changes []state.SchemaChange) {
	var order []string
	seen := map[string][]state.SchemaChange{}
	for _, c := range changes {
		c.Paths = stillUnknown(c)
		if len(c.Paths) == 0 {
			continue
		}
		subject := c.AccountID + "/" + c.Resource
		if seen[subject] == nil {
			order = append(order, subject)
		}
		seen[subject] = append(seen[subject], c)
	}
	for _, subject := range order {
		all := seen[subject]
		var paths []string
		for _, c := range all {
			paths = append(paths, c.Paths...)
		}
		r.add(subject, Doubt, "members that no document of DigitalOcean's has: %s, since %s%s; they are in the events, and "+
			"masked where they look like secrets",
			some(paths), time.UnixMilli(all[0].TsMS).UTC().Format(time.RFC3339), in(all[0].Listing))
	}
}

// in says where they were seen. An older release didn't note it.
func in(listing string) string {
	if listing == "" {
		return ""
	}
	return ", in GET " + plain.Value(listing)
}

func stillUnknown(c state.SchemaChange) []string {
	known := schema.Known(c.Resource)
	var left []string
	for _, path := range c.Paths {
		name, beside := strings.CutPrefix(path, "/")
		if beside && !known.HasBeside(name) || !beside && !known.Has(path) {
			left = append(left, path)
		}
	}
	return left
}

// some are the first few.
func some(paths []string) string {
	const few = 5
	if n := len(paths); n > few {
		return plain.Value(strings.Join(paths[:few], " ")) + fmt.Sprintf(" and %d more", n-few)
	}
	return plain.Value(strings.Join(paths, " "))
}
