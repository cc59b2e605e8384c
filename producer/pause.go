package producer

import (
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// reasonRunes bounds an operator's reason: it stands in the status of each collection.
const reasonRunes = 200

// pause has a resource and what is below it, or the whole account, read no more until an operator resumes it. What is
// known of it stays.
func (a *account) pause(q *request) {
	if q.answer.Reason = a.notPausable(q.Resource); q.answer.Reason != "" {
		return
	}
	reason := []rune(q.Reason)
	a.checkpoint.Pause(q.Resource, state.Pause{Reason: string(reason[:min(len(reason), reasonRunes)]), AtMS: q.AtMS})
	q.answer.Collections = a.unschedulePaused()
}

// notPausable returns why a resource can't be paused, or resumed, by itself.
func (a *account) notPausable(resource string) string {
	row := a.rows[resource]
	switch {
	case resource == "":
		return ""
	case row == nil:
		return "not watched in this configuration"
	case row.Embed != "":
		return "it comes with " + row.Parent() + ": pause that"
	}
	return ""
}

// unschedulePaused takes what is paused out of the schedule, says so in its status, and returns how many collections
// that are.
func (a *account) unschedulePaused() (collections int) {
	pub := a.publish()
	for _, c := range a.sorted() {
		p, ok := a.checkpoint.PauseOf(c.row)
		if !ok || a.rows[c.id.Resource] == nil {
			continue
		}
		collections++
		a.drop(c.id)
		a.schedule.Remove(c.id)
		pub.say(c, state.Unwatched, p.Text())
	}
	pub.commit(nil)
	a.pausedNew = false
	return collections
}

// resume has read again what is read no more, at once.
func (a *account) resume(q *request) {
	if q.answer.Reason = a.notPausable(q.Resource); q.answer.Reason != "" {
		return
	}
	var were []*collection
	for _, c := range a.sorted() {
		if a.isPaused(c.row) && a.rows[c.id.Resource] != nil {
			were = append(were, c)
		}
	}
	a.checkpoint.Resume(q.Resource)
	for _, c := range were {
		if !a.isPaused(c.row) {
			a.watch(c.row, c.id.Parent)
			a.await(q, c)
		}
	}
	if p, ok := a.checkpoint.PauseOf(a.rows[q.Resource]); ok {
		q.answer.Reason = "still " + p.Text() + ": resume what it is below, or the account"
	}
}

func (a *account) isPaused(r *schema.Resource) bool {
	_, ok := a.checkpoint.PauseOf(r)
	return ok
}

// stopWaiting ends the waiting of a request for what is paused: it is not read.
func (a *account) stopWaiting(q *request) {
	for id := range q.waits {
		c := a.collections[id]
		if c == nil {
			continue
		}
		if p, ok := a.checkpoint.PauseOf(c.row); ok {
			delete(q.waits, id)
			q.answer.Reason = p.Text()
		}
	}
}
