package exposure_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/cmd/seachange/exposure"
	"github.com/seachange/seachange/schema"
)

// world is a team as its records say it, which is asked address by address, port by port.
type world struct {
	rnd     *rand.Rand
	lsn     int64
	records map[string]map[string]map[string]any // by resource and id: the body
}

// The networks that rules name, and an address of each kind that they can tell apart; the last two are nobody's.
var (
	networks = []string{
		"0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "192.0.2.0/24", "192.0.2.128/25", "203.0.113.5", "::/0",
		"2000::/4", "3000::/4",
		"2001:db8::/32", "nonsense",
	}
	addresses = parsed("1.2.3.4", "192.0.2.1", "192.0.2.200", "203.0.113.5", "203.0.113.6", "2001:db8::1", "2a00::1",
		"3000::1", "10.0.0.1", "fd00::1")
	ports = []int{0, 21, 22, 23, 79, 80, 443, 5432, 6443}
)

func parsed(texts ...string) (all []netip.Addr) {
	for _, s := range texts {
		all = append(all, netip.MustParseAddr(s))
	}
	return all
}

func private(a netip.Addr) bool { return a.IsPrivate() }

func (w *world) pick(of ...string) string { return of[w.rnd.IntN(len(of))] }

func (w *world) some(most int, of ...string) []string {
	all := []string{}
	for range w.rnd.IntN(most + 1) {
		all = append(all, w.pick(of...))
	}
	return all
}

var (
	dropletIDs  = []string{"1", "2", "3", "4"}
	tagNames    = []string{"a", "b", "k8s:c-1"}
	balancerIDs = []string{"lb-1", "lb-2"}
)

// body is a random record, small enough that they meet.
func (w *world) body(resource, id string) map[string]any {
	switch resource {
	case "droplets":
		v4, v6 := []any{}, []any{}
		if w.rnd.IntN(4) > 0 {
			v4 = append(v4, map[string]any{"type": "public", "ip_address": "203.0.113.99"})
		}
		if w.rnd.IntN(2) > 0 {
			v6 = append(v6, map[string]any{"type": "public", "ip_address": "2001:db8::99"})
		}
		return map[string]any{
			"id": 1, "name": id, "tags": w.some(2, tagNames...),
			"networks": map[string]any{"v4": v4, "v6": v6},
		}
	case "firewalls":
		var rules []any
		for range w.rnd.IntN(4) {
			sources := map[string]any{"addresses": w.some(2, networks...)}
			if w.rnd.IntN(3) == 0 {
				sources["tags"], sources["droplet_ids"] = w.some(1, tagNames...), w.some(1, dropletIDs...)
				sources["load_balancer_uids"], sources["kubernetes_ids"] = w.some(1, balancerIDs...), w.some(1, "c-1")
			}
			rules = append(rules, map[string]any{
				"protocol": w.pick("tcp", "tcp", "udp", "icmp", "other"),
				"ports":    w.pick("22", "22-80", "80", "all", "0", "1-65535", "443"), "action": w.pick("allow", "allow", "deny"),
				"sources": sources,
			})
		}
		return map[string]any{
			"id": id, "name": id, "droplet_ids": w.some(2, dropletIDs...), "tags": w.some(1, tagNames...),
			"inbound_rules": rules,
		}
	case "load_balancers":
		return map[string]any{
			"name": id, "network": w.pick("EXTERNAL", "EXTERNAL", "INTERNAL"), "type": w.pick("REGIONAL", "GLOBAL"),
			"firewall": map[string]any{
				"allow": prefixed(w.some(2, networks...)),
				"deny":  prefixed(w.some(1, networks...)),
			},
			"forwarding_rules": []any{map[string]any{"entry_protocol": w.pick("https", "udp"), "entry_port": 443}},
		}
	case "kubernetes_clusters":
		return map[string]any{"name": id, "control_plane_firewall": map[string]any{
			"enabled":           w.rnd.IntN(3) > 0,
			"allowed_addresses": w.some(2, networks...),
		}}
	case "databases":
		return map[string]any{"name": id, "connection": map[string]any{"port": 5432}, "rules": w.rules(id)}
	case "database_firewall_rules":
		return map[string]any{"uuid": id, "type": w.pick("ip_addr", "ip_addr", "tag"), "value": w.pick(networks...)}
	}
	if w.rnd.IntN(3) == 0 {
		return map[string]any{"ip": id, "droplet": nil}
	}
	n, _ := strconv.Atoi(w.pick(dropletIDs...))
	return map[string]any{"ip": id, "droplet": map[string]any{"id": n}}
}

