package alert

import (
	"fmt"
	"slices"
	"strings"
)

// exposures returns the ways in which a bucket lets everyone in after the event and did not before: a grant of its ACL,
// or what its policy allows.
func exposures(event map[string]any) []any {
	before := openWays(event["before"])
	fresh := []any{}
	for _, way := range openWays(event["after"]) {
		wider := strings.NewReplacer(" to AuthenticatedUsers", " to AllUsers", underCondition, "").Replace(way)
		if !slices.Contains(before, way) && !slices.Contains(before, wider) && !slices.Contains(fresh, any(way)) {
			fresh = append(fresh, way)
		}
	}
	return fresh
}

// underCondition ends a way that is open to whoever meets a condition.
const underCondition = " under a condition"

// openWays reads them from a bucket's row.
func openWays(row any) (ways []string) {
	for _, g := range list(member(row, "body", "acl", "AccessControlList", "Grant")) {
		uri := fmt.Sprint(member(g, "Grantee", "URI"))
		for _, everyone := range []string{"AllUsers", "AuthenticatedUsers"} {
			if strings.HasSuffix(uri, "/global/"+everyone) {
				ways = append(ways, fmt.Sprintf("ACL: %v to %s", member(g, "Permission"), everyone))
			}
		}
	}
	for _, s := range list(member(row, "body", "policy", "Statement")) {
		if member(s, "Effect") == "Allow" && (everyone(member(s, "Principal")) || member(s, "NotPrincipal") != nil) {
			ways = append(ways, allowed(s)...)
		}
	}
	return ways
}

// everyone reports whether a principal is, or holds, everyone.
func everyone(principal any) bool {
	switch p := principal.(type) {
	case string:
		return p == "*"
	case []any:
		return slices.ContainsFunc(p, everyone)
	case map[string]any:
		for _, inner := range p {
			if everyone(inner) {
				return true
			}
		}
	}
	return false
}

// allowed spells out what a statement allows: each action on each resource. Under a condition it is another way than
// without.
func allowed(statement any) (ways []string) {
	condition := ""
	if c, _ := member(statement, "Condition").(map[string]any); len(c) > 0 {
		condition = underCondition
	}
	for _, action := range either(statement, "Action") {
		for _, resource := range either(statement, "Resource") {
			ways = append(ways, "policy: "+action+" on "+resource+condition)
		}
	}
	return ways
}

// either returns the words of a member, one or a list, or of its opposite.
func either(statement any, name string) []string {
	if v := member(statement, name); v != nil {
		return texts(v)
	}
	return []string{"all but " + strings.Join(texts(member(statement, "Not"+name)), ", ")}
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
