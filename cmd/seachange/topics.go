package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/seachange/seachange/cmd/seachange/asyncapi"
	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/document"
	"github.com/seachange/seachange/producer/kafka"
)

type topicsCmd struct {
	config.Kafka
	config.Topics
	config.Selection
	outputFlag
	Apply bool   `help:"${topics_apply}"`
	Print string `help:"${topics_print}" enum:",sh,acl,asyncapi" default:""`
}

// Run prints what run would make, or sets it on what is there.
func (c *topicsCmd) Run(ctx context.Context, e *env) error {
	if err := c.Topics.Check(); err != nil {
		return err
	}
	resources, err := c.Resources()
	if err != nil {
		return err
	}
	o := c.Options(c.TopicPrefix, resources)
	if c.Apply {
		return c.apply(ctx, e, o)
	}
	switch c.Print {
	case "sh":
		return c.printCreate(e, kafka.Topics(o))
	case "acl":
		return c.printRights(e)
	case "asyncapi":
		return e.printJSON(asyncapi.Of(o, c.Codec(c.TopicPrefix), e.Version))
	}
	return c.list(e, kafka.Topics(o))
}

// apply changes the settings of topics that exist, and prints what it changed.
func (c *topicsCmd) apply(ctx context.Context, e *env, o kafka.Options) error {
	if c.Print != "" {
		return config.Errorf("--apply and --print: one of them")
	}
	if err := c.Keeps(c.Topics); err != nil {
		return err
	}
	cl, done, err := c.Reach(&e.Environment)
	if err != nil {
		return err
	}
	defer done()
	o.Client, o.Logger = cl, e.Logger
	log, err := kafka.New(o)
	if err != nil {
		return err
	}
	changed, err := log.Apply(ctx)
	all := []document.TopicSetting{}
	var rows [][]string
	for _, s := range changed {
		all = append(all, document.TopicSetting{Topic: s.Topic, Setting: s.Key, Was: s.Was, Now: s.Now})
		rows = append(rows, []string{s.Topic, s.Key, s.Was, s.Now})
	}
	switch {
	case c.Output == "json":
		return errors.Join(e.printJSON(all), err)
	case len(rows) == 0 && err == nil:
		_, err = fmt.Fprintln(e.stdout, "the topics are as asked for: nothing was changed")
		return err
	case len(rows) == 0:
		return err
	}
	return errors.Join(e.printTable([]string{"TOPIC", "SETTING", "WAS", "NOW"}, rows), err)
}

func (c *topicsCmd) list(e *env, topics []kafka.Topic) error {
	var all []document.Topic
	var rows [][]string
	for _, t := range topics {
		all = append(all, document.NewTopic(t))
		retention := t.Config["retention.ms"] + " ms"
		if retention == "-1 ms" {
			retention = "forever"
		}
		rows = append(rows, []string{t.Name, strconv.Itoa(t.Partitions), t.Config["cleanup.policy"], retention})
	}
	if c.Output == "json" {
		return e.printJSON(all)
	}
	return e.printTable([]string{"TOPIC", "PARTITIONS", "POLICY", "RETENTION"}, rows)
}

// printCreate writes a script for those who may make topics where seachange may not.
func (c *topicsCmd) printCreate(e *env, topics []kafka.Topic) error {
	var b strings.Builder
	b.WriteString("#!/bin/sh\nset -eu\n: \"${BOOTSTRAP:?set it to host:port of a broker}\"\n")
	for _, t := range topics {
		fmt.Fprintf(&b, "kafka-topics.sh --bootstrap-server \"$BOOTSTRAP\" --create --if-not-exists --topic %s "+
			"--partitions %d", t.Name, t.Partitions)
		if t.ReplicationFactor > 0 {
			fmt.Fprintf(&b, " --replication-factor %d", t.ReplicationFactor)
		}
		for _, key := range slices.Sorted(maps.Keys(t.Config)) {
			fmt.Fprintf(&b, " --config %s=%s", key, t.Config[key])
		}
		b.WriteByte('\n')
	}
	b.WriteString("\n# what of topics that exist may be changed: a shorter retention deletes older events\n")
	for _, t := range topics {
		var settings []string
		for _, key := range t.Changeable() {
			settings = append(settings, fmt.Sprintf("%s=[%s]", key, t.Config[key]))
		}
		if len(settings) > 0 {
			fmt.Fprintf(&b, "kafka-configs.sh --bootstrap-server \"$BOOTSTRAP\" --alter --entity-type topics --entity-name %s "+
				"--add-config '%s'\n", t.Name, strings.Join(settings, ","))
		}
	}
	_, err := io.WriteString(e.stdout, b.String())
	return err
}