func prefixed(all []string) (texts []string) {
	for _, s := range all {
		if strings.Contains(s, "/") {
			texts = append(texts, "cidr:"+s)
		} else {
			texts = append(texts, "ip:"+s)
		}
	}
	return texts
}

// rules are a database's, as its own record has them: they are the records of its trusted sources.
func (w *world) rules(id string) []any {
	all := []any{}
	for _, key := range slices.Sorted(maps.Keys(w.records["database_firewall_rules"])) {
		if strings.HasPrefix(key, id+"/") {
			all = append(all, w.records["database_firewall_rules"][key])
		}
	}
	return all
}

// step changes a record, and returns the events.
func (w *world) step() []*schema.Event {
	ids := map[string][]string{
		"droplets": dropletIDs, "firewalls": {"f-1", "f-2", "f-3"}, "load_balancers": balancerIDs,
		"kubernetes_clusters": {"c-1"}, "databases": {"db-1"}, "database_firewall_rules": {"db-1/r-1", "db-1/r-2"},
		"reserved_ips": {"203.0.113.7"}, "reserved_ipv6s": {"2001:db8::7"},
	}
	resource := w.pick("droplets", "droplets", "droplets", "firewalls", "firewalls", "firewalls", "load_balancers",
		"kubernetes_clusters",
		"databases", "database_firewall_rules", "database_firewall_rules", "reserved_ips", "reserved_ipv6s")
	id := w.pick(ids[resource]...)
	if resource == "database_firewall_rules" && w.records["databases"]["db-1"] == nil {
		return nil
	}
	if w.records[resource] == nil {
		w.records[resource] = map[string]map[string]any{}
	}
	old := w.records[resource][id]
	if old != nil && w.rnd.IntN(4) == 0 {
		return w.remove(resource, id)
	}
	w.records[resource][id] = w.body(resource, id)
	if resource == "database_firewall_rules" {
		w.records[resource][id]["uuid"] = strings.TrimPrefix(id, "db-1/")
	}
	return []*schema.Event{w.event(resource, id, old, w.records[resource][id])}
}

// remove deletes a record, and what goes with it.
func (w *world) remove(resource, id string) (all []*schema.Event) {
	all = append(all, w.event(resource, id, w.records[resource][id], nil))
	delete(w.records[resource], id)
	if resource == "databases" {
		for _, key := range slices.Sorted(maps.Keys(w.records["database_firewall_rules"])) {
			ev := w.event("database_firewall_rules", key, w.records["database_firewall_rules"][key], nil)
			ev.Source.Cause = new(schema.CauseParent)
			all = append(all, ev)
		}
		delete(w.records, "database_firewall_rules")
		w.rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] }) // topics come one beside the other
	}
	return all
}

func (w *world) event(resource, id string, before, after map[string]any) *schema.Event {
	w.lsn++
	ev := &schema.Event{
		Op: schema.Updated, Before: rowOf(id, before), After: rowOf(id, after),
		Source: schema.Source{DB: "team", Table: resource, LSN: w.lsn},
	}
	switch {
	case before == nil:
		ev.Op = schema.Created
	case after == nil:
		ev.Op = schema.Deleted
	}
	return ev
}

func rowOf(id string, body map[string]any) *schema.Row {
	if body == nil {
		return nil
	}
	b, _ := json.Marshal(body)
	return &schema.Row{AccountID: "team", ID: id, Body: new(string(b))}
}

// A spot is an address that tries a target's port.
type spot struct{ target, protocol, port, address string }

// reach is what the naive reading says of a spot.
type reach struct{ allowed, certain bool }

