package alert

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seachange/seachange/schema"
)

// What is deleted with its parent is sent with the parent's delete, once nothing more of both came for familyQuiet, and
// after familyWait whatever comes: they are in topics of their own, and may come in any order.
const (
	familyQuiet = 2 * time.Second
	familyWait  = 30 * time.Second
)

// familyKey names a record that is deleted, or whose children are.
type familyKey struct{ account, resource, id string }

// family is a record that is deleted with what belonged to it, however deep.
type family struct {
	root                    familyKey
	keys                    []familyKey // of the root, and of those in it that have children
	name                    string      // of the root
	event                   *schema.Event
	own, with               []*Alert // that the root's delete made, and the deletes of what went with it
	gone                    []*gone  // what went with it, by resource
	firstSeenMS, lastSeenMS int64
}

// gone is what went with a parent, of a resource.
type gone struct {
	resource string
	lsn      int64 // of the last one: what is given again counts once
	count    int
	names    []string // the first ones
}

// families are those that are not sent yet. Those of one tree share their family.
type families map[familyKey]*family

func (f families) of(key familyKey, seenMS int64) *family {
	one := f[key]
	if one == nil {
		one = &family{root: key, keys: []familyKey{key}, firstSeenMS: seenMS}
		f[key] = one
	}
	one.lastSeenMS = max(one.lastSeenMS, seenMS)
	return one
}

// delete takes the delete of a record in, whose own children are in a family or will be, and returns the family.
func (f families) delete(in *Input, parent bool) *family {
	row := in.Event.Before
	own, seen := familyKey{in.Account, in.Resource, row.ID}, in.seen()
	if !in.orphaned() {
		one := f.of(own, seen)
		one.event, one.name = in.Event, nameOf(row)
		return one
	}
	above := ""
	if r := schema.Lookup(in.Resource); r != nil {
		above = r.Parent()
	}
	one := f.of(familyKey{in.Account, above, *row.ParentID}, seen)
	one.count(in)
	if parent {
		f.join(own, one, seen)
	}
	return one
}

// join puts the family of a record that went with its parent into the parent's.
func (f families) join(key familyKey, into *family, seenMS int64) {
	from := f.of(key, seenMS)
	if from == into {
		return
	}
	into.own, into.with = append(into.own, from.own...), append(into.with, from.with...)
	into.firstSeenMS, into.keys = min(into.firstSeenMS, from.firstSeenMS), append(into.keys, from.keys...)
	for _, g := range from.gone {
		to := into.goneOf(g.resource)
		to.count, to.lsn = to.count+g.count, max(to.lsn, g.lsn)
		to.names = slices.Concat(to.names, g.names)[:min(listed, len(to.names)+len(g.names))]
	}
	for _, k := range from.keys {
		f[k] = into
	}
}

func (f *family) goneOf(resource string) *gone {
	for _, g := range f.gone {
		if g.resource == resource {
			return g
		}
	}
	g := &gone{resource: resource}
	f.gone = append(f.gone, g)
	return g
}

func (f *family) count(in *Input) {
	g := f.goneOf(in.Resource)
	if in.Event.Source.LSN <= g.lsn {
		return
	}
	g.lsn = in.Event.Source.LSN
	if g.count++; len(g.names) < listed {
		g.names = append(g.names, cmp.Or(nameOf(in.Event.Before), in.Event.Before.ID))
	}
}

// settle returns the alerts of the families of which nothing more came by now.
func (f families) settle(nowMS int64) (alerts []*Alert) {
	for _, one := range f {
		due := min(one.lastSeenMS+familyQuiet.Milliseconds(), one.firstSeenMS+familyWait.Milliseconds())
		if nowMS < due {
			continue
		}
		alerts = append(alerts, one.alerts()...)
		for _, key := range one.keys {
			delete(f, key)
		}
	}
	slices.SortFunc(alerts, func(a, b *Alert) int { return strings.Compare(a.ID, b.ID) })
	return alerts
}

// hold reports whether alerts wait for what belongs to them.
func (f families) hold() bool {
	for _, one := range f {
		if len(one.own)+len(one.with) > 0 {
			return true
		}
	}
	return false
}

// alerts are those of the root's delete, the first with what went with it: that is no act of its own, and no more
// severe than the root's. Where no rule is about the root, it is what the most severe of the others says.
func (f *family) alerts() []*Alert {
	if len(f.gone) == 0 || len(f.own)+len(f.with) == 0 {
		return f.own
	}
	all := slices.Clone(f.own)
	if len(all) == 0 {
		all = append(all, f.about(mostSevere(f.with)))
	}
	one := *all[0]
	one.What += "; with it went " + f.counted()
	if among := f.titles(&one); among != "" {
		one.What += "; among them: " + among
	}
	all[0] = &one
	return all
}

// about makes an alert of what went with the root one about the root.
func (f *family) about(of *Alert) *Alert {
	a := *of
	a.ID += "/" + f.root.resource + "/" + f.root.id
	a.Key = a.Rule + "/" + f.root.resource + "/" + f.root.id
	a.Resource, a.Record, a.Name, a.What = f.root.resource, f.root.id, f.name, schema.Deleted.Word()
	if f.event != nil {
		a.Event = f.event
	}
	return &a
}

// mostSevere is the first of the most severe alerts, by their ids.
func mostSevere(all []*Alert) *Alert {
	return slices.MinFunc(all, func(a, b *Alert) int {
		return cmp.Or(cmp.Compare(slices.Index(severities, a.Severity), slices.Index(severities, b.Severity)),
			strings.Compare(a.ID, b.ID))
	})
}

func (f *family) counted() string {
	slices.SortFunc(f.gone, func(a, b *gone) int { return strings.Compare(a.resource, b.resource) })
	var said []string
	for _, g := range f.gone {
		names := strings.Join(g.names, ", ")
		if n := g.count - len(g.names); n > 0 {
			names += fmt.Sprintf(" and %d more", n)
		}
		said = append(said, fmt.Sprintf("%d %s: %s", g.count, g.resource, names))
	}
	return strings.Join(said, "; ")
}

// titles are what the deletes of what went with the root would have said by themselves.
func (f *family) titles(told *Alert) string {
	var said []string
	for _, a := range f.with {
		if a.Rule != told.Rule && !slices.Contains(said, a.Title) {
			said = append(said, a.Title)
		}
	}
	slices.Sort(said)
	return some(said)
}

func nameOf(row *schema.Row) string {
	if row.Name == nil {
		return ""
	}
	return *row.Name
}

// orphaned reports whether an event is the delete of a record that went with its parent.
func (in *Input) orphaned() bool {
	ev := in.Event
	return ev != nil && ev.Op == schema.Deleted && ev.Source.CausedBy(schema.CauseParent) && ev.Before.ParentID != nil
}

// family is that of an event that deletes a parent, or a record with its parent; nil for any other.
func (j *Judge) family(in *Input) *family {
	if in.Event == nil || in.Event.Op != schema.Deleted || (!in.orphaned() && !j.parents[in.Resource]) {
		return nil
	}
	return j.families.delete(in, j.parents[in.Resource])
}

// parents are the resources whose records have children.
func parents() map[string]bool {
	all := map[string]bool{}
	for i := range schema.Catalog {
		if p := schema.Catalog[i].Parent(); p != "" {
			all[p] = true
		}
	}
	return all
}

// Waits reports whether alerts of deletes wait for what went with what was deleted.
func (j *Judge) Waits() bool { return j.families.hold() }
