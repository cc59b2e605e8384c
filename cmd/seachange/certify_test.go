//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/seachange/seachange/cmd/seachange/certify"
	"github.com/seachange/seachange/cmd/seachange/config"
)

// With the rights that are printed for it and no more, on brokers that want a login: processes begin, everything is
// judged, and nothing is left. What goes wrong in rounds is tried on a real Kafka, by .ci/run.
func TestCertify(t *testing.T) {
	blocks := rightsOf(t, must(t, nil, "topics", "--print", "acl", "--topic-prefix", "acme"))
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.EnableACLs(),
		kfake.Superuser("PLAIN", "admin", example), kfake.User("PLAIN", "certify", example, blocks["certify"]...))
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	t.Setenv(asProgram, "1")
	t.Setenv("SEACHANGE_ONLY", "images") // a setting of this machine's, which its processes must not have
	out, log, err := call(t, map[string]string{
		"SEACHANGE_BROKERS": broker.ListenAddrs()[0], "SEACHANGE_TOPIC_PREFIX": "acme", "SEACHANGE_SASL_MECHANISM": "plain",
		"SEACHANGE_SASL_USER": "certify", "SEACHANGE_SASL_PASSWORD": example,
	}, "certify", "--for", "0s", "--output", "json")
	if err != nil || strings.Contains(log, "AUTHORIZATION") {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	var v certify.Verdict
	if err := json.Unmarshal([]byte(out), &v); err != nil || !v.Passed || v.Events.Observed < 100 || !v.ExactlyOnce {
		t.Errorf("%v: %s", err, out)
	}
	cl, err := kgo.NewClient(kgo.SeedBrokers(broker.ListenAddrs()...),
		kgo.SASL(plain.Auth{User: "admin", Pass: example}.AsMechanism()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	topics, err1 := kadm.NewClient(cl).ListTopics(t.Context())
	groups, err2 := kadm.NewClient(cl).ListGroups(t.Context())
	if err1 != nil || err2 != nil || len(topics) > 0 || len(groups) > 0 {
		t.Errorf("%v %v: left are the topics %v and the groups %v", err1, err2, topics.Names(), groups.Groups())
	}
}

// A verdict that isn't passed is an error, which leaves the logs.
func TestCertifyThatIsNotPassed(t *testing.T) {
	var out bytes.Buffer
	c, dir := &certifyCmd{}, t.TempDir()
	v := certify.Verdict{Violation: "repeated or out of order\nan event"}
	err := c.conclude(&env{stdout: &out}, v, dir)
	if exitCode(err) != 1 || !strings.Contains(err.Error(), dir) {
		t.Errorf("exit code %d: %v", exitCode(err), err)
	}
	if !strings.Contains(out.String(), "NOT PASSED: repeated or out of order\n") {
		t.Errorf("the table is %s", &out)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Error(err)
	}
}

func TestWrongCallsOfCertify(t *testing.T) {
	for _, test := range []struct {
		args []string
		says string
	}{
		{[]string{"certify"}, "give --brokers"},
		{[]string{"certify", "--data-dir", t.TempDir()}, "give --brokers"},
		{[]string{"certify", "--brokers", "127.0.0.1:1", "--topic-prefix", "UPPER"}, "want lower-case letters"},
		{[]string{"certify", "--brokers", "127.0.0.1:1", "--for", "soon"}, "soon"},
		{[]string{"certify-member"}, "started by certify"},
	} {
		if _, _, err := call(t, nil, test.args...); exitCode(err) != 2 || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%v: exit code %d, %v", test.args, exitCode(err), err)
		}
	}
}

// The processes have the settings that they are given, and nothing that this machine says beside them.
func TestSettingsOfTheMachineDoNotReachCertify(t *testing.T) {
	t.Setenv("SEACHANGE_ONLY", "images")
	t.Setenv("SEACHANGE_CONFIG", "elsewhere.yaml")
	t.Setenv("AWS_REGION", "nowhere-1")
	c := &certifyCmd{Kafka: config.Kafka{SASL: config.SASL{PasswordEnv: "KAFKA_PASSWORD"}}}
	e := &env{stdout: io.Discard, stderr: io.Discard}
	e.Getenv = func(name string) string { return map[string]string{"KAFKA_PASSWORD": example}[name] }
	got, err := c.environment(e)
	if err != nil || !slices.Contains(got, "AWS_REGION=nowhere-1") || !slices.Contains(got, "KAFKA_PASSWORD="+example) {
		t.Errorf("%v: %q", err, got)
	}
	if slices.ContainsFunc(got, func(v string) bool {
		return strings.HasPrefix(v, "SEACHANGE_ONLY") || strings.HasPrefix(v, "SEACHANGE_CONFIG")
	}) {
		t.Errorf("settings of this machine are left: %q", got)
	}
}
