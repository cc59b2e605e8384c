package alert

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"
)

// Delivery sends alerts until they have arrived. It is one goroutine's.
type Delivery struct {
	Output  string // its name
	Send    Sender
	Logger  *slog.Logger
	Metrics *Metrics
	// Refused takes an alert that the output refuses for good; without it, such an alert is tried for ever.
	Refused func(ctx context.Context, a *Alert, err error) error
	told    map[string]bool // ids that have arrived
	order   []string        // of told, oldest first
}

// remembered is how many alerts a delivery knows again: what a producer without exactly-once repeats, it repeats soon.
const remembered = 10_000

// Bounds of the pause after a delivery that failed, and of one that the endpoint asked for.
const (
	firstPause  = 100 * time.Millisecond
	lastPause   = 30 * time.Second
	longestRest = time.Hour
)

// refusals is how often an endpoint has to refuse an alert for good before it is given up.
const refusals = 5

// Deliver returns nil once the alert has arrived, or had before, or was refused for good and set aside. It tries until
// ctx ends.
func (d *Delivery) Deliver(ctx context.Context, a *Alert) error {
	if d.told[a.ID] {
		return nil
	}
	pause, refused := firstPause, 0
	for {
		err := d.Send(ctx, a)
		_, partly := errors.AsType[*UnreachedError](err)
		if err == nil || partly {
			d.Metrics.told.WithLabelValues(d.Output, a.Status).Inc()
			d.remember(a.ID)
		}
		if err == nil {
			return nil
		}
		if partly {
			return d.setAside(ctx, a, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		rest := pause/2 + rand.N(pause/2)
		if refusal, ok := errors.AsType[*RefusedError](err); ok {
			rest = max(rest, min(refusal.RetryAfter, longestRest))
			if refusal.Permanent() {
				refused++
			}
		}
		if refused == refusals && d.Refused != nil {
			return d.setAside(ctx, a, err)
		}
		d.Metrics.retried.WithLabelValues(d.Output).Inc()
		d.Logger.Warn("alert not delivered, trying again", "output", d.Output, "alert", a.ID, "err", err, "pause", rest)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rest):
		}
		pause = min(2*pause, lastPause)
	}
}

func (d *Delivery) setAside(ctx context.Context, a *Alert, err error) error {
	d.Metrics.refused.WithLabelValues(d.Output).Inc()
	d.Logger.Error("alert refused for good, setting it aside", "output", d.Output, "alert", a.ID, "err", err)
	if d.Refused == nil {
		return nil
	}
	return d.Refused(ctx, a, err)
}

func (d *Delivery) remember(id string) {
	if d.told == nil {
		d.told = map[string]bool{}
	}
	d.told[id] = true
	d.order = append(d.order, id)
	if len(d.order) > remembered {
		delete(d.told, d.order[0])
		d.order = d.order[1:]
	}
}
