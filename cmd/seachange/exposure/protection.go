package exposure

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson" // 0.7 of the time of a struct (BenchmarkJSON)
)

// firewall is a firewall of an account.
type firewall struct {
	id, name       string
	droplets, tags []string
	area           area
	admits         []admission
}

// admission is a source that is not the internet, and is let in.
type admission struct {
	door
	source string
}

func newFirewall(id string, body gjson.Result) *firewall {
	f := &firewall{
		id: id, name: body.Get("name").String(), droplets: words(body.Get("droplet_ids")), tags: words(body.Get("tags")),
	}
	var rules []Rule
	for _, r := range body.Get("inbound_rules").Array() {
		sources := r.Get("sources")
		addresses := Sources(words(sources.Get("addresses")))
		deny := strings.EqualFold(r.Get("action").String(), "deny")
		for _, d := range doorsOf(r) {
			rules = append(rules, Rule{Deny: deny, Protocol: d.protocol, Ports: d.ports, Sources: addresses})
			if !deny {
				f.admits = append(f.admits, admissions(d, sources)...)
			}
		}
	}
	f.area = areaOf(rules)
	return f
}

// doorsOf are what a rule is about. A protocol that nobody knows may be each of them: better one report too many
// than an open port that nobody hears of. ICMP has no ports, whatever stands there.
func doorsOf(rule gjson.Result) (all []door) {
	ports := ParsePorts(rule.Get("ports").String())
	protocol := strings.ToLower(rule.Get("protocol").String())
	if protocol == "icmp" {
		ports = AllPorts()
	}
	if slices.Contains(transports(), protocol) {
		return []door{{protocol, ports}}
	}
	for _, p := range transports() {
		all = append(all, door{p, ports})
	}
	return all
}

func admissions(d door, sources gjson.Result) (all []admission) {
	for _, of := range []struct{ member, prefix string }{
		{"droplet_ids", dropletSource},
		{"load_balancer_uids", balancerSource},
		{"tags", tagSource},
		{"kubernetes_ids", tagSource + "k8s:"}, // which a cluster's nodes have
	} {
		for _, name := range words(sources.Get(of.member)) {
			all = append(all, admission{d, of.prefix + name})
		}
	}
	return all
}

// ParsePorts reads a port, a range, or all of them: 0, all, nothing, and whatever is none of these, as what can't be
// read may be everything. DigitalOcean writes all ports in several of these ways.
func ParsePorts(text string) Ports {
	low, high, isRange := strings.Cut(text, "-")
	if !isRange {
		high = low
	}
	from, err := strconv.Atoi(strings.TrimSpace(low))
	to, err2 := strconv.Atoi(strings.TrimSpace(high))
	if err != nil || err2 != nil || to == 0 || from > to || (from <= 1 && to >= AllPorts().To) {
		return AllPorts()
	}
	return Ports{From: from, To: to}
}

// firewallStep touches what a firewall protects, or did. All views of Droplets are dropped with it, and made anew as
// they are asked for.
func (t *team) firewallStep(id string, body *gjson.Result) *step {
	old := t.firewalls[id]
	var fresh *firewall
	if body != nil {
		fresh = newFirewall(id, *body)
	}
	touched := map[ref]bool{}
	for _, f := range []*firewall{old, fresh} {
		t.protected(f, touched)
	}
	return &step{touches: slices.SortedFunc(maps.Keys(touched), ref.compare), apply: func() {
		clear(t.views)
		t.index(old, index.remove)
		t.index(fresh, index.add)
		if t.firewalls[id] = fresh; fresh == nil {
			delete(t.firewalls, id)
		}
	}}
}

// protected adds the Droplets that a firewall protects.
func (t *team) protected(f *firewall, to map[ref]bool) {
	if f == nil {
		return
	}
	for _, id := range f.droplets {
		to[ref{"droplets", id}] = true
	}
	for _, tag := range f.tags {
		for id := range t.tagged[tag] {
			to[ref{"droplets", id}] = true
		}
	}
}

// index puts a firewall where it is looked for, or takes it from there.
func (t *team) index(f *firewall, do func(index, string, string)) {
	if f == nil {
		return
	}
	for _, id := range f.droplets {
		do(t.protects, dropletSource+id, f.id)
	}
	for _, tag := range f.tags {
		do(t.protects, tagSource+tag, f.id)
	}
	for _, a := range f.admits {
		do(t.admits, a.source, f.id)
	}
}
