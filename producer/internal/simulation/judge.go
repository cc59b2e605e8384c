package simulation

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/internal/strict"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// judge consumes what is committed, and notes whatever is wrong.
type judge struct {
	sim   *simulation
	rules map[string]*diff.Rules

	prints prints // by one goroutine at a time

	mu         sync.Mutex
	consumer   *strict.Consumer
	present    map[string][]byte    // values of the current topics, by resource and key
	shown      map[string]time.Time // when a listing showed a record last, by account, resource and id
	events     []*schema.Event
	fresh      int                  // of them, without repeated snapshots
	reads      map[string]time.Time // when a path was last answered well, by account and path
	nothings   map[string]time.Time // when a path was last answered with 404, the same
	away       []outage
	since      map[string]int       // how often a path was answered well since the last outage, the same
	told       state.Told           // what statuses and looks tell
	appeared   map[string]time.Time // when a record was last published that was not held, by account, resource and id
	violations []string
	always     []string // paths of collections that are there all the time
}

func newJudge(s *simulation) *judge {
	j := &judge{
		sim: s, rules: map[string]*diff.Rules{}, consumer: strict.New(),
		present: map[string][]byte{}, shown: map[string]time.Time{},
		prints: prints{}, reads: map[string]time.Time{}, nothings: map[string]time.Time{},
		appeared: map[string]time.Time{},
	}
	for _, row := range s.resources {
		rules, err := diff.Compile(row, diff.Options{MaskKey: maskKey})
		if err != nil {
			panic(err)
		}
		j.rules[row.Name] = rules
		if row.Parent() == "" {
			j.always = append(j.always, row.Path)
		}
	}
	return j
}

func (j *judge) violate(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.note(format, args...)
}

// note is called with the lock.
func (j *judge) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	j.violations = append(j.violations, fmt.Sprintf("after %v: %s", time.Since(j.sim.began), text))
	j.sim.log.Error("VIOLATION", "what", text)
}

func (j *judge) verdict() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.violations)
}

// take takes what one transaction committed.
func (j *judge) take(records []producer.Record) {
	j.mu.Lock()
	defer j.mu.Unlock()
	taken := len(j.events)
	defer func() { j.guarded(j.events[taken:]) }()
	for _, r := range records {
		j.sim.story.note(r.Account, r.Topic, string(r.Key), string(r.Value))
		if secretIn(r) {
			j.note("a secret in %s, key %s", r.Topic, r.Key)
		}
		if strings.Contains(r.Topic, "-meta.") {
			j.tells(r)
			continue
		}
		if resource, ok := strings.CutPrefix(r.Topic, schema.CurrentTopicOf(prefix, "")); ok {
			j.present[resource+string(r.Key)] = r.Value
			continue
		}
		e, err := j.consumer.Take(r.Key, r.Value)
		if err == nil && r.Topic != schema.TopicOf(prefix, e.Source.Table) {
			err = fmt.Errorf("an event of %s in topic %s", e.Source.Table, r.Topic)
		}
		if err != nil {
			j.note("%v", err)
		}
		if e.Op == schema.Created || e.Op == schema.Read {
			j.appeared[e.Source.DB+" "+e.Source.Table+" "+e.ID()] = time.Now()
		}
		if e.Source.Snapshot != "incremental" {
			j.fresh++
		}
		j.events = append(j.events, &e)
		j.sim.log.Debug("event", "op", e.Op, "table", e.Source.Table, "id", e.ID(), "lsn", e.Source.LSN)
	}
}

func secretIn(r producer.Record) bool {
	for _, text := range [][]byte{r.Key, r.Value} {
		if bytes.Contains(text, []byte(digitaloceantest.Marker)) || bytes.Contains(text, []byte("dop_v1_")) {
			return true
		}
	}
	for _, h := range r.Headers {
		if strings.Contains(h.Value, digitaloceantest.Marker) {
			return true
		}
	}
	return false
}

// holds reports whether a record was published since a moment, and not deleted.
func (j *judge) holds(account, resource, id string, since time.Time) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.consumer.Held(account, resource)[id] != nil && !j.appeared[account+" "+resource+" "+id].Before(since)
}

