package simulation

import (
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/producer/status"
	"github.com/seachange/seachange/schema"
)

// statuses holds what the processes tell of each account against where its shard is and what there is.
func (j *judge) statuses(processes []*process) {
	for _, w := range j.sim.worlds {
		for _, p := range processes {
			for _, a := range p.producer.Status().Accounts {
				if a.Name == w.id {
					j.status(w, p, a)
				}
			}
		}
	}
}

func (j *judge) status(w *world, p *process, a status.Account) {
	owner := slices.Contains(j.sim.cluster.ownedBy(p), j.sim.cluster.shardOf(w.id))
	if a.Owned != owner || (!owner && len(a.Collections) > 0) {
		j.violate("%s says of %s: owned %v, %d collections; its shard is there: %v",
			p, w.id, a.Owned, len(a.Collections), owner)
	}
	if !owner {
		return
	}
	told := map[string]bool{}
	for _, c := range a.Collections {
		path, err := schema.Lookup(c.Resource).URL(c.ParentID)
		// The token's limit may just be used up.
		asked := c.Status == state.Whole || c.Status == state.Partial || c.Status == state.Failing
		if err != nil || (c.Resource != "account" && (!asked || c.AgeMS < 0)) {
			j.violate("%s says of %s: %+v", p, w.id, c)
		}
		told[path] = true
		j.tellsAll(p, w, c)
	}
	for _, path := range w.readable() {
		if !told[path] {
			j.violate("%s says nothing of %s %s", p, w.id, path)
		}
	}
}

// watch looks at what the processes say of themselves, at some moments of the active time.
func (s *simulation) watch(d *director) {
	random := newStream(s.seed, "watch")
	for {
		time.Sleep(random.about(s.plan.active / 40))
		if s.calm() {
			return
		}
		began := time.Now()
		untold := s.judge.look(d.running())
		for len(untold) > 0 && time.Since(began) < 10*longestCommit && !s.calm() {
			time.Sleep(longestCommit / 12) // what was told meanwhile may be untold again, as it is to be deleted
			still := s.judge.look(d.running())
			for what, before := range untold {
				asked, ok := still[what]
				switch {
				case !ok:
					delete(untold, what)
				case asked > before+sweepOf && time.Since(began) >= longestCommit:
					s.judge.violate("not told for %v: %s", time.Since(began), what)
				}
			}
		}
	}
}

const (
	// longestCommit is how long what is published may be under way, behind another transaction of half a minute: until
	// then it is not told yet, and what is to be deleted not any more.
	longestCommit = 2 * time.Minute
	// sweepOf is how many requests a sweep may have; an account that waits for its token's next hour tells nothing.
	sweepOf = 20
)

// look holds what the processes say of their accounts at any moment, and returns what they don't tell of, with how
// often its account was asked so far.
func (j *judge) look(processes []*process) map[string]int {
	untold := map[string]int{}
	for _, p := range processes {
		for _, a := range p.producer.Status().Accounts {
			j.stopped(p, a)
			if w := j.sim.worldOf(a.AccountID); w != nil && len(a.Collections) > 0 && j.sim.plan.disturb == 0 {
				j.found(p, w, a, untold)
			}
		}
	}
	return untold
}

// stopped holds that an account whose token is refused says so of all its collections.
func (j *judge) stopped(p *process, a status.Account) {
	latest := int64(0)
	for _, c := range a.Collections {
		if c.Status == state.Stopped {
			latest = max(latest, c.SinceMS)
		}
	}
	if time.Since(time.UnixMilli(latest)) < longestCommit { // the others' may be on its way
		return
	}
	for _, c := range a.Collections {
		if c.Status == state.NeverSwept || c.Status == state.Unwatched || j.sim.plan.jump != 0 {
			continue
		}
		if c.SinceMS < latest && c.Status != state.Stopped {
			j.violate("%s says that %s stopped at %d, and of %s %q that it is %s since %d",
				p, a.AccountID, latest, c.Resource, c.ParentID, c.Status, c.SinceMS)
		}
	}
}

// found notes what was found and is not told, whether it was read or not.
func (j *judge) found(p *process, w *world, a status.Account, untold map[string]int) {
	told := map[state.CollectionID]bool{}
	for _, c := range a.Collections {
		told[state.CollectionID{Resource: c.Resource, Parent: c.ParentID}] = true
	}
	asked := w.account.Count("")
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, row := range j.sim.resources {
		if row.Parent() == "" {
			continue
		}
		for id, text := range j.consumer.Held(w.id, row.Parent()) {
			var parent schema.Row
			if json.Unmarshal(text, &parent) != nil || parent.Body == nil {
				continue
			}
			if row.When.Holds([]byte(*parent.Body)) && !told[state.CollectionID{Resource: row.Name, Parent: id}] {
				since := j.appeared[w.id+" "+row.Parent()+" "+id].Sub(j.sim.began) // a name may be given again
				untold[fmt.Sprintf("%s of %s %s below %s, there since %v", p, w.id, row.Name, id, since)] = asked
			}
		}
	}
}

func (s *simulation) worldOf(id string) *world {
	i := slices.IndexFunc(s.worlds, func(w *world) bool { return w.id == id })
	if i < 0 {
		return nil
	}
	return s.worlds[i]
}
