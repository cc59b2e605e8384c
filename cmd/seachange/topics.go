package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/seachange/seachange/producer/kafka"
)

type topicsCmd struct {
	PrefixFlag
	TopicSettings
	Selection
	outputFlag
	Print string `help:"Print shell commands instead: sh makes the topics, acl grants the rights." enum:",sh,acl" default:""`
}

// topic is a topic as JSON has it.
type topic struct {
	Name              string            `json:"name"`
	Partitions        int               `json:"partitions"`
	ReplicationFactor int               `json:"replication_factor"` // 0: the brokers' default
	Config            map[string]string `json:"config"`
}

// Run prints what run would make.
func (c *topicsCmd) Run(e *env) error {
	if err := c.check(); err != nil {
		return err
	}
	resources, err := c.resources()
	if err != nil {
		return err
	}
	o := c.topicOptions(c.TopicPrefix, resources)
	switch c.Print {
	case "sh":
		return printCreate(e.stdout, kafka.Topics(o))
	case "acl":
		return printRights(e.stdout, c.TopicPrefix)
	}
	return c.list(e.stdout, kafka.Topics(o))
}

func (c *topicsCmd) list(w io.Writer, topics []kafka.Topic) error {
	var all []topic
	var rows [][]string
	for _, t := range topics {
		all = append(all, topic{t.Name, t.Partitions, t.ReplicationFactor, t.Config})
		retention := t.Config["retention.ms"] + " ms"
		if retention == "-1 ms" {
			retention = "for ever"
		}
		rows = append(rows, []string{t.Name, strconv.Itoa(t.Partitions), t.Config["cleanup.policy"], retention})
	}
	if c.Output == "json" {
		return writeJSON(w, all)
	}
	return writeTable(w, []string{"TOPIC", "PARTITIONS", "POLICY", "RETENTION"}, rows)
}

// printCreate writes a script for those who may make topics where seachange may not.
func printCreate(w io.Writer, topics []kafka.Topic) error {
	var b strings.Builder
	b.WriteString("#!/bin/sh\nset -eu\n: \"${BOOTSTRAP:?set it to host:port of a broker}\"\n")
	for _, t := range topics {
		fmt.Fprintf(&b, "kafka-topics.sh --bootstrap-server \"$BOOTSTRAP\" --create --if-not-exists --topic %s --partitions %d", t.Name, t.Partitions)
		if t.ReplicationFactor > 0 {
			fmt.Fprintf(&b, " --replication-factor %d", t.ReplicationFactor)
		}
		for _, key := range slices.Sorted(maps.Keys(t.Config)) {
			fmt.Fprintf(&b, " --config %s=%s", key, t.Config[key])
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// printRights writes a script that grants seachange, and a consumer, what they need and no more.
func printRights(w io.Writer, prefix string) error {
	_, err := fmt.Fprintf(w, `#!/bin/sh
set -eu
: "${BOOTSTRAP:?set it to host:port of a broker}" "${PRODUCER:=User:seachange}" "${CONSUMER:=User:consumer}" "${CONSUMER_GROUP:=consumer}"
allow() { kafka-acls.sh --bootstrap-server "$BOOTSTRAP" --add --allow-principal "$@"; }

# seachange: makes and checks its topics, writes events, keeps its state
allow "$PRODUCER" --operation Create --operation Describe --operation DescribeConfigs --operation Write --topic %[1]s. --resource-pattern-type prefixed
allow "$PRODUCER" --operation Create --operation Describe --operation DescribeConfigs --operation Write --operation Read --topic %[2]s. --resource-pattern-type prefixed
allow "$PRODUCER" --operation Read --operation Describe --group %[4]s
allow "$PRODUCER" --operation Write --operation Describe --transactional-id %[3]s --resource-pattern-type prefixed

# a consumer: reads events, and how complete they are (isolation.level=read_committed)
allow "$CONSUMER" --operation Read --operation Describe --topic %[1]s. --resource-pattern-type prefixed
allow "$CONSUMER" --operation Read --operation Describe --topic %[2]s.sweeps
allow "$CONSUMER" --operation Read --group "$CONSUMER_GROUP"

# seachange alert, as that consumer: reads changes of status too, and has a group for each output
allow "$CONSUMER" --operation Read --operation Describe --topic %[2]s.status
allow "$CONSUMER" --operation Read --group %[1]s-alert- --resource-pattern-type prefixed
`, prefix, prefix+"-meta", kafka.TransactionalPrefix(prefix), kafka.GroupID(prefix))
	return err
}
