package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
)

const example = "example-password"

// rightsOf reads the script of topics --print acl: the rights of each block, by the commands that its comment names.
func rightsOf(t *testing.T, script string) map[string][]kfake.ACL {
	t.Helper()
	blocks, commands := map[string][]kfake.ACL{}, ""
	for line := range strings.Lines(script) {
		words := strings.Fields(strings.NewReplacer(`"$REPLAY_TOPIC"`, "replayed", `"$CONSUMER_GROUP"`, "consumer").Replace(line))
		switch {
		case len(words) > 1 && words[0] == "#" && strings.Contains(line, ": "):
			commands, _, _ = strings.Cut(strings.TrimPrefix(line, "# "), ":")
		case len(words) > 1 && words[0] == "allow":
			blocks[commands] = append(blocks[commands], rights(t, words[2:])...)
		}
	}
	return blocks
}

// rights are those of a line.
func rights(t *testing.T, words []string) (acls []kfake.ACL) {
	t.Helper()
	kinds := map[string]kmsg.ACLResourceType{
		"--topic": kmsg.ACLResourceTypeTopic, "--group": kmsg.ACLResourceTypeGroup,
		"--transactional-id": kmsg.ACLResourceTypeTransactionalId,
	}
	acl := kfake.ACL{Pattern: kmsg.ACLResourcePatternTypeLiteral, Allow: true}
	var operations []string
	for i := 0; i+1 < len(words); i += 2 {
		switch flag, value := words[i], words[i+1]; flag {
		case "--operation":
			operations = append(operations, value)
		case "--resource-pattern-type":
			acl.Pattern = kmsg.ACLResourcePatternTypePrefixed
		default:
			acl.Resource, acl.Name = kinds[flag], value
		}
	}
	for _, text := range operations {
		op, err := kmsg.ParseACLOperation(text)
		if err != nil || acl.Resource == 0 {
			t.Fatalf("rights %q: %v", words, err)
		}
		acl.Operation = op
		acls = append(acls, acl)
	}
	return acls
}

// Each block of the printed rights is enough for its commands, alone.
func TestPrintedRightsSufficeForEveryCommand(t *testing.T) {
	t.Parallel()
	const prefix = "acme"
	blocks := rightsOf(t, must(t, nil, "topics", "--print", "acl", "--topic-prefix", prefix))
	users := []kfake.Opt{
		kfake.NumBrokers(1), kfake.EnableSASL(), kfake.EnableACLs(), kfake.Superuser("PLAIN", "admin", example),
	}
	for commands, acls := range blocks {
		users = append(users, kfake.User("PLAIN", commands, example, acls...))
	}
	broker, err := kfake.NewCluster(users...)
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	_, variables := simulated(t)
	delete(variables, "SEACHANGE_DATA_DIR")
	delete(variables, "SEACHANGE_EMBEDDED_LISTEN")
	variables["SEACHANGE_BROKERS"], variables["SEACHANGE_TOPIC_PREFIX"] = broker.ListenAddrs()[0], prefix
	variables["SEACHANGE_SASL_MECHANISM"], variables["SEACHANGE_SASL_PASSWORD"] = "plain", example
	variables["SEACHANGE_CURRENT"] = "true"

	for _, step := range []struct {
		commands string
		run      []string // one after the other
	}{
		{"run, check", []string{"check", "run --once", "check"}},
		{"tail, history, at, diff", []string{
			"tail --since 1h --no-follow", "history firewalls fw-1", "at now", "diff 2020-01-01 now",
		}},
		{"scrub", []string{"scrub --match ABSENT"}},
		{"plan", []string{"plan"}},
		{"replay", []string{"replay firewalls --to replayed"}},
		{"topics --apply", []string{"topics --apply --retention 30d"}},
		{"silence", []string{"silence add --match rule=='x' --for 1h", "silence list"}},
		{"annotate", []string{"annotate add apply --by ci", "annotate list"}},
		{"alert", []string{"alert"}},
		{"alert --exposures", []string{"alert --exposures"}},
		{"posture", []string{"posture"}},
		{"release, look, snapshot, pause, resume, requests", []string{
			"release firewalls --wait 0s", "look firewalls --wait 0s", "snapshot firewalls --wait 0s",
			"pause firewalls --wait 0s", "requests",
		}},
		{"rebuild", []string{"rebuild"}},
	} {
		if blocks[step.commands] == nil {
			t.Fatalf("no block for %q", step.commands)
		}
		variables["SEACHANGE_SASL_USER"] = step.commands
		for _, args := range step.run {
			suffices(t, variables, args)
		}
		if strings.HasPrefix(step.commands, "release") {
			askRelease(t, variables)
			deleteState(t, variables)
		}
		delete(blocks, step.commands)
	}
	delete(blocks, "a consumer of your own")
	delete(blocks, "certify") // see TestCertify
	for commands := range blocks {
		t.Errorf("nothing tries the rights of %q", commands)
	}
}

// suffices runs a command that has all the rights it needs. What doesn't end by itself is let run for a moment.
func suffices(t *testing.T, variables map[string]string, args string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if strings.HasPrefix(args, "alert") {
		time.AfterFunc(5*time.Second, cancel)
	}
	var out, log bytes.Buffer
	if err := run(ctx, strings.Fields(args), func(k string) string { return variables[k] }, &out, &log); err != nil {
		t.Errorf("%s: %v\n%s%s", args, err, &out, &log)
	}
	if strings.Contains(strings.ToUpper(out.String()+log.String()), "AUTHORIZATION") {
		t.Errorf("%s lacks a right:\n%s%s", args, &out, &log)
	}
}

// askRelease writes what release does where something is held.
func askRelease(t *testing.T, variables map[string]string) {
	t.Helper()
	c := client.Client{
		Brokers: []string{variables["SEACHANGE_BROKERS"]},
		SASL:    &client.SASL{Mechanism: "PLAIN", User: variables["SEACHANGE_SASL_USER"], Password: example},
	}
	r := producer.Request{AccountID: "team-1", Resource: "firewalls", Kind: "release"}
	if err := kafka.Ask(t.Context(), c, variables["SEACHANGE_TOPIC_PREFIX"], r); err != nil {
		t.Error(err)
	}
}

// deleteState leaves something to rebuild.
func deleteState(t *testing.T, variables map[string]string) {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(variables["SEACHANGE_BROKERS"]),
		kgo.SASL(plain.Auth{User: "admin", Pass: example}.AsMechanism()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	topic := state.Topic(variables["SEACHANGE_TOPIC_PREFIX"])
	if _, err := kadm.NewClient(cl).DeleteTopics(t.Context(), topic); err != nil {
		t.Fatal(err)
	}
}
