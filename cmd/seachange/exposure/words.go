package exposure

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Exposure is something of a target that can be reached from the internet.
type Exposure struct {
	Protocol  string // tcp, udp, icmp or s3
	Ports     Ports
	Sources   []netip.Prefix // who can reach it; of what begins, who could not before
	Addresses float64        // how many these are; of IPv6, how many networks of 64 bits
	World     bool           // everyone, by IPv4 or by IPv6
	// Unprotected is set for a Droplet that no firewall protects.
	Unprotected bool
	// Via is what the world can reach, and is let in here: "load balancer web", "tag jump". Then there are no Sources.
	Via string
	// Way is what of a bucket is allowed: "policy: s3:GetObject on *".
	Way     string
	Through []string // what lets it in: "firewall ssh by tag web"
}

// exposures are what can be reached of a target now.
func (t *team) exposures(r ref) (all []Exposure) {
	it := t.targets[r]
	if it == nil {
		return nil
	}
	for _, g := range it.view(t).held {
		all = append(all, t.exposure(r, g))
	}
	for _, v := range t.vias(it) {
		all = append(all, t.indirectly(v))
	}
	return all
}

func ended(g gain) Exposure {
	x := Exposure{
		Protocol: g.protocol, Ports: g.ports, Sources: g.prefixes, Addresses: g.addresses, World: g.world,
	}
	if isWay(g.protocol) {
		x.Protocol, x.Way = "s3", g.protocol
	}
	return x
}

func isWay(protocol string) bool { return !slices.Contains(transports(), protocol) }

func (t *team) exposure(r ref, g gain) Exposure {
	x := ended(g)
	d, ok := t.targets[r].(*droplet)
	if !ok {
		return x
	}
	ids := d.protection(t)
	x.Unprotected = len(ids) == 0
	for _, id := range ids {
		f := t.firewalls[id]
		if f.lets(g) {
			x.Through = append(x.Through, "firewall "+titleOf(f.name, f.id)+f.way(d))
		}
	}
	return x
}

// lets reports whether a firewall lets some of those in that come in.
func (f *firewall) lets(g gain) bool {
	for _, c := range f.area {
		if c.protocol == g.protocol && c.ports.From <= g.ports.To && g.ports.From <= c.ports.To &&
			c.allowed.Overlaps(g.sources) {
			return true
		}
	}
	return false
}

// way says by what a firewall has to do with a Droplet, if not by its id.
func (f *firewall) way(d *droplet) string {
	if slices.Contains(f.droplets, d.id) {
		return ""
	}
	for _, tag := range f.tags {
		if slices.Contains(d.tags, tag) {
			return " by tag " + tag
		}
	}
	return ""
}

func (t *team) indirectly(v via) Exposure {
	source := v.source
	for prefix, resource := range map[string]string{dropletSource: "droplets", balancerSource: "load_balancers"} {
		if id, ok := strings.CutPrefix(v.source, prefix); ok {
			source = prefix + titleOf(t.target(ref{resource, id}).Name, id)
		}
	}
	name := ""
	if f := t.firewalls[v.firewall]; f != nil {
		name = f.name
	}
	return Exposure{
		Protocol: v.protocol, Ports: v.ports, Via: source, Through: []string{"firewall " + titleOf(name, v.firewall)},
	}
}

func titleOf(name, id string) string {
	if name == "" {
		return id
	}
	return name
}

// Noun is what a target's resource is called among people.
func (t Target) Noun() string {
	switch t.Resource {
	case "droplets":
		return "Droplet"
	case "load_balancers":
		return "load balancer"
	case "databases":
		return "database"
	case "kubernetes_clusters":
		return "control plane of cluster"
	}
	return "bucket"
}

// String names the target for people: "Droplet web-1".
func (t Target) String() string { return t.Noun() + " " + titleOf(t.Name, t.ID) }

// String is what can be reached, by whom, and why, in words: "tcp 22 from everywhere, through firewall ssh by tag web".
func (x Exposure) String() string {
	var b strings.Builder
	b.WriteString(x.Door())
	b.WriteString(" from " + x.who())
	if x.Unprotected {
		b.WriteString(", since no firewall protects it")
	}
	if len(x.Through) > 0 {
		b.WriteString(", through " + strings.Join(x.Through, " and "))
	}
	return b.String()
}

// Door is what can be reached: "tcp 22", "tcp on every port", "icmp", or what of a bucket is allowed.
func (x Exposure) Door() string {
	switch {
	case x.Way != "":
		return x.Way
	case x.Protocol == "icmp":
		return "icmp"
	case x.Ports == AllPorts():
		return x.Protocol + " on every port"
	}
	return x.Protocol + " " + x.Ports.String()
}

// String is a port, a range, or all.
func (p Ports) String() string {
	switch {
	case p == AllPorts():
		return "all"
	case p.From == p.To:
		return strconv.Itoa(p.From)
	}
	return fmt.Sprintf("%d-%d", p.From, p.To)
}

// mostSources bounds a sentence.
const mostSources = 4

func (x Exposure) who() string {
	switch {
	case x.Via != "":
		return x.Via + ", which everyone can reach"
	case x.World:
		return "everywhere"
	}
	var all []string
	for _, p := range x.Sources {
		if len(all) == mostSources {
			return fmt.Sprintf("%s and %d more networks (%.2g addresses)",
				strings.Join(all, ", "), len(x.Sources)-mostSources, x.Addresses)
		}
		all = append(all, p.String())
	}
	return strings.Join(all, ", ")
}
