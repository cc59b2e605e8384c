package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/seachange/seachange/producer/kafka/client"
)

// refuseTopic returns an error if a Strict topic can't be worked with.
func (l *Log) refuseTopic(ctx context.Context, t Topic, partitions int, actual map[string]string) error {
	if t.current {
		return refuseUncompacted(t, actual)
	}
	if partitions != t.Partitions {
		return l.refuseShards(ctx, partitions)
	}
	if policy, told := actual["cleanup.policy"]; told && policy != t.Config["cleanup.policy"] {
		return fmt.Errorf("state topic %s has cleanup.policy=%s, so its state may be gone: "+
			"if nothing is lost yet set it to %s, otherwise delete it and make the state anew with seachange rebuild",
			t.Name, policy, t.Config["cleanup.policy"])
	}
	return nil
}

// refuseShards says why the state topic has another number of partitions than there are shards: a wrong setting, or
// partitions that somebody added. What was written tells which.
func (l *Log) refuseShards(ctx context.Context, partitions int) error {
	written, err := l.writtenFor(ctx)
	switch {
	case err != nil || written == 0 || written == partitions:
		return fmt.Errorf("state topic %s has %d partitions, and --shards is %d: "+
			"the number of shards is fixed for life: set --shards %d, or choose another --topic-prefix",
			l.stateTopic(), partitions, l.opts.Shards, partitions)
	default:
		return errors.New(grown(l.stateTopic(), partitions, written))
	}
}

// grown is the way out of a state topic that has other partitions than its state was written for. No setting is one:
// with either number accounts would be looked for where they are not.
func grown(topic string, partitions, shards int) string {
	return fmt.Sprintf("state topic %s has %d partitions, and its state was written for %d shards: "+
		"partitions were added, or the topic was copied, and --shards can't mend that: "+
		"stop every seachange, delete topic %s, and make the state anew with seachange rebuild --shards %d",
		topic, partitions, shards, topic, shards)
}

// writtenFor returns for how many shards the state was written: the least of what its barriers say, as whoever adds
// partitions and raises --shards writes others. 0: there is no barrier.
func (l *Log) writtenFor(ctx context.Context) (shards int, err error) {
	o := client.ReadOptions{Topics: []string{l.stateTopic()}, FromStart: true, UntilEnd: true, Headers: []string{}}
	err = l.opts.Client.Read(ctx, o, func(r client.Record) error {
		var b barrier
		if string(r.Key) == barrierKey && json.Unmarshal(r.Value, &b) == nil && (shards == 0 || b.Shards < shards) {
			shards = b.Shards
		}
		return nil
	})
	return shards, err
}
