package config

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestConfigIsReadWithItsAccounts(t *testing.T) {
	got, err := Parse(strings.NewReader(`
# two teams, one Kafka
brokers: [kafka-1:9093, kafka-2:9093]
topic_prefix: acme
tls:
  enabled: true
  ca_file: ca.pem
sasl: {mechanism: scram-sha-512, user: seachange, password_env: KAFKA_PASSWORD}
retention: 30d
interval: 90s
skip: [actions]
mask_pii: true
accounts:
  - name: production
    token_env: PRODUCTION_TOKEN
    with: [billing]
    max_age: [firewalls=30s]
  - name: staging
    token_file: staging.token
    team: 4f1c0000-0000-4000-8000-000000000000
    only: [droplets, firewalls]
`))
	if err != nil {
		t.Fatal(err)
	}
	wantFlags := map[string]string{
		"brokers": "kafka-1:9093,kafka-2:9093", "topic-prefix": "acme", "tls": "true", "tls-ca-file": "ca.pem",
		"sasl-mechanism": "scram-sha-512", "sasl-user": "seachange", "sasl-password-env": "KAFKA_PASSWORD",
		"retention": "30d", "interval": "90s", "skip": "actions", "mask-pii": "true",
	}
	if d := cmp.Diff(wantFlags, got.flags); d != "" {
		t.Errorf("flags (-want +got):\n%s", d)
	}
	wantAccounts := []Account{
		{
			Name: "production", TokenEnv: "PRODUCTION_TOKEN", Selection: Selection{With: []string{"billing"}},
			MaxAge: []string{"firewalls=30s"},
		},
		{
			Name: "staging", TokenFile: "staging.token", Team: "4f1c0000-0000-4000-8000-000000000000",
			Selection: Selection{Only: []string{"droplets", "firewalls"}},
		},
	}
	if d := cmp.Diff(wantAccounts, got.Accounts, cmp.AllowUnexported(Account{})); d != "" {
		t.Errorf("accounts (-want +got):\n%s", d)
	}
}

func TestConfigMayBeEmpty(t *testing.T) {
	for _, text := range []string{"", "# nothing yet\n", "---\n", "accounts: []\n", "tls:\n"} {
		if got, err := Parse(strings.NewReader(text)); err != nil || len(got.flags) > 0 {
			t.Errorf("%q: %v, flags %v", text, err, got.flags)
		}
	}
}

func TestConfigFaultsAreErrorsWithTheirPlace(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"unknown key", "brokers: [a:1]\nbroker: [b:1]\n", `line 2, column \d+: unknown field "broker"`},
		{"unknown key in a section", "tls:\n  ca_file: x\n  ca: y\n", `line 3, column \d+: unknown field "ca"`},
		{"unknown key of an account", "accounts:\n  - name: a\n    token: dop_v1_not-a-real-token\n", `line 3, column \d+: unknown field "token"`},
		{"a flag's spelling", "topic-prefix: x\n", `line 1, column \d+: unknown field "topic-prefix"`},
		{"syntax", "brokers: [a\ninterval: 1m\n", `line 2, column \d+: `},
		{"a tab", "tls:\n\tenabled: true\n", `line 2, column \d+: `},
		{"the same key twice", "interval: 1m\ninterval: 2m\n", `line 2, column \d+: `},
		{"a text for a list", "\n\nbrokers: a:1\n", `line 3, column \d+: brokers: string was used where sequence is expected`},
		{"a text for a number", "shards: many\n", `line 1, column \d+: shards: cannot unmarshal string as int`},
		{"a list for a text", "topic_prefix: [a]\n", `line 1, column \d+: topic_prefix: cannot unmarshal`},
		{"no time", "interval: 1m\nretention: 5 bananas\n", `line 2: "5 bananas" is not a time`},
		{"a negative time", "interval: -1m\n", `line 1: "-1m" is not a time`},
		{"two documents", "interval: 1m\n---\ninterval: 2m\n", "more than one document"},
		{"an account without a name", "accounts:\n  - token_env: A\n", "number 1 has no name"},
		{"two accounts of one name", "accounts:\n  - {name: a, token_env: A}\n  - {name: a, token_env: B}\n", `two are named "a"`},
		{"an account without a token", "accounts:\n  - name: a\n", `account "a": say where its token is`},
		{"an account with half a Spaces key", "accounts:\n  - {name: a, token_env: A, spaces_access_key_id_env: B}\n", `account "a": say where both halves of its Spaces key are`},
		{"an account with a secret in two places", "accounts:\n  - {name: a, token_env: A, spaces_access_key_id_env: B, " +
			"spaces_secret_access_key_env: C, spaces_secret_access_key_file: f}\n", "both halves"},
		{
			"an account with two tokens", "accounts:\n  - {name: a, token_env: A, token_file: f}\n",
			"either token_env or token_file",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(strings.NewReader(tt.text))
			if err == nil {
				t.Fatal("no error")
			}
			if got := err.Error(); !regexp.MustCompile(tt.want).MatchString(got) {
				t.Errorf("got %q, want %q in it", got, tt.want)
			}
			if got := err.Error(); strings.Contains(got, "not-a-real-token") || strings.Contains(got, "\n") {
				t.Errorf("the error quotes the file: %q", got)
			}
		})
	}
}

func TestSpan(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "90s": 90 * time.Second, "5m": 5 * time.Minute, "720h": 720 * time.Hour, "30d": 720 * time.Hour,
	} {
		var got Span
		if err := got.UnmarshalText([]byte(text)); err != nil || time.Duration(got) != want {
			t.Errorf("%q: %v, %v, want %v", text, time.Duration(got), err, want)
		}
	}
	for _, text := range []string{"", "5", "1.5d", "-3d", "-3h", "99999d", "d", "30 d"} {
		var got Span
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q: %v, want an error", text, time.Duration(got))
		}
	}
}