// held counts the records of a resource that are held.
func (j *judge) held(account, resource string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.consumer.Held(account, resource))
}

// paths counts the paths that were ever read.
func (j *judge) paths() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.reads)
}

// nothing notes that a path was answered with 404.
func (j *judge) nothing(w *world, path string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.nothings[w.id+" "+path] = time.Now()
}

// read notes that a path was answered well, and whether it was the first page, of which each sweep has one.
func (j *judge) read(w *world, path string, first bool) {
	var longest time.Duration // learned interval: four times the uniform one, which several pages make longer
	if j.sim.plan.outages {
		longest = 4 * j.sim.plan.uniform(len(w.readable()))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	key := w.id + " " + path
	last, bound := j.reads[key], j.sim.plan.bound(len(j.reads))
	if bound > 0 && strings.HasSuffix(path, "/balance") { // it rests for an hour
		bound += time.Hour
	}
	for _, o := range j.away {
		if bound > 0 && o.ended.After(last) {
			bound += o.lasted
		}
	}
	if age := time.Since(last); !last.IsZero() && bound > 0 && age > bound && slices.Contains(j.always, path) {
		j.note("%s was not read for %v, at most %v are due", key, age, bound)
	}
	j.reads[key] = time.Now()
	if first {
		j.overdue(w, path, longest)
	}
}

// outage is a time in which no process ran.
type outage struct {
	ended  time.Time
	lasted time.Duration
}

// back notes that all processes have begun again after an outage.
func (j *judge) back(after time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.away = append(j.away, outage{time.Now(), after})
	j.since = map[string]int{}
}

// readsFirst is how often a collection may be read after an outage before each of the others was read: what moved
// there, or vanished, has it read at once.
const readsFirst = 5

// overdue holds that what an outage made overdue is read before what was read since. It is called with the lock.
func (j *judge) overdue(w *world, path string, longest time.Duration) {
	if !j.sim.plan.outages || len(j.away) == 0 || !slices.Contains(j.always, path) || strings.HasSuffix(path, "/account") {
		return
	}
	up := j.away[len(j.away)-1].ended
	if j.since[w.id+" "+path]++; j.since[w.id+" "+path] <= readsFirst {
		return
	}
	for _, other := range j.always {
		last, ok := j.reads[w.id+" "+other]
		if ok && last.Before(up.Add(-longest)) && !strings.HasSuffix(other, "/balance") {
			j.note("%s %s is not read since an outage ended %v ago, and %s was %d times", w.id, other, time.Since(up), path,
				j.since[w.id+" "+path])
		}
	}
}

// unread returns a collection that was not read since a moment, "" if there is none.
func (j *judge) unread(since time.Time) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, w := range j.sim.worlds {
		for _, path := range w.readable() {
			if j.reads[w.id+" "+path].Before(since) {
				return w.id + " " + path
			}
		}
	}
	return ""
}

// difference returns where the copy differs from the accounts, "" if nowhere.
func (j *judge) difference() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, w := range j.sim.worlds {
		for _, row := range j.sim.resources {
			if d := j.differs(w, row); d != "" {
				return d
			}
		}
	}
	return ""
}

func (j *judge) differs(w *world, row *schema.Resource) string {
	records, held := w.account.Records(row.Name), j.consumer.Held(w.id, row.Name)
	for _, id := range slices.Sorted(maps.Keys(records)) {
		if held[id] == nil {
			return fmt.Sprintf("%s: %s %s is there, and not held", w.id, row.Name, id)
		}
		if is, was := j.print(row.Name, records[id]), j.printHeld(row.Name, held[id]); is != was {
			return fmt.Sprintf("%s: %s %s is %s, held as %s", w.id, row.Name, id, records[id], held[id])
		}
		if err := j.differsNow(w, row, id, held[id]); err != "" {
			return err
		}
	}
	if d := j.left(w, row, held); d != "" {
		return d
	}
	for _, id := range slices.Sorted(maps.Keys(held)) {
		if records[id] == nil && row.Kind != schema.Log {
			return fmt.Sprintf("%s: %s %s is held, and not there", w.id, row.Name, id)
		}
	}
	return ""
}
