package config

import (
	"time"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/schema"
)

// Kafka says where the topics are. Every default of seachange stands in one of these structs.
type Kafka struct {
	Brokers []string `yaml:"brokers" help:"Kafka brokers to begin with." placeholder:"HOST:PORT"`
	DataDir string   `yaml:"data_dir" help:"Instead of brokers: run the embedded broker on this directory." placeholder:"DIR"`
	Prefix  `yaml:",inline"`
	TLS     TLS  `yaml:"tls" embed:""`
	SASL    SASL `yaml:"sasl" embed:""`

	InsecureSASL bool `yaml:"insecure_sasl" name:"insecure-sasl" help:"Let the password of the mechanism plain go without TLS to a broker that is not on this machine."`
}

// TLS says how the brokers are trusted, and how they know us.
type TLS struct {
	Enabled    bool   `yaml:"enabled" name:"tls" help:"Speak TLS to the brokers. Any other TLS setting says so too."`
	CAFile     string `yaml:"ca_file" name:"tls-ca-file" help:"Trust the authorities in this PEM file instead of the system's." placeholder:"FILE"`
	CertFile   string `yaml:"cert_file" name:"tls-cert-file" help:"Show this client certificate, a PEM file." placeholder:"FILE"`
	KeyFile    string `yaml:"key_file" name:"tls-key-file" help:"Key of the client certificate, a PEM file." placeholder:"FILE"`
	ServerName string `yaml:"server_name" name:"tls-server-name" help:"Expect this name in the brokers' certificates." placeholder:"NAME"`
}

// SASL says how to log in to the brokers.
type SASL struct {
	Mechanism    string `yaml:"mechanism" name:"sasl-mechanism" help:"Log in to the brokers: plain, scram-sha-256 or scram-sha-512." enum:",plain,scram-sha-256,scram-sha-512" default:""`
	User         string `yaml:"user" name:"sasl-user" help:"User to log in as." placeholder:"USER"`
	PasswordEnv  string `yaml:"password_env" name:"sasl-password-env" help:"Variable that holds the password." default:"SEACHANGE_SASL_PASSWORD" placeholder:"NAME"`
	PasswordFile string `yaml:"password_file" name:"sasl-password-file" help:"File that holds the password." placeholder:"FILE"`
}

// Topics says how topics are made. They change nothing of topics that exist.
type Topics struct {
	ReplicationFactor int    `yaml:"replication_factor" help:"Copies of each topic; 0 leaves it to the brokers." default:"0" placeholder:"N"`
	Retention         Span   `yaml:"retention" help:"Keep events this long (720h, 30d); 0 is for ever." default:"0" placeholder:"TIME"` // history is the product
	Partitions        int    `yaml:"partitions" help:"Partitions of each event topic." default:"1" placeholder:"N"`                     // an account's event rate is bounded by its API budget
	Shards            int    `yaml:"shards" help:"Partitions of the state topic, fixed for life: as many processes can share the accounts. By default 16, or, as one process is alone with its --data-dir, what the directory was made with: 2 if it is new." default:"0" placeholder:"N"`
	Compression       string `yaml:"compression" help:"Compression of events: none, gzip, snappy, lz4 or zstd." enum:"none,gzip,snappy,lz4,zstd" default:"gzip" placeholder:"NAME"` // Flink's connector has no other in its jar
}

