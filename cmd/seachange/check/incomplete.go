package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

// incomplete tells of the collections that are not whole, or hold something back, a line for each resource and
// complaint.
func (r *Report) incomplete(statuses history.Statuses) {
	type line struct{ subject, detail string }
	var order []line
	parents := map[line][]string{}
	for _, k := range slices.SortedFunc(maps.Keys(statuses), state.AccountCollection.Compare) {
		detail := complaint(k.Resource, statuses[k])
		if detail == "" {
			continue
		}
		l := line{k.AccountID + "/" + k.Resource, detail}
		if parents[l] == nil {
			order = append(order, l)
		}
		parents[l] = append(parents[l], k.ParentID)
	}
	for _, l := range order {
		of := ""
		if n := len(parents[l]); n > 1 {
			of = fmt.Sprintf(" (%d collections)", n)
		}
		r.add(l.subject, Doubt, "as run last said: %s%s", l.detail, of)
	}
}

// complaint returns what a status says that an operator should know; "" if the collection is whole and nothing is held.
func complaint(resource string, m state.CollectionStatus) string {
	var all []string
	if !m.Status.Complete() {
		all = append(all, strings.TrimSuffix(string(m.Status)+": "+plain.Value(m.Reason), ": "))
	}
	records := m.HeldRecords()
	if records > 0 {
		held := fmt.Sprintf("%d deletes are held back until they are confirmed", records)
		if row := schema.Lookup(resource); row != nil && row.Absent == schema.Twice {
			held += ", or let go with seachange release " + resource
		}
		all = append(all, held)
	}
	if fields := m.HeldCount - records; fields > 0 {
		all = append(all, fmt.Sprintf("%d fields are unreadable and keep their old values", fields))
	}
	if m.Quarantined > 0 {
		all = append(all, fmt.Sprintf("%d records can't be taken (duplicate names or bad UTF-8)", m.Quarantined))
	}
	return strings.Join(all, "; ")
}
