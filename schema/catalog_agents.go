package schema

import "time"

// Hosted agents, what they may use, and what is collected of them.
var agentRows = []Resource{
	{
		// Whether conversations are collected. agent_id is empty for a source as a whole, so the id has to do.
		Name: "signals_consents", Path: "/v1/consent", Items: "consents", Absent: Twice,
		Scope: "signals:read", PerPage: -1,
		ID: "id", Clock: "updated_at", Title: "source",
		Ignore: "updated_at",
	},
	{
		Name: "signals_deletions", Path: "/v1/signals/deletions", Items: "edges[].node", Kind: Log, Absent: Never,
		Scope: "signals:read", Paging: Edges, PerPage: 100, Group: "logs",
		ID: "deletion_id", Open: "status=queued|running", Title: "type",
	},
	{
		Name: "signals_exports", Path: "/v1/signals/exports", Items: "edges[].node", Kind: Log, Absent: Never,
		Scope: "signals:read", Paging: Edges, PerPage: 100, Group: "logs",
		ID: "export_id", Open: "status=queued|running", Title: "status",
		Sets: "filters.session_ids filters.signal_type",
	},
	{
		// Those that the token's user may see, and not the team's: another user's token shows others, so nothing is ever
		// taken for deleted. The GET by id completes or expires an authorization: it is never asked.
		Name: "action_gateway_connections", Path: "/v2/action-gateway/connections", Items: "connections", Absent: Never,
		Scope: "action_gateway:read", PerPage: 100, Group: "user",
		ID: "id", Born: "created_at", Clock: "updated_at", Title: "provider",
		Mask:   "api_key authorization",
		Sets:   "scopes oauth.scopes network.vpc.destinations",
		Ignore: "updated_at",
		PII:    "user_id owning_user_id owning_user_numeric_id",
	},
	{
		Name: "action_gateway_endpoints", Path: "/v2/action-gateway/endpoints", Items: "endpoints", Absent: Twice,
		Scope: "action_gateway:read", Paging: Tokens, PerPage: 100,
		ID: "id", Born: "created_at", Clock: "updated_at",
		Sets:   "head_version.tools.references[kind+name]",
		Ignore: "updated_at",
		PII:    "actor_id head_version.actor_id",
	},
	{
		Name: "action_gateway_endpoint_versions", Path: "/v2/action-gateway/endpoints/{action_gateway_endpoints}/versions",
		Items: "versions", Absent: Twice, Scope: "action_gateway:read", Paging: Tokens, PerPage: 100,
		ID: "id", Born: "created_at", Clock: "updated_at", Title: "version_number",
		Sets:   "tools.references[kind+name]",
		Ignore: "updated_at",
		PII:    "actor_id",
	},
	{
		// A server's address may carry a token, as those of agents do.
		Name: "action_gateway_mcp_servers", Path: "/v2/action-gateway/mcp-servers", Items: "mcpServers",
		Scope: "action_gateway:read", PerPage: -1,
		ID: "serverRef", Born: "createdAt", Clock: "updatedAt", Title: "serverRef",
		Mask:   "credentialRef endpoint oauth_authorize_url",
		Sets:   "oauth_scopes",
		Ignore: "lastSyncedAt updatedAt",
		Show:   "credentialRefSource",
	},
	{
		Name: "action_gateway_mcp_server_tools", Path: "/v2/action-gateway/mcp-servers/{action_gateway_mcp_servers}/tools",
		Items: "tools", Absent: Twice, Scope: "action_gateway:read", PerPage: -1,
		ID: "toolSlug",
	},
	{
		Name: "action_gateway_output_views", Path: "/v2/action-gateway/output-views", Items: "views",
		Scope: "action_gateway:read", Paging: Tokens, PerPage: 100,
		ID: "view_id", Born: "audit.createdAt", Clock: "audit.updatedAt",
		Common: true,
		Sets:   "fields",
		Ignore: "audit.updatedAt",
		PII:    "audit.createdBy audit.updatedBy deleted_by",
	},
	{
		// As connections: those of the token's user.
		Name: "action_gateway_sessions", Path: "/v2/action-gateway/sessions", Items: "sessions", Absent: Never,
		Scope: "action_gateway:read", PerPage: 100, Group: "user",
		ID: "sessionUrn", Born: "createdAt", Clock: "updatedAt", URN: "=sessionUrn",
		Sets:   "tools.references[kind+name]",
		Ignore: "updatedAt",
		PII:    "actorId owning_user_id owning_user_numeric_id",
	},
	{
		// Without status=all deprecated ones are hidden. A page has 100 at most, whatever is asked for.
		Name: "action_gateway_toolbelts", Path: "/v2/action-gateway/toolbelts", Query: "status=all", Items: "toolbelts",
		Absent: Twice, Scope: "action_gateway:read", PerPage: 100,
		ID: "name", Clock: "updated_at",
		Ignore: "updated_at",
	},
	{
		Name: "hosted_agent_environments", Path: "/v2/harness-runtime/configs", Items: "configs", Absent: Twice,
		Scope: "agent_harness_session:read", Paging: Tokens, NotFound: "not_found", Regional: true,
		ID: "id", Born: "created_at", Clock: "updated_at",
		Ignore: "updated_at",
		PII:    "created_by",
	},
	{
		Name: "hosted_agent_regions", Path: "/v2/harness-runtime/regions", Items: "regions", Absent: Twice,
		Scope: "agent_harness_session:read", PerPage: -1, NotFound: "not_found", Group: "public", MinInterval: time.Hour,
		ID: "slug", Title: "slug",
	},
	{
		// Without the status destroyed and failed ones are hidden.
		Name: "hosted_agent_sessions", Path: "/v2/harness-runtime/sessions", Query: "status=SESSION_STATUS_ALL",
		Items: "sessions", Absent: Twice, Scope: "agent_harness_session:read", Paging: Tokens, NotFound: "not_found",
		Regional: true, ID: "session_id", Born: "created_at",
		Sets: "update.sections update.changes.*.added update.changes.*.removed update.changes.*.changed " +
			"config_diff.*.added config_diff.*.removed config_diff.*.changed",
		Ignore: "last_event_at sandbox_id warnings",
		PII:    "update.user_email update.user_uuid",
		Mask:   "provider_auth",
		Show:   "config_diff.secrets update.changes.secrets",
	},
	{
		Name: "hosted_agent_checkpoints", Path: "/v2/harness-runtime/sessions/{hosted_agent_sessions}/checkpoints",
		Items: "checkpoints", Absent: Twice, Scope: "agent_harness_session:read", Paging: Tokens, NotFound: "not_found",
		Regional: true, Group: "gen-ai-runs", ID: "checkpoint_id", Born: "created_at",
		When:  "status=SESSION_STATUS_READY|SESSION_STATUS_PAUSED|SESSION_STATUS_DETACHED|SESSION_STATUS_UPDATING",
		Title: "label",
	},
	{
		Name: "hosted_agent_templates", Path: "/v2/harness-runtime/templates", Items: "templates", Absent: Twice,
		Scope: "agent_harness_session:read", Paging: Tokens, NotFound: "not_found", Regional: true,
		ID: "template_id", Born: "created_at", Clock: "updated_at",
		Ignore: "updated_at",
	},
	{
		Name: "hosted_agent_template_builds", Path: "/v2/harness-runtime/templates/{hosted_agent_templates}/builds",
		Items: "builds", Kind: Log, Absent: Never, Scope: "agent_harness_session:read", Paging: Tokens, NotFound: "not_found",
		Regional: true, Group: "logs", ID: "build_id", Clock: "updated_at", Open: "status=PENDING|BUILDING",
		Ignore: "updated_at",
	},
	{
		// Whoever knows a webhook's address may deliver to it.
		Name: "hosted_agent_triggers", Path: "/v2/harness-runtime/triggers", Items: "triggers", Absent: Twice,
		Scope: "agent_harness_session:read", Paging: Tokens, NotFound: "not_found", Regional: true,
		ID: "trigger_id", Born: "created_at", Clock: "updated_at",
		Mask:   "webhook.webhook_url",
		Sets:   "webhook.events",
		Ignore: "cron.next_run_at updated_at",
	},
	{
		Name: "hosted_agent_trigger_executions", Path: "/v2/harness-runtime/triggers/{hosted_agent_triggers}/executions",
		Items: "executions", Kind: Log, Absent: Never, Scope: "agent_harness_session:read", Paging: Tokens,
		NotFound: "not_found", Regional: true, Group: "gen-ai-runs", ID: "execution_id", Clock: "updated_at",
		Open: "status=pending|running", Title: "status",
		Mask:   "payload output_text",
		Ignore: "updated_at",
	},
	{
		Name: "hosted_agent_workspaces", Path: "/v2/harness-runtime/workspaces", Items: "workspaces", Absent: Twice,
		Scope: "agent_harness_session:read", Paging: Tokens, NotFound: "not_found", Regional: true,
		ID: "workspace_id", Born: "created_at", Clock: "updated_at",
		Ignore: "bytes_used last_saved_at updated_at",
		PII:    "created_by updated_by",
	},
}
