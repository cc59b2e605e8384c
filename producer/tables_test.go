package producer_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// How DigitalOcean refuses, or fails; parentNotFound is a 404 that is about the parent.
var (
	failed         = &producer.SourceError{Kind: producer.Failed, Err: errors.New("status 500")}
	forbidden      = &producer.SourceError{Kind: producer.Unreadable, Err: errors.New("status 403")}
	refused        = &producer.SourceError{Kind: producer.Refused, Err: errors.New("status 401")}
	notFound       = &producer.SourceError{Kind: producer.Gone, Err: errors.New("status 404")}
	parentNotFound = &producer.SourceError{
		Kind: producer.Gone, OfParent: true, Err: errors.New(`status 404: "cluster not found"`),
	}
)

// tables is a Source over tables in memory: records as JSON, by resource and parent and id.
type tables struct {
	mu sync.Mutex // a test that runs beside the account takes it

	records  map[state.CollectionID]map[string]string
	fail     map[string]error              // by resource: the listing fails
	cut      map[string]int                // by resource: the listing fails after so many pages
	short    map[string]int                // by resource: so many more records are counted than are listed
	empty    map[string]bool               // by resource: the listing is empty
	lies     func(state.CollectionID) bool // where empty strikes; nil: everywhere
	perPage  int
	perHour  int // the token's limit; 0: none that is noticed
	requests int64
	asked    []string
	at       []time.Time            // of each listing
	hour     int                    // the first listing of the last hour, in at
	sweeps   map[string][]time.Time // the same, by resource and parent

	pause      time.Duration        // the next listing takes so long, and with it the account's goroutine
	failGet    error                // a look by id fails
	byID       map[string]string    // what a look by id returns, though no list has it
	silent     func(id string) bool // a look by such an id gets no answer, for 30 seconds
	failID     error                // nobody can tell whose token it is
	team       string               // whose token it is, "team-1" by default
	unverified bool                 // the present token has not shown whose it is
	tokenReads int
}

func newTables() *tables {
	return &tables{
		records: map[state.CollectionID]map[string]string{}, fail: map[string]error{}, cut: map[string]int{},
		empty: map[string]bool{}, short: map[string]int{}, perPage: 3, sweeps: map[string][]time.Time{},
	}
}

func (s *tables) put(resource, id, json string) {
	parent, _, _ := schema.SplitID(id)
	k := state.CollectionID{Resource: resource, Parent: parent}
	if s.records[k] == nil {
		s.records[k] = map[string]string{}
	}
	s.records[k][id] = json
}

func (s *tables) get(resource, id string) (string, bool) {
	parent, _, _ := schema.SplitID(id)
	json, ok := s.records[state.CollectionID{Resource: resource, Parent: parent}][id]
	return json, ok
}

// remove takes a record away, with everything below it.
func (s *tables) remove(resource, id string) {
	parent, _, _ := schema.SplitID(id)
	delete(s.records[state.CollectionID{Resource: resource, Parent: parent}], id)
	for k := range s.records {
		if k.Parent == id &&
			slices.ContainsFunc(schema.Children(resource), func(r *schema.Resource) bool { return r.Name == k.Resource }) {
			delete(s.records, k)
		}
	}
}

func (s *tables) Identify(context.Context) (producer.Identity, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failID != nil {
		return producer.Identity{}, s.failID
	}
	return producer.Identity{ID: cmp.Or(s.team, "team-1"), Name: "Acme"}, nil
}

func (s *tables) Budget() producer.Budget {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := producer.Budget{
		PerHour: 1_000_000, Remaining: -1, Requests: s.requests, Verified: !s.unverified, TokenReads: s.tokenReads,
	}
	if s.perHour > 0 {
		b.PerHour, b.Remaining = s.perHour, s.perHour
		for s.hour < len(s.at) && time.Since(s.at[s.hour]) >= time.Hour {
			s.hour++
		}
		b.Remaining -= len(s.at) - s.hour
	}
	return b
}

// dated returns pages whose windows begin and end so much later.
func (s *tables) dated(
	ctx context.Context, r *schema.Resource, parent string, began, ended time.Duration,
) iter.Seq2[diff.Page, error] {
	return func(yield func(diff.Page, error) bool) {
		for page, err := range s.Pages(ctx, r, parent) {
			page.BeganMS += began.Milliseconds()
			page.EndedMS += ended.Milliseconds()
			if !yield(page, err) {
				return
			}
		}
	}
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

// Ahead implements producer.Source: nothing is sent before its turn.
func (s *tables) Ahead(
	context.Context, *schema.Resource, string, func(),
) (pages iter.Seq2[diff.Page, error], ok bool) {
	return nil, false
}

// list returns the pages of a collection, and why they are not all.
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
	s.at = append(s.at, time.Now())
	s.sweeps[r.Name+" "+parent] = append(s.sweeps[r.Name+" "+parent], time.Now())
	if err := s.fail[r.Name]; err != nil {
		return nil, err
	}
	if _, ok := s.get(r.Parent(), parent); !ok && parent != "" {
		return nil, &producer.SourceError{
			Kind: producer.Gone,
			Err:  fmt.Errorf("list %s of %s: status 404", r.Name, parent),
		}
	}
	records := maps.Clone(s.records[state.CollectionID{Resource: r.Name, Parent: parent}])
	if s.empty[r.Name] && (s.lies == nil || s.lies(state.CollectionID{Resource: r.Name, Parent: parent})) {
		records = nil
	}
	ids := slices.Sorted(maps.Keys(records))
	if r.Kind == schema.Log {
		slices.Reverse(ids)
	}
	var pages []diff.Page
	for n := 0; n == 0 || n*s.perPage < len(ids); n++ {
		if left, ok := s.cut[r.Name]; ok && n >= left {
			return pages, &producer.SourceError{
				Kind: producer.Failed,
				Err:  fmt.Errorf("list %s page %d: status 500", r.Name, n+1),
			}
		}
		pages = append(pages, page(records, ids[n*s.perPage:min(len(ids), (n+1)*s.perPage)]))
	}
	if n := s.short[r.Name]; n > 0 {
		return pages, &producer.SourceError{Short: n, Err: fmt.Errorf("list %s: %d records too few", r.Name, n)}
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
	s.mu.Lock()
	silent := s.silent
	s.mu.Unlock()
	if silent != nil && silent(id) {
		time.Sleep(30 * time.Second)
		return diff.Page{}, &producer.SourceError{
			Kind: producer.Failed,
			Err:  fmt.Errorf("get %s %s: no whole response within 30s", r.Name, id),
		}
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
		json, ok = s.byID[id]
	}
	if !ok {
		now := time.Now().UnixMilli()
		return diff.Page{BeganMS: now, EndedMS: now},
			&producer.SourceError{Kind: producer.Gone, Err: fmt.Errorf("get %s %s: status 404", r.Name, id)}
	}
	return page(map[string]string{id: json}, []string{id}), nil
}

// now changes a table beside the account that reads it.
func (s *tables) now(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// most is the most listings that were asked for in any such span.
func (s *tables) most(span time.Duration) int {
	most, first := 0, 0
	for i := range s.at {
		for s.at[i].Sub(s.at[first]) >= span {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// limited is an account whose token has an hourly limit that is noticed.
func limited(perHour int) *tables {
	s := newTables()
	s.perHour = perHour
	return s
}

// sweepsOf returns when a resource's collection at the top level was listed.
func (s *tables) sweepsOf(resource string) []time.Time { return s.sweeps[resource+" "] }
