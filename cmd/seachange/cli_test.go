package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/schema/plain"
)

func TestWrongCallsAreUsageErrorsThatSayWhatToDo(t *testing.T) {
	token := map[string]string{"DIGITALOCEAN_TOKEN": fakeToken}
	for _, tt := range []struct {
		name      string
		args      string
		variables map[string]string
		want      string
	}{
		{"no command", "", nil, `expected one of`},
		{"unknown command", "tial", nil, `did you mean "tail"`},
		{"unknown flag", "run --broker x", nil, `unknown flag --broker`},
		{"no place", "run", token, "give --brokers HOST:PORT for Kafka, or --data-dir DIR for the embedded broker"},
		{"two places", "run --brokers a:1 --data-dir d", token, "give one of them"},
		{
			"two places, one from the environment", "tail --brokers a:1",
			map[string]string{"SEACHANGE_DATA_DIR": "d"},
			"give one of them",
		},
		{"no place to read", "tail", nil, "--brokers HOST:PORT"},
		{"no place to ask", "release domain_records", nil, "--brokers HOST:PORT"},
		{"no token", "run --brokers a:1", nil, "DIGITALOCEAN_TOKEN is not set"},
		{"no token for check", "check --brokers a:1", nil, "--token-file"},
		{"unknown resource", "run --brokers a:1 --only dropplets", token, `"dropplets"`},
		{"unknown resource for tail", "tail --brokers a:1 dropplets", nil, `no resource "dropplets": seachange resources lists them`},
		{"unknown resource for release", "release --brokers a:1 dropplets", nil, `no resource "dropplets"`},
		{"unknown group", "run --brokers a:1 --with bilings", token, `"bilings"`},
		{"no time", "run --brokers a:1 --interval soon", token, `--interval: "soon" is not a time`},
		{"no time in the environment", "run --brokers a:1", map[string]string{"SEACHANGE_INTERVAL": "soon"}, `"soon" is not a time`},
		{"no since", "tail --brokers a:1 --since yesterday", nil, `--since "yesterday"`},
		{"nothing to show", "tail --brokers a:1 --no-follow", nil, "with --since"},
		{"no op", "tail --brokers a:1 --op deletd", nil, `--op "deletd"`},
		{"no moment", "at --brokers a:1 yesterday", nil, `"yesterday"`},
		{"moments the wrong way round", "diff --brokers a:1 2026-02-01 2026-01-01", nil, "give the earlier moment first"},
		{"unknown resource for history", "history --brokers a:1 dropplets 1", nil, `no resource "dropplets"`},
		{"replay into the history", "replay --brokers a:1 droplets --to digitalocean.droplets", nil, "of seachange itself"},
		{"replay without a goal", "replay --brokers a:1 droplets", nil, "--to=TOPIC"},
		{"two places for the demo", "demo --brokers a:1 --keep d", nil, "give one of them"},
		{"no choice", "topics --print xml", nil, "--print"},
		{"no compression", "run --brokers a:1 --compression rar", token, "--compression must be one of"},
		{"TLS beside the embedded broker", "run --data-dir d --tls", token, "knows no TLS"},
		{"half a client certificate", "run --brokers a:1 --tls-cert-file c.pem", token, "give both"},
		{"no CA file", "run --brokers a:1 --tls-ca-file nowhere.pem", token, "nowhere.pem"},
		{"user without mechanism", "run --brokers a:1 --sasl-user u", token, "--sasl-mechanism is missing"},
		{"mechanism without user", "run --brokers a:1 --sasl-mechanism plain", token, "--sasl-user is missing"},
		{
			"a password in clear", "run --brokers 127.0.0.1:1,kafka.example.com:9092 --sasl-mechanism plain --sasl-user u",
			map[string]string{"DIGITALOCEAN_TOKEN": fakeToken, "SEACHANGE_SASL_PASSWORD": "example"},
			"in clear to kafka.example.com:9092: turn TLS on",
		},
		{
			"a password in clear, to read", "tail --brokers kafka.example.com:9092 --sasl-mechanism plain --sasl-user u",
			map[string]string{"SEACHANGE_SASL_PASSWORD": "example"},
			"--insecure-sasl",
		},
		{
			"no password", "run --brokers a:1 --sasl-mechanism plain --sasl-user u", token,
			"$SEACHANGE_SASL_PASSWORD is not set",
		},
		{"no prefix", "run --brokers a:1 --topic-prefix Prod_1", token, "Prod_1"},
		{"no URL", "run --brokers a:1 --api-url nonsense", token, `--api-url "nonsense"`},
		{"the token in the clear", "run --brokers a:1 --api-url http://192.0.2.1", token, "in the clear"},
		{"no config file", "run --config nowhere.yaml", token, "nowhere.yaml"},
		{"no config file in the environment", "run", map[string]string{"SEACHANGE_CONFIG": "nowhere.yaml"}, "nowhere.yaml"},
		{"no shards", "run --data-dir d --shards=-1", token, "--shards -1: want at least 0"},
		{"no partitions", "run --data-dir d --partitions 0", token, "--partitions 0: want at least 1"},
		{
			"no partitions in the environment", "run --data-dir d",
			map[string]string{"DIGITALOCEAN_TOKEN": fakeToken, "SEACHANGE_PARTITIONS": "0"},
			"--partitions 0",
		},
		{"no partitions for check", "check --brokers a:1 --partitions 0", token, "--partitions 0"},
		{"no partitions to list", "topics --partitions=-1", nil, "--partitions -1"},
		{"no partitions to rebuild on", "rebuild --data-dir d --partitions 0", nil, "--partitions 0"},
		{
			"fewer than no copies", "run --brokers a:1 --replication-factor=-1", token,
			"--replication-factor -1: want at least 0",
		},
		{"no interval", "run --data-dir d --interval 0", token, `--interval: "0" is not a time`},
		{"no session", "run --data-dir d --session-timeout 0", token, "--session-timeout 0s: want at least 1s"},
		{"one request a minute", "run --data-dir d --per-minute 1", token, "--per-minute 1: want at least 2, or 0"},
		{"fewer requests than none", "run --data-dir d --per-minute=-5", token, "--per-minute -5"},
		{"no limit to plan with", "plan --data-dir d --per-hour 1", nil, "--per-hour 1"},
		{
			"retention beside the embedded broker", "run --data-dir d --retention 30d", token,
			"--retention: the embedded broker keeps every event",
		},
		{
			"a group is no resource", "run --brokers a:1 --only billing", token,
			"billing is a group of resources: --with billing",
		},
		{
			"nor to leave out", "run --brokers a:1 --skip billing", token,
			"billing is a group of resources, which is off unless --with billing",
		},
		{"no prefix, embedded", "run --data-dir d --topic-prefix Prod_1", token, "Prod_1"},
		{"no address to serve at", "run --data-dir d --listen 8080", token, `--listen "8080": want HOST:PORT`},
		{"no address for the broker", "run --data-dir d --embedded-listen 9092", token, "--embedded-listen: "},
		{"every address for the broker", "run --data-dir d --embedded-listen 0.0.0.0:9092", token, "name the interface"},
		{"no age", "run --data-dir d --max-age firewalls", token, `--max-age "firewalls"`},
		{
			"a key that can be guessed", "run --data-dir d",
			map[string]string{"DIGITALOCEAN_TOKEN": fakeToken, "SEACHANGE_MASK_KEY": "short"},
			"too short",
		},
		{"no data directory to read", "tail --data-dir nowhere", nil, "nowhere"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // a call that isn't found wrong would run for ever
			defer cancel()
			getenv := func(k string) string {
				if v := tt.variables[k]; v != "" || k != "SEACHANGE_API_URL" {
					return v
				}
				return "http://127.0.0.1:1" // nor may it leave this machine
			}
			err := run(ctx, strings.Fields(tt.args), getenv, io.Discard, io.Discard)
			if code := exitCode(err); code != 2 {
				t.Errorf("exit code %d, want 2: %v", code, err)
			}
			if err == nil || !strings.Contains(plain.Error(err), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), fakeToken) {
				t.Errorf("the error tells the token: %v", err)
			}
			if left, _ := os.ReadDir("."); len(left) > 0 {
				t.Errorf("%s was made before the call was found wrong", left[0].Name())
			}
		})
	}
}

