package certify

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seachange/seachange/internal/strict"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// violation is a promise that was not kept.
type violation struct{ text string }

func (v violation) Error() string { return "VIOLATION: " + v.text }

func violated(format string, args ...any) error { return violation{fmt.Sprintf(format, args...)} }

// judge holds what a reader has read that reads committed records only against what the accounts were.
type judge struct {
	world  *world
	prefix string   // of the topics
	topics []string // all of them

	mu     sync.Mutex
	events []published
	live   map[recordKey]*schema.Event // the last one of each record
	heard  map[string]time.Time        // when the last event of an account came
	last   map[place]int64             // the last lsn
	wrong  error                       // what is wrong whatever comes next
}

// published is an event, and how it stands in its topic.
type published struct {
	*schema.Event
	key, value []byte
}

// place is where an account's events stand one after the other.
type place struct {
	topic     string
	partition int32
	account   string
}

func newJudge(w *world, prefix string, topics []string) *judge {
	return &judge{
		world: w, prefix: prefix, topics: topics,
		live: map[recordKey]*schema.Event{}, heard: map[string]time.Time{}, last: map[place]int64{},
	}
}

// published reports whether a record is there by the newest event of it that was read.
func (j *judge) published(k recordKey) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	e := j.live[k]
	return e != nil && e.After != nil
}

// follow reads all topics until ctx ends.
func (j *judge) follow(ctx context.Context, c client.Client) error {
	return c.Read(ctx, client.ReadOptions{Topics: j.topics, FromStart: true}, j.take)
}

// once reads what is there now.
func (j *judge) once(ctx context.Context, c client.Client) error {
	return c.Read(ctx, client.ReadOptions{Topics: j.topics, FromStart: true, UntilEnd: true}, j.take)
}

// take takes a record.
func (j *judge) take(r client.Record) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if secrets(string(r.Key)) || secrets(string(r.Value)) || secrets(fmt.Sprint(r.Headers)) {
		j.wrong = cmp.Or(j.wrong, violated("a secret is in %s offset %d", r.Topic, r.Offset))
	}
	if !j.isEvents(r.Topic) {
		return nil
	}
	e, err := schema.ParseEvent(r.Value)
	if err != nil {
		return violated("%s offset %d is no event: %v", r.Topic, r.Offset, err)
	}
	p := place{r.Topic, r.Partition, e.Source.DB}
	if last := j.last[p]; e.Source.LSN <= last {
		j.wrong = cmp.Or(j.wrong, violated("repeated or out of order: %s offset %d has lsn %d, and stands after lsn %d",
			r.Topic, r.Offset, e.Source.LSN, last))
	}
	j.last[p] = e.Source.LSN
	j.events = append(j.events, published{e, r.Key, r.Value})
	j.heard[e.Source.DB] = time.Now()
	if k := keyOf(e); j.live[k] == nil || j.live[k].Source.LSN < e.Source.LSN {
		j.live[k] = e
	}
	return nil
}

func (j *judge) isEvents(topic string) bool {
	return slices.ContainsFunc(watched, func(r string) bool { return topic == schema.TopicOf(j.prefix, r) })
}

func keyOf(e *schema.Event) recordKey { return recordKey{e.Source.DB, e.Source.Table, e.ID()} }

// quietSince returns the accounts of which nothing came since a moment.
func (j *judge) quietSince(t time.Time) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var quiet []string
	for i := range j.world.accounts {
		if !j.heard[team(i)].After(t) {
			quiet = append(quiet, team(i))
		}
	}
	return quiet
}

// stale returns the records of which the topics don't hold what the accounts hold.
func (j *judge) stale() ([]recordKey, error) {
	truth, err := j.world.truth()
	if err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	var stale []recordKey
	for k, e := range j.live {
		if schema.Lookup(k.resource).Kind == schema.Log {
			continue
		}
		if body, ok := truth[k]; ok != (e.After != nil) || (ok && *e.After.Body != body) {
			stale = append(stale, k)
		}
	}
	for k := range truth {
		if j.live[k] == nil {
			stale = append(stale, k)
		}
	}
	return stale, nil
}

// exact holds all events against each other and the accounts' own stories.
func (j *judge) exact() error {
	stories, err := j.world.stories()
	if err != nil {
		return err
	}
	j.mu.Lock()
	events, wrong := slices.Clone(j.events), j.wrong
	j.mu.Unlock()
	if wrong != nil {
		return wrong
	}
	slices.SortStableFunc(events, func(a, b published) int { return cmp.Compare(a.Source.LSN, b.Source.LSN) })
	consumer := strict.New()
	for _, e := range events {
		k := keyOf(e.Event)
		if _, err := consumer.Take(e.key, e.value); err != nil {
			return violated("a strict consumer stops: %v\n%.2000s", err, e.value)
		}
		if err := window(stories[k], e.Event); err != nil {
			story := stories[k]
			return violated("%v\n%.2000s\nits story ends with: %v", err, e.value, story[max(0, len(story)-5):])
		}
	}
	return nil
}

// window holds an event against what really happened: within its window the record became what the event says.
func window(story []was, e *schema.Event) error {
	body, from, to := "", int64(0), e.Source.TsMS
	if e.After != nil {
		body = *e.After.Body
	}
	if e.Op != schema.Read {
		from = *e.Source.PrevTsMS
	}
	if !slices.ContainsFunc(story, func(s was) bool { return s.body == body && from <= s.fromMS && s.fromMS <= to }) {
		return fmt.Errorf("false, or its window is: the record did not become like that from %d to %d", from, to)
	}
	return nil
}

// count counts the events by what they say.
func (j *judge) count() Events {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := map[schema.Op]int{}
	for i := range j.events {
		n[j.events[i].Op]++
	}
	return Events{
		Total: len(j.events), Observed: n[schema.Read], Created: n[schema.Created], Updated: n[schema.Updated],
		Deleted: n[schema.Deleted],
	}
}

// String is a line: "512, 100 created, …".
func (e Events) String() string {
	text := []string{fmt.Sprint(e.Total)}
	for _, of := range []struct {
		n    int
		word string
	}{{e.Created, "created"}, {e.Deleted, "deleted"}, {e.Observed, "observed"}, {e.Updated, "updated"}} {
		if of.n > 0 {
			text = append(text, fmt.Sprintf("%d %s", of.n, of.word))
		}
	}
	return strings.Join(text, ", ")
}
