package producer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

// tables is a Source over tables in memory: records as JSON, by resource and parent and id.
type tables struct {
	mu sync.Mutex // a test that runs beside the account takes it

	records  map[collectionID]map[string]string
	fail     map[string]error        // by resource: the listing fails
	cut      map[string]int          // by resource: the listing fails after so many pages
	empty    map[string]bool         // by resource: the listing answers nothing
	lies     func(collectionID) bool // where empty strikes; nil: everywhere
	perPage  int
	requests int64
	asked    []string

	pause      time.Duration        // the next listing takes so long, and with it the account's goroutine
	failGet    error                // a look by id fails
	silent     func(id string) bool // a look by such an id gets no answer, for 30 seconds
	failID     error                // nobody can tell whose token it is
	team       string               // whose token it is, "team-1" by default
	unverified bool                 // the present token has not shown whose it is
	tokenReads int
}

func newTables() *tables {
	return &tables{
		records: map[collectionID]map[string]string{}, fail: map[string]error{}, cut: map[string]int{},
		empty: map[string]bool{}, perPage: 3,
	}
}

func (s *tables) put(resource, id, json string) {
	parent, _, _ := schema.SplitID(id)
	k := collectionID{Resource: resource, Parent: parent}
	if s.records[k] == nil {
		s.records[k] = map[string]string{}
	}
	s.records[k][id] = json
}

func (s *tables) get(resource, id string) (string, bool) {
	parent, _, _ := schema.SplitID(id)
	json, ok := s.records[collectionID{Resource: resource, Parent: parent}][id]
	return json, ok
}

// remove takes a record away, with everything below it.
func (s *tables) remove(resource, id string) {
	parent, _, _ := schema.SplitID(id)
	delete(s.records[collectionID{Resource: resource, Parent: parent}], id)
	for k := range s.records {
		if k.Parent == id && slices.ContainsFunc(schema.Children(resource), func(r *schema.Resource) bool { return r.Name == k.Resource }) {
			delete(s.records, k)
		}
	}
}

func (s *tables) Identify(context.Context) (Identity, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failID != nil {
		return Identity{}, s.failID
	}
	return Identity{ID: cmp.Or(s.team, "team-1"), Name: "Acme"}, nil
}

func (s *tables) Budget() Budget {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Budget{PerHour: 1_000_000, Remaining: -1, Requests: s.requests, Verified: !s.unverified, TokenReads: s.tokenReads}
}

func (s *tables) Pages(_ context.Context, r *schema.Resource, parent string) iter.Seq2[diff.Page, error] {
	return func(yield func(diff.Page, error) bool) {
		pages, err := s.list(r, parent)
		for _, p := range pages {
			if !yield(p, nil) {
				return
			}
		}
		if err != nil {
			yield(diff.Page{}, err)
		}
	}
}

// list answers the pages of a collection, and why they are not all.
func (s *tables) list(r *schema.Resource, parent string) ([]diff.Page, error) {
	s.mu.Lock()
	pause := s.pause
	s.pause = 0
	s.mu.Unlock()
	time.Sleep(pause)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	s.asked = append(s.asked, r.Name+" "+parent)
	if err := s.fail[r.Name]; err != nil {
		return nil, err
	}
	if _, ok := s.get(r.Parent(), parent); !ok && parent != "" {
		return nil, &SourceError{Trouble: Gone, Err: fmt.Errorf("list %s of %s: status 404", r.Name, parent)}
	}
	records := maps.Clone(s.records[collectionID{Resource: r.Name, Parent: parent}])
	if s.empty[r.Name] && (s.lies == nil || s.lies(collectionID{Resource: r.Name, Parent: parent})) {
		records = nil
	}
	ids := slices.Sorted(maps.Keys(records))
	if r.Kind == schema.Log {
		slices.Reverse(ids)
	}
	var pages []diff.Page
	for n := 0; n == 0 || n*s.perPage < len(ids); n++ {
		if left, ok := s.cut[r.Name]; ok && n >= left {
			return pages, &SourceError{Trouble: Failed, Err: fmt.Errorf("list %s page %d: status 500", r.Name, n+1)}
		}
		pages = append(pages, page(records, ids[n*s.perPage:min(len(ids), (n+1)*s.perPage)]))
	}
	return pages, nil
}

