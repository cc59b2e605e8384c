package producer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// collectionID names a collection of an account.
type collectionID = state.CollectionID

// collection is what is known of one listing: its records as last published, and its head. It belongs to its account's
// goroutine.
type collection struct {
	id    collectionID
	row   *schema.Resource
	state *diff.State
	head  state.CollectionCheckpoint
	sums  map[string]string // SHA-256 of bodies that are too large to keep, by id

	dirty       bool             // head has moved since it was committed
	afresh      bool             // the next sweep must look at every record, also in pages that have not changed
	inFlight    int              // publications of it, or of what is embedded in it, that are not committed yet
	created     map[string]int64 // records that were created moments ago, by the time of their event, in ms
	quarantined int
	beganMS     int64 // of the last sweep, on the API's clock
	endedMS     int64
	statusAt    time.Time       // when its status was published last
	scopesAt    time.Time       // when held paths were last put to the test
	released    map[string]bool // suspects that an operator lets go
	silent      map[string]int  // how often looks by id got no answer one after the other
	coming      int             // records that are published and not in the state yet
}

// memory is what is remembered of an account: what the log holds, restored, and moved on after each commit.
type memory struct {
	id          string
	head        state.AccountCheckpoint
	collections map[collectionID]*collection
	packs       map[string]*diff.Pack // by resource
}

// shard is a Worker: the accounts of one shard in one ownership of it.
type shard struct {
	p        *Producer
	n        int
	accounts map[string]*memory
}

func (p *Producer) open(n int) Worker { return &shard{p: p, n: n, accounts: map[string]*memory{}} }

func (s *shard) account(id string) *memory {
	m := s.accounts[id]
	if m == nil {
		m = &memory{id: id, collections: map[collectionID]*collection{}, packs: map[string]*diff.Pack{}}
		s.accounts[id] = m
	}
	return m
}

// collection answers the collection k, made if need be; nil for a resource that this release doesn't know.
func (s *shard) collection(m *memory, k collectionID) *collection {
	if c := m.collections[k]; c != nil {
		return c
	}
	row := schema.Lookup(k.Resource)
	if row == nil {
		return nil
	}
	c := s.p.newCollection(m, row, k.Parent)
	m.collections[k] = c
	return c
}

func (p *Producer) newCollection(m *memory, row *schema.Resource, parent string) *collection {
	pack := m.packs[row.Name]
	if pack == nil {
		pack = diff.NewPack()
		m.packs[row.Name] = pack
	}
	return &collection{
		id:    collectionID{Resource: row.Name, Parent: parent},
		row:   row,
		state: diff.NewState(p.rules[row.Name], pack),
		sums:  map[string]string{}, silent: map[string]int{},
	}
}

// Restore implements Worker.
func (s *shard) Restore(key, value []byte) error {
	k, err := state.ParseKey(key)
	if err != nil {
		return err
	}
	m := s.account(k.Account)
	switch k.Kind {
	case state.KindAccount:
		m.head = state.AccountCheckpoint{}
		return state.Decode(key, value, &m.head)
	case state.KindCollection:
		return s.restoreCollection(m, k.Collection(), key, value)
	}
	return s.restoreRecord(m, k.Resource, k.ID, key, value)
}

func (s *shard) restoreCollection(m *memory, k collectionID, key, value []byte) error {
	if value == nil {
		delete(m.collections, k)
		return nil
	}
	c := s.collection(m, k)
	if c == nil {
		return nil // a newer release's resource: left as it is
	}
	c.head = state.CollectionCheckpoint{}
	return state.Decode(key, value, &c.head)
}

func (s *shard) restoreRecord(m *memory, resource, id string, key, value []byte) error {
	parent, _, err := schema.SplitID(id)
	if err != nil {
		return err
	}
	c := s.collection(m, collectionID{Resource: resource, Parent: parent})
	if c == nil {
		return nil
	}
	if value == nil {
		c.forget(id)
		return nil
	}
	r, err := state.DecodeRecord(key, value)
	if err != nil {
		return err
	}
	c.keep(id, r)
	return nil
}

// seen says whether the collection was ever seen whole: what appears in it from then on was created.
func (c *collection) seen() bool { return c.head.FirstMS != 0 && !c.head.Opening }

func (c *collection) keep(id string, r state.Record) {
	c.state.Restore(id, r.Published())
	delete(c.sums, id)
	if r.SHA256 != "" {
		c.sums[id] = r.SHA256
	}
}

func (c *collection) forget(id string) {
	c.state.Delete(id)
	delete(c.sums, id)
}

// rebase tells each collection whose records were made with other rules so.
func (s *shard) rebase() error {
	for _, m := range s.accounts {
		for k, c := range m.collections {
			if c.head.Rules == "" || c.head.Rules == s.p.rules[k.Resource].Text() {
				continue
			}
			old, err := diff.ParseRules(c.head.Rules)
			if err != nil {
				return fmt.Errorf("state of %s %s: rules: %w", m.id, k.Resource, err)
			}
			c.state.Rebase(old)
		}
	}
	return nil
}

// identifyGrace is how long a shard waits for configured accounts to be identified before it calls others unwatched.
const identifyGrace = 2 * time.Minute

// Run implements Worker: it works for each configured account of this shard, and marks the others as unwatched.
func (s *shard) Run(ctx context.Context, session Session) error {
	if err := s.rebase(); err != nil {
		return err
	}
	err := s.work(ctx, session)
	if !errors.Is(err, ErrIdle) {
		s.drop()
	}
	return err
}

// drop takes the shard's accounts off the status board: what is known of them is with their next owner.
func (s *shard) drop() {
	for id := range s.accounts {
		s.p.status.Drop(id)
	}
}

func (s *shard) work(ctx context.Context, session Session) error {
	g, ctx := errgroup.WithContext(ctx)
	running := map[string]*account{}
	grace := time.NewTimer(identifyGrace)
	defer grace.Stop()
	patient := true
	for ctx.Err() == nil {
		known, missing, changed := s.p.ids.snapshot(func(id string) bool { return s.p.opts.Log.ShardOf(id) == s.n })
		for _, k := range known {
			if running[k.ID] == nil {
				a := s.p.newAccount(s.account(k.ID), k, session)
				running[k.ID] = a
				g.Go(func() error { return a.run(ctx) })
			}
		}
		if missing == 0 || !patient {
			s.unwatch(session, running)
			if len(running) == 0 && missing == 0 && ctx.Err() == nil {
				return ErrIdle
			}
		}
		select {
		case <-ctx.Done():
		case <-changed:
		case <-grace.C:
			patient = false
		case r := <-session.Requests():
			if a := running[r.AccountID]; a != nil {
				a.asked.put(r)
			}
		}
	}
	return g.Wait()
}

// unwatch says of each remembered account without a token here that it is unwatched.
func (s *shard) unwatch(session Session, running map[string]*account) {
	for id, m := range s.accounts {
		if running[id] == nil {
			a := s.p.newAccount(m, identified{Identity: Identity{ID: id, Name: m.head.Name}}, session)
			a.unwatch("no token for this account here")
		}
	}
}

// Wait implements Worker.
func (s *shard) Wait(ctx context.Context) error {
	defer s.drop()
	for {
		known, _, changed := s.p.ids.snapshot(func(id string) bool { return s.p.opts.Log.ShardOf(id) == s.n })
		if len(known) > 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}
