package exposure

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"go4.org/netipx"
)

// door is a protocol at some ports, or something that a bucket's policy allows: between two cuts no rule tells one port
// from another.
type door struct {
	protocol string
	ports    Ports
}

func (d door) compare(e door) int {
	return cmp.Or(strings.Compare(d.protocol, e.protocol), cmp.Compare(d.ports.From, e.ports.From))
}

// cell is who comes in at a door. allowed is the worst case, in which an allow counts unless denies cover all of it;
// certain is what no deny is about. Both are needed: that a deny goes changes nothing of the worst case, and yet it
// opens something.
type cell struct {
	door
	allowed, certain *netipx.IPSet
}

func (c cell) alike(d cell) bool {
	return c.protocol == d.protocol && c.ports.To+1 == d.ports.From && c.allowed.Equal(d.allowed) &&
		c.certain.Equal(d.certain)
}

// area is what can be reached of something: cells in order, none of which nobody comes in at. Nil is nothing.
type area []cell

// transports are the protocols that a firewall tells apart.
func transports() []string { return []string{"icmp", "tcp", "udp"} }

// everything is what can be reached of a Droplet without a firewall.
func everything() area {
	all := everyone()
	var a area
	for _, p := range transports() {
		a = append(a, cell{door{p, AllPorts()}, all, all})
	}
	return a
}

// areaOf is what rules let in.
func areaOf(rules []Rule) area {
	var a area
	for _, p := range transports() {
		r := reachable(rules, p)
		for _, ports := range cells(AllPorts(), r) {
			allowed, denied := r.at(ports)
			a = append(a, cell{door{p, ports}, allowed, minus(allowed, denied)})
		}
	}
	return a.tidy()
}

// tidy joins ports that are alike, and leaves out what nobody comes in at. The cells are in order.
func (a area) tidy() area {
	var tidied area
	for _, c := range a {
		switch last := len(tidied) - 1; {
		case empty(c.allowed):
		case last >= 0 && tidied[last].alike(c):
			tidied[last].ports.To = c.ports.To
		default:
			tidied = append(tidied, c)
		}
	}
	return tidied
}

// at is who comes in at ports that lie within one cell, or none.
func (a area) at(d door) (allowed, certain *netipx.IPSet) {
	for _, c := range a {
		if c.protocol == d.protocol && c.ports.contains(d.ports) {
			return c.allowed, c.certain
		}
	}
	return nobody(), nobody()
}

// doors cuts the protocols where a cell of an area begins or ends, so that at each door every area has one answer.
func doors(areas ...area) (all []door) {
	cuts := map[string][]int{}
	for _, a := range areas {
		for _, c := range a {
			cuts[c.protocol] = append(cuts[c.protocol], c.ports.From, c.ports.To+1)
		}
	}
	for protocol, at := range cuts {
		slices.Sort(at)
		at = slices.Compact(at)
		for i := range len(at) - 1 {
			all = append(all, door{protocol, Ports{at[i], at[i+1] - 1}})
		}
	}
	slices.SortFunc(all, door.compare)
	return all
}

// joined is what can be reached through several firewalls: whom one lets in comes in.
func joined(areas ...area) area {
	if len(areas) == 1 {
		return areas[0]
	}
	var a area
	for _, d := range doors(areas...) {
		c := cell{door: d, allowed: nobody(), certain: nobody()}
		for _, each := range areas {
			allowed, certain := each.at(d)
			c.allowed, c.certain = union(c.allowed, allowed), union(c.certain, certain)
		}
		a = append(a, c)
	}
	return a.tidy()
}

// within leaves of those who come in the addresses of a set.
func (a area) within(set *netipx.IPSet) area {
	var less area
	for _, c := range a {
		less = append(less, cell{c.door, intersection(c.allowed, set), intersection(c.certain, set)})
	}
	return less.tidy()
}

// gain is who comes in at a door after a change and did not before: since nobody let them in, or since a deny was about
// them.
type gain struct {
	door
	sources   *netipx.IPSet
	world     bool
	prefixes  []netip.Prefix // of sources
	addresses float64
}

// gains are what is reached after and was not before. Neighbouring ports that open alike are one gain.
func gains(before, after area) (all []gain) {
	for _, d := range doors(before, after) {
		allowed, certain := after.at(d)
		allowedBefore, certainBefore := before.at(d)
		fresh := union(minus(allowed, allowedBefore), minus(certain, certainBefore))
		if empty(fresh) {
			continue
		}
		g := gain{door: d, sources: fresh, world: lets(allowed, allowedBefore, fresh)}
		if last := len(all) - 1; last >= 0 && all[last].alike(g) {
			all[last].ports.To = d.ports.To
		} else {
			g.prefixes, g.addresses = fresh.Prefixes(), size(fresh)
			all = append(all, g)
		}
	}
	return all
}

func (g gain) alike(h gain) bool {
	return g.protocol == h.protocol && g.ports.To+1 == h.ports.From && g.world == h.world && g.sources.Equal(h.sources)
}

// losses are what was reached before, and is no longer. Denies are left out on both sides: only what nobody allows
// any more has surely ended.
func losses(before, after area) (all []gain) {
	return gains(after.allowedOnly(), before.allowedOnly())
}

// allowedOnly forgets the denies.
func (a area) allowedOnly() area {
	var b area
	for _, c := range a {
		b = append(b, cell{c.door, c.allowed, c.allowed})
	}
	return b.tidy()
}

// held is an area as gains: what is reached now.
func (a area) held() (all []gain) { return gains(nil, a.allowedOnly()) }

func nobody() *netipx.IPSet { return &netipx.IPSet{} }

// everyone is internet's addresses, as one set.
func everyone() *netipx.IPSet {
	all := internet()
	return union(all[0], all[1])
}

// Sources reads who is meant by addresses and networks. What can't be read counts as everyone, along with all others
// of the list: it may be.
func Sources(texts []string) []netip.Prefix {
	var all []netip.Prefix
	for _, s := range texts {
		p, ok := ParseSource(s)
		if !ok {
			return append(all, netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0"))
		}
		all = append(all, p)
	}
	return all
}
