package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/seachange/seachange/cmd/seachange/alert"
	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

type postureCmd struct {
	pastFlags
	Rules  string `help:"${posture_rules}" placeholder:"FILE"`
	At     string `help:"${posture_at}" default:"now" placeholder:"TIME"`
	Output string `help:"${posture_output}" enum:"table,json,sarif,ocsf" default:"table"`
}

// Run prints what meets the rules, and ends with a code by the most severe of it.
func (c *postureCmd) Run(ctx context.Context, e *env) error {
	rules, err := e.rules(c.Rules)
	if err != nil {
		return err
	}
	at, err := config.ParseMoment(c.At, time.Now())
	if err != nil {
		return config.Errorf("--at %w", err)
	}
	posture := alert.NewPosture(rules)
	silences, err := c.read(ctx, e, posture, at)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(posture.Faults)) {
		e.Logger.Warn("a rule could not be asked", "rule", name, "err", posture.Faults[name])
	}
	findings := posture.Findings(silences, at)
	if err := c.print(e, findings); err != nil {
		return err
	}
	return verdict(findings)
}

// read takes in the events until a moment, and returns the silences that there are.
func (c *postureCmd) read(
	ctx context.Context, e *env, posture *alert.Posture, at time.Time,
) (*alert.Silences, error) {
	cl, done, err := c.Reach(&e.Environment)
	if err != nil {
		return nil, err
	}
	defer done()
	p, err := c.past(ctx, e, cl, nil)
	if err != nil {
		return nil, err
	}
	silences, err := alert.ReadSilences(ctx, cl, c.TopicPrefix)
	if err != nil {
		e.Logger.Warn("not all silences can be read", "err", err)
	}
	needed := posture.Resources()
	return silences, p.Follow(ctx, history.FollowOptions{
		Since: time.UnixMilli(1), UntilEnd: true, Rollouts: true,
		Want: func(ev *schema.Event) bool {
			return ev.Source.TsMS <= at.UnixMilli() && (needed == nil || slices.Contains(needed, ev.Source.Table))
		},
		Show: func(ev *history.Event) error {
			posture.Take(ev)
			return nil
		},
	})
}

func (c *postureCmd) print(e *env, findings []alert.Finding) error {
	switch c.Output {
	case "json":
		return e.printJSON(findings)
	case "sarif":
		return e.printJSON(alert.SARIF(findings, e.Version))
	case "ocsf":
		for i := range findings {
			if err := e.printLine(alert.OCSF(&findings[i], e.Version, time.Now().UnixMilli())); err != nil {
				return err
			}
		}
		return nil
	}
	var rows [][]string
	for _, f := range findings {
		since := f.Before.Format(time.RFC3339)
		if f.After.IsZero() {
			since = "initial snapshot, " + since
		}
		severity := f.Severity
		if f.Silence != nil {
			severity += ", silenced"
		}
		rows = append(rows, []string{
			severity, f.Rule, plain.Value(f.Resource + " " + cmp.Or(f.Name, f.Record)), plain.Value(f.What), since,
			plain.Value(f.Change),
		})
	}
	return e.printTable([]string{"SEVERITY", "RULE", "RECORD", "WHAT", "SINCE", "CHANGE"}, rows)
}

// foundError says that findings are there, and how many.
type foundError struct {
	worst string
	text  string
}

func (e foundError) Error() string { return e.text }

// code is the exit code by the most severe finding.
func (e foundError) code() int {
	if e.worst == "critical" {
		return 4
	}
	return 3
}

// verdict is an error where something is a warning, or worse.
func verdict(all []alert.Finding) error {
	worst, n := alert.Worst(all), map[string]int{}
	if worst == "" || worst == "info" {
		return nil
	}
	for _, f := range all {
		if f.Silence == nil {
			n[f.Severity]++
		}
	}
	return foundError{worst, fmt.Sprintf("findings: %d critical, %d warning, %d info", n["critical"], n["warning"],
		n["info"])}
}
