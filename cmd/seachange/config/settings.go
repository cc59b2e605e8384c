package config

import (
	"time"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/wire"
)

// Kafka says where the topics are. Every default of seachange stands in one of these structs.
type Kafka struct {
	Brokers []string `yaml:"brokers" help:"Kafka brokers to begin with." placeholder:"HOST:PORT"`
	DataDir string   `yaml:"data_dir" help:"${data_dir}" placeholder:"DIR"`
	Prefix  `yaml:",inline"`
	TLS     TLS  `yaml:"tls" embed:""`
	SASL    SASL `yaml:"sasl" embed:""`

	ClientID     string `yaml:"client_id" name:"client-id" help:"${client_id}" default:"seachange" placeholder:"NAME"`
	InsecureSASL bool   `yaml:"insecure_sasl" name:"insecure-sasl" help:"${insecure_sasl}"`
}

// TLS says how the brokers are trusted, and how they know us.
type TLS struct {
	Enabled    bool   `yaml:"enabled" name:"tls" help:"Speak TLS to the brokers. Any other TLS setting says so too."`
	CAFile     string `yaml:"ca_file" name:"tls-ca-file" help:"${tls_ca_file}" placeholder:"FILE"`
	CertFile   string `yaml:"cert_file" name:"tls-cert-file" help:"${tls_cert_file}" placeholder:"FILE"`
	KeyFile    string `yaml:"key_file" name:"tls-key-file" help:"${tls_key_file}" placeholder:"FILE"`
	ServerName string `yaml:"server_name" name:"tls-server-name" help:"${tls_server_name}" placeholder:"NAME"`
}

// SASL says how to log in to the brokers.
type SASL struct {
	Mechanism    string `yaml:"mechanism" name:"sasl-mechanism" help:"${sasl_mechanism}" enum:",plain,scram-sha-256,scram-sha-512,oauthbearer,aws-msk-iam" default:""`
	User         string `yaml:"user" name:"sasl-user" help:"${sasl_user}" placeholder:"USER"`
	PasswordEnv  string `yaml:"password_env" name:"sasl-password-env" help:"${sasl_password_env}" default:"SEACHANGE_SASL_PASSWORD" placeholder:"NAME"`
	PasswordFile string `yaml:"password_file" name:"sasl-password-file" help:"${sasl_password_file}" placeholder:"FILE"`

	TokenURL    string   `yaml:"token_url" name:"sasl-token-url" help:"${sasl_token_url}" placeholder:"URL"`
	Scopes      []string `yaml:"scopes" name:"sasl-scopes" help:"${sasl_scopes}" placeholder:"SCOPE"`
	TokenCAFile string   `yaml:"token_ca_file" name:"sasl-token-ca-file" help:"${sasl_token_ca_file}" placeholder:"FILE"`
}

// Topics says how topics are made. Of topics that exist they change nothing but in topics --apply.
type Topics struct {
	ReplicationFactor int `yaml:"replication_factor" help:"${replication_factor}" default:"0" placeholder:"N"`
	// history is the product
	Retention Span `yaml:"retention" help:"${retention}" default:"0" placeholder:"TIME"`
	// an account's event rate is bounded by its API budget
	Partitions int `yaml:"partitions" help:"${partitions}" default:"1" placeholder:"N"`
	// run sets it at creation only: brokers backfill nothing that is switched on later
	TopicConfig []string `yaml:"topic_config" name:"topic-config" help:"${topic_config}" placeholder:"KEY=VALUE"`
	Shards      int      `yaml:"shards" help:"${shards}" default:"0" placeholder:"N"`
	Current     bool     `yaml:"current" help:"${current}"`
	// everybody can read plain JSON
	Encoding     string `yaml:"format" name:"format" help:"${format}" enum:"json,json-schema,avro" default:"json" placeholder:"NAME"`
	InlineSchema bool   `yaml:"inline_schema" name:"inline-schema" help:"${inline_schema}"`
	NoData       bool   `yaml:"no_data" name:"no-data" help:"${no_data}"`
	// Flink's connector has no other in its jar
	Compression string `yaml:"compression" help:"${compression}" enum:"none,gzip,snappy,lz4,zstd" default:"gzip" placeholder:"NAME"`
}

// API says how DigitalOcean is reached, and, without accounts in a --config file, whose account it is.
type API struct {
	APIURL    string `yaml:"api_url" name:"api-url" help:"${api_url}" default:"https://api.digitalocean.com" placeholder:"URL"`
	TokenFile string `yaml:"token_file" help:"${token_file}" placeholder:"FILE"`
	Team      string `yaml:"team" help:"${team}" placeholder:"UUID"`
	PerMinute int    `yaml:"per_minute" help:"${per_minute}" default:"0" placeholder:"N"`
	MaskPII   bool   `yaml:"mask_pii" name:"mask-pii" help:"${mask_pii}"`
	Unknown   string `yaml:"unknown_fields" name:"unknown-fields" help:"${unknown_fields}" enum:"publish,mask" default:"publish" placeholder:"WHAT"`

	SpacesKeyIDFile  string   `yaml:"spaces_access_key_id_file" name:"spaces-access-key-id-file" help:"${spaces_access_key_id_file}" placeholder:"FILE"`
	SpacesSecretFile string   `yaml:"spaces_secret_access_key_file" name:"spaces-secret-access-key-file" help:"${spaces_secret_access_key_file}" placeholder:"FILE"`
	SpacesRegions    []string `yaml:"spaces_regions" name:"spaces-regions" help:"${spaces_regions}" placeholder:"REGION"`
}

