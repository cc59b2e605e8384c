package schema

import "time"

// Public catalogues, the same for every account: read once per deployment.
var publicRows = []Resource{
	{
		Name: "sizes", Path: "/v2/sizes", Items: "sizes", Absent: Twice,
		Scope: "sizes:read", Group: "public", Global: true, MinInterval: time.Hour,
		ID: "slug", Title: "slug",
		Sets: "regions disk_info[type] gpu_info.supported_partition_modes",
	},
	{
		Name: "regions", Path: "/v2/regions", Items: "regions", Absent: Twice,
		Scope: "regions:read", Group: "public", Global: true, MinInterval: time.Hour,
		ID:   "slug",
		Sets: "features sizes",
	},
	{
		Name: "one_clicks", Path: "/v2/1-clicks", Items: "1_clicks", Absent: Twice,
		PerPage: -1, Group: "public", Global: true, MinInterval: time.Hour,
		ID: "type+slug", Title: "slug",
	},
	{
		Name: "addon_apps", Path: "/v2/add-ons/apps", Items: "apps", Absent: Twice,
		PerPage: -1, Group: "public", Global: true, MinInterval: time.Hour,
		ID: "app_slug", Title: "app_slug",
		Sets:   "plans[id] plans[].features[id] plans[].dimensions[id] plans[].dimensions[].volumes[id]",
		Ignore: "plans[].features[].updated_at plans[].updated_at",
		Show:   "plans[].display_name plans[].dimensions[].display_name", // no person's
	},
	{
		Name: "app_regions", Path: "/v2/apps/regions", Items: "regions", Absent: Twice,
		Scope: "app:read", PerPage: -1, Group: "public", Global: true, MinInterval: time.Hour,
		ID:   "slug",
		Sets: "data_centers",
	},
	{
		Name: "app_instance_sizes", Path: "/v2/apps/tiers/instance_sizes", Items: "instance_sizes",
		Scope: "app:read", PerPage: -1, Group: "public", Global: true, MinInterval: time.Hour,
		ID: "slug",
	},
	{
		Name: "database_options", Path: "/v2/databases/options", Kind: Single, Absent: Never,
		Scope: "database:read", PerPage: -1, Group: "public", Global: true, MinInterval: time.Hour,
		Sets: "**.regions **.versions **.layouts[].sizes **.layouts version_availability.kafka version_availability.pg " +
			"version_availability.mysql version_availability.redis version_availability.valkey version_availability.mongodb " +
			"version_availability.opensearch version_availability.advanced_pg version_availability.advanced_mysql",
		Why: map[string]string{
			"Items": "the versions' dates stand beside the options",
		},
	},
	{
		Name: "kubernetes_options", Path: "/v2/kubernetes/options", Items: "options", Kind: Single, Absent: Never,
		Scope: "kubernetes:read", PerPage: -1, Group: "public", Global: true, MinInterval: time.Hour,
		Sets: "versions[].supported_features regions[name] versions[slug] sizes[name]",
	},
	{
		Name: "registry_options", Path: "/v2/registries/options", Items: "options", Kind: Single, Absent: Never,
		Scope: "registry:read", PerPage: -1, Group: "public", Global: true, MinInterval: time.Hour,
		Sets: "available_regions subscription_tiers[].eligibility_reasons subscription_tiers[name]",
	},
	{
		Name: "gen_ai_regions", Path: "/v2/gen-ai/regions", Items: "regions", Absent: Twice,
		Scope: "genai:read", PerPage: -1, Group: "public", Global: true, MinInterval: time.Hour,
		ID: "region", Title: "region",
	},
	{
		Name: "gen_ai_model_catalog", Path: "/v2/gen-ai/models/catalog", Query: "limit=200", Items: "data",
		Scope: "genai:read", Group: "public", Global: true, MinInterval: time.Hour,
		ID: "id", Born: "created_at",
		Sets: "availability badges capabilities",
	},
}