// spots asks every target by every protocol, port and address. A Droplet's also have, as an address, the sources by
// which it lets in what the world can reach.
func (w *world) spots() map[spot]reach {
	all := map[spot]reach{}
	ask := func(target string, f func(protocol string, port int, a netip.Addr) reach) {
		for _, protocol := range []string{"tcp", "udp", "icmp"} {
			for _, port := range ports {
				for _, a := range addresses {
					if r := f(protocol, port, a); r.allowed && !private(a) {
						all[spot{target, protocol, strconv.Itoa(port), a.String()}] = r
					}
				}
			}
		}
	}
	for id, body := range w.records["droplets"] {
		ask("droplets/"+id,
			func(protocol string, port int, a netip.Addr) reach { return w.droplet(id, body, protocol, port, a) })
	}
	for id, body := range w.records["load_balancers"] {
		ask("load_balancers/"+id,
			func(protocol string, port int, a netip.Addr) reach { return balancer(body, protocol, port, a) })
	}
	for id, body := range w.records["kubernetes_clusters"] {
		f := body["control_plane_firewall"].(map[string]any)
		ask("kubernetes_clusters/"+id, func(protocol string, port int, a netip.Addr) reach {
			in := protocol == "tcp" && port == 443 && (f["enabled"] == false ||
				contains(f["allowed_addresses"].([]string), a, true))
			return reach{in, in}
		})
	}
	for id := range w.records["databases"] {
		ask("databases/"+id, func(protocol string, port int, a netip.Addr) reach {
			in := len(w.rules(id)) == 0
			for _, r := range w.rules(id) {
				rule := r.(map[string]any)
				in = in || (rule["type"] == "ip_addr" && contains([]string{rule["value"].(string)}, a, true))
			}
			in = in && protocol == "tcp" && port == 5432
			return reach{in, in}
		})
	}
	w.indirect(all)
	return all
}

// contains asks whether an address is of a network; what is no network is everyone, or nobody.
func contains(networks []string, a netip.Addr, unknown bool) bool {
	for _, s := range networks {
		s = strings.TrimPrefix(strings.TrimPrefix(s, "cidr:"), "ip:")
		p, err := netip.ParsePrefix(s)
		if one, err2 := netip.ParseAddr(s); err2 == nil {
			p, err = one.Prefix(one.BitLen())
		}
		if (err != nil && unknown) || (err == nil && p.Contains(a)) {
			return true
		}
	}
	return false
}

func balancer(body map[string]any, protocol string, port int, a netip.Addr) reach {
	if body["network"] == "INTERNAL" {
		return reach{}
	}
	entry := body["forwarding_rules"].([]any)[0].(map[string]any)["entry_protocol"]
	at := port == 443 && ((protocol == "tcp" && entry == "https") || (protocol == "udp" && entry == "udp"))
	at = at || (protocol == "tcp" && (port == 80 || port == 443) && body["type"] == "GLOBAL")
	f := body["firewall"].(map[string]any)
	allow, deny := f["allow"].([]string), f["deny"].([]string)
	in := func(a netip.Addr) bool { return len(allow) == 0 || contains(allow, a, true) }
	hidden := true
	for _, b := range addresses {
		hidden = hidden && (!in(b) || contains(deny, b, false))
	}
	allowed := at && in(a) && !hidden
	return reach{allowed, allowed && !contains(deny, a, false)}
}

// firewallsOf are those that protect a Droplet.
func (w *world) firewallsOf(id string, body map[string]any) (all []map[string]any) {
	for _, f := range w.records["firewalls"] {
		by := slices.Contains(f["droplet_ids"].([]string), id)
		for _, tag := range f["tags"].([]string) {
			by = by || slices.Contains(body["tags"].([]string), tag)
		}
		if by {
			all = append(all, f)
		}
	}
	return all
}

func (w *world) droplet(id string, body map[string]any, protocol string, port int, a netip.Addr) reach {
	if !w.public(id, body, a) {
		return reach{}
	}
	firewalls := w.firewallsOf(id, body)
	if len(firewalls) == 0 {
		return reach{true, true}
	}
	var sum reach
	for _, f := range firewalls {
		r := lets(f, protocol, port, a)
		sum.allowed, sum.certain = sum.allowed || r.allowed, sum.certain || r.certain
	}
	return sum
}

