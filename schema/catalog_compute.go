package schema

// Machines and what they are made of.
var computeRows = []Resource{
	{
		// Without type=gpus the list leaves GPU Droplets out. region, size and image are whole objects of public
		// catalogues. locked flickers with every action; the lists of backups and snapshots roll by themselves, and what
		// they name is in images and snapshots.
		Name: "droplets", Path: "/v2/droplets", Query: "|type=gpus", Items: "droplets", Scope: "droplet:read",
		Weight: 3, Pace: 10,
		ID: "id", Born: "created_at", URN: "droplet",
		Only: "region.slug size.slug image.id",
		Sets: "features backup_ids snapshot_ids volume_ids tags disk_info[type] networks.v4[ip_address] networks.v6[ip_address] " +
			"size.regions size.disk_info[type] region.features region.sizes",
		Ignore:      "locked backup_ids snapshot_ids next_backup_window",
		FieldScopes: map[string]Paths{"volumes": "volume_ids", "images": "backup_ids image snapshot_ids", "tags": "tags", "vpcs": "vpc_uuid"},
	},
	{
		// Without private=true it is DigitalOcean's public images too.
		Name: "images", Path: "/v2/images", Query: "private=true", Items: "images", Scope: "image:read",
		ID: "id", Born: "created_at",
		Sets: "regions tags",
	},
	{
		Name: "snapshots", Path: "/v2/snapshots", Items: "snapshots", Scope: "snapshot:read",
		Weight: 0.5,
		ID:     "id", Born: "created_at",
		Sets:        "regions tags",
		FieldScopes: map[string]Paths{"tags": "tags"},
	},
	{
		Name: "volumes", Path: "/v2/volumes", Items: "volumes", Scope: "block_storage:read",
		Weight: 2,
		ID:     "id", Born: "created_at", URN: "volume",
		Only:        "region.slug",
		Sets:        "droplet_ids tags",
		FieldScopes: map[string]Paths{"tags": "tags"},
	},
}
