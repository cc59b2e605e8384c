package producer

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/seachange/seachange/producer/schedule"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// Planner tells what the schedule would do, from what the state topic remembers. It asks the API nothing.
type Planner struct {
	opts        PlannerOptions
	checkpoints state.Checkpoints
}

// PlannerOptions of a Planner.
type PlannerOptions struct {
	// the tokens' hourly limit; by default as the account's owner last saw it, with what others use of it
	PerHour int
	Share   float64                  // as Options.Share
	MaxAge  map[string]time.Duration // as Account.MaxAge
	// Own is the MaxAge of accounts that have their own, by what the configuration calls them, or by their ids.
	Own map[string]map[string]time.Duration
}

// AccountPlan is one account's plan.
type AccountPlan struct {
	AccountID string
	Name      string
	Plan      schedule.Plan
	Mean      time.Duration // from a change to the sweep that shows it, as far as the changes keep their rates
	Uniform   time.Duration // the same, if every collection had one interval
	Learned   bool          // something was: not where run has just begun, or has a fixed interval
	Rows      []schedule.Row
}

// NewPlanner makes a Planner that knows nothing yet.
func NewPlanner(o PlannerOptions) *Planner { return &Planner{opts: o} }

// Take takes a record of the state topic, in the topic's order. Other records than checkpoints are passed over.
func (p *Planner) Take(key, value []byte) error { return p.checkpoints.Take(key, value) }

// Plans returns the plan of every account, by name.
func (p *Planner) Plans(now time.Time) []AccountPlan {
	var all []AccountPlan
	for _, id := range slices.Sorted(maps.Keys(p.checkpoints.Accounts)) {
		all = append(all, p.plan(id, p.checkpoints.Accounts[id], now))
	}
	slices.SortStableFunc(all, func(a, b AccountPlan) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func (p *Planner) plan(id string, a *state.Account, now time.Time) AccountPlan {
	s := schedule.New(schedule.Options{PerHour: p.opts.PerHour, Share: p.opts.Share})
	if p.opts.PerHour == 0 && a.PerHour > 0 {
		s.Limit(now, a.PerHour, a.PerHour-a.Others)
	}
	ages, requests, learned := p.maxAge(id, a.Config), 0, false
	for k, c := range a.Collections {
		row := schema.Lookup(k.Resource)
		if row == nil || row.Embed != "" || c.Status == state.Unwatched {
			continue
		}
		t := schedule.Traits{
			Weight: row.Weight, ChangeRate: row.ChangeRate, MinInterval: row.MinInterval, ShownByParent: c.ParentRevision != 0,
			MaxAge: ages[row.Name], Memory: c.Memory(now),
		}
		learned = learned || c.Learned != nil
		requests += max(t.Memory.Requests, 1)
		s.Add(now, k, t)
	}
	rows := s.Forecast(now)
	plan := s.Plan()
	return AccountPlan{
		AccountID: id, Name: a.Name, Plan: plan, Rows: rows, Mean: schedule.Mean(rows),
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
