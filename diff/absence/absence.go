// Package absence judges what a missing record means. A record that was read is a fact; one that is absent is only
// suspected of being deleted, until its row's kind of proof is there. The package is pure: it makes no request and has
// no clock. Its caller asks what Judge wants asked, and tells Verdict what was returned.
package absence

import (
	"slices"
	"time"

	"github.com/seachange/seachange/schema"
)

// What a delete needs, beside a whole sweep without the record: docs/explanation/design.md, Where a delete is decided.
const (
	SecondLook = 60 * time.Second // between the two whole sweeps that confirm where no GET by id can
	Many       = 100              // more at once are confirmed by a second sweep and samples
	Samples    = 20               // of Many: so many GETs by id, spread evenly, stand for all
	GuardLook  = 10 * time.Minute // between the two sweeps that confirm a mass delete
	// At least so many records, and more than half of the collection, are a mass delete; or all of two or more.
	guardLeast = 10
)

// Collection is what is known of a collection that a whole sweep has just read.
type Collection struct {
	Row  *schema.Resource
	Size int // records as last published
	// Suspects are the records that earlier whole sweeps missed, with the beginning of the first that did, in ms.
	Suspects map[string]int64
	// Released are the suspects that an operator has released: for them no time has to pass, and no GET by id decides.
	Released map[string]bool
	// Created are records that were created moments ago, with the time of their event, in ms. They may be nil.
	Created map[string]int64
	// Trusted reports whether the present token has shown that it is this account's. Another account's token finds none of
	// the records, in lists and by id, and proves nothing.
	Trusted bool
	// Unproven reports whether the token of the last whole sweep had not shown that. Then the suspicions of that sweep
	// don't count, and each record is missing for the first time.
	Unproven bool
	BeganMS  int64 // when the sweep began
}

// Judgement is what absences mean.
type Judgement struct {
	// Suspects are the missing records, with the beginning of the sweep that missed them first, in ms: the caller stores
	// them, and hands them to the next Judge. There are none where absence means nothing.
	Suspects map[string]int64
	// Gone are deleted, by the sweeps alone.
	Gone []string
	// Ask are to be asked for by id, each of them. Verdict judges what is returned.
	Ask []string
	// Sampled are too many to ask for each. Some of them, Samples, are asked for instead: if all of these are gone by id,
	// all of Sampled are deleted; if one is not, none is.
	Sampled []string
	Samples []string
	// Held is why the others stay: those that are neither Gone nor found to be gone by id.
	Held Held
	// Within is how long after this sweep the next one is wanted, at the latest. 0: whenever.
	Within time.Duration
}

// Judge judges the records that a whole sweep did not show. Never is an absence by itself a delete: the row says
// what must agree with it, a GET by id or a second sweep, and what doesn't agree yet waits as a suspect.
func Judge(c Collection, missing []string) Judgement {
	if len(missing) == 0 {
		return Judgement{}
	}
	j := Judgement{Suspects: c.suspects(missing)}
	switch {
	case c.Row.Absent == schema.ByGet:
		c.askFor(&j, missing)
	case c.Row.Absent == schema.Twice, c.Row.Kind == schema.Single: // of which the API says that it isn't set
		c.twice(&j, missing)
	default:
		j.Suspects = nil // nothing but its parent's delete takes such a record
	}
	return j
}

// suspects keeps, of each missing record, when it was missed first. What was missed by a token that was not known to
// be this account's begins anew.
func (c Collection) suspects(missing []string) map[string]int64 {
	all := make(map[string]int64, len(missing))
	for _, id := range missing {
		all[id] = c.BeganMS
		if first, ok := c.Suspects[id]; ok && !c.Unproven {
			all[id] = first
		}
	}
	return all
}

// askFor has each suspect asked for by id. Where more than Many are missing at once a request for each could take
// much of the hourly limit: then those count that a second sweep lacks as well, and of these a sample, spread
// evenly, is asked for in the place of all.
func (c Collection) askFor(j *Judgement, missing []string) {
	missing = c.letGo(j, missing)
	ids := c.settled(j, missing)
	if len(missing) > Many {
		if ids = c.missedSince(j, ids, SecondLook); len(ids) < len(missing) {
			j.wait(Held{Reason: SecondSweep}, SecondLook)
		}
	}
	if len(ids) <= Many {
		j.Ask = ids
		return
	}
	j.Sampled = ids
	for i := range Samples {
		j.Samples = append(j.Samples, ids[i*len(ids)/Samples])
	}
	j.Held = Held{Reason: SecondSweep}
}

