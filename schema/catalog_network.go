package schema

import "time"

// What connects them.
var networkRows = []Resource{
	{
		Name: "vpcs", Path: "/v2/vpcs", Items: "vpcs", Scope: "vpc:read",
		ID: "id", Born: "created_at", URN: "vpc",
		Summary: "{ip_range} in {region}",
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
		Words: map[string]string{
			"inbound_rules":  "{action} inbound {protocol} {ports} from {sources}",
			"outbound_rules": "{action} outbound {protocol} {ports} to {destinations}",
		},
	},
	{
		// The document of October has no ip any more, godo has.
		Name: "load_balancers", Path: "/v2/load_balancers", Items: "load_balancers", Scope: "load_balancer:read",
		Weight: 3, ChangeRate: 10,
		ID: "id", Born: "created_at", URN: "loadbalancer",
		Only: "region.slug",
		Sets: "droplet_ids target_load_balancer_ids firewall.allow firewall.deny " +
			"forwarding_rules[entry_protocol+entry_port] domains[name] domains[].ssl_validation_error_reasons " +
			"domains[].verification_error_reasons",
		Summary: "{ip} in {region.slug}, {droplet_ids.#} droplets",
		Words: map[string]string{
			"forwarding_rules": "{entry_protocol} {entry_port} to {target_protocol} {target_port}",
		},
	},
	{
		// zone_file is the records written out, with a serial that moves with each of them.
		Name: "domains", Path: "/v2/domains", Items: "domains", Scope: "domain:read",
		Weight: 2,
		ID:     "name", URN: "domain",
		Ignore:  "zone_file",
		Summary: "ttl {ttl}",
	},
	{
		// The zone file of its domain holds every record, so it moves with each of them.
		Name: "domain_records", Path: "/v2/domains/{domains}/records", Items: "domain_records", Scope: "domain:read",
		Weight: 2, Revision: "zone_file",
		ID:      "id",
		Summary: "{type} → {data}",
	},
	{
		// Asked for at most 5 times in 10 seconds, lists and single ones together.
		Name: "cdn_endpoints", Path: "/v2/cdn/endpoints", Items: "endpoints", Scope: "cdn:read",
		MinInterval: 10 * time.Second, Limit: Limit{Requests: 5, Window: 10 * time.Second, Below: true},
		ID: "id", Born: "created_at", Title: "endpoint",
		Summary: "{endpoint} for {origin}",
	},
	{
		Name: "certificates", Path: "/v2/certificates", Items: "certificates", Scope: "certificate:read",
		Weight: 2,
		ID:     "id", Born: "created_at",
		Sets:    "dns_names",
		Summary: "{type} for {dns_names}, until {not_after}",
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
			"droplets": "droplet", "projects": "project_id", "volumes": "droplet.volume_ids", "tags": "droplet.tags",
			"vpcs": "droplet.subnet_uuid droplet.vpc_uuid", "images": "droplet.backup_ids droplet.image droplet.snapshot_ids",
		},
		Summary: "in {region.slug}, droplet {droplet.id}",
		Why: map[string]string{
			"droplet.subnet_uuid": "as in the record of the Droplet",
		},
	},
	{
		Name: "vpc_members", Path: "/v2/vpcs/{vpcs}/members", Items: "members", Absent: Twice, Filtered: true,
		Scope: "vpc:read",
		ID:    "urn", Born: "created_at", URN: "=urn",
	},
	{
		Name: "vpc_peerings", Path: "/v2/vpc_peerings", Items: "vpc_peerings",
		Scope: "vpc_peering:read",
		ID:    "id", Born: "created_at",
		Sets: "vpc_ids",
	},
	{
		Name: "vpc_nat_gateways", Path: "/v2/vpc_nat_gateways", Items: "vpc_nat_gateways",
		Scope: "nat_gateway:read",
		ID:    "id", Born: "created_at", Clock: "updated_at", URN: "nat_gateway",
		Sets:   "vpcs[vpc_uuid] egresses.public_gateways[ipv4]",
		Ignore: "updated_at",
	},
	{
		Name: "reserved_ipv6s", Path: "/v2/reserved_ipv6", Items: "reserved_ipv6s",
		Scope: "reserved_ip:read",
		ID:    "ip",
		Only:  "droplet.id",
		FieldScopes: map[string]Paths{
			"droplets": "droplet",
			"images":   "droplet.backup_ids droplet.image droplet.snapshot_ids",
			"tags":     "droplet.tags",
			"volumes":  "droplet.volume_ids",
			"vpcs":     "droplet.subnet_uuid droplet.vpc_uuid",
		},
		Why: map[string]string{
			"droplet.subnet_uuid": "as in the record of the Droplet",
		},
	},
	{
		Name: "floating_ips", Path: "/v2/floating_ips", Items: "floating_ips",
		Scope: "reserved_ip:read", Group: "metrics",
		ID:     "ip",
		Sets:   "region.features region.sizes",
		Only:   "region.slug droplet.id",
		Ignore: "locked",
		FieldScopes: map[string]Paths{
			"droplets": "droplet",
			"images":   "droplet.backup_ids droplet.image droplet.snapshot_ids",
			"projects": "project_id",
			"tags":     "droplet.tags",
			"volumes":  "droplet.volume_ids",
			"vpcs":     "droplet.subnet_uuid droplet.vpc_uuid",
		},
		Why: map[string]string{
			"droplet.subnet_uuid": "as in the record of the Droplet",
		},
	},
	{
		Name: "byoip_prefixes", Path: "/v2/byoip_prefixes", Items: "byoip_prefixes",
		Scope: "byoip_prefix:read",
		ID:    "uuid",
		Sets:  "validations[name]",
	},
	{
		Name: "byoip_prefix_ips", Path: "/v2/byoip_prefixes/{byoip_prefixes}/ips", Items: "ips", Absent: Twice,
		Scope: "byoip_prefix:read",
		ID:    "id", Title: "byoip",
	},
	{
		Name: "partner_attachments", Path: "/v2/partner_network_connect/attachments", Items: "partner_attachments",
		Scope: "partner_network_connect:read",
		ID:    "id", Born: "created_at",
		Mask: "bgp.auth_key",
		Sets: "vpc_ids children",
	},
	{
		Name: "vpc_routes", Path: "/v2/vpcs/{vpcs}/routes", Items: "routes", Absent: Twice,
		Scope: "route:read",
		ID:    "id", Born: "created_at", Title: "destination_cidr",
		Sets: "target_urns",
	},
	{
		// godo and DigitalOcean's document call the list differently. meta counts what the token may read.
		Name: "vpc_subnets", Path: "/v2/vpcs/{vpcs}/subnets", Items: "vpc_subnets|vpc_subnet",
		Scope: "vpc:read",
		ID:    "id", Born: "created_at", URN: "vpc_subnet",
		Ignore: "meta",
	},
	{
		// The VPC's own routes stand below each of its subnets, too.
		Name: "vpc_subnet_routes", Path: "/v2/vpcs/{vpcs}/subnets/{vpc_subnets}/routes", Items: "routes", Absent: Twice,
		Scope: "route:read",
		ID:    "id", Born: "created_at", Title: "destination_cidr",
		Sets: "target_urns",
	},
	{
		// As vpc_members: a part of them.
		Name: "vpc_subnet_members", Path: "/v2/vpcs/{vpcs}/subnets/{vpc_subnets}/members", Items: "members", Absent: Twice,
		Scope: "vpc:read",
		ID:    "urn", Born: "created_at", URN: "=urn",
		Filtered: true,
	},
}
