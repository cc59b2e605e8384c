package schema

// Files, objects and images of containers live here.
var storageRows = []Resource{
	{
		Name: "nfs_shares", Path: "/v2/nfs", Items: "shares",
		Scope: "nfs:list", PerPage: -1,
		ID: "id", Born: "created_at",
		Sets:   "vpc_ids access_points[].access_policy.protocols access_points[id]",
		Ignore: "access_points[].updated_at",
	},
	{
		Name: "nfs_snapshots", Path: "/v2/nfs/snapshots", Items: "snapshots",
		Scope: "nfs:list", PerPage: -1,
		ID: "id", Born: "created_at",
	},
	{
		Name: "spaces_keys", Path: "/v2/spaces/keys", Items: "keys",
		Scope: "spaces_key:read",
		ID:    "access_key", Born: "created_at",
		Sets: "grants[bucket]",
	},
}
