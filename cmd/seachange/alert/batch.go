package alert

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// digestAbove is how many alerts of a rule and an account that come together are told as one.
const digestAbove = 10

// listed is how many of these a digest names.
const listed = 20

// arranged puts alerts that come together in the order in which they are told: the most severe first. With digest,
// more than digestAbove of one rule, account and status are one.
func arranged(all []*Alert, digest bool) []*Alert {
	if digest {
		all = digested(all)
	}
	slices.SortStableFunc(all, func(a, b *Alert) int {
		return cmp.Compare(slices.Index(severities, a.Severity), slices.Index(severities, b.Severity))
	})
	return all
}

func digested(all []*Alert) (told []*Alert) {
	groups, order := map[string][]*Alert{}, []string{}
	for _, a := range all {
		key := a.Rule + "\x00" + a.Account + "\x00" + a.Status
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], a)
	}
	for _, key := range order {
		if group := groups[key]; len(group) > digestAbove {
			told = append(told, digestOf(group))
		} else {
			told = append(told, group...)
		}
	}
	return told
}

// digestOf is one alert for many. Its id is that of the first and how many there are.
func digestOf(group []*Alert) *Alert {
	d := *group[0]
	d.ID = fmt.Sprintf("%s/and-%d-more", d.ID, len(group)-1)
	d.Actor, d.ActorEvidence = "", ""
	d.Resource, d.Record, d.Name, d.Event = fmt.Sprintf("%d %s", len(group), d.Resource), "", "", nil
	var names []string
	for _, a := range group {
		d.Keys = append(d.Keys, a.Key)
		if a.After.Before(d.After) {
			d.After = a.After
		}
		if a.Before.After(d.Before) {
			d.Before = a.Before
		}
		if name := cmp.Or(a.Name, a.Record); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	more := ""
	if n := len(names) - listed; n > 0 {
		names, more = names[:listed], fmt.Sprintf(" and %d more", n)
	}
	d.What = strings.Join(names, ", ") + more + "; the first: " + group[0].What
	return &d
}