func TestHelpIsNoError(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"run", "--help"}, {"tail", "-h"}} {
		out, _, err := call(t, nil, args...)
		if err != nil || !strings.Contains(out, "Usage: seachange") {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
}

func TestHelpTellsDefaultsAndVariables(t *testing.T) {
	out, _, err := call(t, nil, "run", "--help")
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Join(strings.Fields(out), " ")
	for _, want := range []string{
		"event topic. (default 1, $SEACHANGE_PARTITIONS)", "name. (default digitalocean, $SEACHANGE_TOPIC_PREFIX)",
		"to begin with. ($SEACHANGE_BROKERS)", `--log-format="text" Write the log, on stderr, as text or json. ($SEACHANGE_LOG_FORMAT)`,
	} {
		if !strings.Contains(words, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// settingsOf parses, and returns the run command.
func settingsOf(t *testing.T, variables map[string]string, args ...string) (cli, *env) {
	t.Helper()
	var c cli
	e := &env{stdout: os.Stdout, stderr: &bytes.Buffer{}}
	e.Getenv = func(k string) string { return variables[k] }
	if _, err := parse(&c, e, args); err != nil {
		t.Fatal(err)
	}
	return c, e
}

func TestTheCommandLineGoesBeforeTheEnvironmentBeforeTheFileBeforeTheDefault(t *testing.T) {
	file := filepath.Join(t.TempDir(), "seachange.yaml")
	write(t, file, "brokers: [file:1]\ntopic_prefix: file\ninterval: 3m\nshards: 3\ntls: {enabled: true}\n"+
		"accounts: [{name: a, token_env: A}]\n")
	variables := map[string]string{
		"SEACHANGE_CONFIG": file, "SEACHANGE_TOPIC_PREFIX": "environment", "SEACHANGE_INTERVAL": "2m",
		"SEACHANGE_SKIP": "droplets,firewalls", "SEACHANGE_MASK_PII": "true", "SEACHANGE_PARTITIONS": "",
	}
	c, e := settingsOf(t, variables, "run", "--interval", "1h")

	want := runCmd{}
	want.Brokers, want.TopicPrefix, want.TLS.Enabled = []string{"file:1"}, "environment", true
	want.SASL.PasswordEnv = "SEACHANGE_SASL_PASSWORD"
	want.ClientID = "seachange"
	want.Shards, want.Partitions, want.Compression, want.Encoding = 3, 1, "gzip", "json"
	want.SubjectStrategy, want.RegistryPasswordEnv = "topic", "SEACHANGE_REGISTRY_PASSWORD"
	want.IndexMiB = 4096
	want.APIURL, want.MaskPII, want.Unknown = "https://api.digitalocean.com", true, "publish"
	want.Skip = []string{"droplets", "firewalls"}
	want.Interval, want.Budget, want.SessionTimeout = config.Interval(time.Hour), 0.8, config.Span(10*time.Second)
	want.EmbeddedListen, want.Output = "127.0.0.1:9092", "table"
	if d := cmp.Diff(want, c.Run, cmp.AllowUnexported(runCmd{}, config.Kafka{}, config.Prefix{}, config.Topics{},
		config.API{}, config.Selection{}, config.Watch{}, config.Intervals{}, config.Spending{}, config.Server{},
		outputFlag{})); d != "" {
		t.Errorf("settings (-want +got):\n%s", d)
	}
	if len(e.Accounts) != 1 || e.Accounts[0].Name != "a" {
		t.Errorf("accounts: %+v", e.Accounts)
	}
}

func TestAFileServesCommandsThatKnowOnlySomeOfItsSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "seachange.yaml")
	write(t, file, "brokers: [file:1]\ninterval: 3m\nretention: 7d\n")
	c, _ := settingsOf(t, nil, "tail", "--config", file)
	if d := cmp.Diff([]string{"file:1"}, c.Tail.Brokers); d != "" {
		t.Error(d)
	}
}

func TestEverySettingOfTheFileIsAFlag(t *testing.T) {
	flags := map[string]bool{}
	for _, f := range flagsOf(t) {
		flags[f.name] = true
	}
	for _, key := range fileKeys() {
		if !flags[flagOf(key)] {
			t.Errorf("%s has no flag --%s", key, flagOf(key))
		}
	}
}

func TestExitCodes(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want int
	}{{nil, 0}, {context.Canceled, 1}, {config.Errorf("x"), 2}} {
		if got := exitCode(tt.err); got != tt.want {
			t.Errorf("%v: exit code %d, want %d", tt.err, got, tt.want)
		}
	}
}
