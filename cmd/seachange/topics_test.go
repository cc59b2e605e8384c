package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
)

func TestTopicsAndHowToMakeThem(t *testing.T) {
	for _, tt := range []struct {
		args string
		want []string
	}{
		{"topics --only firewalls", []string{`(?m)^digitalocean.firewalls +1 +delete +forever$`, `(?m)^digitalocean-meta.state +16 +compact +forever$`}},
		{"topics --only firewalls --retention 1d --partitions 3", []string{`(?m)^digitalocean.firewalls +3 +delete +86400000 ms$`}},
		{"topics --only firewalls --print sh --replication-factor 3", []string{
			`(?m)^kafka-topics.sh --bootstrap-server "\$BOOTSTRAP" --create --if-not-exists --topic digitalocean.firewalls --partitions 1 --replication-factor 3 .*--config retention.ms=-1`,
		}},
		{"topics --only firewalls --print sh --current --topic-config segment.ms=3600000,redpanda.iceberg.mode=key", []string{
			`(?m)--create .* --topic digitalocean-current.firewalls .*--config redpanda.iceberg.mode=key .*--config segment.ms=3600000$`,
			`(?m)--alter --entity-type topics --entity-name digitalocean.firewalls --add-config 'retention.ms=\[-1\],redpanda.iceberg.mode=\[key\],segment.ms=\[3600000\]'$`,
		}},
		{"topics --print acl --topic-prefix acme", []string{
			`--topic acme\. --resource-pattern-type prefixed`, `--transactional-id acme-meta.shard- --resource-pattern-type prefixed`, `--group acme-meta\n`,
			`(?m)--operation Read --operation Describe --topic acme-meta.status$`, `--operation Describe --group acme-alert- --resource-pattern-type prefixed`,
		}},
		{"topics --output json --only firewalls", []string{`"name": "digitalocean.firewalls",\s+"partitions": 1`}},
	} {
		out, _, err := call(t, nil, strings.Fields(tt.args)...)
		if err != nil {
			t.Errorf("%s: %v", tt.args, err)
		}
		for _, want := range tt.want {
			if !regexp.MustCompile(want).MatchString(out) {
				t.Errorf("%s: no %q in\n%s", tt.args, want, out)
			}
		}
	}
}

// Settings that can't be meant are one clear line.
func TestTopicSettingsThatCantBeMeant(t *testing.T) {
	for args, want := range map[string]string{
		"topics --topic-config segment.ms":                                 "want KEY=VALUE",
		"topics --topic-config cleanup.policy=compact":                     "seachange needs its own",
		"topics --topic-config retention.ms=1":                             "give --retention",
		"topics --apply --print sh":                                        "one of them",
		"topics --apply":                                                   "--brokers",
		"topics --apply --brokers 127.0.0.1:1 --client-id a/b":             "--client-id",
		"topics --apply --brokers 127.0.0.1:1 --topic-config segment.ms=1": "127.0.0.1:1",
	} {
		_, _, err := call(t, nil, strings.Fields(args)...)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want a line with %q", args, err, want)
		}
	}
}

func TestTopicsAppliesRetention(t *testing.T) {
	_, variables := simulated(t)
	broker, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	delete(variables, "SEACHANGE_DATA_DIR")
	delete(variables, "SEACHANGE_EMBEDDED_LISTEN")
	variables["SEACHANGE_BROKERS"] = broker.ListenAddrs()[0]
	must(t, variables, "run", "--once")
	variables["SEACHANGE_RETENTION"] = "30d"
	out := must(t, variables, "topics", "--apply", "--output", "json")
	if !regexp.MustCompile(`"setting": "retention.ms",\s+"was": "-1",\s+"now": "2592000000"`).MatchString(out) {
		t.Errorf("changed: %s", out)
	}
	matches(t, must(t, variables, "topics", "--apply"), `nothing was changed`)
}
