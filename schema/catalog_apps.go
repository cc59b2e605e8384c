package schema

// App Platform. Deployments are news: what is ignored of them is the time of their last step and how far they are.
var appRows = []Resource{
	{
		// Without with_projects the record has no project. It carries up to four whole deployments, each with the spec and
		// the values of its environment. The rules of an ingress keep their order.
		Name: "apps", Path: "/v2/apps", Query: "with_projects=true", Items: "apps", Scope: "app:read",
		Weight: 2, Pace: 10,
		ID: "id", Born: "created_at", Clock: "updated_at", URN: "app", Title: "spec.name",
		Mask: "**.git.repo_clone_url **.registry_credentials **.envs[].value **.papertrail.endpoint **.datadog.api_key " +
			"**.logtail.token **.open_search.endpoint **.open_search.basic_auth.password",
		Sets: "region.data_centers domains[id] **.validations **.spec.domains[domain] dedicated_ips[id] **.egress_ips[ip] " +
			"**.services[name] **.static_sites[name] **.jobs[name] **.workers[name] **.functions[name] **.databases[name] " +
			"**.envs[key] **.log_destinations[name] **.routes[path] **.alerts **.internal_ports " +
			"**.allow_origins **.allow_methods **.allow_headers **.expose_headers",
		Ignore: "**.updated_at **.phase_last_updated_at **.progress " +
			"last_deployment_created_at domains[].validations domains[].certificate_expires_at",
		FieldScopes: map[string]Paths{"projects": "project_id"},
	},
}