// public asks whether a Droplet has a public address of an address's kind, of its own or reserved.
func (w *world) public(id string, body map[string]any, a netip.Addr) bool {
	list, resource := "v4", "reserved_ips"
	if a.Is6() {
		list, resource = "v6", "reserved_ipv6s"
	}
	public := len(body["networks"].(map[string]any)[list].([]any)) > 0
	for _, r := range w.records[resource] {
		d, _ := r["droplet"].(map[string]any)
		public = public || (d != nil && fmt.Sprint(d["id"]) == id)
	}
	return public
}

// lets asks each allow of a firewall by itself: it counts if not all of it is denied.
func lets(f map[string]any, protocol string, port int, a netip.Addr) reach {
	rules, _ := f["inbound_rules"].([]any)
	denied := func(port int, a netip.Addr) bool {
		return slices.ContainsFunc(rules, func(r any) bool { return is(r, "deny") && meets(r, protocol, port, a) })
	}
	var sum reach
	for _, r := range rules {
		if is(r, "deny") || !meets(r, protocol, port, a) {
			continue
		}
		hidden := true
		for _, p := range ports {
			for _, b := range addresses {
				hidden = hidden && (!meets(r, protocol, p, b) || denied(p, b))
			}
		}
		sum.allowed = sum.allowed || !hidden
	}
	sum.certain = sum.allowed && !denied(port, a)
	return sum
}

func is(rule any, action string) bool { return rule.(map[string]any)["action"] == action }

func meets(rule any, protocol string, port int, a netip.Addr) bool {
	r := rule.(map[string]any)
	if r["protocol"] != protocol && r["protocol"] != "other" {
		return false
	}
	switch r["ports"] {
	case "22", "80", "443":
		if protocol != "icmp" || r["protocol"] == "other" {
			if strconv.Itoa(port) != r["ports"] {
				return false
			}
		}
	case "22-80":
		if (protocol != "icmp" || r["protocol"] == "other") && (port < 22 || port > 80) {
			return false
		}
	}
	return contains(r["sources"].(map[string]any)["addresses"].([]string), a, true)
}

// indirect adds what Droplets let in that is not the internet, and that everyone can reach.
func (w *world) indirect(all map[spot]reach) {
	open := map[string]bool{}
	for target := range worlds(all) {
		resource, id, _ := strings.Cut(target, "/")
		switch resource {
		case "droplets":
			open["droplet_ids "+id] = true
			for _, tag := range w.records["droplets"][id]["tags"].([]string) {
				open["tags "+tag] = true
				open["kubernetes_ids "+strings.TrimPrefix(tag, "k8s:")] = strings.HasPrefix(tag, "k8s:")
			}
		case "load_balancers":
			open["load_balancer_uids "+id] = true
		}
	}
	for id, body := range w.records["droplets"] {
		for _, f := range w.firewallsOf(id, body) {
			rules, _ := f["inbound_rules"].([]any)
			for _, r := range rules {
				for member, list := range r.(map[string]any)["sources"].(map[string]any) {
					for _, name := range list.([]string) {
						if open[member+" "+name] && !is(r, "deny") {
							for _, d := range doorsOf(r.(map[string]any)) {
								all[spot{
									"droplets/" + id, "via " + d, fmt.Sprint("firewall ", f["id"]),
									strings.TrimPrefix(name, "k8s:"),
								}] = reach{true, true}
							}
						}
					}
				}
			}
		}
	}
}

// doorsOf are a rule's protocols with its ports.
func doorsOf(rule map[string]any) (all []string) {
	text := map[string]string{"22": "22", "80": "80", "443": "443", "22-80": "22-80"}[rule["ports"].(string)]
	if text == "" || rule["protocol"] == "icmp" {
		text = "all"
	}
	if rule["protocol"] != "other" {
		return []string{rule["protocol"].(string) + " " + text}
	}
	return []string{"tcp " + text, "udp " + text, "icmp " + text}
}

