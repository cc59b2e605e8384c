package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// fileSettings is what a --config file may say: every setting of the command line under its flag's name, with _ for -,
// and the accounts. A dot is a section: tls.ca_file is --tls-ca-file.
// (The embedded structs are exported since the YAML library sets no others.)
type fileSettings struct {
	KafkaSettings  `yaml:",inline"`
	TopicSettings  `yaml:",inline"`
	APISettings    `yaml:",inline"`
	Selection      `yaml:",inline"`
	WatchSettings  `yaml:",inline"`
	ServerSettings `yaml:",inline"`
	LogFormat      string            `yaml:"log_format"`
	LogLevel       string            `yaml:"log_level"`
	Accounts       []accountSettings `yaml:"accounts"`

	flags map[string]string // what the file says, by flag
}

// KafkaSettings say where the topics are. Every default of seachange stands in one of these structs.
type KafkaSettings struct {
	Brokers    []string `yaml:"brokers" help:"Kafka brokers to begin with." placeholder:"HOST:PORT"`
	DataDir    string   `yaml:"data_dir" help:"Instead of brokers: run the embedded broker on this directory." placeholder:"DIR"`
	PrefixFlag `yaml:",inline"`
	TLS        tlsSettings  `yaml:"tls" embed:""`
	SASL       saslSettings `yaml:"sasl" embed:""`
}

type tlsSettings struct {
	Enabled    bool   `yaml:"enabled" name:"tls" help:"Speak TLS to the brokers. Any other TLS setting says so too."`
	CAFile     string `yaml:"ca_file" name:"tls-ca-file" help:"Trust the authorities in this PEM file instead of the system's." placeholder:"FILE"`
	CertFile   string `yaml:"cert_file" name:"tls-cert-file" help:"Show this client certificate, a PEM file." placeholder:"FILE"`
	KeyFile    string `yaml:"key_file" name:"tls-key-file" help:"Key of the client certificate, a PEM file." placeholder:"FILE"`
	ServerName string `yaml:"server_name" name:"tls-server-name" help:"Expect this name in the brokers' certificates." placeholder:"NAME"`
}

type saslSettings struct {
	Mechanism    string `yaml:"mechanism" name:"sasl-mechanism" help:"Log in to the brokers: plain, scram-sha-256 or scram-sha-512." enum:",plain,scram-sha-256,scram-sha-512" default:""`
	User         string `yaml:"user" name:"sasl-user" help:"User to log in as." placeholder:"USER"`
	PasswordEnv  string `yaml:"password_env" name:"sasl-password-env" help:"Variable that holds the password." default:"SEACHANGE_SASL_PASSWORD" placeholder:"NAME"`
	PasswordFile string `yaml:"password_file" name:"sasl-password-file" help:"File that holds the password." placeholder:"FILE"`
}

// TopicSettings say how topics are made. They change nothing of topics that exist.
type TopicSettings struct {
	ReplicationFactor int    `yaml:"replication_factor" help:"Copies of each topic; 0 leaves it to the brokers." default:"0" placeholder:"N"`
	Retention         span   `yaml:"retention" help:"Keep events this long (720h, 30d); 0 is for ever." default:"0" placeholder:"TIME"` // history is the product
	Partitions        int    `yaml:"partitions" help:"Partitions of each event topic." default:"1" placeholder:"N"`                     // an account's event rate is bounded by its API budget
	Shards            int    `yaml:"shards" help:"Partitions of the state topic, fixed for life: as many processes can share the accounts. By default 16, or, as one process is alone with its --data-dir, what the directory was made with: 2 if it is new." default:"0" placeholder:"N"`
	Compression       string `yaml:"compression" help:"Compression of events: none, gzip, snappy, lz4 or zstd." enum:"none,gzip,snappy,lz4,zstd" default:"gzip" placeholder:"NAME"` // Flink's connector has no other in its jar
}

