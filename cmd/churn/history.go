package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// history is what a reader has read that reads committed records only.
type history struct {
	world *world

	mu     sync.Mutex
	events []schema.Event
	live   map[recordKey]*schema.Event // the last one of each record
	heard  map[string]time.Time        // when the last event of an account came
	leak   string                      // a topic that holds a secret
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
	var e schema.Event
	if err := json.Unmarshal(r.Value, &e); err != nil {
		return fmt.Errorf("%s offset %d: %w", r.Topic, r.Offset, err)
	}
	h.events = append(h.events, e)
	h.heard[e.Source.DB] = time.Now()
	if k := keyOf(&e); h.live[k] == nil || h.live[k].Source.LSN < e.Source.LSN {
		h.live[k] = &e
	}
	return nil
}

func isEvents(topic string) bool {
	return slices.ContainsFunc(watched, func(r string) bool { return topic == schema.TopicOf(prefix, r) })
}

func keyOf(e *schema.Event) recordKey {
	row := e.After
	if row == nil {
		row = e.Before
	}
	return recordKey{e.Source.DB, e.Source.Table, row.ID}
}

// quietSince answers the accounts of which nothing came since a moment.
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

// stale answers the records of which the topics don't hold what the accounts hold.
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
	slices.SortStableFunc(events, func(a, b schema.Event) int { return cmp.Compare(a.Source.LSN, b.Source.LSN) })
	c := checker{
		stories: stories, lsn: map[string]int64{}, seq: map[string]int64{}, body: map[recordKey]string{}, ts: map[recordKey]int64{},
	}
	for i := range events {
		if err := c.next(&events[i]); err != nil {
			return fmt.Errorf("VIOLATION: %w\n%.2000s\nits story: %.4000v", err, events[i].Marshal(), stories[keyOf(&events[i])])
		}
	}
	return nil
}

// checker remembers what the events so far have said.
type checker struct {
	stories map[recordKey][]was
	lsn     map[string]int64 // by account
	seq     map[string]int64 // by account and resource
	body    map[recordKey]string
	ts      map[recordKey]int64
}

func (c *checker) next(e *schema.Event) error {
	k := keyOf(e)
	if last := c.lsn[k.account]; last != 0 && e.Source.LSN != last+1 {
		return fmt.Errorf("lsn: the account's last one was %d", last)
	}
	c.lsn[k.account] = e.Source.LSN
	table := k.account + " " + k.resource
	if want := fmt.Sprintf(`["%d","%d"]`, c.seq[table], e.Source.LSN); e.Source.Sequence != want {
		return fmt.Errorf("sequence is %s, want %s", e.Source.Sequence, want)
	}
	c.seq[table] = e.Source.LSN
	if e.TsMS <= c.ts[k] {
		return fmt.Errorf("ts_ms is %d, and the record's last one was %d", e.TsMS, c.ts[k])
	}
	c.ts[k] = e.TsMS
	if err := c.chain(k, e); err != nil {
		return err
	}
	return c.window(k, e)
}

// chain holds an event against the record's last one.
func (c *checker) chain(k recordKey, e *schema.Event) error {
	last, known := c.body[k]
	switch e.Op {
	case schema.Created, schema.FirstSeen:
		if known {
			return fmt.Errorf("repeated: the record is there already")
		}
	default:
		if !known || e.Before == nil || *e.Before.Body != last {
			return fmt.Errorf("before is not the last after")
		}
	}
	if delete(c.body, k); e.After != nil {
		c.body[k] = *e.After.Body
	}
	return nil
}

// window holds an event against what really happened: within its window the record became what the event says.
func (c *checker) window(k recordKey, e *schema.Event) error {
	body, from, to := "", int64(0), e.Source.TsMS
	if e.After != nil {
		body = *e.After.Body
	}
	if e.Op != schema.FirstSeen {
		from = *e.Source.PrevTsMS
	}
	if !slices.ContainsFunc(c.stories[k], func(s was) bool { return s.body == body && from <= s.fromMS && s.fromMS <= to }) {
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