// worlds are the targets that everyone can reach at some port.
func worlds(all map[spot]reach) map[string]bool {
	open := map[string]bool{}
	for s := range all {
		everyone := map[bool]bool{true: true, false: true}
		for _, a := range addresses {
			if _, in := all[spot{s.target, s.protocol, s.port, a.String()}]; !in && !private(a) {
				everyone[a.Is6()] = false
			}
		}
		if everyone[true] || everyone[false] {
			open[s.target] = true
		}
	}
	return open
}

// asked is what exposures say of the spots.
func asked(target string, exposures []exposure.Exposure, into map[spot]bool) {
	for _, x := range exposures {
		if x.Via != "" {
			_, name, _ := strings.Cut(strings.TrimPrefix(x.Via, "load "), " ")
			into[spot{
				target, fmt.Sprintf("via %s %s", x.Protocol, x.Ports), x.Through[0],
				strings.TrimPrefix(name, "k8s:"),
			}] = true
			continue
		}
		for _, port := range ports {
			for _, a := range addresses {
				in := slices.ContainsFunc(x.Sources, func(p netip.Prefix) bool { return p.Contains(a) })
				if in && x.Ports.From <= port && port <= x.Ports.To {
					into[spot{target, x.Protocol, strconv.Itoa(port), a.String()}] = true
				}
			}
		}
	}
}

func TestTheEngineKnowsWhatTheWorldCanReach(t *testing.T) {
	histories := 200
	if n, err := strconv.Atoi(os.Getenv("SEACHANGE_TEST_HISTORIES")); err == nil {
		histories = n
	}
	told := 0
	for seed := range histories {
		told += history(t, uint64(seed))
	}
	if told < 5*histories {
		t.Errorf("only %d exposures began: the teams are too tame to tell anything", told)
	}
}

// history is a random team in random changes.
func history(t *testing.T, seed uint64) (told int) {
	w := &world{rnd: rand.New(rand.NewPCG(seed, 17)), records: map[string]map[string]map[string]any{}}
	e := exposure.New()
	before := w.spots()
	for n := range 15 {
		began, ended, last := map[spot]bool{}, map[spot]bool{}, ""
		for _, ev := range w.step() {
			last += fmt.Sprintf("%s %s %s %v; ", ev.Op, ev.Source.Table, ev.ID(), text(ev.After))
			for _, c := range e.Take(ev) {
				asked(c.Resource+"/"+c.ID, c.Began, began)
				asked(c.Resource+"/"+c.ID, c.Ended, ended)
				told += len(c.Began)
			}
		}
		after := w.spots()
		now, wantNow, wantBegan, wantEnded := map[spot]bool{}, map[spot]bool{}, map[spot]bool{}, map[spot]bool{}
		open := worlds(after)
		for target, exposures := range e.All() {
			asked(target.Resource+"/"+target.ID, exposures, now)
			for _, x := range exposures {
				if x.World && !open[target.Resource+"/"+target.ID] {
					t.Fatalf("seed %d, change %d: %s is the world's: %s\n%s", seed, n, target, x, last)
				}
			}
		}
		for s, r := range after {
			was := before[s]
			wantNow[s] = true
			if !was.allowed || (r.certain && !was.certain) {
				wantBegan[s] = true
			}
		}
		for s := range before {
			if _, still := after[s]; !still {
				wantEnded[s] = true
			}
		}
		for _, d := range []struct {
			what      string
			got, want map[spot]bool
		}{{"reachable now", now, wantNow}, {"began", began, wantBegan}, {"ended", ended, wantEnded}} {
			if !maps.Equal(d.want, d.got) {
				diff := cmp.Diff(d.want, d.got, cmp.AllowUnexported(spot{}))
				t.Fatalf("seed %d, change %d (%s): %s (-want +got):\n%s", seed, n, last, d.what, diff)
			}
		}
		before = after
	}
	return told
}

func text(r *schema.Row) string {
	if r == nil {
		return "gone"
	}
	return *r.Body
}
