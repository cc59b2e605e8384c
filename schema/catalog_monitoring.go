package schema

// What watches, and whom it tells. Where a webhook goes is a secret.
var monitoringRows = []Resource{
	{
		Name: "alert_policies", Path: "/v2/monitoring/alerts", Items: "policies",
		Scope: "monitoring:read",
		ID:    "uuid", Title: "description",
		Mask: "alerts.slack[].url",
		Sets: "alerts.email entities tags alerts.slack[url]",
		PII:  "alerts.email",
	},
	{
		// A sink shows no id but its destination's. Of several to one destination none can be told from the others.
		Name: "monitoring_sinks", Path: "/v2/monitoring/sinks", Items: "sinks", Absent: Twice,
		Scope: "monitoring:read", PerPage: -1,
		ID: "destination.id", Title: "destination.name",
		Mask: "destination.config.credentials destination.config.credentials.username destination.config.credentials.password",
		Sets: "resources[urn]",
	},
	{
		Name: "monitoring_destinations", Path: "/v2/monitoring/sinks/destinations", Items: "destinations",
		Scope: "monitoring:read", PerPage: -1,
		ID: "id",
	},
	{
		Name: "uptime_checks", Path: "/v2/uptime/checks", Items: "checks",
		Scope: "uptime:read",
		ID:    "id",
		Sets:  "regions",
	},
	{
		Name: "uptime_check_states", Path: "/v2/uptime/checks/{uptime_checks}/state", Items: "state", Kind: Single, Absent: WithParent,
		Scope: "uptime:read", PerPage: -1,
		Ignore: "regions.*.thirty_day_uptime_percentage",
	},
	{
		Name: "uptime_alerts", Path: "/v2/uptime/checks/{uptime_checks}/alerts", Items: "alerts",
		Scope: "uptime:read",
		ID:    "id",
		Mask:  "notifications.slack[].url",
		Sets:  "notifications.email notifications.slack[url]",
		PII:   "notifications.email",
	},
}
