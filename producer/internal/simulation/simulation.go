// Package simulation plays the whole producer against a simulated account and a simulated Kafka, in simulated time. A
// seed decides everything: what there is, what changes, what goes wrong, and when. What comes out is judged as a
// strict consumer would, and against what really happened.
package simulation

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/seachange/seachange/schema"
)

// Result is what a seed led to.
type Result struct {
	Seed       uint64
	Violations []string
	Hash       uint64 // of everything that happened
	Events     int
	Requests   int
	Lasted     time.Duration       // simulated
	Story      map[string][]string // all that is in the hash, by account, if Options.Story
}

// Options of a Run.
type Options struct {
	Seed  uint64
	Log   *slog.Logger
	Story bool
}

type simulation struct {
	seed      uint64
	plan      plan
	began     time.Time
	log       *slog.Logger
	story     *story
	resources []*schema.Resource
	worlds    []*world
	cluster   *cluster
	judge     *judge
	running   sync.WaitGroup
	current   bool // processes that start now keep records as they are now, too

	mu    sync.Mutex
	asked map[string]int // how often, by account and URI
}

// Run plays a seed. It must run within testing/synctest.
func Run(o Options) Result {
	s := newSimulation(o.Seed, o.Log)
	if o.Story {
		s.story.lines = map[string][]string{}
	}
	d := newDirector(s)
	d.open()
	for _, w := range s.worlds {
		s.running.Go(w.live)
		if len(s.plan.scopes) > 0 {
			s.running.Go(w.narrow)
		}
		if s.plan.wipe {
			s.running.Go(w.clear)
		}
	}
	s.running.Go(func() { s.watch(d) })
	d.play()
	s.settle()
	if len(s.judge.verdict()) == 0 {
		s.judge.statuses(d.processes)
	}
	d.close()
	if len(s.judge.verdict()) == 0 && d.s.chance(0.3) {
		s.restart(d)
	}
	if len(s.judge.verdict()) == 0 {
		s.judge.truth()
	}
	s.running.Wait()
	r := Result{
		Seed: o.Seed, Violations: s.judge.verdict(), Hash: s.story.sum(), Events: len(s.judge.events),
		Lasted: time.Since(s.began), Story: s.story.lines,
	}
	for _, w := range s.worlds {
		r.Requests += w.account.Count("")
	}
	return r
}

func newSimulation(seed uint64, log *slog.Logger) *simulation {
	s := &simulation{seed: seed, plan: newPlan(seed), began: time.Now(), log: log, asked: map[string]int{}}
	s.story, s.current = newStory(s.began), s.plan.current
	s.resources = s.plan.resources()
	s.judge = newJudge(s)
	s.cluster = newCluster(s)
	for n := range s.plan.accounts {
		s.worlds = append(s.worlds, newWorld(s, n+1))
	}
	return s
}

// calm reports whether the active time is over.
func (s *simulation) calm() bool { return time.Since(s.began) >= s.plan.active }

// patience is how long it may take until everything was read and published, once all is calm: what the API refused is
// asked for an hour later, and an interval may be fourfold.
const patience = 3 * time.Hour

// settle waits until the copy is what the accounts are and everything was read again.
func (s *simulation) settle() {
	calm := time.Now()
	var read time.Time // when everything was, once more
	for {
		time.Sleep(20 * time.Second)
		unread, wrong := s.judge.unread(calm), ""
		if unread == "" {
			wrong = s.judge.difference()
			if read.IsZero() {
				read = time.Now()
			}
		}
		switch {
		case len(s.judge.verdict()) > 0:
			return
		case unread == "" && wrong == "":
			time.Sleep(2*s.plan.interval + time.Minute) // nothing may come any more
			if wrong = s.judge.difference(); wrong != "" {
				s.judge.violate("nothing changed any more, but: %s", wrong)
			}
			return
		case time.Since(calm) > patience && unread != "":
			s.judge.violate("not read for %v: %s", patience, unread)
			return
		case unread == "" && time.Since(read) > s.plan.decision(s.judge.paths()):
			s.judge.violate("everything was read, and %v later it is not published: %s", time.Since(read), wrong)
			return
		}
	}
}

// restart begins once more from what the log holds: nothing has changed, so nothing may come but what is there now, if
// that was not asked for before.
func (s *simulation) restart(d *director) {
	known := s.judge.fresh
	s.current = true
	d.open()
	began := time.Now()
	time.Sleep(3*s.plan.interval + 5*time.Minute)
	wrong := s.judge.difference()
	for wrong != "" && time.Since(began) < patience { // the token's limit may just be used up
		time.Sleep(time.Minute)
		wrong = s.judge.difference()
	}
	d.close()
	if wrong != "" {
		s.judge.violate("after a restart: %s", wrong)
	}
	if n := s.judge.fresh - known; n > 0 {
		s.judge.violate("%d events after a restart, and nothing changed", n)
	}
}

// requestStream is what decides about one request.
func (s *simulation) requestStream(p *process, w *world, uri string) stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := fmt.Sprint(p, w.id, uri)
	s.asked[key]++
	return newStream(s.seed, "request", key, s.asked[key])
}

func (s *simulation) logf(format string, args ...any) {
	s.log.Info("SIMULATION " + fmt.Sprintf(format, args...))
}
