package schema_test

// What was decided by hand about the catalogue's rows, with the reasons. The contract test holds the rows to it, and
// fails where an entry here has become needless.

// news are fields that move by themselves, or look as if, and yet are what people want to hear of.
var news = map[string]map[string]string{
	"balance": {
		"month_to_date_balance": "all that the resource is for",
		"account_balance":       "all that the resource is for",
		"month_to_date_usage":   "all that the resource is for",
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
		"domains[].validations":    "rotates by itself, the whole of it",
	},
	"tags": {"resources": "nothing but counts and last uris, as far as the token sees them"},
}

// queries are the parameters without which a listing lacks something, or has too much.
var queries = map[string]string{
	"droplets": "|type=gpus",
	"images":   "private=true",
	"apps":     "with_projects=true",
}

// logs are the lists that only grow, and the condition under which an entry may still change.
var logs = map[string]string{"actions": "status=in-progress"}

// engines without such children.
var engineless = map[string][]string{
	"database_replicas": {"redis", "valkey", "kafka", "opensearch"},
	"database_pools":    {"mysql", "redis", "valkey", "mongodb", "kafka", "opensearch", "advanced_mysql"},
	"database_backups":  {"redis", "valkey", "kafka"},
}

// urns are the kinds of thing that DigitalOcean's document and godo have urns for, by the row that lists them.
var urns = map[string]string{
	"apps": "app", "databases": "dbaas", "domains": "domain", "droplets": "droplet", "firewalls": "firewall", "kubernetes_clusters": "kubernetes",
	"load_balancers": "loadbalancer", "reserved_ips": "floatingip", "volumes": "volume", "vpcs": "vpc", "project_resources": "=urn",
}

// titles are the members to call a record by, where it has no name, label, ip or tag. An empty one: it has none.
var titles = map[string]string{
	"actions": "type", "apps": "spec.name", "balance": "", "cdn_endpoints": "endpoint", "database_backups": "", "database_configs": "",
	"database_firewall_rules": "value", "project_resources": "",
}

// scopeless are scopes that fill fields and whose own listing is not, or not exactly, a row.
var scopeless = map[string]string{
	"block_storage_snapshot:read": "snapshots", // the nearest listing there is
	"database:view_credentials":   "",          // no listing: what it fills is masked or ignored
}

// personal is what the review's list of personal data lacks.
var personal = map[string][]string{"account": {"name"}}

// misspelt are the paths that the examples spell otherwise than the schema, by the resource whose scope fills them.
var misspelt = map[string]map[string][]string{"tags": {"images": {"resources.images"}}}
