package alert

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// access is what a firewall lets in: a protocol, ports, and from where.
type access struct {
	protocol string
	from, to int // ports
	ports    string
	sources  []netip.Prefix
}

// openings answers the inbound rules through which more of the internet comes in after the event than before: each a map
// of protocol, ports, sources (those that are new, or wider) and world (whether everyone is among them).
func openings(event map[string]any) []any {
	before, after := inbound(event["before"]), inbound(event["after"])
	opened := []any{}
	for _, a := range after {
		var fresh []any
		world := false
		for _, p := range a.sources {
			if !covered(before, a, p) {
				fresh = append(fresh, p.String())
				world = world || p.Bits() == 0
			}
		}
		if len(fresh) > 0 {
			opened = append(opened, map[string]any{"protocol": a.protocol, "ports": a.ports, "sources": fresh, "world": world})
		}
	}
	return opened
}

// covered says whether every port of a was open to all of p before.
func covered(before []access, a access, p netip.Prefix) bool {
	var ranges []access
	for _, b := range before {
		if b.protocol == a.protocol && slices.ContainsFunc(b.sources, func(q netip.Prefix) bool { return within(p, q) }) {
			ranges = append(ranges, b)
		}
	}
	slices.SortFunc(ranges, func(x, y access) int { return cmp.Compare(x.from, y.from) })
	next := a.from
	for _, r := range ranges {
		if r.from <= next && r.to >= next {
			next = r.to + 1
		}
	}
	return next > a.to
}

// within says whether every address of p is one of q.
func within(p, q netip.Prefix) bool { return q.Bits() <= p.Bits() && q.Contains(p.Addr()) }

// inbound reads the inbound rules of a firewall's row.
func inbound(row any) []access {
	var all []access
	for _, r := range list(member(row, "body", "inbound_rules")) {
		a := access{protocol: fmt.Sprint(member(r, "protocol")), ports: ports(member(r, "ports"))}
		a.from, a.to = bounds(a.ports)
		for _, s := range list(member(r, "sources", "addresses")) {
			if p, ok := prefix(fmt.Sprint(s)); ok {
				a.sources = append(a.sources, p)
			}
		}
		all = append(all, a)
	}
	return all
}

func ports(v any) string {
	switch s := fmt.Sprint(v); s {
	case "", "0", "all", "<nil>":
		return "all"
	default:
		return s
	}
}

func bounds(ports string) (from, to int) {
	low, high, isRange := strings.Cut(ports, "-")
	from, err := strconv.Atoi(low)
	if err != nil {
		return 0, 65535
	}
	if !isRange {
		return from, from
	}
	if to, err = strconv.Atoi(high); err != nil {
		return 0, 65535
	}
	return from, to
}

func prefix(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

// changed says whether something at the path, or below it, changed.
func changed(event map[string]any, path string) bool {
	return slices.ContainsFunc(list(event["changes"]), func(c any) bool {
		p, _ := member(c, "path").(string)
		return p == path || strings.HasPrefix(p, strings.TrimSuffix(path, "/")+"/")
	})
}

func member(v any, path ...string) any {
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}