// letGo has those gone that an operator says are, whatever a GET by id returns, and returns the others. Only with a
// token that is this account's: nobody can release what another account's listing lacks.
func (c Collection) letGo(j *Judgement, missing []string) []string {
	if !c.Trusted {
		return missing
	}
	return slices.DeleteFunc(slices.Clone(missing), func(id string) bool {
		if c.Released[id] {
			j.Gone = append(j.Gone, id)
		}
		return c.Released[id]
	})
}

// settled returns the missing records that were not created moments ago: lists lag behind, and so do GETs by id.
func (c Collection) settled(j *Judgement, missing []string) []string {
	ids := slices.DeleteFunc(slices.Clone(missing), func(id string) bool {
		created, young := c.Created[id]
		return young && c.BeganMS-created < SecondLook.Milliseconds() && !c.Released[id]
	})
	if len(ids) < len(missing) {
		j.wait(Held{Reason: Young}, SecondLook)
	}
	return ids
}

// twice believes two whole sweeps, and of a mass delete two that are further apart.
func (c Collection) twice(j *Judgement, missing []string) {
	ids := c.missedSince(j, missing, SecondLook)
	if len(ids) < len(missing) {
		j.wait(Held{Reason: SecondSweep}, SecondLook)
	}
	if c.massDelete(len(missing)) {
		if ids = c.missedSince(j, missing, GuardLook); len(ids) < len(missing) {
			j.Held = Held{Reason: MassDelete, Missing: len(missing), Records: c.Size, Detail: c.Row.Name}
		}
	}
	if !c.Trusted {
		j.Held = Held{Reason: TokenUnproven}
		return
	}
	j.Gone = ids
}

// massDelete reports whether so much is missing at once that it is likelier a fault of the listing than the wish of
// its owner: at least guardLeast records that are more than half of the collection, or all of two or more.
func (c Collection) massDelete(missing int) bool {
	return (missing >= guardLeast && 2*missing > c.Size) || (missing == c.Size && missing > 1)
}

// missedSince returns those that were missed first so long ago, or that an operator has released.
func (c Collection) missedSince(j *Judgement, ids []string, d time.Duration) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		return j.Suspects[id] > c.BeganMS-d.Milliseconds() && !c.Released[id]
	})
}

func (j *Judgement) wait(why Held, within time.Duration) { j.Held, j.Within = why, within }

// Answer is what a GET by id returned.
type Answer int

const (
	Found      Answer = iota // the record
	Deleted                  // the record, in a state that the row says means deleted
	NotFound                 // a 404 about the record
	NoParent                 // a 404 about its parent
	Unanswered               // anything else
)

// Verdict judges what a GET by id returned for a missing record. detail says what happened where it was Unanswered,
// or what was not found. A 404 is a delete only with a token that is this account's: to another account's everything
// is not found.
func (c Collection) Verdict(a Answer, detail string) (gone bool, why Held) {
	switch {
	case a == Found:
		return false, Held{Reason: AnswersByID}
	case a == NoParent:
		return false, Held{Reason: ParentMissing, Detail: detail}
	case a == Unanswered:
		return false, Held{Reason: NotConfirmed, Detail: detail}
	case !c.Trusted:
		return false, Held{Reason: TokenUnproven}
	}
	return true, Held{}
}

// Counted judges an absence from a list that falls short of what the API counts, since a moment (0: it doesn't): a
// record that was shown since is not counted any more; one that was not may be what is counted.
func (c Collection) Counted(id string, shownMS, sinceMS int64) Held {
	if shownMS >= sinceMS || c.Released[id] {
		return Held{}
	}
	return Held{Reason: StillCounted, Detail: c.Row.Name}
}

// Sight is what is known, where a list shows only what the token may see, of the record that a missing one names.
type Sight struct {
	URN string
	// Elsewhere reports whether another collection of the same resource has it now.
	Elsewhere bool
	// Known reports whether a resource of ours lists what the urn names, Readable whether that could be read whole.
	Known, Readable bool
}

// Visible judges whether an absence from such a list proves anything. A zero Held: it does.
func (c Collection) Visible(id string, s Sight) Held {
	switch {
	case s.URN == "", s.Elsewhere, s.Known && s.Readable:
		return Held{}
	case s.Known:
		return Held{Reason: Hidden, Detail: s.URN}
	case c.Released[id]:
		return Held{}
	}
	return Held{Reason: Unnamed, Detail: s.URN + "; if it is gone, seachange release " + c.Row.Name}
}
