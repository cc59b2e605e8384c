package config

import (
	"errors"
	"net"
	"time"

	"github.com/seachange/seachange/producer/kafka/embedded"
)

// Check refuses numbers that can't be meant.
func (t Topics) Check() error {
	return errors.Join(atLeast("--shards", t.Shards, 0), atLeast("--partitions", t.Partitions, 1),
		atLeast("--replication-factor", t.ReplicationFactor, 0))
}

// EmbeddedShards are those of a new data directory: one process works on all of them, and each costs a start some
// writes.
const EmbeddedShards = 2

// Keeps refuses what the embedded broker doesn't do.
func (k Kafka) Keeps(t Topics) error {
	if k.DataDir != "" && t.Retention > 0 {
		return Errorf("--retention: the embedded broker keeps every event: leave it out, or use Kafka, with --brokers")
	}
	return nil
}

// Check refuses a time that brokers don't accept.
func (w Watch) Check() error {
	if d := time.Duration(w.SessionTimeout); d < time.Second {
		return Errorf("--session-timeout %s: want at least 1s; brokers want 6s, unless they were told otherwise", d)
	}
	return nil
}

// Check looks at the embedded broker's address only where there is one.
func (s Server) Check(brokerToo bool) error {
	var errs []error
	if s.Listen != "" {
		if _, _, err := net.SplitHostPort(s.Listen); err != nil {
			errs = append(errs, Errorf("--listen %q: want HOST:PORT", s.Listen))
		}
	}
	if err := embedded.CheckListen(s.EmbeddedListen); brokerToo && err != nil {
		errs = append(errs, Errorf("--embedded-listen: %w", err))
	}
	return errors.Join(errs...)
}

func atLeast(flag string, n, least int) error {
	if n < least {
		return Errorf("%s %d: want at least %d", flag, n, least)
	}
	return nil
}
