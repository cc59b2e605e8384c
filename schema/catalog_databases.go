package schema

// Managed databases. Credentials come and go with the scope database:view_credentials, which no listing can be asked
// about: so passwords are masked, the user names beside them are never a reason for an event, and neither is a uri, whose
// parts all stand beside it.
var databaseRows = []Resource{
	{
		// The rules are database_firewall_rules, the versions' dates a public catalogue.
		Name: "databases", Path: "/v2/databases", Items: "databases", Scope: "database:read", PerPage: -1,
		Weight: 3,
		ID:     "id", Born: "created_at", URN: "dbaas",
		Mask: "*.uri *.password users[].password users[].access_key users[].access_cert",
		Sets: "tags db_names rules[uuid] metrics_endpoints[host+port] do_settings.service_cnames",
		Ignore: "*.uri *.user rules maintenance_window.pending maintenance_window.description " +
			"version_end_of_life version_end_of_availability",
		FieldScopes: map[string]Paths{"projects": "project_id", "tags": "tags", "vpcs": "private_network_uuid"},
	},
	{
		Name: "database_users", Path: "/v2/databases/{databases}/users", Items: "users", Embed: "users",
		Weight: 4,
		Scope:  "database:read", PerPage: -1,
		ID:   "name",
		Mask: "password access_key access_cert",
		Sets: "settings.mongo_user_settings.databases settings.acl[id] settings.opensearch_acl[index]",
	},
	{
		Name: "database_replicas", Path: "/v2/databases/{databases}/replicas", Items: "replicas", When: "engine=pg|mysql|mongodb|advanced_pg|advanced_mysql",
		Weight: 2,
		Scope:  "database:read", PerPage: -1,
		ID: "id", Get: "/v2/databases/{databases}/replicas/{.name}", Born: "created_at",
		Mask:        "*.uri *.password",
		Sets:        "tags do_settings.service_cnames",
		Ignore:      "*.uri *.user",
		FieldScopes: map[string]Paths{"tags": "tags", "vpcs": "private_network_uuid"},
	},
	{
		Name: "database_pools", Path: "/v2/databases/{databases}/pools", Items: "pools", When: "engine=pg|advanced_pg",
		Scope: "database:read", PerPage: -1,
		ID:     "name",
		Mask:   "*.uri *.password",
		Ignore: "*.uri *.user",
	},
	{
		// A backup has neither an id nor a page of its own. It rolls off after some days: a delete, and no alarm.
		Name: "database_backups", Path: "/v2/databases/{databases}/backups", Items: "backups", Absent: Twice,
		Weight: 0.5, Pace: 10,
		When:  "engine=pg|mysql|mongodb|opensearch|advanced_pg|advanced_mysql",
		Scope: "database:read", PerPage: -1,
		ID: "created_at",
	},
	{
		// Its members depend on the engine.
		Name: "database_configs", Path: "/v2/databases/{databases}/config", Items: "config", Kind: Single, Absent: WithParent,
		Scope: "database:read", PerPage: -1,
		Sets: "pgbouncer.ignore_startup_parameters reindex_remote_whitelist",
	},
	{
		Name: "database_firewall_rules", Path: "/v2/databases/{databases}/firewall", Items: "rules", Absent: Twice,
		Weight: 4, Gate: "rules",
		Scope: "database:read", PerPage: -1,
		ID: "uuid", Born: "created_at", Title: "value",
	},
}
