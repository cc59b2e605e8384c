package check

import "time"

// silence is how old the newest heartbeat is when nobody works on the topics: they come every two minutes.
const silence = 5 * time.Minute

// heartbeat tells whether run was at work lately; 0 is a run that has not committed a heartbeat yet.
func (r *Report) heartbeat(newestMS int64, now time.Time) {
	if newestMS == 0 {
		return
	}
	newest := time.UnixMilli(newestMS)
	at := newest.UTC().Format(time.RFC3339)
	if now.Sub(newest) > silence {
		r.add("heartbeat", Doubt, "the newest is of %s: no process has committed since; start seachange run, or see why its "+
			"commits fail", at)
		return
	}
	r.add("heartbeat", Good, "the newest is of %s", at)
}
