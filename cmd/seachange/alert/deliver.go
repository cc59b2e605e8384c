package alert

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"
)

// Delivery sends alerts until they have arrived. It is one goroutine's.
type Delivery struct {
	Output string // its name
	Send   Sender
	Logger *slog.Logger
	told   map[string]bool // ids that have arrived
	order  []string        // of told, oldest first
}

// remembered is how many alerts a delivery knows again: what a producer without exactly-once repeats, it repeats soon.
const remembered = 10_000

// Bounds of the pause after a delivery that failed.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 30 * time.Second
)

// Deliver returns nil once the alert has arrived, or had before. It tries until ctx ends.
func (d *Delivery) Deliver(ctx context.Context, a *Alert) error {
	if d.told[a.ID] {
		return nil
	}
	pause := firstPause
	for {
		err := d.Send(ctx, a)
		if err == nil {
			d.remember(a.ID)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		d.Logger.Warn("alert not delivered, trying again", "output", d.Output, "alert", a.ID, "err", err, "pause", pause)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause/2 + rand.N(pause/2)):
		}
		pause = min(2*pause, lastPause)
	}
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
