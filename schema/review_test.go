package schema_test

import (
	"time"

	"github.com/seachange/seachange/schema"
)

// What was decided by hand about the catalogue's rows, with the reasons. The contract test holds the rows to it, and
// fails where an entry here has become needless.

// news are fields that move by themselves, or look as if, and yet are what people want to hear of.
var news = map[string]map[string]string{
	"balance": {
		"month_to_date_balance": "all that the resource is for",
		"account_balance":       "all that the resource is for",
		"month_to_date_usage":   "all that the resource is for",
	},
	"invoices": {
		"amount": "all that the resource is for",
	},
	"droplet_autoscale_pools": {
		"active_resources_count": "scaling is news, whoever does it",
	},
	"droplet_autoscale_members": {
		"health_status":    "a member that is not healthy is news",
		"unhealthy_reason": "a member that is not healthy is news",
	},
	"kubernetes_clusterlint": {
		"run_id":       "all that the resource is for",
		"requested_at": "all that the resource is for",
		"completed_at": "all that the resource is for",
		"diagnostics":  "all that the resource is for",
	},
	"app_deployments": {
		"jobs[].source_commit_hash":         "what was deployed",
		"functions[].source_commit_hash":    "what was deployed",
		"services[].source_commit_hash":     "what was deployed",
		"static_sites[].source_commit_hash": "what was deployed",
		"workers[].source_commit_hash":      "what was deployed",
	},
	"app_health": {
		"components[].replicas_ready": "whether it is healthy is all that the resource is for",
		"components[].state":          "whether it is healthy is all that the resource is for",
	},
	"uptime_check_states": {
		"regions.eu_west.status":            "whether it is up is all that the resource is for",
		"regions.us_east.status":            "whether it is up is all that the resource is for",
		"regions.eu_west.status_changed_at": "whether it is up is all that the resource is for",
		"regions.us_east.status_changed_at": "whether it is up is all that the resource is for",
		"previous_outage":                   "whether it is up is all that the resource is for",
	},
	"organization_teams": {
		"member_count": "somebody came or went",
	},
	"kubernetes_node_pools": {
		"count": "scaling is news, whoever does it",
		"nodes": "a node that comes, goes or isn't ready is news",
	},
	"apps": {
		"active_deployment":                                   "a deployment is news",
		"in_progress_deployment":                              "a deployment is news",
		"pending_deployment":                                  "a deployment is news",
		"pinned_deployment.jobs[].source_commit_hash":         "what was deployed",
		"pinned_deployment.functions[].source_commit_hash":    "what was deployed",
		"pinned_deployment.services[].source_commit_hash":     "what was deployed",
		"pinned_deployment.static_sites[].source_commit_hash": "what was deployed",
		"pinned_deployment.workers[].source_commit_hash":      "what was deployed",
	},
}

// plain are the members that godo alone has and that are not what their names or types suggest, by the question: a set
// whose order means something, noise that is news. "*" is every row.
var plain = map[string]map[string]map[string]string{
	"set": {"*": {"**.buildpacks[].description": "the lines of a text"}},
}

// decidedAgainst reports whether a member was looked at, and is plain.
func decidedAgainst(row, question, path string) bool {
	for _, name := range []string{row, "*"} {
		for pattern := range plain[question][name] {
			if covers(all(schema.Paths(pattern)), one(path)) {
				return true
			}
		}
	}
	return false
}

