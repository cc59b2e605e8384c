package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/seachange/seachange/cmd/seachange/config"
)

var update = flag.Bool("update", false, "write what pages tell of the program anew")

// TestTheConfigurationPageIsTheCommandLines holds docs/reference/configuration.md against the flags themselves.
func TestTheConfigurationPageIsTheCommandLines(t *testing.T) {
	page := filepath.Join("..", "..", "docs", "reference", "configuration.md")
	want := configurationPage(t)
	if *update {
		if err := os.WriteFile(page, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is stale: go test ./cmd/seachange -run ConfigurationPage -update", page)
	}
}

// documented is a flag of a command.
type documented struct{ command, name, preset, help string }

func flagsOf(t *testing.T) []documented {
	t.Helper()
	app := model(t)
	all := flagsOfNode("", app.Node)
	for _, c := range app.Leaves(true) {
		all = append(all, flagsOfNode(commandOf(c), c)...)
	}
	return all
}

func model(t *testing.T) *kong.Application {
	t.Helper()
	parser, err := newParser(&cli{}, &env{stdout: io.Discard, stderr: io.Discard}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model
}

func flagsOfNode(command string, n *kong.Node) []documented {
	var all []documented
	for _, f := range n.Flags {
		if f.Name != "help" {
			all = append(all, documented{command, f.Name, f.Default, f.Help})
		}
	}
	return all
}

// fileKeys are the keys that a configuration file may have, less the accounts.
func fileKeys() []string { return yamlKeys(reflect.TypeFor[config.File](), "") }

func yamlKeys(t reflect.Type, prefix string) []string {
	var keys []string
	for f := range t.Fields() {
		name, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case option == "inline":
			keys = append(keys, yamlKeys(f.Type, prefix)...)
		case f.Type.Kind() == reflect.Struct:
			keys = append(keys, yamlKeys(f.Type, prefix+name+".")...)
		case name != "" && name != "accounts":
			keys = append(keys, prefix+name)
		}
	}
	return keys
}

func flagOf(key string) string {
	return strings.TrimSuffix(strings.NewReplacer(".", "-", "_", "-").Replace(key), "-enabled")
}

func configurationPage(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(configurationHead)
	flags, settings := flagsOf(t), map[string]documented{}
	for _, key := range fileKeys() {
		for _, f := range flags {
			if f.name == flagOf(key) && (f.command == "run" || f.command == "") {
				settings[f.name] = f
				fmt.Fprintf(&b, "| `--%s` | `%s` | %s | %s |\n", f.name, key, code(f.preset), cell(f.help))
				break
			}
		}
	}
	b.WriteString("\n## Commands\n\nEvery command also takes `--config` and the settings above that it needs.\n")
	for _, c := range model(t).Leaves(true) {
		fmt.Fprintf(&b, "\n### `seachange %s`\n\n%s\n", commandOf(c)+arguments(c), c.Help)
		own := "\n| flag | default | |\n|---|---|---|\n"
		for _, f := range flags {
			if setting, ok := settings[f.name]; f.command == commandOf(c) && (!ok || f.preset != setting.preset) {
				fmt.Fprintf(&b, "%s| `--%s` | %s | %s |\n", own, f.name, code(f.preset), cell(f.help))
				own = ""
			}
		}
	}
	return b.Bytes()
}

// commandOf is a command as it is typed: "alert test".
func commandOf(c *kong.Node) string {
	if c.Parent == nil || c.Parent.Type == kong.ApplicationNode {
		return c.Name
	}
	return c.Parent.Name + " " + c.Name
}

func arguments(c *kong.Node) string {
	var b strings.Builder
	for _, p := range c.Positional {
		b.WriteString(" " + p.Summary())
	}
	return b.String()
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

const configurationHead = `# Configuration

This page is written by a test from the command line's own definition (` + "`go test ./cmd/seachange -run ConfigurationPage -update`" + `).

A setting can stand in four places. The first that has it counts:

1. the command line: ` + "`--topic-prefix acme`" + `
2. the environment: ` + "`SEACHANGE_TOPIC_PREFIX=acme`" + ` (every flag in capitals, ` + "`-` as `_`" + `; empty is unset)
3. the file that ` + "`--config FILE` or `SEACHANGE_CONFIG`" + ` names: ` + "`topic_prefix: acme`" + `
4. the default

Exit codes: 0, 1 for a failure, 2 for a wrong call or configuration; of ` + "`posture`" + ` 3 and 4 for findings. Errors are one line on stderr that says what, where
and what to do; after a wrong flag or file a second one says where the help is.

## Secrets

A secret never stands on the command line or in the file: both name a place.

| secret | where |
|---|---|
| DigitalOcean token (read only is enough) | ` + "`DIGITALOCEAN_TOKEN`, or `DIGITALOCEAN_ACCESS_TOKEN` as doctl has it; or `--token-file`; or an account's `token_env` or `token_file`" + `. A file is read again each minute and when DigitalOcean refuses the token |
| Spaces key, for [buckets](../how-to/spaces.md) | ` + "`SPACES_ACCESS_KEY_ID` and `SPACES_SECRET_ACCESS_KEY`, or `--spaces-access-key-id-file` and `--spaces-secret-access-key-file`; or an account's `spaces_access_key_id_env` or `_file` and `spaces_secret_access_key_env` or `_file`" + `. Read again at each sweep |
| Kafka password | ` + "`SEACHANGE_SASL_PASSWORD`, or `--sasl-password-env` or `--sasl-password-file`" + `; with ` + "`--sasl-mechanism oauthbearer`" + ` the client's secret. ` + "`aws-msk-iam`" + ` takes AWS's own: variables, files, the role of the machine or pod. It is held against AWS's signature in a test, and was not tried on a live cluster |
| login at the schema registry | ` + "`SEACHANGE_REGISTRY_PASSWORD`, or `--registry-password-env` or `--registry-password-file`; or a bearer token: `SEACHANGE_REGISTRY_TOKEN`, or `--registry-token-file`" + ` |
| key of masked values | ` + "`SEACHANGE_MASK_KEY`" + `: with it a masked value shows when it changes, and nothing else; without it ` + "`\"***\"`" + ` |

## The file

` + "```yaml" + `
brokers: [kafka-1:9093, kafka-2:9093]
tls: {enabled: true, ca_file: /etc/seachange/ca.pem}
sasl: {mechanism: scram-sha-512, user: seachange, password_env: KAFKA_PASSWORD}
topic_prefix: digitalocean
budget: 95%                   # of the hourly limit: nobody else uses these tokens
accounts:                     # without any: the one token of the environment
  - name: production          # yours to choose, for logs and metrics
    token_env: PRODUCTION_TOKEN
    team: 4f1c0000-0000-4000-8000-000000000000  # optional: refuse any other team's token
    spaces_access_key_id_env: PRODUCTION_SPACES_KEY_ID      # optional: watch its buckets, too
    spaces_secret_access_key_file: /run/secrets/spaces-key
    with: [billing]           # an account's own only, skip and with go before those at the top
    max_age: [firewalls=30s]  # its own, resource by resource, beside those at the top
  - name: staging
    token_file: /run/secrets/staging-token
    skip: [actions]
` + "```" + `

An unknown key is an error that names its line.

A running seachange reads its settings again at SIGHUP, and by itself once the file has another text for two
seconds. What is wrong in them is a line of the log, and nothing changes. Otherwise each account is held against what was
said of it before:

| the account | what happens |
|---|---|
| is as before | nothing: its schedule, its shard and a listing that is under way go on |
| is new | it is identified, and its first records are read |
| is there no more | what is pending is committed; it goes as *unwatched*, without a delete, and its metrics go |
| is said otherwise (where its token or its Spaces key is, its team, selection and longest ages; for all of them the interval, the budget, the requests a minute and the Spaces regions) | it alone begins again from what it knows: nothing is published twice. Resources come, and go as *unwatched* |

Every other setting needs a restart: a file that changes one is refused, with the setting's name. Files of tokens, keys
and client certificates are read anew by themselves.

Processes that share accounts need the same accounts, resources and masks: each warns in its log of members of the group that have others.

## Settings

A dot in the second column is a section of the file.

| flag | file | default | |
|---|---|---|---|
`
