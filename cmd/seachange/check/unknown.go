package check

import (
	"fmt"
	"strings"
	"time"

	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

// unknown tells of the members that run has seen and that no document of DigitalOcean's has, or has with another type:
// what this release, or a newer one of DigitalOcean's documents, knows by now is no news any more.
func (r *Report) unknown(changes []state.SchemaChange) {
	r.announced(changes, stillUnknown, "members that no document of DigitalOcean's has: %s, since %s%s; they are in the "+
		"events, and masked where they look like secrets")
	r.announced(changes, func(c state.SchemaChange) []string { return c.Mistyped }, "values of another type than "+
		"DigitalOcean documents: %s, since %s%s; they are in body, and null in data")
}

// announced tells of the paths that changes have, a line for each resource.
func (r *Report) announced(changes []state.SchemaChange, of func(state.SchemaChange) []string, line string) {
	var order []string
	paths, first := map[string][]string{}, map[string]state.SchemaChange{}
	for _, c := range changes {
		found := of(c)
		if len(found) == 0 {
			continue
		}
		subject := c.AccountID + "/" + c.Resource
		if paths[subject] == nil {
			order, first[subject] = append(order, subject), c
		}
		paths[subject] = append(paths[subject], found...)
	}
	for _, subject := range order {
		c := first[subject]
		r.add(subject, Doubt, line, some(paths[subject]), time.UnixMilli(c.TsMS).UTC().Format(time.RFC3339), in(c.Listing))
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
		if (beside && !known.HasBeside(name)) || (!beside && !known.Has(path)) {
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
