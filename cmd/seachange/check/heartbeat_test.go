package check

import (
	"testing"
	"time"
)

func TestAnOldHeartbeatIsDoubtful(t *testing.T) {
	now := time.Date(2026, 9, 21, 14, 0, 0, 0, time.UTC)
	for age, want := range map[time.Duration]Verdict{2 * time.Minute: Good, 6 * time.Minute: Doubt} {
		r := &Report{}
		r.heartbeat(now.Add(-age).UnixMilli(), now)
		if len(r.Findings) != 1 || r.Findings[0].Verdict != want {
			t.Errorf("a heartbeat %s ago: %+v, want %s", age, r.Findings, want)
		}
	}
	r := &Report{}
	if r.heartbeat(0, now); len(r.Findings) != 0 {
		t.Errorf("without a heartbeat: %+v", r.Findings)
	}
}
