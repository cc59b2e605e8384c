package producer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// A heartbeat every two minutes, whether anything changes or not, and each behind all events that it counts.
func TestAShardBeatsWhileItsCommitsSucceed(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(3)
		h.log.take(time.Second)
		h.sweeps(7)
		h.firewalls(5)
		h.sweeps(2)
		beats, seen := 0, int64(0)
		for _, r := range h.log.topic(func(string) bool { return true }) {
			switch {
			case strings.HasPrefix(r.Topic, "digitalocean."):
				var e schema.Event
				must(t, json.Unmarshal(r.Value, &e))
				seen = e.Source.LSN
			case r.Topic == state.HeartbeatTopic("digitalocean"):
				shard, b, err := state.ParseHeartbeat(r.Key, r.Value)
				must(t, err)
				if shard != 0 || len(b.LastLSN) != 1 || b.LastLSN["team-1"] != seen {
					t.Errorf("heartbeat %d of shard %d is behind event %v, and stands behind %d", beats, shard, b.LastLSN, seen)
				}
				if n := len(r.Key) + len(r.Value); n > 100 {
					t.Errorf("a heartbeat of one account has %d bytes: %s %s", n, r.Key, r.Value)
				}
				beats++
			}
		}
		if beats != 4 {
			t.Errorf("%d heartbeats in 8 and a half minutes, want 4", beats)
		}
	}, "firewalls")
}

// Where nothing can be committed there is no heartbeat.
func TestAShardWithoutCommitsDoesNotBeat(t *testing.T) {
	play(t, func(h *harness) {
		h.firewalls(1)
		h.sweeps(1)
		h.log.kill(0)
		h.wait(10 * time.Minute)
		if n := len(h.log.heartbeats()); n != 0 {
			t.Errorf("%d heartbeats, want none", n)
		}
	}, "firewalls")
}
