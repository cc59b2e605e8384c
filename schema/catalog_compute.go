package schema

import "time"

// Machines and what they are made of.
var computeRows = []Resource{
	{
		// Without type=gpus the list leaves GPU Droplets out. region, size and image are whole objects of public
		// catalogues. locked flickers with every action; the lists of backups and snapshots roll by themselves, and what
		// they name is in images and snapshots.
		Name: "droplets", Path: "/v2/droplets", Query: "|type=gpus", Items: "droplets", Scope: "droplet:read",
		QueryNeeds: map[string]string{"type=gpus": "GPU Droplets enabled for the team"},
		Weight:     3, ChangeRate: 10,
		ID: "id", Born: "created_at", URN: "droplet",
		Only: "region.slug size.slug image.id",
		Sets: "features backup_ids snapshot_ids volume_ids tags disk_info[type] networks.v4[ip_address] " +
			"networks.v6[ip_address] size.regions size.disk_info[type] region.features region.sizes",
		Ignore: "locked backup_ids snapshot_ids next_backup_window",
		FieldScopes: map[string]Paths{
			"volumes": "volume_ids", "images": "backup_ids image snapshot_ids", "tags": "tags",
			"vpcs": "subnet_uuid vpc_uuid",
		},
		Summary: "{size_slug} in {region.slug}, {networks.v4.#.ip_address}",
	},
	{
		// Without private=true it is DigitalOcean's public images too.
		Name: "images", Path: "/v2/images", Query: "private=true", Items: "images", Scope: "image:read",
		ID: "id", Born: "created_at",
		Sets:    "regions tags",
		Summary: "{distribution} {type}, at least {min_disk_size} GB",
	},
	{
		Name: "snapshots", Path: "/v2/snapshots", Items: "snapshots", Scope: "snapshot:read",
		Weight: 0.5,
		ID:     "id", Born: "created_at",
		Sets:        "regions tags",
		FieldScopes: map[string]Paths{"tags": "tags"},
		Summary:     "{size_gigabytes} GB of {resource_type} {resource_id}",
	},
	{
		Name: "volumes", Path: "/v2/volumes", Items: "volumes", Scope: "block_storage:read",
		Weight: 2,
		ID:     "id", Born: "created_at", URN: "volume",
		Only:        "region.slug",
		Sets:        "droplet_ids tags",
		FieldScopes: map[string]Paths{"tags": "tags"},
		Summary:     "{size_gigabytes} GB in {region.slug}, on droplet {droplet_ids}",
	},
	{
		Name: "droplet_backup_policies", Path: "/v2/droplets/backups/policies", Items: "policies", Kind: Map, Absent: Twice,
		Scope:  "droplet:read",
		Ignore: "next_backup_window",
		Why: map[string]string{
			"ID":    "the records stand in an object, each under its id",
			"Title": "it goes by its Droplet's id",
		},
	},
	{
		Name: "droplet_autoscale_pools", Path: "/v2/droplets/autoscale", Items: "autoscale_pools",
		Scope: "droplet:read",
		ID:    "id", Born: "created_at", Clock: "updated_at",
		Mask:   "droplet_template.user_data",
		Sets:   "droplet_template.ssh_keys droplet_template.tags",
		Ignore: "current_utilization updated_at",
		FieldScopes: map[string]Paths{
			"projects": "droplet_template.project_id",
			"ssh_keys": "droplet_template.ssh_keys",
			"tags":     "droplet_template.tags",
			"vpcs":     "droplet_template.vpc_uuid",
		},
		Why: map[string]string{
			"active_resources_count": "scaling is news, whoever does it",
		},
	},
	{
		Name: "droplet_autoscale_members", Path: "/v2/droplets/autoscale/{droplet_autoscale_pools}/members",
		Items: "droplets", Absent: Twice, Scope: "droplet:read",
		ID: "droplet_id", Born: "created_at", Clock: "updated_at",
		Ignore: "updated_at current_utilization",
		Why: map[string]string{
			"Title":            "it goes by its Droplet's id",
			"health_status":    "a member that is not healthy is news",
			"unhealthy_reason": "a member that is not healthy is news",
		},
	},
	{
		Name: "droplet_autoscale_history", Path: "/v2/droplets/autoscale/{droplet_autoscale_pools}/history", Items: "history",
		Absent: Twice, Scope: "droplet:read", Group: "logs",
		ID: "history_event_id", Born: "created_at", Clock: "updated_at", Title: "reason",
		Ignore: "updated_at",
	},
	{
		Name: "droplet_backups", Path: "/v2/droplets/{droplets}/backups", Items: "backups", Absent: Twice,
		Scope: "droplet:read", Group: "metrics",
		ID: "id", Born: "created_at",
		Sets: "regions",
	},
	{
		Name: "droplet_snapshots", Path: "/v2/droplets/{droplets}/snapshots", Items: "snapshots", Absent: Twice,
		Scope: "droplet:read", Group: "metrics",
		ID: "id", Born: "created_at",
		Sets: "regions",
	},
	{
		Name: "droplet_firewalls", Path: "/v2/droplets/{droplets}/firewalls", Items: "firewalls", Absent: Twice,
		Scope: "firewall:read", Group: "metrics",
		ID: "id", Born: "created_at",
		Sets: "droplet_ids tags inbound_rules[].sources.addresses outbound_rules[].destinations.addresses " +
			"inbound_rules[].sources.droplet_ids outbound_rules[].destinations.droplet_ids " +
			"inbound_rules[].sources.load_balancer_uids outbound_rules[].destinations.load_balancer_uids " +
			"inbound_rules[].sources.kubernetes_ids outbound_rules[].destinations.kubernetes_ids inbound_rules[].sources.tags " +
			"outbound_rules[].destinations.tags pending_changes[droplet_id] inbound_rules outbound_rules",
		Ignore: "pending_changes",
		FieldScopes: map[string]Paths{
			"droplets": "droplet_ids",
			"tags":     "inbound_rules[].sources.tags outbound_rules[].destinations.tags tags",
		},
	},
	{
		Name: "droplet_neighbors", Path: "/v2/droplets/{droplets}/neighbors", Items: "droplets", Absent: Twice,
		Scope: "droplet:read", PerPage: -1, Group: "metrics",
		ID: "id", Born: "created_at",
		Sets: "features backup_ids snapshot_ids volume_ids size.regions region.features region.sizes tags disk_info[type] " +
			"size.disk_info[type] networks.v4[ip_address] networks.v6[ip_address]",
		Only:   "region.slug size.slug image.id",
		Ignore: "locked backup_ids next_backup_window snapshot_ids",
		FieldScopes: map[string]Paths{
			"images":  "backup_ids image snapshot_ids",
			"tags":    "tags",
			"volumes": "volume_ids",
			"vpcs":    "subnet_uuid vpc_uuid",
		},
	},
	{
		Name: "droplet_kernels", Path: "/v2/droplets/{droplets}/kernels", Items: "kernels", Absent: Twice,
		Scope: "droplet:read", Group: "public",
		ID: "id",
	},
	{
		Name: "volume_snapshots", Path: "/v2/volumes/{volumes}/snapshots", Items: "snapshots", Absent: Twice,
		Scope: "block_storage_snapshot:read", Group: "metrics",
		ID: "id", Born: "created_at",
		Sets:        "regions tags",
		FieldScopes: map[string]Paths{"tags": "tags"},
	},
	{
		// A state moves by idling and by requests. Its 404 has a code of its own.
		Name: "microvms", Path: "/v2/microvms", Items: "microvms", Absent: Twice,
		Scope: "microvm:read", NotFound: "NOT_FOUND",
		ID: "id", Born: "created_at", URN: "microvm",
		Sets: "tags ports urls[id] egress_policy.rules",
	},
	{
		Name: "microvm_checkpoints", Path: "/v2/microvms/checkpoints", Items: "checkpoints", Absent: Twice,
		Scope: "microvm:read", NotFound: "NOT_FOUND",
		ID: "id", Born: "created_at",
	},
	{
		// What the team may have, so not the same for everybody.
		Name: "microvm_options", Path: "/v2/microvms/options", Kind: Single, Absent: Never,
		Scope: "microvm:read", PerPage: -1, NotFound: "NOT_FOUND", Group: "public", MinInterval: time.Hour,
		Sets: "sizes[cpu+memory] sizes[].regions features[name]",
	},
	{
		// The tokens themselves are shown when they are made, and never again. One that expires leaves the list by itself.
		Name: "microvm_access_tokens", Path: "/v2/microvms/{microvms}/access_tokens", Items: "access_tokens", Absent: Twice,
		Unsaid: "that of MicroVMs is microvm:read", PerPage: -1, NotFound: "NOT_FOUND",
		ID: "id", Born: "created_at",
		Mask: "token",
	},
}
