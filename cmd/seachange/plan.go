package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/schedule"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

type planCmd struct {
	KafkaSettings
	Spending
	outputFlag
	PerHour int `help:"The token's hourly limit; 0 is what run last saw, with what others use of it." default:"0" placeholder:"N"`
}

// Run prints the plan that follows from what the state topic remembers. It asks the API nothing.
func (c *planCmd) Run(ctx context.Context, e *env) error {
	ages, err := maxAges(c.MaxAge)
	if err != nil {
		return err
	}
	own, err := c.ownMaxAges(e.accounts)
	if err != nil {
		return err
	}
	if c.PerHour < 2 && c.PerHour != 0 {
		return usagef("--per-hour %d: must be at least 2, or 0", c.PerHour)
	}
	cl, done, err := c.reach(e)
	if err != nil {
		return err
	}
	defer done()
	planner := producer.NewPlanner(producer.PlannerOptions{PerHour: c.PerHour, Share: float64(c.Budget), MaxAge: ages, Own: own})
	o := client.ReadOptions{Topics: []string{state.Topic(c.TopicPrefix)}, FromStart: true, UntilEnd: true}
	err = cl.Read(ctx, o, func(r client.Record) error { return planner.Take(r.Key, r.Value) })
	if err != nil {
		return err
	}
	plans := planner.Plans(time.Now())
	if len(plans) == 0 {
		return fmt.Errorf("plan: nothing is known yet under %s: seachange run begins", c.TopicPrefix)
	}
	if c.Output == "json" {
		return writeJSON(e.stdout, plans)
	}
	for _, p := range plans {
		if err := printPlan(e.stdout, p); err != nil {
			return err
		}
	}
	return nil
}

func printPlan(w io.Writer, p producer.AccountPlan) error {
	_, err := fmt.Fprintf(w, "%s (%s): %.0f requests an hour; a change is expected to be seen after %s on average, %s with one interval for all\n",
		plain.Value(p.Name), p.AccountID, p.Plan.PerHour, rounded(p.Mean), rounded(p.Uniform))
	if err != nil {
		return err
	}
	if !p.Learned {
		fmt.Fprintln(w, "nothing is learned yet, neither changes nor records: run has just begun, or has a fixed --interval; this is how learning would begin")
	}
	if p.Plan.Stretch > 1 {
		fmt.Fprintf(w, "max_age can't be held within the budget: collections wait %.1f times longer\n", p.Plan.Stretch)
	}
	var rows [][]string
	for _, r := range p.Rows {
		rows = append(rows, []string{
			r.Key.Resource, plain.Value(r.Key.Parent), due(r.Due), rounded(r.Interval), age(r.Age), strconv.FormatFloat(r.PerDay, 'g', 2, 64),
			records(p, r), strconv.Itoa(r.Requests), r.Why,
		})
	}
	return writeTable(w, []string{"RESOURCE", "PARENT", "NEXT", "INTERVAL", "AGE", "CHANGES/DAY", "RECORDS", "REQUESTS", "INTERVAL IS"}, rows)
}

// records is how many a collection has, as far as it was learned.
func records(p producer.AccountPlan, r schedule.Row) string {
	if !p.Learned {
		return "-"
	}
	return strconv.Itoa(r.Records)
}

func due(d time.Duration) string {
	if d <= 0 {
		return "now"
	}
	return rounded(d)
}

func age(d time.Duration) string {
	if d < 0 {
		return "never read"
	}
	return rounded(d)
}

// rounded is a time for people.
func rounded(d time.Duration) string {
	if d < time.Minute {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// forecast tells how fresh an account will be: how often each resource is read, in how many collections, the soonest first.
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
