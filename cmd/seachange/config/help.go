package config

import (
	"slices"
	"strings"

	"github.com/seachange/seachange/schema"
)

// Help explains the settings, for the command line: by the names that the tags of the settings' fields refer to.
func Help() map[string]string {
	return map[string]string{
		"data_dir": "Instead of brokers: run the embedded broker on this directory.",
		"insecure_sasl": "Let the password of the mechanism plain go without TLS to a broker that is not on this " +
			"machine.",
		"tls_ca_file":     "Trust the authorities in this PEM file instead of the system's.",
		"tls_cert_file":   "Show this client certificate, a PEM file.",
		"tls_key_file":    "Key of the client certificate, a PEM file.",
		"tls_server_name": "Expect this name in the brokers' certificates.",
		"sasl_mechanism": "Log in to the brokers: plain, scram-sha-256, scram-sha-512; oauthbearer, with a token that is " +
			"asked for with a client's id and secret; or aws-msk-iam, with what AWS's own tools would take.",
		"sasl_user":          "User to log in as; with oauthbearer the client's id.",
		"sasl_token_url":     "Token endpoint of the issuer, for oauthbearer.",
		"sasl_scopes":        "Ask for tokens with these scopes, for oauthbearer.",
		"sasl_token_ca_file": "Certificates to trust the issuer by, instead of the system's.",
		"sasl_password_env":  "Variable that holds the password; with oauthbearer the client's secret.",
		"sasl_password_file": "File that holds the password.",
		"replication_factor": "Copies of each topic; 0 leaves it to the brokers.",
		"retention":          "Keep events this long (720h, 30d); 0 keeps them forever.",
		"partitions":         "Partitions of each event topic.",
		"topic_config": "Make the topics of events, and of records as they are now, with this setting, too " +
			"(redpanda.iceberg.mode=value_schema_latest). seachange topics --apply sets it on those that exist.",
		"client_id": "What brokers call seachange in their logs, quotas and metrics.",
		"shards": "Partitions of the state topic, fixed for life: as many processes can share the accounts. " +
			"By default 16, or, as one process is alone with its --data-dir, what the directory was " +
			"made with: 2 if it is new.",
		"current": "Keep each resource's records as they are now, too, in compacted topics, <prefix>-current.<resource>. " +
			"Turned on later, they are filled at once.",
		"format": "What keys and values are written as: json; or, for readers that ask a schema registry, json-schema or " +
			"avro. Fixed for the life of a prefix.",
		"schema_registry": "The schema registry's URL: anything with the API of Confluent's Schema Registry.",
		"subject_strategy": "What schemas are registered as: by topic, <topic>-key and <topic>-value; or by record, " +
			"the schema's name.",
		"register_schemas": "Register schemas of the plain JSON that --format json writes, for readers that look " +
			"there for them.",
		"registry_password_env":  "Environment variable that holds the schema registry's password.",
		"registry_password_file": "File that holds the schema registry's password.",
		"registry_token_file": "File that holds a bearer token for the schema registry, instead of " +
			"SEACHANGE_REGISTRY_TOKEN.",
		"registry_ca_file":   "Certificates to trust the schema registry by, instead of the system's.",
		"registry_cert_file": "Certificate to show to the schema registry.",
		"registry_key_file":  "Its private key.",
		"inline_schema": "Put Kafka Connect's schema around each key and value, for readers that want one: " +
			"Debezium's, or a JDBC sink. Fixed for the life of a prefix.",
		"no_data":     "Leave out data: the documented members, typed, beside the body where a schema goes with it.",
		"compression": "Compression of events: none, gzip, snappy, lz4 or zstd.",
		"api_url":     "DigitalOcean's API, or a simulated one.",
		"token_file":  "File that holds the token, instead of DIGITALOCEAN_TOKEN; read again each minute.",
		"team":        "UUID of the team that the token must be for. Needed if the token lacks account:read.",
		"per_minute":  "Requests a minute per token; 0 is 5 % of the hourly limit that the API states.",
		"mask_pii":    "Mask personal data too, such as the account's email address.",
		"unknown_fields": "What to do with members that no document of DigitalOcean's has: publish them, but for " +
			"what looks secret, or mask them.",
		"spaces_access_key_id_file": "File that holds a Spaces key's id, instead of SPACES_ACCESS_KEY_ID; read " +
			"again at each sweep.",
		"spaces_secret_access_key_file": "File that holds the Spaces key's secret, instead of " +
			"SPACES_SECRET_ACCESS_KEY; read again at each sweep.",
		"spaces_regions": "Look for buckets in these regions only, or in one that is new. By default in all that " +
			"DigitalOcean documents.",
		"with": "Watch these groups of resources too, which are off by default: " + groups() + "; and spaces, which " +
			"is on by itself where there is a Spaces key.",
		"session_timeout": "Another process takes over when this one was silent for so long.",
		"instance_id":     "Name of this process that outlives a restart (static membership), such as a pod's name.",
		"interval": "Time between two sweeps of a resource: learned is each resource's own, by how often it " +
			"changes; a time is the same for all, four times as long where its parent shows no " +
			"change, and stretches if the API's limits ask for it.",
		"budget": "Share of the token's hourly limit to spend where the interval is learned; the rest is " +
			"left to other users of the token.",
		"max_age": "Read a resource at least so often, as far as the budget holds it: firewalls=30s.",
		"listen": "Serve the console's pages, /metrics, /healthz, /readyz and /status here, such as 127.0.0.1:8080. Off " +
			"by default.",
		"look_token_file": "Serve POST /look on --listen, too, for requests with the token in this file as a bearer token.",
		"metrics_detail":  "Export metrics by resource, and not only by account: some hundreds of series for each.",
		"otlp_endpoint": "Send traces of sweeps, requests and commits to this collector, with OTLP over HTTP " +
			"(http://127.0.0.1:4318), instead of where OTEL_EXPORTER_OTLP_ENDPOINT says. Off by default.",
		"console_auth": "Let in whom this file names, with a password: lines of name:hash, as htpasswd -B writes " +
			"them. Beyond this machine the console wants this, or --console-auth-header.",
		"console_auth_header": "Let in whom a proxy names in this header of each request, which it must not take from " +
			"others.",
		"console_host": "Answer to this name too, and not only to addresses and localhost: a proxy's, or the machine's.",
		"index": "Keep the console's index in this directory: a start goes on where the last one ended. By default " +
			"in a temporary one.",
		"index_mib":       "Bound the index to so many MiB: beyond, the oldest changes are left out. 0 is no bound.",
		"embedded_listen": "Where the embedded broker listens.",
		"log_level":       "Log nothing below this level: debug, info, warn or error.",
		"topic_prefix":    "First part of every topic's name.",
	}
}

// groups returns the names of the groups that are never on by themselves.
func groups() string {
	names := slices.DeleteFunc(schema.GroupNames(), func(name string) bool { return name == schema.Spaces })
	return strings.Join(names, ", ")
}
