package history

import (
	"context"
	"fmt"
	"time"

	"github.com/seachange/seachange/producer/kafka/client"
)

// Replay writes past events once more, as they were, to a topic, which is made if need be, and returns how many.
func (p *Past) Replay(ctx context.Context, since time.Time, topic string) (n int, err error) {
	w, err := p.o.Client.OpenWriter(ctx, topic)
	if err != nil {
		return 0, err
	}
	err = p.Events(ctx, since, func(ev *Event) error {
		n++
		r := ev.Record
		origin := fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset)
		r.Headers = append(r.Headers, client.Header{Key: "replay", Value: origin})
		return w.Write(ctx, r)
	})
	if closed := w.Close(ctx); err == nil {
		err = closed
	}
	if err != nil {
		return n, fmt.Errorf("after %d events, of which some may not be in topic %s: %w", n, topic, err)
	}
	return n, nil
}