// APISettings say how DigitalOcean is reached, and, without accounts in a --config file, whose account it is.
type APISettings struct {
	APIURL    string `yaml:"api_url" name:"api-url" help:"DigitalOcean's API, or a simulated one." default:"https://api.digitalocean.com" placeholder:"URL"`
	TokenFile string `yaml:"token_file" help:"File that holds the token, instead of DIGITALOCEAN_TOKEN; read again each minute." placeholder:"FILE"`
	Team      string `yaml:"team" help:"UUID of the team that the token must be for. Needed if the token lacks account:read." placeholder:"UUID"`
	PerMinute int    `yaml:"per_minute" help:"Requests a minute per token; 0 is 5 % of the hourly limit that the API states." default:"0" placeholder:"N"`
	MaskPII   bool   `yaml:"mask_pii" name:"mask-pii" help:"Mask personal data too, such as the account's email address."`

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

type WatchSettings struct {
	Pace           `yaml:",inline"`
	SessionTimeout span   `yaml:"session_timeout" help:"Another process takes over when this one was silent for so long." default:"10s" placeholder:"TIME"` // brokers accept 6 s and more; a pause of the machine should not cost a takeover
	InstanceID     string `yaml:"instance_id" name:"instance-id" help:"Name of this process that outlives a restart (static membership), such as a pod's name." placeholder:"NAME"`
}

// Pace says how often collections are read.
type Pace struct {
	Interval interval `yaml:"interval" help:"Time between two looks at a resource: learned is each resource's own, by how often it changes; a time is the same for all, four times as long where a parent tells of no change, and stretches if the API's limits ask for it." default:"learned" placeholder:"TIME"`
	Spending `yaml:",inline"`
}

// Spending says what the learned intervals may cost, and what they must hold.
type Spending struct {
	Budget percent  `yaml:"budget" help:"Share of the token's hourly limit to spend where the interval is learned; the rest is left to other users of the token." default:"80%" placeholder:"PERCENT"` // of a token of its own, 95% is right
	MaxAge []string `yaml:"max_age" help:"Read a resource at least so often, as far as the budget holds it: firewalls=30s." placeholder:"RESOURCE=TIME"`
}

type ServerSettings struct {
	Listen         string `yaml:"listen" help:"Serve /metrics, /healthz, /readyz and /status here, such as 127.0.0.1:8080. Off by default." placeholder:"HOST:PORT"`
	EmbeddedListen string `yaml:"embedded_listen" help:"Where the embedded broker listens." default:"127.0.0.1:9092" placeholder:"HOST:PORT"` // loopback: it knows no passwords
}

// accountSettings is one of several accounts. Secrets are named, never written down.
type accountSettings struct {
	Name      string `yaml:"name"`
	TokenEnv  string `yaml:"token_env"`
	TokenFile string `yaml:"token_file"`
	Team      string `yaml:"team"`
	SpacesKey `yaml:",inline"`
	Selection `yaml:",inline"`
	MaxAge    []string `yaml:"max_age"`
}

// SpacesKey says where the two halves of an account's Spaces key are: each in a variable or in a file. None: there is no key.
type SpacesKey struct {
	IDEnv      string `yaml:"spaces_access_key_id_env"`
	IDFile     string `yaml:"spaces_access_key_id_file"`
	SecretEnv  string `yaml:"spaces_secret_access_key_env"`
	SecretFile string `yaml:"spaces_secret_access_key_file"`
}

// parseConfig reads a configuration file. An error names the line, or the account.
func parseConfig(r io.Reader) (*fileSettings, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var s fileSettings
	if err := decodeOne(text, &s); err != nil {
		return nil, err
	}
	var tree map[string]any
	if err := decodeOne(text, &tree); err != nil {
		return nil, err
	}
	delete(tree, "accounts")
	s.flags = map[string]string{}
	flatten(s.flags, "", tree)
	return &s, checkAccounts(s.Accounts)
}

// decodeOne decodes exactly one document. An empty one is no error.
func decodeOne(text []byte, into any) (err error) {
	defer func() {
		if recover() != nil { // the parser's own fault, met with tags and aliases of nothing
			err = errors.New("this can't be read as YAML: take out tags (!a), anchors (&a) and aliases (*a)")
		}
	}()
	d := yaml.NewDecoder(strings.NewReader(string(text)), yaml.Strict())
	if err := d.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return lineError(err)
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return errors.New("more than one document: put everything in one")
	}
	return nil
}