// noise are ignored paths that the review doesn't call volatile.
var noise = map[string]map[string]string{
	"kubernetes_node_pools": {"nodes[].updated_at": "moves with the node's heartbeat; its state is what counts"},
	"databases": {
		"*.uri":  "written from its neighbours and, for some tokens, with the credentials",
		"*.user": "comes and goes with the scope database:view_credentials",
		"rules":  "told by database_firewall_rules",
	},
	"database_replicas": {
		"*.uri":  "written from its neighbours and, for some tokens, with the credentials",
		"*.user": "comes and goes with the scope database:view_credentials",
	},
	"database_pools": {
		"*.uri":  "written from its neighbours and, for some tokens, with the credentials",
		"*.user": "comes and goes with the scope database:view_credentials",
	},
	"apps": {
		"**.updated_at":            "the app's, and the same of each of its deployments",
		"**.phase_last_updated_at": "the review names that of the pinned deployment; the others move likewise",
		"**.progress":              "the review names the pinned deployment's; the others move likewise",
		"**.timing":                "how long a deployment took: it moves until that is done",
		"domains[].validations":    "rotates by itself, the whole of it",
	},
	"app_deployments": {"timing": "how long it took: it moves until the deployment is done"},
	"database_topics": {"partitions": "offsets and sizes"},
	"gen_ai_agents": {
		"anthropic_api_key": "told by gen_ai_agent_details",
		"api_key_infos":     "told by gen_ai_agent_details",
		"api_keys":          "told by gen_ai_agent_details",
		"child_agents":      "told by gen_ai_agent_details",
		"functions":         "told by gen_ai_agent_details",
		"guardrails":        "told by gen_ai_agent_details",
		"knowledge_bases":   "told by gen_ai_agent_details",
		"open_ai_api_key":   "told by gen_ai_agent_details",
		"parent_agents":     "told by gen_ai_agent_details",
		"workspace":         "told by gen_ai_agent_details",
	},
	"gen_ai_agent_details": {"open_ai_api_key.models": "as openai_api_key.models, in godo's spelling"},
	"tags":                 {"resources": "nothing but counts and last uris, as far as the token sees them"},
}

// queries are the parameters without which a listing lacks something, or has too much.
var queries = map[string]string{
	"droplets":             "|type=gpus",
	"images":               "private=true",
	"apps":                 "with_projects=true",
	"gen_ai_model_catalog": "limit=200",
	"security_settings":    "per_page=200",
}

// logs are the lists that only grow, and the condition under which an entry may still change.
var logs = map[string]string{
	"actions":         "status=in-progress",
	"billing_history": "", "invoice_items": "", "app_events": "", "database_events": "",
	"app_deployments":      "phase=UNKNOWN|PENDING_BUILD|BUILDING|PENDING_DEPLOY|DEPLOYING",
	"app_job_invocations":  "phase=UNKNOWN|PENDING|RUNNING",
	"security_scans":       "status=IN_PROGRESS",
	"gen_ai_indexing_jobs": "status=INDEX_JOB_STATUS_PENDING|INDEX_JOB_STATUS_IN_PROGRESS",
	"gen_ai_model_evaluation_runs": "status=MODEL_EVALUATION_RUN_QUEUED|MODEL_EVALUATION_RUN_RUNNING_DATASET|" +
		"MODEL_EVALUATION_RUN_EVALUATING_RESULTS|MODEL_EVALUATION_RUN_CANCELLING",
}

// engines without such children.
var engineless = map[string][]string{
	"database_replicas":          {"redis", "valkey", "kafka", "opensearch"},
	"database_pools":             {"mysql", "redis", "valkey", "mongodb", "kafka", "opensearch", "advanced_mysql"},
	"database_backups":           {"redis", "valkey", "kafka"},
	"database_dbs":               {"redis", "valkey", "kafka", "opensearch"},
	"database_eviction_policies": {"pg", "mysql", "mongodb", "kafka", "opensearch", "advanced_pg", "advanced_mysql"},
	"database_sql_modes": {
		"pg", "redis", "valkey", "mongodb", "kafka", "opensearch", "advanced_pg",
		"advanced_mysql",
	},
	"database_topics": {
		"pg", "mysql", "redis", "valkey", "mongodb", "opensearch", "advanced_pg",
		"advanced_mysql",
	},
	"database_indexes": {
		"pg", "mysql", "redis", "valkey", "mongodb", "kafka", "advanced_pg",
		"advanced_mysql",
	},
	"database_schema_subjects": {
		"pg", "mysql", "redis", "valkey", "mongodb", "opensearch", "advanced_pg",
		"advanced_mysql",
	},
	"database_schema_registry_configs": {
		"pg", "mysql", "redis", "valkey", "mongodb", "opensearch", "advanced_pg",
		"advanced_mysql",
	},
}

// urns are the kinds of thing that DigitalOcean's document and godo have urns for, by the row that lists them.
var urns = map[string]string{
	"apps": "app", "databases": "dbaas", "domains": "domain", "droplets": "droplet", "firewalls": "firewall",
	"kubernetes_clusters": "kubernetes", "load_balancers": "loadbalancer", "reserved_ips": "floatingip",
	"volumes": "volume", "vpcs": "vpc", "project_resources": "=urn", "vpc_members": "=urn", "spaces_buckets": "=urn",
	"vpc_nat_gateways": "nat_gateway",
}

