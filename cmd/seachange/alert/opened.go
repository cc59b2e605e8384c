package alert

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seachange/seachange/cmd/seachange/exposure"
)

// openings returns the inbound rules through which more of the internet comes in after the event than before: each a
// map of protocol, ports, sources (those that are new, or wider) and world (whether everyone is let in now).
func openings(event map[string]any) []any {
	opened := []any{}
	for _, o := range exposure.Openings(inbound(event["before"]), inbound(event["after"])) {
		sources := []any{}
		for _, p := range o.Sources {
			sources = append(sources, p.String())
		}
		opened = append(opened, map[string]any{
			"protocol": o.Protocol, "ports": portsText(o.Ports), "sources": sources, "world": o.World,
		})
	}
	return opened
}

// inbound reads the inbound rules of a firewall's row. A rule without an action, or with one that nobody knows, lets
// in.
func inbound(row any) []exposure.Rule {
	var all []exposure.Rule
	for _, r := range list(member(row, "body", "inbound_rules")) {
		action, _ := member(r, "action").(string)
		rule := exposure.Rule{
			Deny: strings.EqualFold(action, "deny"), Protocol: strings.ToLower(fmt.Sprint(member(r, "protocol"))),
			Ports: parsePorts(member(r, "ports")),
		}
		for _, s := range list(member(r, "sources", "addresses")) {
			if p, ok := exposure.ParseSource(fmt.Sprint(s)); ok {
				rule.Sources = append(rule.Sources, p)
			}
		}
		all = append(all, rule)
	}
	return all
}

// parsePorts reads a port, a range, or all of them: 0, all, nothing, and whatever is none of these.
func parsePorts(v any) exposure.Ports {
	low, high, isRange := strings.Cut(fmt.Sprint(v), "-")
	if !isRange {
		high = low
	}
	from, err := strconv.Atoi(low)
	to, err2 := strconv.Atoi(high)
	if err != nil || err2 != nil || to == 0 || from > to {
		return exposure.AllPorts()
	}
	return exposure.Ports{From: from, To: to}
}

func portsText(p exposure.Ports) string {
	switch {
	case p == exposure.AllPorts():
		return "all"
	case p.From == p.To:
		return strconv.Itoa(p.From)
	}
	return fmt.Sprintf("%d-%d", p.From, p.To)
}

// changed reports whether something at the path, or below it, changed.
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
