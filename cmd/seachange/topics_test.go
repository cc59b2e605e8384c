package main

import (
	"regexp"
	"strings"
	"testing"
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
