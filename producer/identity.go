package producer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// identities knows which configured account is which of DigitalOcean's: what the shards are told of the accounts. The
// goroutines that identify accounts add to it, keepAccounts alone takes accounts in and out, and the shards read it, so
// that it has a lock. Nothing of it outlives the process.
type identities struct {
	mu      sync.Mutex
	known   map[string]identified // by account id
	missing int                   // configured accounts that have not been identified
	changed chan struct{}         // closed and made anew at each change
}

type identified struct {
	*member // nil: it is not configured
	Identity
}

func newIdentities() *identities {
	return &identities{known: map[string]identified{}, changed: make(chan struct{})}
}

// expect notes that n more accounts are going to be identified.
func (s *identities) expect(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.missing += n
}

// add says who an account is. Two configured accounts may not be one. If either came with a reload, that may pass: the
// other one may be taken out.
func (s *identities) add(m *member, id Identity) (passes bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.ctx.Err() != nil {
		return false, nil // it was taken out
	}
	if other, ok := s.known[id.ID]; ok {
		err := fmt.Errorf("accounts %q and %q: both tokens are for %s (%s): take one out of the configuration",
			other.config.Name, m.config.Name, id.ID, id.Name)
		return m.late || other.late, err
	}
	m.id, s.known[id.ID] = id.ID, identified{m, id}
	s.missing--
	s.tell()
	return false, nil
}

// remove takes an account out: whatever is done for it ends.
func (s *identities) remove(m *member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.leave()
	if m.id == "" {
		s.missing--
	}
	delete(s.known, m.id)
	s.tell()
}

// begin notes that work begins for an account, and reports whether it is still wanted. The caller calls m.work.Done.
func (s *identities) begin(m *member) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.ctx.Err() != nil {
		return false
	}
	m.work.Add(1)
	return true
}

// tell is called with the lock.
func (s *identities) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// snapshot returns the accounts that ok wants, how many are not identified yet, and a channel that closes at the next
// change.
func (s *identities) snapshot(ok func(id string) bool) (known []identified, missing int, changed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, a := range s.known {
		if ok(id) {
			known = append(known, a)
		}
	}
	return known, s.missing, s.changed
}

// identify asks until it knows whose token an account's is. An account that can't be identified stops nobody else; only
// one that is configured twice from the start is an error, as no waiting mends it. With Options.Once it returns when
// the account's part of the pass has ended.
func (p *Producer) identify(ctx context.Context, m *member) error {
	config := &m.config
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		id, err := whose(ctx, config)
		if err == nil {
			p.status.SetIdentity(config.Name, id.ID, id.Name)
			var passes bool
			if passes, err = p.ids.add(m, id); err == nil {
				p.log.Info("account identified", "account", id.ID, "name", config.Name)
			}
			switch {
			case err == nil && p.opts.Once:
				p.giveUp(ctx, config, id.ID)
				return nil
			case !passes:
				return err
			}
		}
		if ctx.Err() != nil {
			return nil // a stop, not a fault
		}
		p.status.SetError(config.Name, err)
		p.log.Error("account not identified", "name", config.Name, "err", err, "retry_in", wait)
		if p.opts.Once && !throttled(err) {
			p.status.FinishPass(config.Name)
			return nil
		}
		if !sleep(ctx, wait) {
			return nil
		}
	}
}

// throttled reports whether an error passes by itself, at a time that the API says.
func throttled(err error) bool {
	se, ok := errors.AsType[*SourceError](err)
	return ok && se.Kind == Throttled
}

// handOver is how long a pass waits for the shard of an account, which the group may have to take from another process,
// and for a shard that fails.
const handOver = time.Minute

// giveUp ends an account's part of a pass that can't begin, or not go on. Otherwise it returns with ctx's end.
func (p *Producer) giveUp(ctx context.Context, config *Account, id string) {
	for began := time.Now(); sleep(ctx, handOver/12); {
		err := p.opts.Log.Failure(id)
		switch {
		case err == nil && p.status.EverOwned(config.Name):
			began = time.Now()
			continue
		case time.Since(began) < handOver:
			continue
		case err == nil:
			err = errors.New("its shard is not ours: another seachange works on these topics: stop it, or leave the pass to it")
		}
		p.status.SetError(config.Name, err)
		p.status.FinishPass(config.Name)
		return
	}
}

// whose returns whose token an account's is, and refuses another's than the configuration names. A token without
// account:read can't be asked: then the configuration's word is taken, and deletes are held back until the token has
// shown that it is right (trusted).
func whose(ctx context.Context, config *Account) (Identity, error) {
	id, err := config.Source.Identify(ctx)
	var se *SourceError
	if errors.As(err, &se) && se.Kind == Unreadable {
		if config.Expect == "" {
			return Identity{}, fmt.Errorf("%w: grant the token account:read, or set team: in the configuration", err)
		}
		return Identity{ID: config.Expect, Name: config.Name}, nil
	}
	if err == nil && config.Expect != "" && id.ID != config.Expect {
		return Identity{}, fmt.Errorf("the token is for team %s (%s), the configuration says %s: "+
			"put the right token or team in", id.ID, id.Name, config.Expect)
	}
	return id, err
}

// sleep waits, and returns false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
