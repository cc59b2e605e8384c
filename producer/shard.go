package producer

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// shard is a Worker: the accounts of one shard in one ownership of it. Restore and Run are called one after the other,
// by one goroutine; each account that runs then has its own, which owns its memory until Run returns.
type shard struct {
	p        *Producer
	n        int
	accounts map[string]*memory
	running  map[string]*account  // those that are worked for
	asked    map[string][]Request // of accounts that are not
}

// open makes a Worker for an ownership of a shard, with nothing of an earlier one's: what was committed is known from
// the log alone.
func (p *Producer) open(n int) Worker {
	return &shard{
		p: p, n: n, accounts: map[string]*memory{}, running: map[string]*account{}, asked: map[string][]Request{},
	}
}

func (s *shard) account(id string) *memory {
	m := s.accounts[id]
	if m == nil {
		m = newMemory(id, s.p.newState)
		s.accounts[id] = m
	}
	return m
}

// Restore implements Worker. The records of one key come in the log's order, and the last one counts; a collection's
// records may come before its checkpoint, so that either makes the collection.
func (s *shard) Restore(key, value []byte) error {
	k, err := state.ParseKey(key)
	if err != nil {
		return err
	}
	m := s.account(k.Account)
	switch k.Kind {
	case state.KindAccount:
		m.checkpoint = state.AccountCheckpoint{}
		return state.Decode(key, value, &m.checkpoint)
	case state.KindLooks:
		return m.takeLooks(key, value)
	case state.KindCollection:
		return s.restoreCollection(m, k.Collection(), key, value)
	}
	return s.restoreRecord(m, k.Resource, k.ID, key, value)
}

// restoreCollection takes up a collection's checkpoint, or its end.
func (s *shard) restoreCollection(m *memory, k collectionID, key, value []byte) error {
	row := schema.Lookup(k.Resource)
	if row == nil {
		return nil // a newer release's resource: left as it is
	}
	c := m.collection(row, k.Parent)
	if value == nil {
		m.remove(c)
		return nil
	}
	return c.restore(key, value, s.p.rules(k.Resource).Text())
}

// restoreRecord takes up a record as it was last published, or its delete. A newer release's resource is left as it is:
// the release that knows it finds it again.
func (s *shard) restoreRecord(m *memory, resource, id string, key, value []byte) error {
	parent, _, err := schema.SplitID(id)
	if err != nil {
		return err
	}
	row := schema.Lookup(resource)
	if row == nil {
		return nil
	}
	c := m.collection(row, parent)
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

// check holds the restored entries against each other.
func (s *shard) check() error {
	for _, m := range s.accounts {
		if err := m.check(); err != nil {
			return err
		}
	}
	return nil
}

// rebase tells each collection whose records were made with other rules so.
func (s *shard) rebase() error {
	for _, m := range s.accounts {
		for k, c := range m.collections {
			if err := c.rebase(s.p.rules(k.Resource).Text()); err != nil {
				return fmt.Errorf("state of %s %s: rules: %w", m.id, k.Resource, err)
			}
		}
	}
	return nil
}

// identifyGrace is how long a shard waits for configured accounts to be identified before it calls others unwatched.
// Which shard an account belongs to is known only with its id, and an API that is slow at the start would have every
// account called unwatched.
const identifyGrace = 2 * time.Minute

// Run implements Worker: it works for each configured account of this shard, and marks the others as unwatched. The
// first account whose commit fails ends all, since they share the shard's transactions.
func (s *shard) Run(ctx context.Context, session Session) error {
	if err := s.check(); err != nil {
		return err
	}
	if err := s.rebase(); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	ended := make(chan *account)
	grace := time.NewTimer(identifyGrace)
	defer grace.Stop()
	beats := time.NewTicker(heartbeatEvery)
	defer beats.Stop()
	patient := true
	for ctx.Err() == nil {
		known, missing, changed := s.p.ids.snapshot(func(id string) bool { return s.p.opts.Log.ShardOf(id) == s.n })
		settled := missing == 0 || !patient
		for _, k := range known {
			switch {
			case s.running[k.ID] != nil:
			case s.p.ids.begin(k.member):
				a := s.begin(k, session)
				g.Go(func() error { return s.work(ctx, a, ended) })
			default:
				settled = false // it was taken out since: what comes in its place is known now
			}
		}
		if settled {
			s.unwatch(session)
			if len(s.running) == 0 && missing == 0 && ctx.Err() == nil {
				return ErrIdle
			}
		}
		select {
		case <-ctx.Done():
		case <-changed:
		case <-grace.C:
			patient = false
		case <-beats.C:
			s.beat(session)
		case a := <-ended:
			s.end(a)
			patient = true // it may come back, configured otherwise
			grace.Reset(identifyGrace)
		case r := <-session.Requests():
			s.ask(r)
		}
	}
	return g.Wait()
}

// begin makes what works for an account, and gives it the requests that wait for it.
func (s *shard) begin(k identified, session Session) *account {
	a := s.p.newAccount(s.account(k.ID), k, session)
	s.running[k.ID] = a
	for _, r := range s.asked[k.ID] {
		a.asked.put(r)
	}
	delete(s.asked, k.ID)
	return a
}

// work works for an account until ctx ends, or its configuration's member does: then the shard goes on without it.
func (s *shard) work(ctx context.Context, a *account, ended chan<- *account) error {
	defer a.member.work.Done()
	own, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(a.member.ctx, stop)()
	if err := a.run(own); err != nil || ctx.Err() != nil {
		return err
	}
	s.p.status.Drop(a.id)
	select {
	case ended <- a:
	case <-ctx.Done():
	}
	return nil
}

// end forgets what worked for an account. Its memory stays, for the next one: all of it is committed. What the sweep
// that was cut off had to look at afresh, the next one has to.
func (s *shard) end(a *account) {
	delete(s.running, a.id)
	for _, q := range a.requests {
		s.ask(q.Request)
	}
	for _, r := range a.asked.take() {
		s.ask(r)
	}
	for _, c := range a.collections {
		c.lookAfresh()
	}
}

// ask gives a request to the account that it is for, now or once that is worked for.
func (s *shard) ask(r Request) {
	if a := s.running[r.AccountID]; a != nil {
		a.asked.put(r)
		return
	}
	s.asked[r.AccountID] = append(s.asked[r.AccountID], r)
}

// unwatch says of each remembered account without a token here that it is unwatched. It runs in this goroutine: no
// account of that id runs, so that nobody else has its memory.
func (s *shard) unwatch(session Session) {
	for id, m := range s.accounts {
		if s.running[id] == nil {
			a := s.p.newAccount(m, identified{Identity: Identity{ID: id, Name: m.checkpoint.Name}}, session)
			a.unwatch("no token for this account here")
		}
	}
}

// Close implements Worker: it takes the shard's accounts off the status board.
func (s *shard) Close() {
	for id := range s.accounts {
		s.p.status.Drop(id)
	}
}