// titles are the members to call a record by, where it has no name, label, ip or tag. An empty one: it has none.
var titles = map[string]string{
	"actions": "type", "apps": "spec.name", "balance": "", "cdn_endpoints": "endpoint", "database_backups": "",
	"database_configs": "", "database_firewall_rules": "value", "project_resources": "",
	"billing_history":                    "description",
	"invoices":                           "invoice_period",
	"invoice_items":                      "description",
	"droplet_backup_policies":            "",
	"droplet_autoscale_members":          "",
	"droplet_autoscale_history":          "reason",
	"byoip_prefix_ips":                   "byoip",
	"kubernetes_upgrades":                "kubernetes_version",
	"kubernetes_clusterlint":             "",
	"registry_manifests":                 "repository",
	"registry_garbage_collections":       "",
	"registry_subscription":              "tier.name",
	"database_eviction_policies":         "",
	"database_sql_modes":                 "",
	"database_indexes":                   "index_name",
	"database_logsinks":                  "sink_name",
	"database_autoscale":                 "",
	"database_ca_certificates":           "",
	"database_schema_subjects":           "subject_name",
	"database_schema_registry_configs":   "",
	"database_events":                    "event_type",
	"vector_database_backups":            "",
	"app_deployments":                    "cause",
	"app_alerts":                         "spec.rule",
	"app_instances":                      "instance_name",
	"app_health":                         "",
	"app_events":                         "type",
	"app_job_invocations":                "job_name",
	"alert_policies":                     "description",
	"monitoring_sinks":                   "destination.name",
	"uptime_check_states":                "",
	"security_settings":                  "",
	"security_scans":                     "",
	"dedicated_inferences":               "spec.name",
	"gen_ai_knowledge_base_data_sources": "bucket_name",
	"gen_ai_indexing_schedules":          "",
	"gen_ai_evaluation_metrics":          "metric_name",
	"gen_ai_evaluation_datasets":         "dataset_name",
	"gen_ai_evaluation_runs":             "run_name",
	"gen_ai_indexing_jobs":               "",
	"sizes":                              "slug",
	"one_clicks":                         "slug",
	"addon_apps":                         "app_slug",
	"database_options":                   "",
	"kubernetes_options":                 "",
	"registry_options":                   "",
	"gen_ai_regions":                     "region",
}

// scopeless are scopes that fill fields and whose own listing is not, or not exactly, a row.
var scopeless = map[string]string{
	"block_storage_snapshot:read": "snapshots", // the nearest listing there is
	"database:view_credentials":   "",          // no listing: what it fills is masked or ignored
}

// godoSecrets are secrets among the members that godo alone has whose names don't say so.
var godoSecrets = map[string][]string{"gen_ai_agents": {"functions[].url"}}

// personal is what the review's list of personal data lacks.
var personal = map[string][]string{"account": {"name"}}

// unsaid are the paths that a scope fills though no description says it: another spelling of the example's, and what a
// Droplet within another record has of the Droplet's.
var unsaid = map[string]map[string][]string{
	"tags":           {"images": {"resources.images"}},
	"reserved_ips":   {"vpcs": {"droplet.subnet_uuid"}},
	"reserved_ipv6s": {"vpcs": {"droplet.subnet_uuid"}},
	"floating_ips":   {"vpcs": {"droplet.subnet_uuid"}},
}

// roots are the rows whose records are rooted elsewhere than the document's review says.
var roots = map[string]string{
	"database_eviction_policies": "", // a value by itself is no record
	"database_sql_modes":         "",
	"database_options":           "",                  // the versions' dates stand beside the options
	"security_settings":          "",                  // so does the plan's coverage
	"database_autoscale":         "autoscale|storage", // the document's, and godo's
}

// idless are the rows whose records the review calls by so many members that they are known by all of them.
var idless = map[string]bool{"billing_history": true, "invoice_items": true}

// maps are the rows whose records stand in an object, each under its id.
var keyed = map[string]bool{"droplet_backup_policies": true}

