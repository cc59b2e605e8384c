package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

type checkCmd struct {
	KafkaSettings
	TopicSettings
	APISettings
	Selection
	Pace
	outputFlag
}

// finding is a line of the check's report.
type finding struct {
	Subject string  `json:"subject"`
	Verdict verdict `json:"verdict"`
	Detail  string  `json:"detail"`
}

type verdict string

const (
	good    verdict = "ok"
	doubt   verdict = "warn" // works, and the operator should know
	bad     verdict = "fail"
	skipped verdict = "skip" // there was nothing to try it on
)

// report collects findings.
type report struct{ findings []finding }

func (r *report) add(subject string, v verdict, format string, args ...any) {
	r.findings = append(r.findings, finding{subject, v, fmt.Sprintf(format, args...)})
}

// Run tries everything that run would use, and changes nothing.
func (c *checkCmd) Run(ctx context.Context, e *env) error {
	if err := errors.Join(c.APISettings.check(), c.TopicSettings.check()); err != nil {
		return err
	}
	watching, err := accounts(e, c.APISettings, c.Selection)
	if err != nil {
		return err
	}
	r := &report{}
	apis := newSources(e, c.APISettings, nil)
	for _, a := range watching {
		source, err := apis.of(a)
		if err != nil {
			return usagef("account %q: %w", a.name, err)
		}
		r.account(ctx, a, source, c.Pace)
	}
	if err := c.log(ctx, e, r, union(watching)); err != nil {
		return err
	}
	return c.print(e, r)
}

func (c *checkCmd) print(e *env, r *report) error {
	faults := 0
	var rows [][]string
	for _, f := range r.findings {
		if f.Verdict == bad {
			faults++
		}
		rows = append(rows, []string{string(f.Verdict), plain.Value(f.Subject), f.Detail})
	}
	var err error
	if c.Output == "json" {
		err = writeJSON(e.stdout, r.findings)
	} else {
		err = writeTable(e.stdout, []string{"RESULT", "WHAT", "DETAIL"}, rows)
	}
	if err == nil && faults > 0 {
		err = fmt.Errorf("check: %d of %d failed", faults, len(rows))
	}
	return err
}

// account tries a token: whose it is, and which resources it may read.
func (r *report) account(ctx context.Context, a watched, source producer.Source, pace Pace) {
	subject := "account " + a.name
	id, err := source.Identify(ctx)
	var se *producer.SourceError
	switch unreadable := errors.As(err, &se) && se.Trouble == producer.Unreadable; {
	case unreadable && a.team == "":
		r.add(subject, bad, "the token lacks account:read: grant it, or say whose it is (--team UUID; team: in the file)")
	case unreadable:
		r.add(subject, doubt, "taken to be team %s, as configured: the token lacks account:read", a.team)
	case err != nil:
		r.add(subject, bad, "%s", oneLine(err))
		return // a refused token reads nothing
	case a.team != "" && id.ID != a.team:
		r.add(subject, bad, "the token is for %s (%s), and the configuration says %s", id.ID, plain.Value(id.Name), a.team)
		return
	default:
		r.add(subject, good, "%s (%s)", id.ID, plain.Value(id.Name))
	}
	p := probe{report: r, source: source, prefix: a.name + "/", samples: map[string][]sample{}}
	for _, row := range a.resources {
		p.resource(ctx, row)
	}
	p.spacesKey(a)
	p.freshness(a, pace)
	r.scopes(a)
	r.add(subject, good, "%d requests made, of %d an hour", source.Budget().Requests, source.Budget().PerHour)
}

// scopes tells the least to grant, and what never to grant: those that nobody asked for.
func (r *report) scopes(a watched) {
	least := schema.Scopes(a.resources)
	risky := slices.DeleteFunc(slices.Clone(schema.RiskyScopes), func(s string) bool { return slices.Contains(least, s) })
	r.add("scopes of "+a.name, good, "the least to grant: %s; never more, and above all not %s", strings.Join(least, " "), strings.Join(risky, ", "))
}

// probe asks for the first page of each resource: top level ones, and children of the first parent that has such.
type probe struct {
	*report
	source  producer.Source
	prefix  string
	samples map[string][]sample // of parents, by resource; none where it can't be read
}

type sample struct {
	id   string
	json []byte
}

