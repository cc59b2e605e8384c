package client

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Commit ends cl's transaction by a commit. Its records, one or more of each topic, are acknowledged.
//
// franz-go (v1.22.3, storePartitionsUpdate) writes what waited for a topic's partitions before it stores these, and its
// EndTransaction aborts, without an error, where it finds no partition that was written to. Where brokers are quick and
// the process is not, the acknowledgement comes in between. So Commit waits for the partitions.
func Commit(ctx context.Context, cl *kgo.Client, records ...*kgo.Record) error {
	err := Bounded(ctx, AnswerTime, func(ctx context.Context) error {
		for _, r := range records {
			for !knows(cl, r.Topic) {
				if !Sleep(ctx, time.Millisecond) {
					return fmt.Errorf("topic %s was written to, and has no partitions: %w", r.Topic, ctx.Err())
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return cl.EndTransaction(ctx, kgo.TryCommit)
}

// knows reports whether cl has stored the topic's partitions, which it does for all at once.
func knows(cl *kgo.Client, topic string) bool {
	leader, _, err := cl.PartitionLeader(topic, 0)
	return leader >= 0 || err != nil
}