// groupOf is why a row is off by default.
var groupOf = map[string]string{
	"billing_history":              "billing",
	"invoices":                     "billing",
	"invoice_items":                "billing",
	"droplet_autoscale_history":    "logs",
	"droplet_backups":              "metrics",
	"droplet_snapshots":            "metrics",
	"droplet_firewalls":            "metrics",
	"droplet_neighbors":            "metrics",
	"droplet_kernels":              "public",
	"volume_snapshots":             "metrics",
	"kubernetes_upgrades":          "metrics",
	"kubernetes_clusterlint":       "metrics",
	"app_instances":                "metrics",
	"app_health":                   "metrics",
	"app_events":                   "logs",
	"app_job_invocations":          "logs",
	"database_events":              "logs",
	"floating_ips":                 "metrics",
	"registry_garbage_collections": "logs",
	"security_scans":               "logs",
	"organization_teams":           "organization",
	"functions_access_keys":        "admin",
	"gen_ai_evaluation_runs":       "gen-ai-runs",
	"gen_ai_indexing_jobs":         "gen-ai-runs",
	"gen_ai_model_evaluation_runs": "gen-ai-runs",
	"sizes":                        "public",
	"regions":                      "public",
	"one_clicks":                   "public",
	"addon_apps":                   "public",
	"app_regions":                  "public",
	"app_instance_sizes":           "public",
	"database_options":             "public",
	"kubernetes_options":           "public",
	"registry_options":             "public",
	"gen_ai_regions":               "public",
	"gen_ai_model_catalog":         "public",
	"balance":                      "billing",
	"spaces_buckets":               "spaces",
}

// revisions are the members of a parent that move when something below it does. A zone file holds the records; a
// repository's newest manifest and its counts move with each push and delete; a cluster's rules are its trusted
// sources.
var revisions = map[string]string{
	"domain_records":          "zone_file",
	"registry_tags":           "latest_manifest+tag_count",
	"registry_manifests":      "latest_manifest+manifest_count+tag_count",
	"database_firewall_rules": "rules",
}

// rests are the least times between two sweeps, where it isn't an hour as for what is the same for everybody.
var rests = map[string]time.Duration{
	"ssh_keys":       10 * time.Second, // DigitalOcean allows 10 requests a minute
	"cdn_endpoints":  10 * time.Second, // and here 5 in 10 seconds
	"balance":        time.Hour,
	"invoice_items":  6 * time.Hour, // an invoice is final; a request for each
	"spaces_buckets": time.Minute,   // as often as each bucket is asked a dozen questions
}

// filtered are the listings that show only what the token's other scopes allow.
var filtered = map[string]bool{"project_resources": true, "vpc_members": true}

// byOther are the rows with a GET by id that confirms nothing: it goes by an id that no record has, or shows something
// else.
var byOther = map[string]bool{"monitoring_sinks": true, "invoices": true}

// elsewhere are the facts of rows that stand in no document of DigitalOcean's.
var elsewhere = map[string]resourceFact{
	"spaces_buckets": {
		Path: "/", Kind: "list", Items: "buckets", ID: "region+name", Scopes: []string{"bearer_auth:(no scope)"},
		Secrets: []secretFact{ // what a visitor's request must say: AWS takes such names in any case
			{"policy.Statement[].Condition.*.aws:Referer", "secret"},
			{"policy.Statement[].Condition.*.aws:referer", "secret"},
			{"policy.Statement[].Condition.*.aws:UserAgent", "secret"},
			{"policy.Statement[].Condition.*.aws:userAgent", "secret"},
			{"policy.Statement[].Condition.*.aws:useragent", "secret"},
		},
		Sets: []keyedRow{
			{Path: "acl.AccessControlList.Grant"},
			{Path: "lifecycle.Rule", Key: "ID"},
			{Path: "cors.CORSRule"},
			{Path: "cors.CORSRule[].AllowedOrigin"},
			{Path: "cors.CORSRule[].AllowedMethod"},
			{Path: "cors.CORSRule[].AllowedHeader"},
			{Path: "cors.CORSRule[].ExposeHeader"},
		},
		PII: []string{
			"acl.Owner.DisplayName", "acl.AccessControlList.Grant[].Grantee.DisplayName",
			"acl.AccessControlList.Grant[].Grantee.EmailAddress",
		},
	},
}
