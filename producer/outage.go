package producer

import (
	"log/slog"
	"time"

	"github.com/seachange/seachange/producer/state"
)

// tellEvery is the time between two lines of the log about an API that fails everywhere.
const tellEvery = time.Minute

// outage is a run of failed sweeps of an account without a successful one in between. What is wrong with the API is
// wrong with every collection, again and again: it is told when it begins, once a minute, and when it is over. The
// status of each collection is in the topics and metrics all the same.
type outage struct {
	since  time.Time
	told   time.Time
	sweeps int
}

// outageSweeps is how many sweeps in a row fail where the API does, and not only something of it.
const outageSweeps = 3

// fail notes a failed sweep, and tells of it unless something was told a moment ago.
func (o *outage) fail(log *slog.Logger, s state.Status, reason string) {
	now := time.Now()
	if o.sweeps == 0 {
		o.since = now
	}
	o.sweeps++
	switch {
	case o.sweeps > 1 && now.Sub(o.told) < tellEvery:
		log.Debug("sweep is not whole", "status", s, "err", reason)
		return
	case o.sweeps <= outageSweeps:
		log.Warn("sweep is not whole", "status", s, "err", reason)
	default:
		log.Warn("every sweep fails", "sweeps", o.sweeps, "for", now.Sub(o.since).Round(time.Second), "status", s, "err",
			reason)
	}
	o.told = now
}

// succeed notes a sweep that did not fail, and tells so if the API had failed everywhere.
func (o *outage) succeed(log *slog.Logger) {
	if o.sweeps >= outageSweeps {
		log.Info("sweeps succeed again", "failed_sweeps", o.sweeps, "after", time.Since(o.since).Round(time.Second))
	}
	*o = outage{}
}
