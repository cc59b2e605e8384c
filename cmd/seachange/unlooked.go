package main

import (
	"time"

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/kafka/client"
)

// longUnlooked is how long a resource may wait for its next look before a moment is one at which nobody looked: run
// reads each at least so often, unless it was told otherwise.
const longUnlooked = time.Hour

// tellUnlooked says in the log, and as JSON in a line of its own, at what nobody had looked yet at a moment, or has
// not looked since: that nothing is shown of it says nothing.
func (e *env) tellUnlooked(all []history.Unlooked, at time.Time, asJSON bool) error {
	if len(all) == 0 {
		return nil
	}
	many := all[len(all)-1].AccountID != all[0].AccountID
	var early, late []string
	for _, u := range all {
		name := u.Resource
		if many {
			name += " of " + u.AccountID
		}
		if u.FirstMS != nil && *u.FirstMS > at.UnixMilli() {
			early = append(early, name)
		} else {
			late = append(late, name)
		}
	}
	if len(early) > 0 {
		e.Logger.Warn("resources were not read yet: what was there is unknown", "resources", client.Some(early))
	}
	if len(late) > 0 {
		e.Logger.Warn("resources were not read since: what changed is unknown", "resources", client.Some(late))
	}
	if !asJSON {
		return nil
	}
	return e.printLine(history.NotLooked{Unlooked: all})
}
