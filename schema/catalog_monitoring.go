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
		Mask: "destination.config.credentials destination.config.credentials.username " +
			"destination.config.credentials.password",
		Sets: "resources[urn]",
		Why: map[string]string{
			"Absent": "the GET by id goes by an id that no record has",
		},
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
		Name: "uptime_check_states", Path: "/v2/uptime/checks/{uptime_checks}/state", Items: "state", Kind: Single,
		Absent: WithParent, Scope: "uptime:read", PerPage: -1,
		Ignore: "regions.*.thirty_day_uptime_percentage",
		Why: map[string]string{
			"previous_outage":                   "whether it is up is all that the resource is for",
			"regions.eu_west.status":            "whether it is up is all that the resource is for",
			"regions.eu_west.status_changed_at": "whether it is up is all that the resource is for",
			"regions.us_east.status":            "whether it is up is all that the resource is for",
			"regions.us_east.status_changed_at": "whether it is up is all that the resource is for",
		},
	},
	{
		Name: "uptime_alerts", Path: "/v2/uptime/checks/{uptime_checks}/alerts", Items: "alerts",
		Scope: "uptime:read",
		ID:    "id",
		Mask:  "notifications.slack[].url",
		Sets:  "notifications.email notifications.slack[url]",
		PII:   "notifications.email",
	},
	{
		Name: "insights_alert_instances", Path: "/v2/insights/alert-instances", Items: "alert_instances", Kind: Log,
		Absent: Never, Scope: "insights:read", Group: "logs",
		ID: "id", Open: "status=active", Title: "severity",
		Ignore: "value last_triggered_at last_notified_at",
	},
	{
		Name: "insights_alert_rules", Path: "/v2/insights/alert-rules", Items: "alert_rules",
		Scope: "insights:read",
		ID:    "id", Born: "created_at", Clock: "updated_at", Title: "spec.name",
		Sets: "spec.query.resource_urns spec.query.tags spec.query.filters " +
			"spec.notification_channels[notification_channel_id] spec.notification_channels[].notify_on",
		Ignore: "updated_at",
	},
	{
		Name: "insights_dashboards", Path: "/v2/insights/dashboards", Items: "dashboards",
		Scope: "insights:read", Paging: Dotted,
		ID: "uuid", Born: "created_at", Clock: "updated_at",
		Ignore: "updated_at",
	},
	{
		Name: "insights_notification_channels", Path: "/v2/insights/notification-channels", Items: "notification_channels",
		Scope: "insights:read",
		ID:    "id", Born: "created_at", Clock: "updated_at",
		Mask: "slack.webhook_url webhook.url webhook.headers webhook.basic_auth.password webhook.bearer_token " +
			"webhook.bearer_token.token webhook.signature.secret",
		Ignore: "usage updated_at",
		PII:    "email.to",
		Show:   "webhook.basic_auth.username",
	},
	{
		Name: "insights_resources", Path: "/v2/insights/resources", Items: "resources",
		Scope: "insights:read", Paging: Dotted,
		ID: "resource_urn", URN: "=resource_urn", Title: "resource_urn",
		Ignore: "metrics.effective_at logs.effective_at traces.effective_at",
	},
}
