package schema

import "time"

// What an account is, what it pays, how it sorts its things, and what was done in it.
var accountRows = []Resource{
	{
		// Its id is its name, not the uuid: that is the user's, and changes when a colleague makes the token.
		Name: "account", Path: "/v2/account", Items: "account", Kind: Single, PerPage: -1, Absent: Never,
		Scope:       "account:read",
		PII:         "email name",
		FieldScopes: map[string]Paths{"droplets": "droplet_limit", "reserved_ips": "floating_ip_limit"},
		Summary:     "{status}, {droplet_limit} droplets allowed",
	},
	{
		// The amounts are news to those who ask for them; generated_at moves with every request.
		Name: "balance", Path: "/v2/customers/my/balance", Kind: Single, PerPage: -1, Absent: Never, Scope: "billing:read",
		Group: "billing", MinInterval: time.Hour, Weight: 0.1, ChangeRate: 10,
		Ignore: "generated_at",
		Why: map[string]string{
			"account_balance":       "all that the resource is for",
			"month_to_date_balance": "all that the resource is for",
			"month_to_date_usage":   "all that the resource is for",
		},
	},
	{
		Name: "actions", Path: "/v2/actions", Items: "actions", Kind: Log, Absent: Never, Scope: "actions:read",
		Weight: 2, ChangeRate: 10,
		ID: "id", Open: "status=in-progress", Late: "completed_at", Title: "type",
		Only:    "region.slug",
		Summary: "{type} of {resource_type} {resource_id}: {status}",
	},
	{
		Name: "projects", Path: "/v2/projects", Items: "projects", Scope: "project:read",
		ID: "id", Born: "created_at", Clock: "updated_at",
		Ignore:  "updated_at",
		Summary: "{environment}: {purpose}",
	},
	{
		// Shows only what the token may see. status tells how a service feels at the moment, not what is in the project.
		Name: "project_resources", Path: "/v2/projects/{projects}/resources", Items: "resources", Absent: Twice,
		Scope: "project:read", ID: "urn", URN: "=urn", Filtered: true,
		Ignore:  "status",
		Summary: "{status}, since {assigned_at}",
		Why: map[string]string{
			"Title": "it has a urn",
		},
	},
	{
		// All of resources is how many of each kind carry the tag, as far as the token sees them, and which got it last.
		Name: "tags", Path: "/v2/tags", Items: "tags", Scope: "tag:read",
		Weight: 0.5,
		ID:     "name", Common: true,
		Ignore: "resources",
		FieldScopes: map[string]Paths{
			"droplets": "resources resources.droplets", "volumes": "resources.volumes", "databases": "resources.databases",
			"images": "resources.imgages resources.images", "snapshots": "resources.volume_snapshots",
		},
		Summary: "on {resources.count} resources",
		Why: map[string]string{
			"resources":                  "nothing but counts and last uris, as far as the token sees them",
			"resources.images":           "how godo spells resources.imgages",
			"resources.volume_snapshots": "no listing needs that scope, and that of snapshots is the nearest",
		},
	},
	{
		// Listed at most 10 times a minute.
		Name: "ssh_keys", Path: "/v2/account/keys", Items: "ssh_keys", Scope: "ssh_key:read", MinInterval: 10 * time.Second,
		Limit:   Limit{Requests: 10, Window: time.Minute},
		Weight:  4,
		ID:      "id",
		Summary: "{fingerprint}",
	},
}
