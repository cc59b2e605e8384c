package schema

import "time"

// App Platform. Deployments are news: what is ignored of them is the time of their last step and how far they are.
var appRows = []Resource{
	{
		// Without with_projects the record has no project. It carries up to four whole deployments, each with the spec and
		// the values of its environment. The rules of an ingress keep their order.
		Name: "apps", Path: "/v2/apps", Query: "with_projects=true", Items: "apps", Scope: "app:read",
		Weight: 2, ChangeRate: 10,
		ID: "id", Born: "created_at", Clock: "updated_at", URN: "app", Title: "spec.name",
		Mask: "**.git.repo_clone_url **.registry_credentials **.envs[].value **.papertrail.endpoint **.datadog.api_key " +
			"**.logtail.token **.open_search.endpoint **.open_search.basic_auth.password **.headers[].value " +
			"**.secure_header.value",
		Sets: "region.data_centers domains[id] **.validations **.spec.domains[domain] dedicated_ips[id] **.egress_ips[ip] " +
			"**.services[name] **.static_sites[name] **.jobs[name] **.workers[name] **.functions[name] **.databases[name] " +
			"**.envs[key] **.log_destinations[name] **.log_destinations[].headers[key] **.routes[path] **.alerts " +
			"**.internal_ports **.buildpacks[id] **.allow_origins **.allow_methods **.allow_headers **.expose_headers",
		Ignore: "**.updated_at **.phase_last_updated_at **.progress **.timing " +
			"last_deployment_active_at last_deployment_created_at domains[].validations domains[].certificate_expires_at",
		PII:         "**.digitalocean_user_action.user.email **.digitalocean_user_action.user.full_name **.git_push.username",
		FieldScopes: map[string]Paths{"projects": "project_id"},
		Summary:     "{live_url} in {region.slug}",
		Show:        "**.basic_auth.user",
		Why: map[string]string{
			"**.updated_at":            "the app's, and the same of each of its deployments",
			"**.phase_last_updated_at": "the review names that of the pinned deployment; the others move likewise",
			"**.progress":              "the review names the pinned deployment's; the others move likewise",
			"**.timing":                "how long a deployment took: it moves until that is done",
			"active_deployment":        "a deployment is news",
			"domains[].validations":    "rotates by itself, the whole of it",
			"in_progress_deployment":   "a deployment is news",
			"pending_deployment":       "a deployment is news",
			"pinned_deployment.functions[].source_commit_hash":    "what was deployed",
			"pinned_deployment.jobs[].source_commit_hash":         "what was deployed",
			"pinned_deployment.services[].source_commit_hash":     "what was deployed",
			"pinned_deployment.static_sites[].source_commit_hash": "what was deployed",
			"pinned_deployment.workers[].source_commit_hash":      "what was deployed",
		},
	},
	{
		Name: "app_deployments", Path: "/v2/apps/{apps}/deployments", Items: "deployments", Kind: Log, Absent: Never,
		Scope: "app:read",
		ID:    "id", Clock: "updated_at", Open: "phase=UNKNOWN|PENDING_BUILD|BUILDING|PENDING_DEPLOY|DEPLOYING",
		Title: "cause",
		Mask: "**.git.repo_clone_url **.registry_credentials **.envs[].value **.papertrail.endpoint **.datadog.api_key " +
			"**.logtail.token **.open_search.endpoint **.open_search.basic_auth.password **.headers[].value " +
			"**.secure_header.value",
		Sets: "spec.domains[domain] spec.vpc.egress_ips[ip] **.services[name] **.static_sites[name] **.jobs[name] " +
			"**.workers[name] **.functions[name] **.databases[name] **.envs[key] **.log_destinations[name] " +
			"**.log_destinations[].headers[key] **.routes[path] **.alerts **.buildpacks[id] **.internal_ports " +
			"**.allow_origins **.allow_methods **.allow_headers **.expose_headers",
		Ignore: "phase_last_updated_at progress timing updated_at",
		PII: "cause_details.digitalocean_user_action.user.email cause_details.digitalocean_user_action.user.full_name " +
			"cause_details.git_push.username",
		Show: "**.basic_auth.user",
		Why: map[string]string{
			"functions[].source_commit_hash":    "what was deployed",
			"jobs[].source_commit_hash":         "what was deployed",
			"services[].source_commit_hash":     "what was deployed",
			"static_sites[].source_commit_hash": "what was deployed",
			"timing":                            "how long it took: it moves until the deployment is done",
			"workers[].source_commit_hash":      "what was deployed",
		},
	},
	{
		Name: "app_alerts", Path: "/v2/apps/{apps}/alerts", Items: "alerts", Absent: Twice,
		Scope: "app:read", PerPage: -1,
		ID: "id", Title: "spec.rule",
		Mask:   "slack_webhooks[].url",
		Sets:   "emails slack_webhooks[url]",
		Ignore: "progress",
		PII:    "emails",
	},
	{
		Name: "app_instances", Path: "/v2/apps/{apps}/instances", Items: "instances", Absent: Twice,
		Scope: "app:read", PerPage: -1, Group: "metrics",
		ID: "instance_name", Title: "instance_name",
	},
	{
		Name: "app_health", Path: "/v2/apps/{apps}/health", Items: "app_health", Kind: Single, Absent: WithParent,
		Scope: "app:read", PerPage: -1, Group: "metrics",
		Sets: "components[name] functions_components[name] functions_components[].functions_component_health_metrics",
		Ignore: "components[].cpu_usage_percent components[].memory_usage_percent " +
			"functions_components[].functions_component_health_metrics",
		Why: map[string]string{
			"components[].replicas_ready": "whether it is healthy is all that the resource is for",
			"components[].state":          "whether it is healthy is all that the resource is for",
		},
	},
	{
		Name: "app_events", Path: "/v2/apps/{apps}/events", Items: "events", Kind: Log, Absent: Never,
		Scope: "app:read", Group: "logs",
		ID: "id", Title: "type",
		Mask: "**.git.repo_clone_url **.registry_credentials **.envs[].value **.papertrail.endpoint **.datadog.api_key " +
			"**.logtail.token **.open_search.endpoint **.open_search.basic_auth.password **.headers[].value " +
			"**.secure_header.value",
		Ignore: "deployment",
		PII:    "**.digitalocean_user_action.user.email **.digitalocean_user_action.user.full_name **.git_push.username",
		Show:   "**.basic_auth.user",
	},
	{
		Name: "app_job_invocations", Path: "/v2/apps/{apps}/job-invocations", Items: "job_invocations", Kind: Log,
		Absent: Never, Scope: "app:read", Group: "logs",
		ID: "id", Open: "phase=UNKNOWN|PENDING|RUNNING", Late: "completed_at", Title: "job_name",
		PII: "trigger.manual.user.email",
	},
	{
		// Its GET by id needs function:admin.
		Name: "functions_namespaces", Path: "/v2/functions/namespaces", Items: "namespaces", Absent: Twice,
		Scope: "function:read", PerPage: -1,
		ID: "namespace", Born: "created_at", Clock: "updated_at",
		Mask:   "key",
		Ignore: "updated_at",
	},
	{
		Name: "functions_triggers", Path: "/v2/functions/namespaces/{functions_namespaces}/triggers", Items: "triggers",
		Scope: "function:read", PerPage: -1,
		ID: "name", Born: "created_at", Clock: "updated_at",
		Mask:   "scheduled_details.body",
		Ignore: "updated_at scheduled_runs.last_run_at scheduled_runs.next_run_at",
	},
	{
		// Lists names and dates, no key; yet its only scope may make keys, which nobody should have to grant.
		Name: "functions_access_keys", Path: "/v2/functions/namespaces/{functions_namespaces}/keys", Items: "access_keys",
		Absent: Twice, Scope: "function:admin", PerPage: -1, Group: "admin",
		ID: "id", Born: "created_at", Clock: "updated_at",
		Mask:   "secret",
		Ignore: "last_used_at updated_at",
	},
	{
		Name: "app_buildpacks", Path: "/v2/apps/buildpacks", Items: "buildpacks", Absent: Twice,
		Unsaid: "that of apps is app:read", PerPage: -1, Group: "public", Global: true, MinInterval: time.Hour,
		ID:   "id+major_version",
		Sets: "description",
	},
}
