package state

import (
	"fmt"

	"github.com/go-json-experiment/json"
)

// Heartbeat is a value of the topic of heartbeats: a process works on the shard, and its commits succeed.
type Heartbeat struct {
	TsMS int64 `json:"ts_ms"`
	// LastLSN is the newest event of each account of the shard: all up to it stand before the heartbeat.
	LastLSN map[string]int64 `json:"last_lsn"`
}

// HeartbeatTopic holds each shard's newest heartbeat.
func HeartbeatTopic(prefix string) string { return prefix + "-meta.heartbeat" }

type heartbeatKey struct {
	Shard int `json:"shard"`
}

// HeartbeatKey is the key of a shard's heartbeat.
func HeartbeatKey(shard int) []byte { return Encode(heartbeatKey{shard}) }

// ParseHeartbeat reads a record of the topic of heartbeats.
func ParseHeartbeat(key, value []byte) (shard int, h Heartbeat, err error) {
	var k heartbeatKey
	if err := json.Unmarshal(key, &k); err != nil {
		return 0, h, fmt.Errorf("key of a heartbeat: %w", err)
	}
	if err := json.Unmarshal(value, &h); err != nil {
		return k.Shard, h, fmt.Errorf("heartbeat of shard %d: %w", k.Shard, err)
	}
	return k.Shard, h, nil
}