func (p *probe) resource(ctx context.Context, r *schema.Resource) {
	subject, parent := p.prefix+r.Name, ""
	if r.API == schema.Spaces {
		p.buckets(ctx, r)
		return
	}
	if r.Parent() != "" {
		parents, read := p.samples[r.Parent()]
		if !read {
			p.add(subject, skipped, "can't be asked for: %s can't be read", r.Parent())
			return
		}
		i := slices.IndexFunc(parents, func(s sample) bool { return r.When.Holds(s.json) })
		if i < 0 {
			p.samples[r.Name] = nil
			p.add(subject, skipped, "there are no %s with %s to ask for", r.Parent(), r.Name)
			return
		}
		parent = parents[i].id
	}
	if r.Embed != "" {
		p.add(subject, good, "comes with %s", r.Parent())
		return
	}
	records, err := p.page(ctx, r, parent)
	var se *producer.SourceError
	gone := errors.As(err, &se) && se.Trouble == producer.Gone
	if err == nil || gone {
		p.samples[r.Name] = records
	}
	switch {
	case err == nil:
		p.add(subject, good, "%d on the first page", len(records))
	case se != nil && se.Trouble == producer.Unreadable && r.Scope != "":
		p.add(subject, bad, "needs the scope %s: grant it, or --skip %s", r.Scope, r.Name)
	case gone && parent != "":
		p.add(subject, good, "not offered for %s", parent)
	case gone:
		p.add(subject, good, "the account has none")
	default:
		p.add(subject, bad, "%s", oneLine(err))
	}
}

// page reads the first page of a listing.
func (p *probe) page(ctx context.Context, r *schema.Resource, parent string) (records []sample, err error) {
	for page, err := range p.source.Pages(ctx, r, parent) {
		if err != nil {
			return nil, err
		}
		for record, err := range page.Records {
			if err != nil {
				return nil, err
			}
			records = append(records, sample{record.ID, bytes.Clone(record.JSON)})
		}
		break
	}
	return records, nil
}

// log tries the brokers.
func (c *checkCmd) log(ctx context.Context, e *env, r *report, resources []*schema.Resource) error {
	if len(c.Brokers) == 0 && c.DataDir == "" {
		r.add("brokers", skipped, "neither --brokers nor --data-dir was given")
		return nil
	}
	cl, done, err := c.reach(e)
	switch {
	case errors.Is(err, fs.ErrNotExist) && c.DataDir != "":
		r.add("data directory", skipped, "%s has no log yet: run makes it", c.DataDir)
		return nil
	case err != nil && exitCode(err) == 2:
		return err
	case err != nil:
		r.add("brokers", bad, "%s", oneLine(err))
		return nil
	}
	defer done()
	o := c.topicOptions(c.TopicPrefix, resources)
	o.Client, o.Logger = cl, e.log
	l, err := kafka.New(o)
	if err != nil {
		return usageError{err}
	}
	found, err := l.Inspect(ctx)
	if err != nil {
		r.add("brokers", bad, "%s", oneLine(err))
		return nil
	}
	if c.DataDir != "" {
		found.Version = "embedded"
	}
	r.cluster(found)
	if !present(found, state.SweepsTopic(c.TopicPrefix)) {
		return nil
	}
	marks, err := newestMarks(ctx, cl, c.TopicPrefix)
	if err != nil {
		r.add("marks", bad, "%s", oneLine(err))
		return nil
	}
	r.incomplete(marks)
	return nil
}

// present says whether a topic is there.
func present(found kafka.Report, name string) bool {
	return slices.ContainsFunc(found.Topics, func(t kafka.TopicReport) bool { return t.Name == name && t.State != kafka.TopicMissing })
}

func (r *report) cluster(found kafka.Report) {
	r.add("brokers", good, "%s, version %s, cluster %s", strings.Join(found.Brokers, " "), found.Version, found.Cluster)
	if found.ExactlyOnce {
		r.add("exactly once", good, "transaction.version is 2 or newer")
	}
	missing := 0
	for _, t := range found.Topics {
		if t.State == kafka.TopicMissing {
			missing++
		}
	}
	switch n := len(found.Topics); {
	case missing == n:
		r.add("topics", good, "run makes all %d", n)
	case missing > 0:
		r.add("topics", good, "%d are there, run makes %d", n-missing, missing)
	default:
		r.add("topics", good, "all %d are there", n)
	}
	for _, w := range found.Warnings {
		r.add("kafka", doubt, "%s", w)
	}
	for _, f := range found.Faults {
		r.add("kafka", bad, "%s", f)
	}
}
