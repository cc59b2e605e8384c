package history

import (
	"log/slog"
	"time"

	"github.com/seachange/seachange/schema"
)

// Rollouts leaves out changes that are DigitalOcean's own: a member that came to most records of a collection at once,
// or went from them, tells nothing of the account. It is one goroutine's.
type Rollouts struct {
	Show    bool // them, too
	Logger  *slog.Logger
	LeftOut int
	told    time.Time // when it was last logged how many
	toldOf  int
}

// Wanted reports whether to show an event, and counts what it leaves out.
func (r *Rollouts) Wanted(ev *schema.Event) bool {
	if r.Show || !ev.Source.CausedBy(schema.CauseRollout) {
		return true
	}
	r.LeftOut++
	return false
}

// tellEvery is how often it is logged how many were left out while more may come.
const tellEvery = time.Minute

// Tell logs now and then how many were left out, if there are more since.
func (r *Rollouts) Tell() {
	if now := time.Now(); now.Sub(r.told) >= tellEvery {
		r.told = now
		r.Sum()
	}
}

// Sum logs how many were left out, if there are more since it was last logged.
func (r *Rollouts) Sum() {
	if r.LeftOut > r.toldOf {
		r.toldOf = r.LeftOut
		r.Logger.Info("left out: what DigitalOcean added to, or took from, most records at once (--rollouts shows it)",
			"changes", r.LeftOut)
	}
}
