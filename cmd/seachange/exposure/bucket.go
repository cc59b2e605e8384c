package exposure

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/tidwall/gjson" // 0.7 of the time of a struct (BenchmarkJSON)
	"go4.org/netipx"

	"github.com/seachange/seachange/schema"
)

// bucket is a Spaces bucket.
type bucket struct{ fixed }

func newBucket(body gjson.Result) *bucket { return &bucket{newFixed(body, bucketArea(body))} }

// bucketArea is what everyone may do with a bucket: by a grant of its ACL, or by its policy, as far as no statement
// of it denies that. A bucket has no ports, so that the way ("ACL: READ to AllUsers") stands where others have a
// protocol, and everything below compares the two alike.
func bucketArea(body gjson.Result) area {
	var a area
	for _, g := range body.Get("acl.AccessControlList.Grant").Array() {
		uri := g.Get("Grantee.URI").String()
		for _, group := range []string{"AllUsers", "AuthenticatedUsers"} {
			if strings.HasSuffix(uri, "/global/"+group) {
				a = append(a, wayCell(fmt.Sprintf("ACL: %s to %s", g.Get("Permission").String(), group), everyone()))
			}
		}
	}
	var denies []gjson.Result
	for _, s := range statements(body) {
		if s.Get("Effect").String() == "Deny" && everyones(s.Get("Principal")) {
			denies = append(denies, s)
		}
	}
	for _, s := range statements(body) {
		open := everyones(s.Get("Principal")) || s.Get("NotPrincipal").Exists()
		if s.Get("Effect").String() == "Allow" && open {
			a = append(a, allowedBy(s, denies)...)
		}
	}
	slices.SortStableFunc(a, func(x, y cell) int { return x.compare(y.door) })
	return a.merged().tidy()
}

// Ways returns the ways in which an event's bucket lets the internet in, or a part of it, and did not before. It needs
// no other event.
func Ways(ev *schema.Event) (ways []string) {
	for _, c := range New().Take(ev) {
		for _, x := range c.Began {
			if x.Way != "" {
				ways = append(ways, x.Way)
			}
		}
	}
	return slices.Compact(ways)
}

func wayCell(way string, who *netipx.IPSet) cell { return cell{door{way, AllPorts()}, who, who} }

// merged joins cells of the same door.
func (a area) merged() area {
	var b area
	for _, c := range a {
		if last := len(b) - 1; last >= 0 && b[last].door == c.door {
			who := union(b[last].allowed, c.allowed)
			b[last].allowed, b[last].certain = who, who
			continue
		}
		b = append(b, c)
	}
	return b
}

// statements are a policy's, which may be one or a list.
func statements(body gjson.Result) []gjson.Result { return body.Get("policy.Statement").Array() }

// everyones reports whether a principal is, or holds, everyone: "*", or {"AWS": "*"}, or a list with either. A list
// of named users is not everyone, however long.
func everyones(principal gjson.Result) bool {
	if principal.IsArray() || principal.IsObject() {
		found := false
		principal.ForEach(func(_, v gjson.Result) bool {
			found = everyones(v)
			return !found
		})
		return found
	}
	return principal.String() == "*"
}

// allowedBy are the ways that a statement opens, to whom no other denies them. An allow counts if it may fit, a deny
// only where it surely does: an open bucket that isn't reported is worse than a closed one that is.
func allowedBy(s gjson.Result, denies []gjson.Result) area {
	var a area
	for _, action := range either(s, "Action") {
		for _, resource := range either(s, "Resource") {
			who := meets(s)
			for _, d := range denies {
				if matches(d, "Action", action) && matches(d, "Resource", resource) {
					who = minus(who, surely(d))
				}
			}
			way := "policy: " + action + " on " + resource
			if conditions(s) > 0 && addressed(s) < conditions(s) {
				way += underCondition
			}
			a = append(a, wayCell(way, who))
		}
	}
	return a
}

// underCondition ends a way that is open to whoever meets a condition which is not about addresses.
const underCondition = " under a condition"

// wider reports whether everyone came in by a way that leaves out nobody whom another lets in: to everyone instead of
// every user, without a condition instead of under one.
func (a area) wider(way string) bool {
	open := strings.NewReplacer(" to AuthenticatedUsers", " to AllUsers", underCondition, "").Replace(way)
	return open != way && slices.ContainsFunc(a, func(c cell) bool {
		return c.protocol == open && covers(c.allowed, everyone())
	})
}

// either returns the words of a member, one or a list, or of its opposite.
func either(s gjson.Result, name string) []string {
	if v := s.Get(name); v.Exists() {
		return words(v)
	}
	return []string{"all but " + strings.Join(words(s.Get("Not"+name)), ", ")}
}

// matches reports whether a statement's actions or resources cover one. A pattern with a star in the middle is not
// understood, and covers no more than its own words.
func matches(s gjson.Result, name, one string) bool {
	return slices.ContainsFunc(words(s.Get(name)), func(pattern string) bool {
		prefix, star := strings.CutSuffix(pattern, "*")
		return pattern == one || (star && !strings.Contains(prefix, "*") && strings.HasPrefix(one, prefix))
	})
}

// conditions is how many a statement has, and addressed how many of these are about addresses, and are understood.
func conditions(s gjson.Result) (n int) {
	for _, of := range s.Get("Condition").Map() {
		n += len(of.Map())
	}
	return n
}

func addressed(s gjson.Result) (n int) {
	for _, op := range []string{"IpAddress", "NotIpAddress"} {
		if s.Get("Condition." + op).Get(`aws\:SourceIp`).Exists() {
			n++
		}
	}
	return n
}

// meets is whom a statement is about, by their addresses: everyone, where it says nothing of them. Conditions that
// aren't about addresses narrow nobody, as anyone may meet them.
func meets(s gjson.Result) *netipx.IPSet {
	who := everyone()
	if in := s.Get(`Condition.IpAddress.aws\:SourceIp`); in.Exists() {
		who = intersection(who, set(Sources(words(in))...))
	}
	if out := s.Get(`Condition.NotIpAddress.aws\:SourceIp`); out.Exists() {
		who = minus(who, set(known(words(out))...))
	}
	return who
}

// surely is whom a deny is surely about: nobody, if it has a condition that isn't about addresses.
func surely(s gjson.Result) *netipx.IPSet {
	if addressed(s) < conditions(s) {
		return nobody()
	}
	who := everyone()
	if in := s.Get(`Condition.IpAddress.aws\:SourceIp`); in.Exists() {
		who = intersection(who, set(known(words(in))...))
	}
	if out := s.Get(`Condition.NotIpAddress.aws\:SourceIp`); out.Exists() {
		who = minus(who, set(Sources(words(out))...))
	}
	return who
}

// known reads those of the texts that are addresses or networks.
func known(texts []string) (all []netip.Prefix) {
	for _, s := range texts {
		if p, ok := ParseSource(s); ok {
			all = append(all, p)
		}
	}
	return all
}
