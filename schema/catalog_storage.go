package schema

import "time"

// Files, objects and images of containers live here.
var storageRows = []Resource{
	{
		// Buckets, never objects. Policies know secrets that visitors must show, in headers, whose names AWS takes in any
		// case. A sweep asks a dozen questions about each bucket: hence once a minute at most.
		Name: "spaces_buckets", API: Spaces, Path: "/", Items: "buckets", Group: "spaces",
		MinInterval: time.Minute, PerPage: -1, Weight: 4,
		ID: "region+name", URN: "=urn",
		Mask: "**.aws:Referer **.aws:referer **.aws:UserAgent **.aws:userAgent **.aws:useragent",
		Sets: "acl.AccessControlList.Grant lifecycle.Rule[ID] cors.CORSRule cors.CORSRule[].AllowedOrigin " +
			"cors.CORSRule[].AllowedMethod cors.CORSRule[].AllowedHeader cors.CORSRule[].ExposeHeader",
		PII: "acl.Owner.DisplayName acl.AccessControlList.Grant[].Grantee.DisplayName " +
			"acl.AccessControlList.Grant[].Grantee.EmailAddress",
		Summary: "in {region}",
		Words: map[string]string{
			"acl": "ACL: {Permission} to {Grantee}",
		},
		Why: map[string]string{
			"Born": "S3 lets created_at move",
		},
	},
	{
		// The region is a filter. The GET by id needs nfs:read, which the listing doesn't. manager_urn names the cluster that
		// made the share, and deletes it.
		Name: "nfs_shares", Path: "/v2/nfs", Items: "shares", Absent: Twice,
		Scope: "nfs:list", PerPage: -1,
		ID: "id", Born: "created_at",
		Sets:   "vpc_ids access_points[].access_policy.protocols access_points[id]",
		Ignore: "access_points[].updated_at",
	},
	{
		Name: "nfs_snapshots", Path: "/v2/nfs/snapshots", Items: "snapshots", Absent: Twice,
		Scope: "nfs:list", PerPage: -1,
		ID: "id", Born: "created_at",
	},
	{
		Name: "spaces_keys", Path: "/v2/spaces/keys", Items: "keys",
		Scope: "spaces_key:read",
		ID:    "access_key", Born: "created_at",
		Mask: "secret_key",
		Sets: "grants[bucket]",
	},
	{
		Name: "nfs_options", Path: "/v2/nfs/options", Kind: Single, Absent: Never,
		Unsaid: "that of NFS shares is nfs:list", PerPage: -1, Group: "public", MinInterval: time.Hour,
		Sets: "performance_tiers[tier] supported_regions",
	},
}
