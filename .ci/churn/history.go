package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seachange/seachange/internal/strict"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// history is what a reader has read that reads committed records only.
type history struct {
	world *world

	mu     sync.Mutex
	events []published
	live   map[recordKey]*schema.Event // the last one of each record
	heard  map[string]time.Time        // when the last event of an account came
	leak   string                      // a topic that holds a secret
}

// published is an event, and how it stands in its topic.
type published struct {
	*schema.Event
	key, value []byte
}

func newHistory(w *world) *history {
	return &history{world: w, live: map[recordKey]*schema.Event{}, heard: map[string]time.Time{}}
}

func topics() []string {
	var resources []*schema.Resource
	for _, name := range watched {
		resources = append(resources, schema.Lookup(name))
	}
	var names []string
	for _, t := range kafka.Topics(kafka.Options{Prefix: prefix, Resources: resources}) {
		names = append(names, t.Name)
	}
	return names
}

// follow reads all topics until ctx ends.
func (h *history) follow(ctx context.Context, c client.Client) error {
	return c.Read(ctx, client.ReadOptions{Topics: topics(), FromStart: true}, h.take)
}

// take takes a record.
func (h *history) take(r client.Record) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if secrets(string(r.Key)) || secrets(string(r.Value)) || secrets(fmt.Sprint(r.Headers)) {
		h.leak = fmt.Sprintf("%s offset %d", r.Topic, r.Offset)
	}
	if !isEvents(r.Topic) {
		return nil
	}
	e, err := schema.ParseEvent(r.Value)
	if err != nil {
		return fmt.Errorf("%s offset %d: %w", r.Topic, r.Offset, err)
	}
	h.events = append(h.events, published{e, r.Key, r.Value})
	h.heard[e.Source.DB] = time.Now()
	if k := keyOf(e); h.live[k] == nil || h.live[k].Source.LSN < e.Source.LSN {
		h.live[k] = e
	}
	return nil
}

func isEvents(topic string) bool {
	return slices.ContainsFunc(watched, func(r string) bool { return topic == schema.TopicOf(prefix, r) })
}

func keyOf(e *schema.Event) recordKey { return recordKey{e.Source.DB, e.Source.Table, e.ID()} }

// quietSince returns the accounts of which nothing came since a moment.
func (h *history) quietSince(t time.Time) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var quiet []string
	for i := range h.world.accounts {
		if !h.heard[team(i)].After(t) {
			quiet = append(quiet, team(i))
		}
	}
	return quiet
}

// stale returns the records of which the topics don't hold what the accounts hold.
func (h *history) stale() ([]recordKey, error) {
	truth, err := h.world.truth()
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var stale []recordKey
	for k, e := range h.live {
		if schema.Lookup(k.resource).Kind == schema.Log {
			continue
		}
		if body, ok := truth[k]; ok != (e.After != nil) || ok && *e.After.Body != body {
			stale = append(stale, k)
		}
	}
	for k := range truth {
		if h.live[k] == nil {
			stale = append(stale, k)
		}
	}
	return stale, nil
}

// exact holds all events against each other and the accounts' own stories.
func (h *history) exact() error {
	stories, err := h.world.stories()
	if err != nil {
		return err
	}
	h.mu.Lock()
	events := slices.Clone(h.events)
	leak := h.leak
	h.mu.Unlock()
	if leak != "" {
		return fmt.Errorf("a secret is in %s", leak)
	}
	slices.SortStableFunc(events, func(a, b published) int { return cmp.Compare(a.Source.LSN, b.Source.LSN) })
	consumer := strict.New()
	for _, e := range events {
		k := keyOf(e.Event)
		if _, err := consumer.Take(e.key, e.value); err != nil {
			return fmt.Errorf("VIOLATION: a strict consumer stops: %w\n%.2000s", err, e.value)
		}
		if err := window(stories[k], e.Event); err != nil {
			return fmt.Errorf("VIOLATION: %w\n%.2000s\nits story: %.4000v", err, e.value, stories[k])
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

// ops counts the events by what they say.
func (h *history) ops() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := map[schema.Op]int{}
	for i := range h.events {
		n[h.events[i].Op]++
	}
	text := []string{fmt.Sprint(len(h.events))}
	for _, op := range slices.Sorted(maps.Keys(n)) {
		text = append(text, fmt.Sprintf("%d %s", n[op], op.Word()))
	}
	return strings.Join(text, ", ")
}

// once reads what is there now.
func (h *history) once(ctx context.Context, c client.Client) error {
	return c.Read(ctx, client.ReadOptions{Topics: topics(), FromStart: true, UntilEnd: true}, h.take)
}
