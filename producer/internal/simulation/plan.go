package simulation

import (
	"slices"
	"time"

	"github.com/seachange/seachange/schema"
)

// plan is what a seed decides beforehand.
type plan struct {
	seed      uint64
	accounts  int
	processes int
	shards    int
	interval  time.Duration // of Options; 0: learned
	perHour   int           // requests that a token has
	active    time.Duration // how long there are changes and faults
	kinds     []kind
	records   int // at the beginning
	many      int // of them volumes
	perPage   int // at most; 0: as many as are asked for

	change  time.Duration // mean time from one change of an account to the next
	latency time.Duration // mean, of a request
	fault   time.Duration // mean time from one episode of faults of the API to the next; 0: there are none
	stray   float64       // share of the requests that are struck beside the episodes
	disturb time.Duration // mean time from one thing that happens to processes and shards to the next; 0: nothing does
	commit  time.Duration // mean, of a transaction
	abort   float64       // share of the transactions that fail
	mute    float64       // share of those that are committed and whose owner is told an error
	clock   time.Duration // the API's, ahead of ours
	jump    time.Duration // by which the API's clock is set in the middle
	foreign bool          // for a while the token is another team's
	silent  bool          // and that one may not say whose it is
	scopes  []string      // that the token lacks for a while
	least   bool          // it never has more than the catalogue's
	wipe    bool          // all of some collections goes at once, before the API's clock is set
	current bool          // records are kept as they are now, too, from the beginning
	outages bool          // all processes are away for minutes, and nothing else goes wrong
	chunk   int           // Options.ChunkBytes; 0: no listing is so large
	meet    float64       // share of the transactions at whose very end the shard is to be given up
}

func newPlan(seed uint64) plan {
	s := newStream(seed, "plan")
	p := plan{
		seed: seed, current: seed%2 == 0, accounts: pick(s, 1, 1, 1, 2), processes: pick(s, 1, 2, 2), shards: 1 + s.IntN(3),
		interval: pick(s, 0, 0, 100*time.Millisecond, 2*time.Second, 2*time.Second, 20*time.Second, time.Minute,
			time.Minute, 5*time.Minute),
		perHour: pick(s, 600, 1500, 5000),
		kinds:   someKinds(s), records: 4 + s.IntN(30), perPage: pick(s, 0, 0, 2, 5),
		change:  pick(s, time.Second, 5*time.Second, 20*time.Second, time.Minute),
		latency: pick(s, 20*time.Millisecond, 20*time.Millisecond, 200*time.Millisecond, 2*time.Second),
		fault:   pick(s, 0, 30*time.Second, 2*time.Minute, 10*time.Minute), stray: pick(s, 0, 0, 0.01, 0.1),
		disturb: pick(s, 0, 20*time.Second, time.Minute, 5*time.Minute),
		commit:  pick(s, 20*time.Millisecond, 100*time.Millisecond, 2*time.Second, 6*time.Second),
		abort:   pick(s, 0, 0, 0.01, 0.05), mute: pick(s, 0, 0, 0.01, 0.05),
		clock: pick(s, 0, 0, 400*time.Millisecond, -time.Minute, time.Hour),
	}
	p.active = p.length(s)
	if p.disturb > 0 {
		p.disturb = max(p.disturb, p.active/40)
	}
	p.jump = pick(s, 0, 0, 0, 0, 0, 0, 30*time.Second, -30*time.Second, time.Hour)
	if p.jump != 0 { // who begins after it can't know how what was noted before is to be read
		p.processes, p.disturb = 1, 0
	}
	p.meet = pick(s, 0, 0, 0, 0.02)
	switch s.IntN(20) {
	case 0:
		p.many, p.kinds = 130, append(p.kinds, kindOf("volumes"))
	case 1: // looks by id that get no answer, and nothing else is wrong
		p.many, p.kinds = 60, append(p.kinds, kindOf("volumes"))
		p.fault, p.stray, p.disturb = 0, 0, 0
		p.interval, p.active, p.perHour = pick(s, 20*time.Second, time.Minute), 40*time.Minute, 5000
	case 2, 3, 4:
		p.foreign, p.kinds = true, append(p.kinds, kindOf("tags"))
		p.silent = s.chance(0.6)
	case 9: // two looks confirm these deletes, after ten minutes: on whose clock?
		p.wipe, p.jump, p.processes, p.disturb = true, time.Hour, 1, 0
		p.kinds, p.records = append(slices.Clone(groups[0]), groups[1]...), 30
		p.interval, p.perHour, p.active = pick(s, 20*time.Second, time.Minute), 5000, 40*time.Minute
	case 7, 8:
		p.outages, p.disturb = true, 8*time.Minute
		p.interval, p.fault, p.stray, p.abort, p.mute, p.meet = 0, 0, 0, 0, 0, 0
		p.perHour, p.active, p.jump = pick(s, 1500, 5000), s.between(30*time.Minute, 90*time.Minute), 0
		p.change = pick(s, 5*time.Second, 20*time.Second)
	case 5, 6:
		p.scopes = pick(s, []string{"tag:read"}, []string{"block_storage:read", "vpc:read"}, []string{"droplet:read"},
			[]string{"database:read", "domain:read"})
	}
	p.least = s.chance(0.3)
	p.chunk = pick(s, 0, 1, 1, 2000)
	return p
}

// length is a time in which about a thousand requests are made, so that a seed is quick: minutes or a day.
func (p *plan) length(s stream) time.Duration {
	const requests = 800
	rate := float64(p.perHour) / 3600
	if p.interval > 0 {
		rate = min(rate, float64(len(p.kinds)+p.records/4)/p.interval.Seconds())
	}
	most := time.Duration(requests / rate * float64(time.Second))
	return s.between(most/4, min(most, 24*time.Hour))
}

// bound is the longest time from one look at a collection to the next where the API does nothing wrong: a fixed
// interval, fourfold for what a parent tells of, or longer where the token's limit asks for it, as a learned one is,
// and some time for looks that get no answer; what happens to processes and commits has twice that. 0: there is none.
func (p *plan) bound(collections int) time.Duration {
	if p.fault > 0 || p.stray > 0 || p.foreign || len(p.scopes) > 0 {
		return 0
	}
	bound := 4*max(p.interval, p.uniform(collections)) + 5*time.Minute
	if p.disturb > 0 || p.abort > 0 || p.mute > 0 || p.meet > 0 {
		bound *= 2
	}
	return bound
}

// decision is the longest time until everything is decided that a look at each collection has raised: a mass delete
// needs two that are ten minutes apart.
func (p *plan) decision(collections int) time.Duration {
	return 10*max(p.interval, p.uniform(collections)) + 20*time.Minute
}

// uniform is the interval that the token's limit allows, twice over.
func (p *plan) uniform(collections int) time.Duration {
	return time.Duration(2 * float64(collections) / float64(p.perHour) * float64(time.Hour))
}

// resources are the rows that the plan's kinds need, parents before children.
func (p *plan) resources() []*schema.Resource {
	var rows []*schema.Resource
	for i := range schema.Catalog {
		row := &schema.Catalog[i]
		if row.Name == "account" || p.has(row.Name) {
			rows = append(rows, row)
		}
	}
	return rows
}

func (p *plan) has(resource string) bool {
	for _, k := range p.kinds {
		if k.resource == resource {
			return true
		}
	}
	return false
}