// Selection says which resources are meant. An account's own goes before it.
type Selection struct {
	Only []string `yaml:"only" help:"Watch these resources only." placeholder:"RESOURCE"`
	Skip []string `yaml:"skip" help:"Leave these resources out." placeholder:"RESOURCE"`
	With []string `yaml:"with" help:"${with}" placeholder:"GROUP"`
}

// Watch says how accounts are watched, and shared with other processes.
type Watch struct {
	Intervals `yaml:",inline"`
	// brokers accept 6 s and more; a pause of the machine should not cost a takeover
	SessionTimeout Span   `yaml:"session_timeout" help:"${session_timeout}" default:"10s" placeholder:"TIME"`
	InstanceID     string `yaml:"instance_id" name:"instance-id" help:"${instance_id}" placeholder:"NAME"`
}

// Intervals says how often collections are read.
type Intervals struct {
	Interval Interval `yaml:"interval" help:"${interval}" default:"learned" placeholder:"TIME"`
	Spending `yaml:",inline"`
}

// Spending says what the learned intervals may cost, and what they must hold.
type Spending struct {
	// of a token of its own, 95% is right
	Budget Percent  `yaml:"budget" help:"${budget}" default:"80%" placeholder:"PERCENT"`
	MaxAge []string `yaml:"max_age" help:"${max_age}" placeholder:"RESOURCE=TIME"`
}

// Server says where seachange listens.
type Server struct {
	Listen        string `yaml:"listen" help:"${listen}" placeholder:"HOST:PORT"`
	LookTokenFile string `yaml:"look_token_file" help:"${look_token_file}" placeholder:"FILE"`
	MetricsDetail bool   `yaml:"metrics_detail" help:"${metrics_detail}"`
	// loopback: what it says is not encrypted
	EmbeddedListen string `yaml:"embedded_listen" help:"${embedded_listen}" default:"127.0.0.1:9092" placeholder:"HOST:PORT"`
}

// Log says what is logged, and how.
type Log struct {
	LogFormat string `yaml:"log_format" help:"Write the log, on stderr, as text or json." enum:"text,json" default:"text"`
	LogLevel  string `yaml:"log_level" help:"${log_level}" enum:"debug,info,warn,error" default:"info"`
}

// Registry says which schema registry has the schemas of what is written, and how to log in to it.
type Registry struct {
	SchemaRegistry       string `yaml:"schema_registry" help:"${schema_registry}" placeholder:"URL"`
	SubjectStrategy      string `yaml:"subject_strategy" help:"${subject_strategy}" enum:"topic,record" default:"topic" placeholder:"NAME"`
	RegisterSchemas      bool   `yaml:"register_schemas" help:"${register_schemas}"`
	RegistryUser         string `yaml:"registry_user" help:"User to log in to the schema registry as." placeholder:"USER"`
	RegistryPasswordEnv  string `yaml:"registry_password_env" help:"${registry_password_env}" default:"SEACHANGE_REGISTRY_PASSWORD" placeholder:"NAME"`
	RegistryPasswordFile string `yaml:"registry_password_file" help:"${registry_password_file}" placeholder:"FILE"`
	RegistryTokenFile    string `yaml:"registry_token_file" help:"${registry_token_file}" placeholder:"FILE"`
	RegistryCAFile       string `yaml:"registry_ca_file" name:"registry-ca-file" help:"${registry_ca_file}" placeholder:"FILE"`
	RegistryCertFile     string `yaml:"registry_cert_file" help:"${registry_cert_file}" placeholder:"FILE"`
	RegistryKeyFile      string `yaml:"registry_key_file" help:"${registry_key_file}" placeholder:"FILE"`
}

// Prefix is the one setting that a list of names needs.
type Prefix struct {
	TopicPrefix string `yaml:"topic_prefix" help:"${topic_prefix}" default:"digitalocean" placeholder:"PREFIX"`
}

// Format is what keys and values are encoded in.
func (t *Topics) Format() wire.Format {
	if t.InlineSchema {
		return wire.Inline
	}
	return wire.Format(t.Encoding)
}

// Codec encodes in that format.
func (t *Topics) Codec(prefix string) *wire.Codec {
	if t.NoData {
		return wire.NewWithoutData(t.Format(), prefix)
	}
	return wire.New(t.Format(), prefix)
}

// Options are those that decide how topics look.
func (t *Topics) Options(prefix string, resources []*schema.Resource) kafka.Options {
	return kafka.Options{
		Prefix: prefix, Shards: t.Shards, Resources: resources, ReplicationFactor: t.ReplicationFactor,
		Retention: time.Duration(t.Retention), Partitions: t.Partitions, Compression: t.Compression, Current: t.Current,
		Format: t.Format(), TopicConfig: t.topicConfig(),
	}
}