// API says how DigitalOcean is reached, and, without accounts in a --config file, whose account it is.
type API struct {
	APIURL    string `yaml:"api_url" name:"api-url" help:"DigitalOcean's API, or a simulated one." default:"https://api.digitalocean.com" placeholder:"URL"`
	TokenFile string `yaml:"token_file" help:"File that holds the token, instead of DIGITALOCEAN_TOKEN; read again each minute." placeholder:"FILE"`
	Team      string `yaml:"team" help:"UUID of the team that the token must be for. Needed if the token lacks account:read." placeholder:"UUID"`
	PerMinute int    `yaml:"per_minute" help:"Requests a minute per token; 0 is 5 % of the hourly limit that the API states." default:"0" placeholder:"N"`
	MaskPII   bool   `yaml:"mask_pii" name:"mask-pii" help:"Mask personal data too, such as the account's email address."`
	Unknown   string `yaml:"unknown_fields" name:"unknown-fields" help:"What to do with members that no document of DigitalOcean's has: publish them, but for what looks secret, or mask them." enum:"publish,mask" default:"publish" placeholder:"WHAT"`

	SpacesKeyIDFile  string   `yaml:"spaces_access_key_id_file" name:"spaces-access-key-id-file" help:"File that holds a Spaces key's id, instead of SPACES_ACCESS_KEY_ID; read again at each look." placeholder:"FILE"`
	SpacesSecretFile string   `yaml:"spaces_secret_access_key_file" name:"spaces-secret-access-key-file" help:"File that holds the Spaces key's secret, instead of SPACES_SECRET_ACCESS_KEY; read again at each look." placeholder:"FILE"`
	SpacesRegions    []string `yaml:"spaces_regions" name:"spaces-regions" help:"Look for buckets in these regions only, or in one that is new. By default in all that DigitalOcean documents." placeholder:"REGION"`
}

// Selection says which resources are meant. An account's own goes before it.
type Selection struct {
	Only []string `yaml:"only" help:"Watch these resources only." placeholder:"RESOURCE"`
	Skip []string `yaml:"skip" help:"Leave these resources out." placeholder:"RESOURCE"`
	With []string `yaml:"with" help:"Watch these groups of resources too, which are off by default: billing, metrics, public, logs, gen-ai-runs, organization, admin; and spaces, which is on by itself where there is a Spaces key." placeholder:"GROUP"`
}

// Watch says how accounts are watched, and shared with other processes.
type Watch struct {
	Pace           `yaml:",inline"`
	SessionTimeout Span   `yaml:"session_timeout" help:"Another process takes over when this one was silent for so long." default:"10s" placeholder:"TIME"` // brokers accept 6 s and more; a pause of the machine should not cost a takeover
	InstanceID     string `yaml:"instance_id" name:"instance-id" help:"Name of this process that outlives a restart (static membership), such as a pod's name." placeholder:"NAME"`
}

// Pace says how often collections are read.
type Pace struct {
	Interval Interval `yaml:"interval" help:"Time between two looks at a resource: learned is each resource's own, by how often it changes; a time is the same for all, four times as long where a parent tells of no change, and stretches if the API's limits ask for it." default:"learned" placeholder:"TIME"`
	Spending `yaml:",inline"`
}

// Spending says what the learned intervals may cost, and what they must hold.
type Spending struct {
	Budget Percent  `yaml:"budget" help:"Share of the token's hourly limit to spend where the interval is learned; the rest is left to other users of the token." default:"80%" placeholder:"PERCENT"` // of a token of its own, 95% is right
	MaxAge []string `yaml:"max_age" help:"Read a resource at least so often, as far as the budget holds it: firewalls=30s." placeholder:"RESOURCE=TIME"`
}

// Server says where seachange listens.
type Server struct {
	Listen         string `yaml:"listen" help:"Serve /metrics, /healthz, /readyz and /status here, such as 127.0.0.1:8080. Off by default." placeholder:"HOST:PORT"`
	EmbeddedListen string `yaml:"embedded_listen" help:"Where the embedded broker listens." default:"127.0.0.1:9092" placeholder:"HOST:PORT"` // loopback: it knows no passwords
}

// Prefix is the one setting that a list of names needs.
type Prefix struct {
	TopicPrefix string `yaml:"topic_prefix" help:"First part of every topic's name." default:"digitalocean" placeholder:"PREFIX"`
}

// Options are those that decide how topics look.
func (t *Topics) Options(prefix string, resources []*schema.Resource) kafka.Options {
	return kafka.Options{
		Prefix: prefix, Shards: t.Shards, Resources: resources, ReplicationFactor: t.ReplicationFactor,
		Retention: time.Duration(t.Retention), Partitions: t.Partitions, Compression: t.Compression,
	}
}