// lineError says the line and the field of a YAML error, without an excerpt: the file may hold what should not be logged.
func lineError(err error) error {
	var e yaml.Error
	if !errors.As(err, &e) || e.GetToken() == nil {
		return err
	}
	message, goField, _ := strings.Cut(e.GetMessage(), " into Go struct field") // our names are of no use to the reader
	if _, kind, ok := strings.Cut(goField, " of type "); ok {
		message += " as " + kind
	}
	return fmt.Errorf("line %d: %s%s", e.GetToken().Position.Line, fieldOf(e.GetToken()), message)
}

var ownKey = regexp.MustCompile(`^[a-z_]+$`)

// fieldOf is the key of which a value is, with a colon; "" if the token is no such value, or the key none of ours.
func fieldOf(t *token.Token) string {
	if t.Prev == nil || t.Prev.Type != token.MappingValueType || t.Prev.Prev == nil || !ownKey.MatchString(t.Prev.Prev.Value) {
		return ""
	}
	return t.Prev.Prev.Value + ": "
}

// flatten names settings as the command line does: tls: {ca_file: x} is tls-ca-file, and tls: {enabled: true} is tls.
func flatten(into map[string]string, prefix string, tree map[string]any) {
	for key, value := range tree {
		name := strings.TrimSuffix(prefix+strings.ReplaceAll(key, "_", "-"), "-enabled")
		switch v := value.(type) {
		case map[string]any:
			flatten(into, name+"-", v)
		case []any:
			var list []string
			for _, e := range v {
				list = append(list, fmt.Sprint(e))
			}
			into[name] = strings.Join(list, ",")
		case nil:
		default:
			into[name] = fmt.Sprint(v)
		}
	}
}

func checkAccounts(accounts []accountSettings) error {
	seen := map[string]bool{}
	for i, a := range accounts {
		switch {
		case a.Name == "":
			return fmt.Errorf("accounts: number %d has no name", i+1)
		case seen[a.Name]:
			return fmt.Errorf("accounts: two are named %q: give each its own name", a.Name)
		case (a.TokenEnv == "") == (a.TokenFile == ""):
			return fmt.Errorf("account %q: say where its token is, with either token_env or token_file", a.Name)
		case !a.SpacesKey.whole():
			return fmt.Errorf("account %q: say where both halves of its Spaces key are: one of spaces_access_key_id_env and "+
				"spaces_access_key_id_file, and one of spaces_secret_access_key_env and spaces_secret_access_key_file", a.Name)
		}
		seen[a.Name] = true
	}
	return nil
}

// span is a duration in which a day may be said: 30d.
type span time.Duration

// UnmarshalText reads "90s", "720h" or "30d"; a lone 0 needs no unit.
func (s *span) UnmarshalText(text []byte) error {
	t := string(text)
	if days, ok := strings.CutSuffix(t, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			t = fmt.Sprintf("%dh", 24*n)
		}
	}
	d, err := time.ParseDuration(t)
	if err != nil || d < 0 {
		return fmt.Errorf("%q is not a time: write it as 90s, 5m, 720h or 30d", text)
	}
	*s = span(d)
	return nil
}

// UnmarshalYAML adds the line.
func (s *span) UnmarshalYAML(node ast.Node) error {
	t := node.GetToken()
	if err := s.UnmarshalText([]byte(t.Value)); err != nil {
		return fmt.Errorf("line %d: %w", t.Position.Line, err)
	}
	return nil
}
