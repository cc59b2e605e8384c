package demo

import (
	"fmt"
	"slices"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/spaces/spacestest"
)

// scene is one thing that happens to the account, and what is to be seen of it.
type scene struct {
	title    string
	act      func(*digitaloceantest.Account)
	buckets  func(*spacestest.Store) // instead of act
	resource string                  // where it happens
	events   int                     // that it makes
	why      string                  // there are none
}

// Records of the simulated account that the demo plays with.
const (
	webFirewall = "412846bd-f768-5f31-adc9-16fb3fdc4ea8" // web
	bastion     = "412001003"                            // bastion
	exports     = "customer-exports"
)

var scenes = []scene{
	{
		title: `An operator opens port 22 of the firewall "web" to the world`, resource: "firewalls", events: 1, act: openPort22,
	},
	{
		title: "A Droplet is created", resource: "droplets", events: 1,
		act: func(a *digitaloceantest.Account) { a.Put("droplets", "412001099", web3) },
	},
	{
		title:    "A Droplet is deleted: it is missing from the list, and DigitalOcean confirms that it is not found",
		resource: "droplets", events: 1,
		act: func(a *digitaloceantest.Account) { a.Delete("droplets", bastion) },
	},
	{
		title: "DigitalOcean returns an empty list of Droplets (copying tools empty your table)", resource: "droplets",
		why: "each missing Droplet was asked for by id, and is still there",
		act: func(a *digitaloceantest.Account) {
			a.Fault(digitaloceantest.Fault{Resource: "droplets", Times: 2, Effect: digitaloceantest.Empty})
		},
	},
	{
		title: "DigitalOcean returns 500 for the list of firewalls", resource: "firewalls",
		why: "a sweep that failed says nothing about what is there",
		act: func(a *digitaloceantest.Account) {
			a.Fault(digitaloceantest.Fault{Resource: "firewalls", Times: 2, Effect: digitaloceantest.Status(500)})
		},
	},
	{
		title: "The firewalls' rules, tags and addresses come in another order", resource: "firewalls",
		why: "they are sets: their order means nothing",
		act: func(a *digitaloceantest.Account) {
			a.Fault(digitaloceantest.Fault{Resource: "firewalls", Times: 2, Effect: digitaloceantest.Shuffle(7)})
		},
	},
	{
		title: `The Spaces bucket "` + exports + `" lets everyone read`, resource: "spaces_buckets", events: 1,
		buckets: func(s *spacestest.Store) {
			s.Change("fra1", exports, func(b *spacestest.Bucket) { b.ACL = spacestest.PublicRead })
		},
	},
}

const web3 = `{"id":412001099,"name":"web-3","memory":4096,"vcpus":2,"disk":80,"locked":false,"status":"active","created_at":"2026-11-25T09:00:00Z",
	"features":["monitoring"],"backup_ids":[],"snapshot_ids":[],"volume_ids":[],
	"size_slug":"s-2vcpu-4gb","size":{"slug":"s-2vcpu-4gb"},
	"image":{"id":129211873,"slug":"ubuntu-24-04-x64"},"region":{"slug":"fra1"},"tags":["web"],
	"networks":{"v4":[{"ip_address":"203.0.113.99","type":"public"}],"v6":[]}}`

func openPort22(a *digitaloceantest.Account) {
	a.Patch("firewalls", webFirewall, func(fw map[string]any) {
		rules, _ := fw["inbound_rules"].([]any)
		fw["inbound_rules"] = append(rules, map[string]any{
			"protocol": "tcp", "ports": "22", "sources": map[string]any{"addresses": []any{"0.0.0.0/0", "::/0"}},
		})
	})
}

func closePort22(a *digitaloceantest.Account) {
	a.Patch("firewalls", webFirewall, func(fw map[string]any) {
		rules, _ := fw["inbound_rules"].([]any)
		fw["inbound_rules"] = slices.DeleteFunc(rules, func(r any) bool {
			return fmt.Sprint(r.(map[string]any)["ports"]) == "22"
		})
	})
}
