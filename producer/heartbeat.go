package producer

import (
	"time"

	"github.com/seachange/seachange/producer/state"
)

// heartbeatEvery is the time between two heartbeats of a shard.
const heartbeatEvery = 2 * time.Minute

// beat commits a heartbeat of the shard's accounts, behind everything that they have handed over to the log. A commit
// that fails ends the ownership by itself.
func (s *shard) beat(session Session) {
	if len(s.running) == 0 {
		return
	}
	h := state.Heartbeat{TsMS: time.Now().UnixMilli(), LastLSN: map[string]int64{}}
	for id, a := range s.running {
		h.LastLSN[id] = a.handed.Load()
	}
	session.Commit(Batch{Records: []Record{{
		Topic: state.HeartbeatTopic(s.p.opts.Prefix), Key: state.HeartbeatKey(s.n), Value: state.Encode(h),
	}}}, func(error) {})
}
