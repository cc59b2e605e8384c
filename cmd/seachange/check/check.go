// Package check tries what run would use, and changes nothing: it reads a page of each resource, and asks the brokers.
package check

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

// Finding is a line of the report.
type Finding struct {
	Subject string  `json:"subject"` // what was tried
	Verdict Verdict `json:"verdict"` // ok, warn, fail, or skip: there was nothing to try it on
	Detail  string  `json:"detail"`  // what was found, and what to do about it
}

// Verdict is what was found, in a word.
type Verdict string

const (
	Good    Verdict = "ok"
	Doubt   Verdict = "warn" // works, and the operator should know
	Bad     Verdict = "fail"
	Skipped Verdict = "skip" // there was nothing to try it on
)

// Report collects findings.
type Report struct{ Findings []Finding }

// Fail adds what went wrong with a subject.
func (r *Report) Fail(subject string, err error) { r.add(subject, Bad, "%s", plain.Error(err)) }

// Skip adds why a subject was not tried.
func (r *Report) Skip(subject, why string) { r.add(subject, Skipped, "%s", why) }

func (r *Report) add(subject string, v Verdict, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{subject, v, fmt.Sprintf(format, args...)})
}

// Account tries a token: whose it is, and which resources it may read.
func (r *Report) Account(ctx context.Context, a config.Watched, source producer.Source, pace config.Intervals) {
	subject := "account " + a.Name
	id, err := source.Identify(ctx)
	var se *producer.SourceError
	switch unreadable := errors.As(err, &se) && se.Kind == producer.Unreadable; {
	case unreadable && a.Team == "":
		r.add(subject, Bad, "the token lacks account:read: grant it, or say whose it is (--team UUID; team: in the file)")
	case unreadable:
		r.add(subject, Doubt, "taken to be team %s, as configured: the token lacks account:read", a.Team)
	case err != nil:
		r.add(subject, Bad, "%s", plain.Error(err))
		return // a refused token reads nothing
	case a.Team != "" && id.ID != a.Team:
		r.add(subject, Bad, "the token is for %s (%s), and the configuration says %s", id.ID, plain.Value(id.Name), a.Team)
		return
	default:
		r.add(subject, Good, "%s (%s)", id.ID, plain.Value(id.Name))
	}
	p := probe{Report: r, source: source, prefix: a.Name + "/", samples: map[string][]sample{}}
	for _, row := range a.Resources {
		p.resource(ctx, row)
	}
	p.spacesKey(a)
	p.freshness(a, pace)
	r.scopes(a)
	r.add(subject, Good, "%d requests made, of %d an hour", source.Budget().Requests, source.Budget().PerHour)
}

// scopes tells the least to grant, and what never to grant: those that nobody asked for.
func (r *Report) scopes(a config.Watched) {
	least := schema.Scopes(a.Resources)
	risky := slices.DeleteFunc(slices.Clone(schema.RiskyScopes), func(s string) bool { return slices.Contains(least, s) })
	r.add("scopes of "+a.Name, Good, "the least to grant: %s; never more, and above all not %s",
		strings.Join(least, " "), strings.Join(risky, ", "))
}

// probe asks for the first page of each resource: top level ones, and children of the first parent that has such.
type probe struct {
	*Report
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
			p.add(subject, Skipped, "can't be asked for: %s can't be read", r.Parent())
			return
		}
		i := slices.IndexFunc(parents, func(s sample) bool { return r.When.Holds(s.json) })
		if i < 0 {
			p.samples[r.Name] = nil
			p.add(subject, Skipped, "there are no %s with %s to ask for", r.Parent(), r.Name)
			return
		}
		parent = parents[i].id
	}
	if r.Embed != "" {
		p.add(subject, Good, "comes with %s", r.Parent())
		return
	}
	records, err := p.page(ctx, r, parent)
	var se *producer.SourceError
	gone := errors.As(err, &se) && se.Kind == producer.Gone
	if err == nil || gone {
		p.samples[r.Name] = records
	}
	switch {
	case err == nil:
		p.add(subject, Good, "%d on the first page", len(records))
	case se != nil && se.Kind == producer.Unreadable && r.Unsaid != "":
		p.add(subject, Bad, "needs a scope that no document of DigitalOcean's names; %s: grant more, or --skip %s",
			r.Unsaid, r.Name)
	case se != nil && se.Kind == producer.Unreadable && r.Scope != "":
		p.add(subject, Bad, "needs the scope %s: grant it, or --skip %s", r.Scope, r.Name)
	case gone && parent != "":
		p.add(subject, Good, "not offered for %s", parent)
	case gone:
		p.add(subject, Good, "the account has none")
	default:
		p.add(subject, Bad, "%s", plain.Error(err))
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
