package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/seachange/seachange/producer/schedule"
	"github.com/seachange/seachange/schema"
)

// interval is a time between two looks, or 0: learned.
type interval time.Duration

// UnmarshalText reads "learned" or a time.
func (i *interval) UnmarshalText(text []byte) error {
	if string(text) == "learned" {
		*i = 0
		return nil
	}
	var s span
	if err := s.UnmarshalText(text); err != nil || s == 0 {
		return fmt.Errorf("%q is not a time: write 90s or 5m, or learned", text)
	}
	*i = interval(s)
	return nil
}

// UnmarshalYAML adds the line.
func (i *interval) UnmarshalYAML(node ast.Node) error { return ofLine(node, i) }

// percent is a share of 0 to 1.
type percent float64

// UnmarshalText reads "80%".
func (p *percent) UnmarshalText(text []byte) error {
	n, err := strconv.ParseFloat(strings.TrimSuffix(string(text), "%"), 64)
	if err != nil || !strings.HasSuffix(string(text), "%") || math.IsNaN(n) || n < 5 || n > 100 {
		return fmt.Errorf("%q is not a share: write it as 80%%, from 5%% to 100%%", text)
	}
	*p = percent(n / 100)
	return nil
}

// UnmarshalYAML adds the line.
func (p *percent) UnmarshalYAML(node ast.Node) error { return ofLine(node, p) }

func ofLine(node ast.Node, into interface{ UnmarshalText([]byte) error }) error {
	t := node.GetToken()
	if err := into.UnmarshalText([]byte(t.Value)); err != nil {
		return fmt.Errorf("line %d: %w", t.Position.Line, err)
	}
	return nil
}

// maxAges are the longest times between two looks at an account's resources: for everybody, and then its own.
func (p Pace) maxAges(a watched) (map[string]time.Duration, error) {
	if p.Interval != 0 && len(p.MaxAge)+len(a.maxAge) > 0 {
		return nil, usagef("--max-age is for learned intervals: leave --interval out")
	}
	ages, err := maxAges(slices.Concat(p.MaxAge, a.maxAge))
	if err != nil && len(a.maxAge) > 0 {
		return nil, usagef("account %q: %w", a.name, err)
	}
	return ages, err
}

// ownMaxAges are those of the configuration's accounts, by name and by team, and of what is read for them all.
func (p Spending) ownMaxAges(list []accountSettings) (map[string]map[string]time.Duration, error) {
	own, all := map[string]map[string]time.Duration{}, p.MaxAge
	for _, a := range list {
		ages, err := maxAges(slices.Concat(p.MaxAge, a.MaxAge))
		if err != nil {
			return nil, usagef("account %q: %w", a.Name, err)
		}
		own[a.Name] = ages
		if a.Team != "" {
			own[a.Team] = ages
		}
		all = slices.Concat(all, a.MaxAge)
	}
	var err error
	own[publicName], err = maxAges(all)
	return own, err
}

// maxAges reads firewalls=30s; what comes later goes before.
func maxAges(all []string) (map[string]time.Duration, error) {
	ages := map[string]time.Duration{}
	for _, text := range all {
		name, age, ok := strings.Cut(text, "=")
		var s span
		if !ok || s.UnmarshalText([]byte(age)) != nil || s == 0 {
			return nil, usagef("--max-age %q: write it as firewalls=30s", text)
		}
		if err := canBe(name, time.Duration(s)); err != nil {
			return nil, usagef("--max-age %q: %w", text, err)
		}
		ages[name] = time.Duration(s)
	}
	return ages, nil
}

// canBe says why a resource can't be read so often, whatever the budget.
func canBe(name string, age time.Duration) error {
	r := schema.Lookup(name)
	switch {
	case r == nil:
		return fmt.Errorf("there is no resource %q; seachange resources lists them", name)
	case r.Embed != "":
		return fmt.Errorf("%s come with %s: write %s=%v", name, r.Parent(), r.Parent(), age)
	case age < max(r.Rest, schedule.LeastRest):
		return fmt.Errorf("%s are read every %v at most: write that, or a longer time", name, max(r.Rest, schedule.LeastRest))
	}
	return nil
}
