package check

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

// buckets reads them all, and tells what of them the key may not read.
func (p *probe) buckets(ctx context.Context, r *schema.Resource) {
	subject, n := p.prefix+r.Name, 0
	hidden := map[string]int{}
	var fault error
	for page, err := range p.source.Pages(ctx, r, "") {
		if err != nil {
			fault = err
			break
		}
		for record, err := range page.Records {
			if err != nil {
				fault = err
				break
			}
			n++
			for _, member := range record.Unreadable {
				hidden[member]++
			}
		}
	}
	if fault != nil {
		p.add(subject, Bad, "%s", plain.Error(fault))
	}
	if fault == nil || n > 0 {
		p.add(subject, Good, "%d in all regions", n)
	}
	if len(hidden) > 0 {
		p.add(subject, Doubt, "unreadable: %s. A change of that is not seen: give the key more rights in those buckets, "+
			"or live with it", counted(hidden))
	}
}

// counted writes "acl of 2, policy of 1".
func counted(members map[string]int) string {
	var parts []string
	for _, m := range slices.Sorted(maps.Keys(members)) {
		parts = append(parts, fmt.Sprintf("%s of %d", m, members[m]))
	}
	return strings.Join(parts, ", ")
}

// wholePage is how many Spaces keys the first page of their listing holds.
const wholePage = 200

// spacesKey reports whether Spaces is watched, and whether the key is one of the account's: another team's buckets
// would stand under this account.
func (p *probe) spacesKey(a config.Watched) {
	subject := "Spaces key of " + a.Name
	switch {
	case a.Public:
		return
	case a.SpacesKey == nil:
		p.add(subject, Skipped, "there is none, so buckets are not watched: set %s and %s to watch them",
			config.SpacesKeyID, config.SpacesSecret)
		return
	}
	keys, read := p.samples["spaces_keys"]
	id, _, err := a.SpacesKey()
	own := slices.ContainsFunc(keys, func(s sample) bool { return s.id == schema.ChildID("", id) })
	switch {
	case err != nil:
		p.add(subject, Bad, "%s", plain.Error(err))
	case own:
		p.add(subject, Good, "one of this account's. Grant it read in each bucket, no more: what is unreadable then takes "+
			"fullaccess, which also writes")
	case read && len(keys) > 0 && len(keys) < wholePage:
		p.add(subject, Doubt, "not among the account's spaces_keys: is it another team's? Its buckets would stand under "+
			"this account")
	}
}
