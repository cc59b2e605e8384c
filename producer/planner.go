package producer

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/seachange/seachange/producer/schedule"
	"github.com/seachange/seachange/schema"
)

// Planner tells what the schedule would do, from what the state topic remembers. It asks the API nothing.
type Planner struct {
	opts     PlannerOptions
	accounts map[string]*plannedAccount
}

// PlannerOptions of a Planner.
type PlannerOptions struct {
	PerHour int                      // the tokens' hourly limit; by default as the account's owner last saw it, with what others use of it
	Share   float64                  // as Options.Share
	MaxAge  map[string]time.Duration // as Account.MaxAge
	// Own is the MaxAge of accounts that have their own, by what the configuration calls them, or by their ids.
	Own map[string]map[string]time.Duration
}

type plannedAccount struct {
	head        accountHead
	collections map[collectionID]collectionHead
}

// AccountPlan is one account's plan.
type AccountPlan struct {
	AccountID string         `json:"account_id"`
	Name      string         `json:"name"`
	Plan      schedule.Plan  `json:"plan"`
	Mean      time.Duration  `json:"mean"`    // from a change to the sweep that shows it, as far as the changes keep their rates
	Uniform   time.Duration  `json:"uniform"` // the same, if every collection had one interval
	Learned   bool           `json:"learned"` // something was: not where run has just begun, or has a fixed interval
	Rows      []schedule.Row `json:"collections"`
}

// NewPlanner makes a Planner that knows nothing yet.
func NewPlanner(o PlannerOptions) *Planner {
	return &Planner{opts: o, accounts: map[string]*plannedAccount{}}
}

// Take takes a record of the state topic, in the topic's order. Other records than heads are passed over.
func (p *Planner) Take(key, value []byte) error {
	kind, account, resource, parent, err := splitKey(key)
	if err != nil || kind == recordEntry {
		return nil //nolint:nilerror // the log's own
	}
	a := p.accounts[account]
	if a == nil {
		a = &plannedAccount{collections: map[collectionID]collectionHead{}}
		p.accounts[account] = a
	}
	k := collectionID{Resource: resource, Parent: parent}
	switch {
	case value == nil:
		delete(a.collections, k)
		return nil
	case kind == accountEntry:
		return decode(key, value, &a.head)
	}
	var h collectionHead
	if err := decode(key, value, &h); err != nil {
		return err
	}
	a.collections[k] = h
	return nil
}

// Plans answers the plan of every account, by name.
func (p *Planner) Plans(now time.Time) []AccountPlan {
	var all []AccountPlan
	for _, id := range slices.Sorted(maps.Keys(p.accounts)) {
		all = append(all, p.plan(id, p.accounts[id], now))
	}
	slices.SortStableFunc(all, func(a, b AccountPlan) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func (p *Planner) plan(id string, a *plannedAccount, now time.Time) AccountPlan {
	s := schedule.New(schedule.Options{PerHour: p.opts.PerHour, Share: p.opts.Share})
	if p.opts.PerHour == 0 && a.head.PerHour > 0 {
		s.Limit(now, a.head.PerHour, a.head.PerHour-a.head.Others)
	}
	ages, requests, learned := p.maxAge(id, a.head.Config), 0, false
	for k, h := range a.collections {
		row := schema.Lookup(k.Resource)
		if row == nil || row.Embed != "" || h.Status == Unwatched {
			continue
		}
		t := schedule.Traits{Weight: row.Weight, Pace: row.Pace, Rest: row.Rest, Told: h.Gate != 0, MaxAge: ages[row.Name]}
		t.Memory = h.memory(now)
		learned = learned || h.Learned != nil
		requests += max(t.Memory.Requests, 1)
		s.Add(now, k, t)
	}
	rows := s.Forecast(now)
	plan := s.Plan()
	return AccountPlan{
		AccountID: id, Name: a.head.Name, Plan: plan, Rows: rows, Mean: schedule.Mean(rows),
		Uniform: plan.Uniform(requests), Learned: learned,
	}
}

// maxAge is what holds for an account: its own, if it has some.
func (p *Planner) maxAge(id, name string) map[string]time.Duration {
	for _, known := range []string{name, id} {
		if own, ok := p.opts.Own[known]; ok {
			return own
		}
	}
	return p.opts.MaxAge
}

// memory is what the schedule is told of a collection: what was learned of it, with its age; where nothing was, as with a
// fixed interval, when it was read.
func (h *collectionHead) memory(now time.Time) schedule.Memory {
	m, at := schedule.Memory{Requests: 1}, h.WholeMS
	switch {
	case h.FirstMS == 0:
		return schedule.Memory{}
	case h.Learned != nil:
		m, at = h.Learned.Memory, h.Learned.AtMS
	}
	m.AgeS = max(0, now.Sub(time.UnixMilli(at)).Seconds())
	return m
}
