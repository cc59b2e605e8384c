package producer

import (
	"slices"
	"time"

	"github.com/seachange/seachange/producer/state"
)

// release is an operator's request to let held deletes go, until it is answered: once each collection that holds some back
// was swept.
type release struct {
	request  Request
	tookMS   int64
	waits    map[collectionID]bool
	released int
}

// release lets what is held back go with the next sweeps, which are due now.
func (a *account) release(r Request) {
	asked := &release{request: r, tookMS: time.Now().UnixMilli(), waits: map[collectionID]bool{}}
	for _, c := range a.of(r.Resource) {
		if len(c.checkpoint.Suspects) == 0 {
			continue
		}
		c.release(r.AtMS)
		asked.waits[c.id] = true
		a.log.Info("operator's request", "kind", r.Kind, "resource", c.id.Resource, "collection", c.id.Parent)
		a.soon(c)
	}
	a.releases = append(a.releases, asked)
}

// noteReleased notes that a sweep of c is committed that let so many deletes go.
func (a *account) noteReleased(p *part) {
	for _, r := range a.releases {
		if p.err == nil && p.triedMS >= r.tookMS && r.waits[p.c.id] {
			delete(r.waits, p.c.id)
			r.released += len(p.gone)
		}
	}
}

// answerReleases answers the requests that are done.
func (a *account) answerReleases() {
	a.releases = slices.DeleteFunc(a.releases, func(r *release) bool {
		for id := range r.waits {
			if a.collections[id] == nil { // it went with its parent
				delete(r.waits, id)
			}
		}
		if len(r.waits) > 0 {
			return false
		}
		a.answerRelease(r)
		return true
	})
}

func (a *account) answerRelease(r *release) {
	answer := Answer{
		AccountID: a.id, Resource: r.request.Resource, Answered: r.request.Kind, ID: r.request.ID, Released: r.released,
	}
	for _, c := range a.of(r.request.Resource) {
		answer.Held += len(c.checkpoint.Suspects)
	}
	pub := a.publish()
	pub.unit(Record{
		Topic: state.RequestsTopic(pub.prefix()), Account: a.id,
		Key: state.AnswerKey(a.id, r.request.Resource), Value: state.Encode(answer),
	})
	pub.commit(nil)
}
