package exposure

import (
	"strings"

	"github.com/tidwall/gjson" // 0.7 of the time of a struct (BenchmarkJSON)
)

// fixed is a target of which can be reached what its own record says.
type fixed struct {
	name string
	seen *view
}

func (f *fixed) title() string    { return f.name }
func (f *fixed) view(*team) *view { return f.seen }

func newFixed(body gjson.Result, a area) fixed {
	return fixed{body.Get("name").String(), viewOf("", a)}
}

// balancer is a load balancer.
type balancer struct{ fixed }

func newBalancer(body gjson.Result) *balancer { return &balancer{newFixed(body, balancerArea(body))} }

// balancerArea is what a load balancer takes in. Whether its deny goes before its allow is documented nowhere, so
// both are as a firewall's: the worst case counts. A deny that can't be read denies nobody, while an allow that
// can't be read allows everyone (Sources).
func balancerArea(body gjson.Result) area {
	if body.Get("network").String() == "INTERNAL" {
		return nil
	}
	allow := words(body.Get("firewall.allow"))
	if len(allow) == 0 {
		allow = []string{"0.0.0.0/0", "::/0"}
	}
	var rules []Rule
	for _, d := range entries(body) {
		rules = append(rules,
			Rule{Protocol: d.protocol, Ports: d.ports, Sources: Sources(bare(allow))},
			Rule{Deny: true, Protocol: d.protocol, Ports: d.ports, Sources: known(bare(words(body.Get("firewall.deny"))))})
	}
	return areaOf(rules).within(everyone())
}

// entries are the ports at which a load balancer listens. A global one has no forwarding rules: it takes HTTP and
// HTTPS.
func entries(body gjson.Result) (all []door) {
	for _, r := range body.Get("forwarding_rules").Array() {
		protocol, port := "tcp", int(r.Get("entry_port").Int())
		switch r.Get("entry_protocol").String() {
		case "udp", "http3":
			protocol = "udp"
		}
		all = append(all, door{protocol, Ports{port, port}})
	}
	if body.Get("type").String() == "GLOBAL" {
		all = append(all, door{"tcp", Ports{80, 80}}, door{"tcp", Ports{443, 443}})
	}
	return all
}

// bare takes the words "ip:" and "cidr:" from what a load balancer's firewall lists.
func bare(texts []string) (all []string) {
	for _, s := range texts {
		all = append(all, strings.TrimPrefix(strings.TrimPrefix(s, "ip:"), "cidr:"))
	}
	return all
}

// cluster is a Kubernetes cluster: its control plane.
type cluster struct{ fixed }

// newCluster reads a cluster. Without a control plane firewall its API server is open to everyone, which is
// DigitalOcean's default, on the port of HTTPS.
func newCluster(body gjson.Result) *cluster {
	allowed := []string{"0.0.0.0/0", "::/0"}
	if f := body.Get("control_plane_firewall"); f.Get("enabled").Bool() {
		allowed = words(f.Get("allowed_addresses"))
	}
	rules := []Rule{{Protocol: "tcp", Ports: Ports{443, 443}, Sources: Sources(allowed)}}
	return &cluster{newFixed(body, areaOf(rules).within(everyone()))}
}
