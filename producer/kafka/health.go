package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/seachange/seachange/producer/kafka/client"
)

const (
	stuckTime = 5 * time.Minute // without a commit, though there is something to commit
	pingTime  = 2 * time.Second
)

// health is since when the owners of this process fail, without a commit in between. One commit of any of them
// clears it: a process that commits something is of use.
type health struct {
	mu          sync.Mutex
	first, last time.Time // of the failures
	err         error     // the last one
}

// committed notes that a transaction was committed.
func (h *health) committed() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.first, h.err = time.Time{}, nil
}

// failed notes that a session ended with an error.
func (h *health) failed(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last, h.err = time.Now(), err
	if h.first.IsZero() {
		h.first = h.last
	}
}

// Alive returns an error if nothing could be committed for five minutes though the brokers answer: a restart may help,
// and somebody must know. Brokers that don't answer are no reason to restart, and a process that has nothing to commit
// is well.
func (l *Log) Alive() error {
	h := &l.health
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err == nil || time.Since(h.first) < stuckTime || time.Since(h.last) >= stuckTime {
		return nil
	}
	return fmt.Errorf("nothing could be committed for %s: %w", time.Since(h.first).Round(time.Second), h.err)
}

// Ready returns nil if the brokers answer and this process is in the group, stands by or works on every shard that the
// group gave it. What becomes of an account is no matter of it.
func (l *Log) Ready(ctx context.Context) error {
	l.mu.Lock()
	g := l.group
	l.mu.Unlock()
	if g == nil {
		return errors.New("the brokers have not been reached yet")
	}
	if id, generation := g.client.GroupMetadata(); id == "" || generation < 0 {
		return fmt.Errorf("not in the group %s: the log tells why", GroupID(l.opts.Prefix))
	}
	if err := client.Bounded(ctx, pingTime, g.client.Ping); err != nil {
		return fmt.Errorf("the brokers don't answer: %w", l.opts.Client.Explain(err))
	}
	var idle []int
	for shard, working := range l.Shards() {
		if !working {
			idle = append(idle, shard)
		}
	}
	if slices.Sort(idle); len(idle) > 0 {
		return fmt.Errorf("shards %v are not worked on now: "+
			"they are being restored, or were dropped after an error, which the log tells", idle)
	}
	return nil
}
