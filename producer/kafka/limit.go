package kafka

import (
	"context"
	"strconv"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka/client"
)

// leastBytes is a limit that any event without its body keeps to.
const leastBytes = 64 << 10

// limitOf returns the smallest limit (max.message.bytes) of any topic, and the topics of which the brokers don't tell
// it.
func limitOf(topics []Topic, settings map[string]map[string]string) (limit int32, untold []string) {
	limit = client.MaxRecordBytes
	for _, t := range topics {
		n, err := strconv.ParseInt(settings[t.Name]["max.message.bytes"], 10, 32)
		if err != nil {
			n, untold = defaultBytes, append(untold, t.Name)
		}
		limit = min(limit, int32(n))
	}
	return limit, untold
}

// lowerLimit learns the limit anew after the brokers refused a record that kept to it: somebody lowered it, or it is
// another than was assumed. Where the brokers tell nothing lower, it is halved.
func (l *Log) lowerLimit(ctx context.Context, cl *kgo.Client) {
	topics, v := l.topics(), l.seen()
	var settings map[string]map[string]string
	err := client.Bounded(ctx, client.AnswerTime, func(ctx context.Context) (err error) {
		settings, err = client.TopicSettings(ctx, kadm.NewClient(cl), names(topics)...)
		return err
	})
	was := v.maxBytes
	if limit, _ := limitOf(topics, settings); err == nil && limit < was {
		v.maxBytes = limit
	} else {
		v.maxBytes = min(was, max(was/2, leastBytes))
	}
	l.log.Warn("the brokers take smaller records than before: those above the limit lose their body",
		"max_bytes", v.maxBytes, "before", was)
	l.see(v)
}
