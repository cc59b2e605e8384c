package kafka

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/wire"

	"github.com/seachange/seachange/producer/kafka/client"
)

// Topic is a topic as it must be.
type Topic struct {
	Name              string
	Partitions        int
	ReplicationFactor int               // 0: the broker's default
	Config            map[string]string // what must differ from the broker's defaults
	// Strict says that seachange doesn't run on a topic that is otherwise: the state, and one of records as they are now,
	// if it isn't compacted. The others are only reported.
	Strict bool

	events, current bool
	asked           []string // the settings that Options.TopicConfig adds, sorted
}

// defaultBytes is what brokers allow unless they are told otherwise: Kafka itself 1,048,588.
const defaultBytes = 1_000_000

// Topics are all topics that Prepare makes, those of events first.
func Topics(o Options) []Topic {
	_ = o.complete() // only for the defaults
	var topics []Topic
	add := func(name, policy string, partitions int, retention time.Duration) *Topic {
		topics = append(topics, Topic{
			Name: name, Partitions: partitions, ReplicationFactor: o.ReplicationFactor,
			Config: map[string]string{
				"cleanup.policy":    policy,
				retentionSetting:    milliseconds(retention),
				"max.message.bytes": strconv.Itoa(client.MaxRecordBytes),
				// Brokers refuse a record that a fast clock stamped an hour ahead; with their own stamp they don't care.
				"message.timestamp.type": "LogAppendTime",
			},
		})
		return &topics[len(topics)-1]
	}
	for _, r := range o.Resources {
		add(schema.TopicOf(o.Prefix, r.Name), "delete", o.Partitions, o.Retention).events = true
	}
	if o.Current {
		for _, r := range o.Resources {
			if r.HasCurrent() {
				t := add(schema.CurrentTopicOf(o.Prefix, r.Name), "compact", o.Partitions, 0)
				t.current, t.Strict = true, true
			}
		}
	}
	for i := range topics {
		maps.Copy(topics[i].Config, o.TopicConfig)
		topics[i].asked = slices.Sorted(maps.Keys(o.TopicConfig))
	}
	own := add(state.Topic(o.Prefix), "compact", o.Shards, 0)
	own.Strict = true
	own.Config["segment.bytes"] = strconv.Itoa(64 << 20) // the newest segment is never compacted
	add(state.SweepsTopic(o.Prefix), "compact", 1, 0)
	looks := add(state.LooksTopic(o.Prefix), "compact", 1, 0)
	looks.Config["segment.ms"] = milliseconds(time.Hour) // what is not compacted yet is read by each reader
	add(state.StatusTopic(o.Prefix), "delete", 1, 0)
	beats := add(state.HeartbeatTopic(o.Prefix), "compact", 1, 0)
	beats.Config["segment.ms"] = milliseconds(24 * time.Hour) // a reader from the beginning has a day of them at most
	add(state.RequestsTopic(o.Prefix), "compact", 1, 0)
	add(state.SchemaChangesTopic(o.Prefix), "delete", 1, 0)
	if o.Format != wire.JSON {
		add(state.SchemasTopic(o.Prefix), "compact", 1, 0)
	}
	return topics
}

func milliseconds(retention time.Duration) string {
	if retention <= 0 {
		return "-1"
	}
	return strconv.FormatInt(retention.Milliseconds(), 10)
}

// faults says, in words, how a topic differs from what it must be. actual lacks what the broker doesn't tell.
func (t Topic) faults(partitions int, actual map[string]string) []string {
	var faults []string
	if partitions != t.Partitions {
		faults = append(faults, fmt.Sprintf("%d partitions, want %d", partitions, t.Partitions))
	}
	keys := []string{"cleanup.policy", retentionSetting, "max.message.bytes", "message.timestamp.type"}
	for _, key := range append(keys, t.asked...) {
		got, told := actual[key]
		if told && got != t.Config[key] && !(key == "max.message.bytes" && enough(got)) {
			faults = append(faults, fmt.Sprintf("%s=%s, want %s", key, got, t.Config[key]))
		}
	}
	return faults
}

// Changeable are the settings that may be changed while the topic is in use: none but of events, and of records as they
// are now.
func (t Topic) Changeable() []string {
	switch {
	case t.events:
		return append([]string{retentionSetting}, t.asked...)
	case t.current:
		return t.asked
	}
	return nil
}

const retentionSetting = "retention.ms"

func enough(bytes string) bool {
	n, err := strconv.Atoi(bytes)
	return err == nil && n >= client.MaxRecordBytes
}