// rightsScript grants each command what it needs and no more, in a block of its own. A block that follows another
// gives more to the same user. An administrator reads and changes it before it is run: hence a script of Kafka's own
// tool, and no requests by ours, which never holds the right to grant rights.
const rightsScript = `#!/bin/sh
set -eu
: "${BOOTSTRAP:?set it to host:port of a broker}" "${PRODUCER:=User:seachange}" "${READER:=User:reader}" "${OPERATOR:=User:operator}"
: "${CONSUMER:=User:consumer}" "${CONSUMER_GROUP:=consumer}" "${ANNOTATOR:=User:annotator}" "${REPLAY_TOPIC:=replay}"
allow() { kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --add --allow-principal "$@"; }

# run, check: makes and checks the topics, writes events, keeps the state
allow "$PRODUCER" --operation Create --operation Describe --operation DescribeConfigs --operation Write --topic %[1]s. --resource-pattern-type prefixed
allow "$PRODUCER" --operation Create --operation Describe --operation DescribeConfigs --operation Write --operation Read --topic %[2]s. --resource-pattern-type prefixed
allow "$PRODUCER" --operation Create --operation Describe --operation DescribeConfigs --operation Write --topic %[1]s-current. --resource-pattern-type prefixed
allow "$PRODUCER" --operation Read --operation Describe --group %[4]s
allow "$PRODUCER" --operation Write --operation Describe --transactional-id %[3]s --resource-pattern-type prefixed

# tail, history, at, diff: reads events, how complete they are, and, at now, the state
allow "$READER" --operation Read --operation Describe --topic %[1]s. --resource-pattern-type prefixed
allow "$READER" --operation Read --operation Describe --topic %[2]s.sweeps
allow "$READER" --operation Read --operation Describe --topic %[2]s.looks
allow "$READER" --operation Read --operation Describe --topic %[2]s.status
allow "$READER" --operation Read --operation Describe --topic %[2]s.state
allow "$READER" --operation Read --operation Describe --topic %[2]s.schemas
allow "$READER" --operation Read --operation Describe --topic %[2]s.annotations

# scrub: reads everything
allow "$READER" --operation Read --operation Describe --topic %[1]s. --resource-pattern-type prefixed
allow "$READER" --operation Read --operation Describe --topic %[2]s. --resource-pattern-type prefixed
allow "$READER" --operation Read --operation Describe --topic %[1]s-current. --resource-pattern-type prefixed

# plan: reads the state
allow "$READER" --operation Read --operation Describe --topic %[2]s.state

# replay: reads events, and writes them to a topic of its own
allow "$READER" --operation Read --operation Describe --topic %[1]s. --resource-pattern-type prefixed
allow "$READER" --operation Create --operation Write --operation Describe --topic "$REPLAY_TOPIC"
allow "$READER" --operation Read --operation Describe --topic %[2]s.schemas

# alert: reads events and changes of status, and has a group for each output
allow "$READER" --operation Read --operation Describe --topic %[1]s. --resource-pattern-type prefixed
allow "$READER" --operation Read --operation Describe --topic %[2]s.status
allow "$READER" --operation Read --operation Describe --topic %[2]s.sweeps
allow "$READER" --operation Read --operation Describe --topic %[2]s.looks
allow "$READER" --operation Read --operation Describe --topic %[2]s.silences
allow "$READER" --operation Read --operation Describe --topic %[2]s.annotations
allow "$READER" --operation Create --operation Write --operation Describe --topic %[2]s.alerts-refused
allow "$READER" --operation Read --operation Describe --group %[1]s-alert- --resource-pattern-type prefixed
allow "$READER" --operation Read --operation Describe --topic %[2]s.schemas

# alert --exposures: also writes what can be reached
allow "$READER" --operation Read --operation Describe --topic %[1]s. --resource-pattern-type prefixed
allow "$READER" --operation Read --operation Describe --topic %[2]s.status
allow "$READER" --operation Read --operation Describe --topic %[2]s.sweeps
allow "$READER" --operation Read --operation Describe --topic %[2]s.looks
allow "$READER" --operation Read --operation Describe --topic %[2]s.silences
allow "$READER" --operation Read --operation Describe --topic %[2]s.annotations
allow "$READER" --operation Create --operation Write --operation Describe --topic %[2]s.alerts-refused
allow "$READER" --operation Read --operation Describe --group %[1]s-alert- --resource-pattern-type prefixed
allow "$READER" --operation Read --operation Describe --topic %[2]s.schemas
allow "$READER" --operation Create --operation Write --topic %[1]s.exposures
allow "$READER" --operation Write --operation Describe --transactional-id %[1]s-exposures

# posture: reads events and silences
allow "$READER" --operation Read --operation Describe --topic %[1]s. --resource-pattern-type prefixed
allow "$READER" --operation Read --operation Describe --topic %[2]s.silences
allow "$READER" --operation Read --operation Describe --topic %[2]s.schemas

# topics --apply: changes the settings of topics that exist
allow "$OPERATOR" --operation Describe --operation DescribeConfigs --operation AlterConfigs --topic %[1]s. --resource-pattern-type prefixed
allow "$OPERATOR" --operation Describe --operation DescribeConfigs --topic %[2]s. --resource-pattern-type prefixed
allow "$OPERATOR" --operation Describe --operation DescribeConfigs --operation AlterConfigs --topic %[1]s-current. --resource-pattern-type prefixed

# silence: makes, writes and reads the topic of silences
allow "$OPERATOR" --operation Create --operation Write --operation Read --operation Describe --topic %[2]s.silences

# annotate: makes, writes and reads the topic of notes
allow "$ANNOTATOR" --operation Create --operation Write --operation Read --operation Describe --topic %[2]s.annotations

# release, look, snapshot, pause, resume, requests: reads what is watched and held back, writes the request, and reads the answer
allow "$OPERATOR" --operation Read --operation Describe --topic %[2]s.sweeps
allow "$OPERATOR" --operation Read --operation Describe --topic %[2]s.looks
allow "$OPERATOR" --operation Read --operation Write --operation Describe --topic %[2]s.requests

# rebuild: reads the history, writes the state in one transaction, and deletes what is left if that fails; with --from it
# writes the history too
allow "$OPERATOR" --operation Create --operation Describe --operation Read --operation Write --topic %[1]s. --resource-pattern-type prefixed
allow "$OPERATOR" --operation Create --operation Describe --operation Read --operation Write --topic %[2]s. --resource-pattern-type prefixed
allow "$OPERATOR" --operation Delete --topic %[2]s.state
allow "$OPERATOR" --operation Describe --group %[4]s
allow "$OPERATOR" --operation Write --operation Describe --transactional-id %[2]s.rebuild- --resource-pattern-type prefixed

# certify: makes topics of its own, works on them, and deletes them
allow "$OPERATOR" --operation Create --operation Describe --operation DescribeConfigs --operation Write --operation Read --operation Delete --topic %[1]s-certify- --resource-pattern-type prefixed
allow "$OPERATOR" --operation Read --operation Describe --operation Delete --group %[1]s-certify- --resource-pattern-type prefixed
allow "$OPERATOR" --operation Write --operation Describe --transactional-id %[1]s-certify- --resource-pattern-type prefixed

# a consumer of your own: reads events, records as they are now, and how complete they are (isolation.level=read_committed)
allow "$CONSUMER" --operation Read --operation Describe --topic %[1]s. --resource-pattern-type prefixed
allow "$CONSUMER" --operation Read --operation Describe --topic %[1]s-current. --resource-pattern-type prefixed
allow "$CONSUMER" --operation Read --operation Describe --topic %[2]s.sweeps
allow "$CONSUMER" --operation Read --operation Describe --topic %[2]s.looks
allow "$CONSUMER" --operation Read --group "$CONSUMER_GROUP"
`

// printRights writes a script that grants each command, and a consumer, what they need and no more.
func (c *topicsCmd) printRights(e *env) error {
	prefix := c.TopicPrefix
	_, err := fmt.Fprintf(e.stdout, rightsScript, prefix, prefix+"-meta", kafka.TransactionalPrefix(prefix),
		kafka.GroupID(prefix))
	return err
}
