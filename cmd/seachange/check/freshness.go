package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/producer/schedule"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

// freshness tells how often an account's resources will be read at first, before anything is learned of it.
func (p *probe) freshness(a config.Watched, pace config.Intervals) {
	subject := "account " + a.Name
	ages, err := pace.MaxAges(a)
	if err != nil {
		p.add(subject, Bad, "%s", plain.Error(err))
		return
	}
	if pace.Interval > 0 {
		p.add(subject, Good, "every resource is read every %v, or less often where the limit asks for it",
			time.Duration(pace.Interval))
		return
	}
	now := time.Now()
	b := p.source.Budget()
	s := schedule.New(schedule.Options{PerHour: b.PerHour, Share: float64(pace.Budget)})
	var embedded []string
	for _, r := range a.Resources {
		if r.Embed != "" {
			embedded = append(embedded, r.Name+" with "+r.Parent())
			continue
		}
		for _, parent := range p.parents(r) {
			t := schedule.Traits{
				Weight: r.Weight, ChangeRate: r.ChangeRate, MinInterval: r.MinInterval,
				ShownByParent: r.Revision != "", MaxAge: ages[r.Name],
			}
			t.Memory = schedule.Memory{Requests: 1, Records: len(p.samples[r.Name])}
			s.Add(now, schedule.Key{Resource: r.Name, Parent: parent}, t)
		}
	}
	lines, mean := forecast(s, now)
	p.add(subject, Good, "at first, before it has learned how often what changes: %s",
		strings.Join(append(lines, embedded...), "; "))
	plan := s.Plan()
	p.add(subject, Good, "%.0f requests an hour are planned; a change is expected to be seen after %s on average",
		plan.PerHour, Rounded(mean))
	if full := p.full(a.Resources); len(full) > 0 {
		p.add(subject, Doubt, "the first page of %s is full, and no further one was asked for: where there are more, all "+
			"is read less often than this; seachange plan tells, once run has read them", strings.Join(full, ", "))
	}
	if plan.Stretch > 1 {
		p.add(subject, Doubt, "max_age can't be held within the budget: collections wait %.1f times longer. Ask for less, "+
			"or raise the token's limit", plan.Stretch)
	}
}

// parents are the ids of the records that have such children, as far as the first page shows them; "" at the top level.
func (p *probe) parents(r *schema.Resource) []string {
	if r.Parent() == "" {
		return []string{""}
	}
	var ids []string
	for _, s := range p.samples[r.Parent()] {
		if r.When.Holds(s.json) {
			ids = append(ids, s.id)
		}
	}
	return ids
}

// full are the resources of the top level that have more than the first page shows, as far as that can be told.
func (p *probe) full(resources []*schema.Resource) []string {
	const perPage = 200 // a row's default
	var names []string
	for _, r := range resources {
		if r.Parent() == "" && r.PerPage >= 0 && len(p.samples[r.Name]) >= cmp.Or(r.PerPage, perPage) {
			names = append(names, r.Name)
		}
	}
	return names
}

// forecast tells how fresh an account will be: how often each resource is read, in how many collections, the soonest
// first.
func forecast(s *schedule.Schedule, now time.Time) (lines []string, mean time.Duration) {
	rows := s.Forecast(now)
	number, length := map[string]int{}, map[string]time.Duration{}
	for _, r := range rows {
		name := r.Key.Resource
		number[name]++
		length[name] = max(length[name], r.Interval.Round(time.Second))
	}
	together := map[time.Duration][]string{}
	for _, name := range slices.Sorted(maps.Keys(number)) {
		what := name
		if n := number[name]; n > 1 {
			what = fmt.Sprintf("%s of %d %s", name, n, schema.Lookup(name).Parent())
		}
		together[length[name]] = append(together[length[name]], what)
	}
	for _, every := range slices.Sorted(maps.Keys(together)) {
		lines = append(lines, fmt.Sprintf("%s every %s", strings.Join(together[every], ", "), every))
	}
	return lines, schedule.Mean(rows)
}

// Rounded is a time for people.
func Rounded(d time.Duration) string {
	if d < time.Minute {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
