package schema

// Managed databases. Credentials come and go with the scope database:view_credentials, which no listing can be asked
// about: so passwords are masked, the user names beside them are never a reason for an event, and neither is a uri,
// whose parts all stand beside it.
var databaseRows = []Resource{
	{
		// The rules are database_firewall_rules, the versions' dates a public catalogue.
		Name: "databases", Path: "/v2/databases", Items: "databases", Scope: "database:read", PerPage: -1,
		Weight: 3,
		ID:     "id", Born: "created_at", URN: "dbaas", Called: "cluster|database",
		Mask: "**.uri **.password **.access_key **.access_cert",
		Sets: "tags rules[uuid] metrics_endpoints[host+port] do_settings.service_cnames",
		Ignore: "*.uri *.user rules maintenance_window.pending maintenance_window.description " +
			"version_end_of_life version_end_of_availability",
		FieldScopes: map[string]Paths{"projects": "project_id", "tags": "tags", "vpcs": "private_network_uuid"},
		Summary:     "{engine} {version}, {num_nodes} × {size} in {region}",
		Why: map[string]string{
			"*.uri":  "written from its neighbours and, for some tokens, with the credentials",
			"*.user": "comes and goes with the scope database:view_credentials",
			"rules":  "it is in database_firewall_rules",
		},
	},
	{
		Name: "database_users", Path: "/v2/databases/{databases}/users", Items: "users", Embed: "users",
		Weight: 4,
		Scope:  "database:read", PerPage: -1,
		ID:      "name",
		Mask:    "password access_key access_cert",
		Sets:    "settings.mongo_user_settings.databases settings.acl[id] settings.opensearch_acl[index]",
		Summary: "{role}",
	},
	{
		Name: "database_replicas", Path: "/v2/databases/{databases}/replicas", Items: "replicas",
		When: "engine=pg|mysql|mongodb|advanced_pg|advanced_mysql", Weight: 2,
		Scope: "database:read", PerPage: -1,
		ID: "id", Get: "/v2/databases/{databases}/replicas/{.name}", Born: "created_at",
		Mask:        "**.uri **.password",
		Sets:        "tags do_settings.service_cnames",
		Ignore:      "*.uri *.user",
		FieldScopes: map[string]Paths{"tags": "tags", "vpcs": "private_network_uuid"},
		Summary:     "{size} in {region}",
		Why: map[string]string{
			"*.uri":  "written from its neighbours and, for some tokens, with the credentials",
			"*.user": "comes and goes with the scope database:view_credentials",
		},
	},
	{
		Name: "database_pools", Path: "/v2/databases/{databases}/pools", Items: "pools", When: "engine=pg|advanced_pg",
		Scope: "database:read", PerPage: -1,
		ID:      "name",
		Mask:    "**.uri **.password",
		Ignore:  "*.uri *.user",
		Summary: "{mode} pool of {size} on {db}",
		Why: map[string]string{
			"*.uri":  "written from its neighbours and, for some tokens, with the credentials",
			"*.user": "comes and goes with the scope database:view_credentials",
		},
	},
	{
		// A backup has neither an id nor a page of its own. It rolls off after some days: a delete, and no alarm.
		Name: "database_backups", Path: "/v2/databases/{databases}/backups", Items: "backups", Absent: Twice,
		Weight: 0.5, ChangeRate: 10,
		When:  "engine=pg|mysql|mongodb|opensearch|advanced_pg|advanced_mysql",
		Scope: "database:read", PerPage: -1,
		ID:      "created_at",
		Summary: "{size_gigabytes} GB of {created_at}",
		Why: map[string]string{
			"Title": "it has a date and a size",
		},
	},
	{
		// Its members depend on the engine.
		Name: "database_configs", Path: "/v2/databases/{databases}/config", Items: "config", Kind: Single, Absent: WithParent,
		Scope: "database:read", PerPage: -1,
		Sets: "pgbouncer.ignore_startup_parameters reindex_remote_whitelist mysql_parameters[name] pg_parameters[name]",
	},
	{
		// A cluster's record holds its trusted sources as rules.
		Name: "database_firewall_rules", Path: "/v2/databases/{databases}/firewall", Items: "rules", Absent: Twice,
		Weight: 4, Revision: "rules",
		Scope: "database:read", PerPage: -1,
		ID: "uuid", Born: "created_at", Title: "value",
		Summary: "{type} {value}",
	},
	{
		Name: "database_dbs", Path: "/v2/databases/{databases}/dbs", Items: "dbs", Embed: "db_names", NullIsNone: true,
		Called: "db|database", When: "engine=pg|mysql|mongodb|advanced_pg|advanced_mysql",
		Scope: "database:read", PerPage: -1, ID: "name",
	},
	{
		Name: "database_eviction_policies", Path: "/v2/databases/{databases}/eviction_policy", Kind: Single,
		Absent: WithParent, When: "engine=redis|valkey", Scope: "database:read", PerPage: -1,
		Why: map[string]string{
			"Items": "a value by itself is no record",
		},
	},
	{
		Name: "database_sql_modes", Path: "/v2/databases/{databases}/sql_mode", Kind: Single, Absent: WithParent,
		When: "engine=mysql", Scope: "database:read", PerPage: -1,
		Why: map[string]string{
			"Items": "a value by itself is no record",
		},
	},
	{
		Name: "database_topics", Path: "/v2/databases/{databases}/topics", Items: "topics",
		When: "engine=kafka", Scope: "database:read", PerPage: -1,
		ID:     "name",
		Ignore: "partitions", // their offsets and sizes, should the listing have them, too
		Why: map[string]string{
			"partitions": "offsets and sizes",
		},
	},
	{
		Name: "database_indexes", Path: "/v2/databases/{databases}/indexes", Items: "indexes", Absent: Twice,
		When: "engine=opensearch", Scope: "database:read", PerPage: -1,
		ID: "index_name", Title: "index_name",
		Ignore: "size health",
	},
	{
		Name: "database_logsinks", Path: "/v2/databases/{databases}/logsink", Items: "sinks",
		Scope: "database:read", PerPage: -1,
		ID: "sink_id", Title: "sink_name",
		Mask: "config.logline config.sd config.key config.cert config.url config.datadog_api_key",
	},
	{
		Name: "database_autoscale", Path: "/v2/databases/{databases}/autoscale", Items: "autoscale|storage", Kind: Single,
		Absent: WithParent, Scope: "database:read", PerPage: -1,
		Why: map[string]string{
			"Items": "the document calls it autoscale, godo storage",
		},
	},
	{
		Name: "database_ca_certificates", Path: "/v2/databases/{databases}/ca", Items: "ca", Kind: Single, Absent: WithParent,
		Scope: "database:read", PerPage: -1,
	},
	{
		Name: "database_schema_subjects", Path: "/v2/databases/{databases}/schema-registry", Items: "subjects",
		When: "engine=kafka", Scope: "database:read", PerPage: -1,
		ID: "subject_name", Title: "subject_name",
	},
	{
		Name: "database_schema_registry_configs", Path: "/v2/databases/{databases}/schema-registry/config", Kind: Single,
		Absent: WithParent, When: "engine=kafka", Scope: "database:read", PerPage: -1,
	},
	{
		Name: "database_events", Path: "/v2/databases/{databases}/events", Items: "events", Kind: Log, Absent: Never,
		Scope: "database:read", PerPage: -1, Group: "logs",
		ID: "id", Title: "event_type",
	},
	{
		Name: "vector_databases", Path: "/v2/vector-databases", Items: "vector_dbs",
		Scope: "database:read",
		ID:    "id", Born: "created_at", Clock: "updated_at",
		Sets:   "tags",
		Ignore: "updated_at",
	},
	{
		Name: "vector_database_backups", Path: "/v2/vector-databases/{vector_databases}/backups", Items: "backups",
		Absent: Twice, Scope: "database:read", PerPage: -1,
		ID: "backup_id",
		Why: map[string]string{
			"Title": "it has an id and a date",
		},
	},
}
