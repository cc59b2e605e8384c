package kafka

import (
	"context"
	"time"

	"github.com/seachange/seachange/producer/kafka/client"
)

const (
	reachPause = 2 * time.Second
	reachWord  = time.Minute // between two lines of the log
)

// Reach is a Prepare that waits for brokers which can't be reached, with a line in the log each minute and a metric.
// What no waiting mends, a wrong setting above all, is an error at once. So is ctx's end.
func (l *Log) Reach(ctx context.Context) error { return l.reach(ctx, l.Prepare) }

// reach tries until brokers can be reached.
func (l *Log) reach(ctx context.Context, try func(context.Context) error) error {
	defer l.metrics.waiting.Set(0)
	var told time.Time
	began, hangups := time.Now(), 0
	for {
		err := try(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
		switch away := l.opts.Client.Away(ctx, err); {
		case away:
			hangups = 0
		case !client.HungUp(err) || hangups > 0:
			return err
		default: // it may have come up just now
			hangups++
			continue
		}
		l.metrics.waiting.Set(1)
		if time.Since(told) >= reachWord {
			told = time.Now()
			l.log.Warn("no broker can be worked with yet: waiting for one",
				"waited", time.Since(began).Round(time.Second), "err", err)
		}
		client.Sleep(ctx, reachPause)
	}
}
