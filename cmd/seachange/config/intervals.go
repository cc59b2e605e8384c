package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seachange/seachange/producer/schedule"
	"github.com/seachange/seachange/schema"
)

// MaxAges are the longest times between two looks at an account's resources: for everybody, and then its own.
func (i Intervals) MaxAges(a Watched) (map[string]time.Duration, error) {
	if i.Interval != 0 && len(i.MaxAge)+len(a.MaxAge) > 0 {
		return nil, Errorf("--max-age is for learned intervals: leave --interval out")
	}
	ages, err := ParseMaxAges(slices.Concat(i.MaxAge, a.MaxAge))
	if err != nil && len(a.MaxAge) > 0 {
		return nil, Errorf("account %q: %w", a.Name, err)
	}
	return ages, err
}

// OwnMaxAges are those of the configuration's accounts, by name and by team, and of what is read for them all.
func (p Spending) OwnMaxAges(list []Account) (map[string]map[string]time.Duration, error) {
	own, all := map[string]map[string]time.Duration{}, p.MaxAge
	for _, a := range list {
		ages, err := ParseMaxAges(slices.Concat(p.MaxAge, a.MaxAge))
		if err != nil {
			return nil, Errorf("account %q: %w", a.Name, err)
		}
		own[a.Name] = ages
		if a.Team != "" {
			own[a.Team] = ages
		}
		all = slices.Concat(all, a.MaxAge)
	}
	var err error
	own[PublicName], err = ParseMaxAges(all)
	return own, err
}

// ParseMaxAges reads firewalls=30s; what comes later goes before.
func ParseMaxAges(all []string) (map[string]time.Duration, error) {
	ages := map[string]time.Duration{}
	for _, text := range all {
		name, age, ok := strings.Cut(text, "=")
		var s Span
		if !ok || s.UnmarshalText([]byte(age)) != nil || s == 0 {
			return nil, Errorf("--max-age %q: write it as firewalls=30s", text)
		}
		if err := canBe(name, time.Duration(s)); err != nil {
			return nil, Errorf("--max-age %q: %w", text, err)
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
	case age < max(r.MinInterval, schedule.LeastRest):
		return fmt.Errorf("%s are read every %v at most: write that, or a longer time", name,
			max(r.MinInterval, schedule.LeastRest))
	}
	return nil
}
