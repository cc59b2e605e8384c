package schema

// Container registries. A push or a delete moves the newest manifest and the counts of its repository: they are the
// revision of the tags and manifests below it, whose own events say what changed.
var registryRows = []Resource{
	{
		Name: "registries", Path: "/v2/registries", Items: "registries",
		Scope: "registry:read", PerPage: -1,
		ID: "name", Born: "created_at",
		Ignore: "storage_usage_bytes storage_usage_bytes_updated_at subscription.updated_at",
	},
	{
		Name: "registry_repositories", Path: "/v2/registries/{registries}/repositoriesV2", Items: "repositories",
		Absent: Twice, Scope: "registry:read",
		ID:     "name",
		Ignore: "latest_manifest tag_count manifest_count",
	},
	{
		Name: "registry_tags", Path: "/v2/registries/{registries}/repositories/{registry_repositories}/tags", Items: "tags",
		Absent: Twice, Revision: "latest_manifest+tag_count", Scope: "registry:read",
		ID: "tag", Clock: "updated_at",
		Ignore: "size_bytes updated_at",
	},
	{
		Name: "registry_manifests", Path: "/v2/registries/{registries}/repositories/{registry_repositories}/digests",
		Items: "manifests", Absent: Twice, Revision: "latest_manifest+manifest_count+tag_count", Scope: "registry:read",
		ID: "digest", Clock: "updated_at", Title: "repository",
		Sets:   "tags blobs[digest]",
		Ignore: "size_bytes updated_at",
	},
	{
		Name: "registry_garbage_collections", Path: "/v2/registries/{registries}/garbage-collections",
		Items: "garbage_collections", Absent: Twice, Scope: "registry:read", Group: "logs",
		ID: "uuid", Born: "created_at", Clock: "updated_at",
		Ignore: "updated_at blobs_deleted freed_bytes",
		Why: map[string]string{
			"Title": "a run has an id and dates",
		},
	},
	{
		Name: "registry_subscription", Path: "/v2/registries/subscription", Items: "subscription", Kind: Single,
		Absent: Never, Scope: "registry:read", PerPage: -1,
		Clock: "updated_at", Title: "tier.name",
		Sets:   "tier.eligibility_reasons",
		Ignore: "updated_at",
	},
}