func page(records map[string]string, ids []string) diff.Page {
	now := time.Now().UnixMilli()
	h := xxhash.New()
	for _, id := range ids {
		fmt.Fprintln(h, records[id])
	}
	return diff.Page{Sum: h.Sum64(), BeganMS: now, EndedMS: now, Records: func(yield func(diff.Record, error) bool) {
		for _, id := range ids {
			if !yield(diff.Record{ID: id, JSON: []byte(records[id])}, nil) {
				return
			}
		}
	}}
}

func (s *tables) Get(_ context.Context, r *schema.Resource, id string, _ []byte) (diff.Page, error) {
	if s.silent != nil && s.silent(id) {
		time.Sleep(30 * time.Second)
		return diff.Page{}, &SourceError{Trouble: Failed, Err: fmt.Errorf("get %s %s: no whole response within 30s", r.Name, id)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	s.asked = append(s.asked, "get "+r.Name+" "+id)
	if s.failGet != nil {
		return diff.Page{}, s.failGet
	}
	json, ok := s.get(r.Name, id)
	if !ok {
		now := time.Now().UnixMilli()
		return diff.Page{BeganMS: now, EndedMS: now}, &SourceError{Trouble: Gone, Err: fmt.Errorf("get %s %s: status 404", r.Name, id)}
	}
	return page(map[string]string{id: json}, []string{id}), nil
}

// tape is a Log of one shard, in memory: what was committed, in order. It commits at once, or after slow, until it is told
// to fail.
type tape struct {
	mu sync.Mutex // several accounts commit

	slow time.Duration // a commit takes so long; commits end in their order
	last chan struct{} // closed when the last slow commit has ended

	batches   []Batch
	failAt    int // the batch with this number and all later ones fail; -1: none
	requests  chan Request
	topicIDs  map[string]string
	maxBytes  int
	elsewhere bool // another process owns the shard
	idle      int  // how often the shard had nothing to do
}

func newTape() *tape {
	return &tape{failAt: -1, requests: make(chan Request, 10), topicIDs: map[string]string{}, maxBytes: 8 << 20}
}

func (t *tape) Commit(b Batch, done func(error)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.slow == 0 {
		t.commit(b, done)
		return
	}
	before, ended := t.last, make(chan struct{})
	t.last = ended
	go func() {
		defer close(ended)
		time.Sleep(t.slow)
		if before != nil {
			<-before
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.commit(b, done)
	}()
}

func (t *tape) commit(b Batch, done func(error)) {
	if t.failAt >= 0 && len(t.batches) >= t.failAt {
		done(fmt.Errorf("transaction aborted"))
		return
	}
	t.batches = append(t.batches, b)
	done(nil)
}

func (t *tape) Requests() <-chan Request    { return t.requests }
func (t *tape) MaxBytes() int               { return t.maxBytes }
func (t *tape) TopicID(topic string) string { return t.topicIDs[topic] }

func (t *tape) ShardOf(string) int { return 0 }

func (t *tape) Failure(string) error { return nil }

func (t *tape) Run(ctx context.Context, open func(int) Worker) error {
	if t.elsewhere {
		<-ctx.Done()
		return nil
	}
	for ctx.Err() == nil {
		w := open(0)
		for _, r := range t.state() {
			if err := w.Restore(r.Key, r.Value); err != nil {
				return err
			}
		}
		if err := w.Run(ctx, t); !errors.Is(err, ErrIdle) {
			return err
		}
		t.idle++
		if w.Wait(ctx) != nil {
			break
		}
	}
	return nil
}

// state answers the records of the state topic.
func (t *tape) state() []Record {
	return t.topic(func(name string) bool { return strings.HasSuffix(name, "-meta.state") })
}

// events answers the records of the event topics.
func (t *tape) events() []Record {
	return t.topic(func(name string) bool { return !strings.Contains(name, "-meta.") })
}

func (t *tape) topic(want func(string) bool) []Record {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []Record
	for _, b := range t.batches {
		for _, r := range b.Records {
			if want(r.Topic) {
				all = append(all, r)
			}
		}
	}
	return all
}
