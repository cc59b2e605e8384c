package exposure

import (
	"maps"
	"slices"
)

// picture is what can be reached of a target at a moment, with all that a later comparison asks: the team itself has
// moved on by then.
type picture struct {
	there bool
	name  string
	view  *view
	vias  []via
	bare  bool // no firewall protects it
}

// via is a source that the world can reach, and that is let in.
type via struct {
	admission
	firewall string // its id
}

func (t *team) picture(r ref) *picture {
	it := t.targets[r]
	if it == nil {
		return &picture{view: &view{}}
	}
	d, isDroplet := it.(*droplet)
	return &picture{true, it.title(), it.view(t), t.vias(it), isDroplet && len(d.protection(t)) == 0}
}

// vias are a Droplet's, in order.
func (t *team) vias(it target) (all []via) {
	d, ok := it.(*droplet)
	if !ok {
		return nil
	}
	for _, id := range d.protection(t) {
		for _, a := range t.firewalls[id].admits {
			if t.open[a.source] > 0 {
				all = append(all, via{a, id})
			}
		}
	}
	return all
}

// comparison compares targets before and after a change. memo keeps what was found for targets that are reached
// alike: a firewall's change is compared once, and not for each of its Droplets.
type comparison struct {
	*team
	before map[ref]*picture
	memo   map[[2]string][2][]gain // gains and losses, of what is reached alike
}

// direct are the changes of what the record has to do with. A way that is narrower than one by which everyone came
// in already (to every user instead of to everyone) is no opening.
func (c *comparison) direct(touched []ref) (all []Change) {
	for _, r := range touched {
		before, after := c.before[r], c.picture(r)
		change := Change{Target: c.target(r), Gone: before.there && !after.there}
		if change.Name == "" {
			change.Name = before.name
		}
		both := c.compare(before.view, after.view)
		for _, g := range both[0] {
			if !isWay(g.protocol) || !before.view.area.wider(g.protocol) {
				change.Began = append(change.Began, c.exposure(r, g))
			}
		}
		for _, g := range both[1] {
			x := ended(g)
			x.Unprotected = before.bare
			change.Ended = append(change.Ended, x)
		}
		for _, v := range after.vias {
			if !slices.Contains(before.vias, v) {
				change.Began = append(change.Began, c.indirectly(v))
			}
		}
		for _, v := range before.vias {
			if !slices.Contains(after.vias, v) {
				change.Ended = append(change.Ended, c.indirectly(v))
			}
		}
		if len(change.Began)+len(change.Ended) > 0 || change.Gone {
			change.Before, change.Now = c.past(before), c.exposures(r)
			all = append(all, change)
		}
	}
	return all
}

func (c *comparison) compare(before, after *view) [2][]gain {
	key := [2]string{before.key, after.key}
	if both, ok := c.memo[key]; ok {
		return both
	}
	both := [2][]gain{gains(before.area, after.area), losses(before.area, after.area)}
	if before.key != "" && after.key != "" {
		c.memo[key] = both
	}
	return both
}

// past is what could be reached of a target, less why.
func (c *comparison) past(p *picture) (all []Exposure) {
	for _, g := range p.view.held {
		x := ended(g)
		x.Unprotected = p.bare
		all = append(all, x)
	}
	for _, v := range p.vias {
		all = append(all, c.indirectly(v))
	}
	return all
}

// indirect are the changes of Droplets that let in what the world can reach now, or no longer can. Nothing of their
// own has changed, so that what they were before follows from what they are now, less what began and with what
// ended.
func (c *comparison) indirect(flipped []string) (all []Change) {
	changes := map[ref]*Change{}
	for _, source := range flipped {
		for _, id := range slices.Sorted(maps.Keys(c.admits[source])) {
			c.dependents(source, c.firewalls[id], changes)
		}
	}
	for _, r := range slices.SortedFunc(maps.Keys(changes), ref.compare) {
		change := changes[r]
		change.Now = c.exposures(r)
		change.Before = append(without(change.Now, change.Began), change.Ended...)
		all = append(all, *change)
	}
	return all
}

// without are those of exposures whose way in is not among others.
func without(all, others []Exposure) []Exposure {
	return slices.DeleteFunc(slices.Clone(all), func(x Exposure) bool {
		return slices.ContainsFunc(others, func(y Exposure) bool { return x.String() == y.String() })
	})
}

// dependents adds what begins or ends for the Droplets of a firewall that lets a source in.
func (c *comparison) dependents(source string, f *firewall, changes map[ref]*Change) {
	protected := map[ref]bool{}
	c.protected(f, protected)
	for r := range protected {
		if _, told := c.before[r]; told || c.targets[r] == nil {
			continue
		}
		if changes[r] == nil {
			changes[r] = &Change{Target: c.target(r)}
		}
		for _, a := range f.admits {
			switch {
			case a.source != source:
			case c.open[source] > 0:
				changes[r].Began = append(changes[r].Began, c.indirectly(via{a, f.id}))
			default:
				changes[r].Ended = append(changes[r].Ended, c.indirectly(via{a, f.id}))
			}
		}
	}
}
