// Package status is what is known now of each account and collection that this process works on: for the status page,
// for monitors, and for the metrics. It goes when the ownership of its account ends.
package status

import (
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seachange/seachange/producer/state"
)

// Board is what the accounts' goroutines tell those who ask. It is the only thing they share. Its methods may be called
// from any goroutine.
type Board struct {
	*metrics
	mu        sync.Mutex
	accounts  map[string]*account // by configured name
	names     []string
	unwatched map[string]*account // remembered accounts without a token here, by id
	finished  chan struct{}       // closed when every account is through with a pass
}

type account struct {
	id, name    string
	err         error
	limits      Limits
	owned       bool // this process works on its shard
	everOwned   bool
	collections map[state.CollectionID]Collection
	unknown     []Unknown
	pass        pass
}

// Limits are what a token may spend.
type Limits struct {
	PerHour   int
	Remaining int // -1: not said
}

// New makes a Board of the configured accounts. r may be nil: no metrics. detail has each resource counted by itself.
func New(names []string, r prometheus.Registerer, detail bool) (*Board, error) {
	b := &Board{
		names: names, accounts: map[string]*account{}, unwatched: map[string]*account{}, finished: make(chan struct{}),
	}
	for _, name := range names {
		b.accounts[name] = newAccount()
	}
	var err error
	b.metrics, err = newMetrics(r, b, detail)
	return b, err
}

func newAccount() *account {
	return &account{
		limits: Limits{Remaining: -1}, collections: map[state.CollectionID]Collection{},
		pass: pass{changes: map[string]int{}, requests: map[string]int{}},
	}
}

// Configure has the board tell of these configured accounts, of those that it has as before.
func (b *Board) Configure(names []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	accounts := map[string]*account{}
	for _, name := range names {
		if accounts[name] = b.accounts[name]; accounts[name] == nil {
			accounts[name] = newAccount()
		}
	}
	b.names, b.accounts = names, accounts
}

// change runs f on a configured account.
func (b *Board) change(name string, f func(*account)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a := b.accounts[name]; a != nil {
		f(a)
	}
}

// SetIdentity notes which of DigitalOcean's accounts a configured one is.
func (b *Board) SetIdentity(name, id, accountName string) {
	b.change(name, func(a *account) {
		a.id, a.name, a.err = id, accountName, nil
		delete(b.unwatched, id)
	})
}

// SetError notes why nothing can be done for an account.
func (b *Board) SetError(name string, err error) {
	b.change(name, func(a *account) { a.err = err })
}

// SetOwned notes that this process works for an account from now on.
func (b *Board) SetOwned(name string) {
	b.change(name, func(a *account) { a.owned, a.everOwned = true, true })
}

// EverOwned reports whether this process has ever worked for an account.
func (b *Board) EverOwned(name string) (owned bool) {
	b.change(name, func(a *account) { owned = a.everOwned })
	return owned
}

// SetCollection notes what is known of a collection now.
func (b *Board) SetCollection(name string, c Collection) {
	b.change(name, func(a *account) { a.collections[c.id()] = c })
}

// SetSwept notes that a sweep of a collection was committed, with so many changes.
func (b *Board) SetSwept(name string, c Collection, changes int, l Limits) {
	b.change(name, func(a *account) {
		a.collections[c.id()] = c
		a.limits = l
		a.pass.changes[c.Resource] += changes
		a.pass.touch(c.Resource)
	})
}

// SetUnknown notes the members that were seen and that no document has.
func (b *Board) SetUnknown(name string, unknown []Unknown) {
	b.change(name, func(a *account) { a.unknown = unknown })
}

// RemoveCollection forgets a collection that is gone with its parent.
func (b *Board) RemoveCollection(name string, id state.CollectionID) {
	b.change(name, func(a *account) { delete(a.collections, id) })
}

// SetUnwatched notes what is remembered of an account in a shard of ours that has no token here.
func (b *Board) SetUnwatched(id, accountName string, collections []Collection) {
	a := newAccount()
	a.id, a.name, a.owned = id, accountName, true
	for _, c := range collections {
		a.collections[c.id()] = c
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unwatched[id] = a
}

// Drop forgets what is known of an account whose shard this process works on no more, and takes away its series: they
// are with the next owner. What a pass did stays for its summary.
func (b *Board) Drop(accountID string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.unwatched, accountID)
	for name, a := range b.accounts {
		if a.id != accountID || !a.owned {
			continue
		}
		a.keepPass(name)
		a.owned, a.limits = false, Limits{Remaining: -1}
		clear(a.collections)
	}
	b.metrics.drop(accountID)
}

// touch notes that a pass came by a resource.
func (p *pass) touch(resource string) {
	if !slices.Contains(p.order, resource) {
		p.order = append(p.order, resource)
	}
}
