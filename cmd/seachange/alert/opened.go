package alert

import (
	"fmt"
	"slices"
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
			"protocol": o.Protocol, "ports": o.Ports.String(), "sources": sources, "world": o.World,
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
			Ports:   exposure.ParsePorts(fmt.Sprint(member(r, "ports"))),
			Sources: exposure.Sources(texts(member(r, "sources", "addresses"))),
		}
		all = append(all, rule)
	}
	return all
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

func texts(v any) (all []string) {
	if s, ok := v.(string); ok {
		return []string{s}
	}
	for _, e := range list(v) {
		all = append(all, fmt.Sprint(e))
	}
	return all
}
