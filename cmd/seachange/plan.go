package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/seachange/seachange/cmd/seachange/check"
	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/document"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema/plain"
)

type planCmd struct {
	config.Kafka
	config.Spending
	outputFlag
	PerHour int `help:"${plan_per_hour}" default:"0" placeholder:"N"`
}

// Run prints the plan that follows from what the state topic remembers. It asks the API nothing, so that it can be
// asked what another --budget or --max-age would do, beside a run and at no cost.
func (c *planCmd) Run(ctx context.Context, e *env) error {
	ages, err := config.ParseMaxAges(c.MaxAge)
	if err != nil {
		return err
	}
	own, err := c.OwnMaxAges(e.Accounts)
	if err != nil {
		return err
	}
	if c.PerHour < 2 && c.PerHour != 0 {
		return config.Errorf("--per-hour %d: must be at least 2, or 0", c.PerHour)
	}
	cl, done, err := c.Reach(&e.Environment)
	if err != nil {
		return err
	}
	defer done()
	planner := producer.NewPlanner(producer.PlannerOptions{
		PerHour: c.PerHour, Share: float64(c.Budget), MaxAge: ages,
		Own: own,
	})
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
		var all []document.Plan
		for _, p := range plans {
			all = append(all, document.NewPlan(p))
		}
		return e.printJSON(all)
	}
	for _, p := range plans {
		if err := c.print(e, p); err != nil {
			return err
		}
	}
	return nil
}

func (c *planCmd) print(e *env, p producer.AccountPlan) error {
	_, err := fmt.Fprintf(e.stdout, "%s (%s): %.0f requests an hour; a change is expected to be seen after %s on "+
		"average, %s with one interval for all\n",
		plain.Value(p.Name), p.AccountID, p.Plan.PerHour, check.Rounded(p.Mean), check.Rounded(p.Uniform))
	if err != nil {
		return err
	}
	if !p.Learned {
		fmt.Fprintln(e.stdout, "nothing is learned yet, neither changes nor records: run has just begun, or has a fixed "+
			"--interval; this is how learning would begin")
	}
	if p.Plan.Stretch > 1 {
		fmt.Fprintf(e.stdout, "max_age can't be held within the budget: collections wait %.1f times longer\n", p.Plan.Stretch)
	}
	var rows [][]string
	for _, r := range p.Rows {
		due, age, records := "now", "never read", "-"
		if r.Due > 0 {
			due = check.Rounded(r.Due)
		}
		if r.Age >= 0 {
			age = check.Rounded(r.Age)
		}
		if p.Learned {
			records = strconv.Itoa(r.Records)
		}
		rows = append(rows, []string{
			r.Key.Resource, plain.Value(r.Key.Parent), due, check.Rounded(r.Interval), age,
			strconv.FormatFloat(r.PerDay, 'g', 2, 64),
			records, strconv.Itoa(r.Requests), r.Why,
		})
	}
	return e.printTable([]string{
		"RESOURCE", "PARENT", "NEXT", "INTERVAL", "AGE", "CHANGES/DAY", "RECORDS", "REQUESTS",
		"INTERVAL IS",
	}, rows)
}
