// Package exposure says what of the internet can reach what. It is pure: it is given rules, and asks nobody.
package exposure

import (
	"cmp"
	"math"
	"net/netip"
	"slices"

	"go4.org/netipx"
)

// Rule is an inbound rule of a firewall: what it lets in from the internet, or keeps out. Droplets, tags and load
// balancers among its sources are not the internet, and so not in it.
type Rule struct {
	Deny     bool
	Protocol string
	Ports    Ports
	Sources  []netip.Prefix
}

// Opening is what a firewall lets in after a change and did not before, through one of its rules.
type Opening struct {
	Protocol string
	Ports    Ports          // the rule's
	Sources  []netip.Prefix // those of the rule through which more comes in; of what a deny hid, that part
	World    bool           // everyone is let in, through this rule or through it and others, and was not before
}

// Openings compares the rules before and after a change. Whether a deny goes before an allow, or the first that fits
// counts, DigitalOcean does not document. So the worst is assumed, and the order of rules means nothing: an allow
// counts unless denies cover all of it, and a deny that goes opens what allows let in behind it.
func Openings(before, after []Rule) []Opening {
	var all []Opening
	for _, protocol := range protocols(after) {
		now := reachable(after, protocol)
		changed := changes(reachable(before, protocol), now)
		for _, r := range now.allows {
			if o := opening(r, changed); len(o.Sources) > 0 {
				all = append(all, o)
			}
		}
	}
	slices.SortFunc(all, compare)
	return slices.CompactFunc(all, func(a, b Opening) bool { return compare(a, b) == 0 })
}

func protocols(rules []Rule) (names []string) {
	for _, r := range rules {
		if !slices.Contains(names, r.Protocol) {
			names = append(names, r.Protocol)
		}
	}
	return names
}

func compare(a, b Opening) int {
	return cmp.Or(
		cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Ports.From, b.Ports.From), cmp.Compare(a.Ports.To, b.Ports.To),
		slices.CompareFunc(a.Sources, b.Sources, netip.Prefix.Compare))
}

// change is what comes in anew at ports that no rule tells apart.
type change struct {
	ports    Ports
	fresh    *netipx.IPSet // allowed now, and not before
	unveiled *netipx.IPSet // no longer denied
	world    bool
}

// changes leaves out the ports at which nothing opens. A deny that goes opens what an allow behind it lets in, also
// where that allow was there before.
func changes(before, after reach) (all []change) {
	for _, ports := range cells(AllPorts(), before, after) {
		allowedBefore, deniedBefore := before.at(ports)
		allowed, denied := after.at(ports)
		c := change{ports: ports, fresh: minus(allowed, allowedBefore)}
		c.unveiled = intersection(minus(deniedBefore, denied), allowed)
		if opened := union(c.fresh, c.unveiled); !empty(opened) {
			c.world = lets(allowed, allowedBefore, opened)
			all = append(all, c)
		}
	}
	return all
}

// opening is what comes in anew through a rule; nothing, if it has no sources.
func opening(r Rule, changed []change) Opening {
	o, mine := Opening{Protocol: r.Protocol, Ports: r.Ports}, set(r.Sources...)
	for _, c := range changed {
		if !r.Ports.contains(c.ports) {
			continue
		}
		unveiled := intersection(c.unveiled, mine)
		for _, p := range r.Sources {
			if c.fresh.OverlapsPrefix(p) {
				o.Sources = append(o.Sources, p)
			} else if unveiled.OverlapsPrefix(p) {
				o.Sources = append(o.Sources, intersection(unveiled, set(p)).Prefixes()...)
			}
		}
		o.World = o.World || (c.world && !empty(intersection(union(c.fresh, unveiled), mine)))
	}
	slices.SortFunc(o.Sources, netip.Prefix.Compare)
	o.Sources = slices.Compact(o.Sources)
	return o
}

// lets reports whether everyone comes in after, and did not before: since somebody was not allowed, or since a deny
// kept out half of them and more. A deny of a few addresses that goes is no opening to the world, though strictly it
// is one to more.
func lets(allowed, allowedBefore, opened *netipx.IPSet) bool {
	for _, everyone := range internet() {
		if !covers(allowed, everyone) {
			continue
		}
		if !covers(allowedBefore, everyone) || size(intersection(opened, everyone)) >= size(everyone)/2 {
			return true
		}
	}
	return false
}

// reach is what of a firewall's rules counts for a protocol.
type reach struct{ allows, denies []Rule }

// reachable leaves out the allows of which denies cover everything.
func reachable(rules []Rule, protocol string) (r reach) {
	var allows []Rule
	for _, each := range rules {
		switch {
		case each.Protocol != protocol:
		case each.Deny:
			r.denies = append(r.denies, each)
		default:
			allows = append(allows, each)
		}
	}
	r.allows = slices.DeleteFunc(allows, r.hidden)
	return r
}

// hidden reports whether denies cover all of an allow. One that is covered but for one address counts: that address
// gets in.
func (r reach) hidden(allow Rule) bool {
	if len(r.denies) == 0 {
		return false
	}
	all := set(allow.Sources...)
	for _, ports := range cells(allow.Ports, r) {
		if _, denied := r.at(ports); !covers(denied, all) {
			return false
		}
	}
	return true
}

// at is what is allowed and what is denied at ports that no rule tells apart.
func (r reach) at(ports Ports) (allowed, denied *netipx.IPSet) {
	return sources(r.allows, ports), sources(r.denies, ports)
}

func sources(rules []Rule, ports Ports) *netipx.IPSet {
	var all []netip.Prefix
	for _, r := range rules {
		if r.Ports.contains(ports) {
			all = append(all, r.Sources...)
		}
	}
	return set(all...)
}

// Ports is a range of ports, both ends among them.
type Ports struct{ From, To int }

func (p Ports) contains(q Ports) bool { return p.From <= q.From && q.To <= p.To }

// AllPorts is every port. It also stands for a protocol that has none.
func AllPorts() Ports { return Ports{0, math.MaxUint16} }

// cells cuts ports where a rule begins or ends: within a cell no rule tells one port from another.
func cells(ports Ports, of ...reach) []Ports {
	begins := []int{ports.From}
	for _, r := range of {
		for _, rule := range slices.Concat(r.allows, r.denies) {
			for _, p := range []int{rule.Ports.From, rule.Ports.To + 1} {
				if p > ports.From && p <= ports.To {
					begins = append(begins, p)
				}
			}
		}
	}
	slices.Sort(begins)
	begins = slices.Compact(begins)
	var all []Ports
	for i, from := range begins {
		to := ports.To
		if i+1 < len(begins) {
			to = begins[i+1] - 1
		}
		all = append(all, Ports{from, to})
	}
	return all
}
