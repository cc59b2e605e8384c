package config

import (
	"errors"
	"net"
	"regexp"
	"strings"
	"time"

	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/schema/plain"
)

// Check refuses numbers that can't be meant.
func (t Topics) Check() error {
	return errors.Join(atLeast("--shards", t.Shards, 0), atLeast("--partitions", t.Partitions, 1),
		atLeast("--replication-factor", t.ReplicationFactor, 0), t.checkTopicConfig())
}

// ours are the settings of topics that seachange relies on, with what is given instead.
var ours = map[string]string{
	"cleanup.policy": "seachange needs its own", "message.timestamp.type": "seachange needs its own",
	"retention.ms": "give --retention", "max.message.bytes": "seachange asks for 8 MiB, or what the broker allows",
}

func (t Topics) checkTopicConfig() error {
	for _, setting := range t.TopicConfig {
		key, value, ok := strings.Cut(setting, "=")
		if instead := ours[key]; instead != "" {
			return Errorf("--topic-config %s: %s", key, instead)
		}
		if !ok || value == "" || !settingNames.MatchString(key) {
			return Errorf("--topic-config %s: want KEY=VALUE, such as segment.ms=86400000", plain.Value(setting))
		}
	}
	return nil
}

var settingNames = regexp.MustCompile(`^[a-z0-9._-]+$`)

// topicConfig are the settings by their names.
func (t Topics) topicConfig() map[string]string {
	all := map[string]string{}
	for _, setting := range t.TopicConfig {
		key, value, _ := strings.Cut(setting, "=")
		all[key] = value
	}
	return all
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
	if s.LookTokenFile != "" && s.Listen == "" {
		errs = append(errs, Errorf("--look-token-file: say with --listen where POST /look is served"))
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
