package schema

import "time"

// What connects them.
var networkRows = []Resource{
	{
		Name: "vpcs", Path: "/v2/vpcs", Items: "vpcs", Scope: "vpc:read",
		Pace: 0.2,
		ID:   "id", Born: "created_at", URN: "vpc",
	},
	{
		// pending_changes is how far a change has been applied.
		Name: "firewalls", Path: "/v2/firewalls", Items: "firewalls", Scope: "firewall:read",
		Weight: 4,
		ID:     "id", Born: "created_at", URN: "firewall",
		Sets: "droplet_ids tags pending_changes[droplet_id] inbound_rules outbound_rules " +
			"inbound_rules[].sources.* outbound_rules[].destinations.*",
		Ignore: "pending_changes",
		FieldScopes: map[string]Paths{
			"droplets": "droplet_ids", "tags": "tags inbound_rules[].sources.tags outbound_rules[].destinations.tags",
		},
	},
	{
		Name: "load_balancers", Path: "/v2/load_balancers", Items: "load_balancers", Scope: "load_balancer:read",
		Weight: 3, Pace: 10,
		ID: "id", Born: "created_at", URN: "loadbalancer",
		Only: "region.slug",
		Sets: "droplet_ids target_load_balancer_ids firewall.allow firewall.deny forwarding_rules[entry_protocol+entry_port] domains[name]",
	},
	{
		// zone_file is the records written out, with a serial that moves with each of them.
		Name: "domains", Path: "/v2/domains", Items: "domains", Scope: "domain:read",
		Weight: 2,
		ID:     "name", URN: "domain",
		Ignore: "zone_file",
	},
	{
		Name: "domain_records", Path: "/v2/domains/{domains}/records", Items: "domain_records", Scope: "domain:read",
		Weight: 2, Pace: 0.1, Gate: "zone_file",
		ID: "id",
	},
	{
		// Asked for at most 5 times in 10 seconds, lists and single ones together.
		Name: "cdn_endpoints", Path: "/v2/cdn/endpoints", Items: "endpoints", Scope: "cdn:read", Rest: 10 * time.Second,
		ID: "id", Born: "created_at", Title: "endpoint",
	},
	{
		Name: "certificates", Path: "/v2/certificates", Items: "certificates", Scope: "certificate:read",
		Weight: 2,
		ID:     "id", Born: "created_at",
		Sets: "dns_names",
	},
	{
		// The whole region and the whole Droplet stand in it; only which ones counts. locked flickers with every action.
		// Projects list it by the urn of what it was called before.
		Name: "reserved_ips", Path: "/v2/reserved_ips", Items: "reserved_ips", Scope: "reserved_ip:read",
		Weight: 2,
		ID:     "ip", URN: "floatingip",
		Only:   "region.slug droplet.id",
		Sets:   "region.features region.sizes",
		Ignore: "locked",
		FieldScopes: map[string]Paths{
			"droplets": "droplet", "projects": "project_id", "volumes": "droplet.volume_ids", "tags": "droplet.tags", "vpcs": "droplet.vpc_uuid",
			"images": "droplet.backup_ids droplet.image droplet.snapshot_ids",
		},
	},
}
