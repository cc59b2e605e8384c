package schema

// Security scans, the teams of an organization, and what was bought from others.
var securityRows = []Resource{
	{
		// What is suppressed has pages within it, of which only the first is there; their number is in the record, too.
		Name: "security_settings", Path: "/v2/security/settings", Query: "per_page=200", Kind: Single, Absent: Never,
		Scope: "security:read",
		Sets: "tier_coverage.*.resources tier_coverage.*.tags plan_downgrades.*.resources " +
			"settings.suppressions.resources[id]",
		Why: map[string]string{
			"Items": "the plan's coverage stands beside the settings",
		},
	},
	{
		Name: "security_scans", Path: "/v2/security/scans", Items: "scans", Kind: Log, Absent: Never,
		Scope: "security:read", Group: "logs",
		ID: "id", Open: "status=IN_PROGRESS",
		Sets:   "findings[rule_uuid] findings[].mitigation_steps[step]",
		Ignore: "findings[].affected_resources_count",
		Why: map[string]string{
			"Title": "a scan has an id and dates",
		},
	},
	{
		Name: "organization_teams", Path: "/v2/organizations/teams", Items: "teams", Absent: Twice,
		Scope: "organization:read", PerPage: -1, Group: "organization",
		ID: "uuid", Common: true,
		PII: "email",
		Why: map[string]string{
			"member_count": "somebody came or went",
		},
	},
	{
		Name: "addon_resources", Path: "/v2/add-ons/saas", Items: "resources",
		Scope: "addon:read", PerPage: -1,
		ID:   "uuid",
		Mask: "metadata[].value sso_url",
		Sets: "metadata[name]",
	},
	{
		// Names, never values: the GET by id shows these, and is never asked. Where a region can't be reached the list is
		// partial.
		Name: "secrets", Path: "/v2/security/secrets", Items: "secrets", Absent: Twice,
		Scope: "security:read", Partial: "unavailable_regions",
		ID: "region+secret", Born: "created_at", Clock: "updated_at", Title: "secret",
		Mask:   "values",
		Ignore: "updated_at",
	},
}
