package producer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seachange/seachange/producer/state"
)

// Report is what is known of everything, for people and monitors.
type Report struct {
	Accounts []AccountReport `json:"accounts"`
}

// AccountReport is what is known of a configured account, or of one that is remembered and has no token here.
type AccountReport struct {
	Name        string             `json:"name"`       // "" where no token is configured
	AccountID   string             `json:"account_id"` // "" until identified
	AccountName string             `json:"account_name"`
	Error       string             `json:"error,omitempty"` // why it is not identified
	PerHour     int                `json:"per_hour"`
	Remaining   int                `json:"remaining"` // requests left in this hour; -1: not said
	Collections []CollectionReport `json:"collections"`
}

// CollectionReport is what is known of a collection.
type CollectionReport struct {
	Resource    string       `json:"resource"`
	ParentID    string       `json:"parent_id"`
	Status      state.Status `json:"status"`
	Reason      string       `json:"reason,omitempty"`
	SinceMS     int64        `json:"since_ms"`
	AgeMS       int64        `json:"age_ms"` // since the last whole sweep began; -1: there was none
	Records     int          `json:"records"`
	Held        []string     `json:"held"` // the first hundred
	HeldCount   int          `json:"held_count"`
	Why         string       `json:"why,omitempty"` // why they are held
	Quarantined int          `json:"quarantined"`
}

// Line is what a pass did with one resource of one account.
type Line struct {
	Account  string       `json:"account"`
	Resource string       `json:"resource"`
	Records  int          `json:"records"`
	Changes  int          `json:"changes"`
	Requests int          `json:"requests"`
	Status   state.Status `json:"status"`           // the worst of its collections
	Reason   string       `json:"reason,omitempty"` // of a whole one why it holds something back
}

// statusBoard is what the accounts' goroutines tell those who ask. It is the only thing they share.
type statusBoard struct {
	mu       sync.Mutex
	accounts map[string]*accountBoard // by configured name
	names    []string
	orphans  map[string]*accountBoard // accounts without a token here, by id
	finished chan struct{}            // closed when every account is done with a pass
}

type accountBoard struct {
	id       Identity
	err      error
	budget   Budget
	began    bool // a shard's owner works for it
	read     bool // a collection of it was read whole since the start
	done     bool
	boards   map[collectionID]CollectionReport
	wholeMS  map[collectionID]int64
	changes  map[string]int // by resource
	requests map[string]int
	order    []string // resources, as they were first swept
}

func newStatusBoard(accounts []Account) *statusBoard {
	b := &statusBoard{accounts: map[string]*accountBoard{}, orphans: map[string]*accountBoard{}, finished: make(chan struct{})}
	for _, a := range accounts {
		b.names = append(b.names, a.Name)
		b.accounts[a.Name] = newAccountBoard()
	}
	return b
}

func newAccountBoard() *accountBoard {
	return &accountBoard{
		boards: map[collectionID]CollectionReport{}, wholeMS: map[collectionID]int64{},
		changes: map[string]int{}, requests: map[string]int{},
	}
}

func (b *statusBoard) identified(config *Account, id Identity) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.accounts[config.Name].id, b.accounts[config.Name].err = id, nil
	delete(b.orphans, id.ID)
}

func (b *statusBoard) begin(config *Account) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.accounts[config.Name].began = true
}

func (b *statusBoard) begun(config *Account) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.accounts[config.Name].began
}

func (b *statusBoard) unidentified(config *Account, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.accounts[config.Name].err = err
}

// known notes what is known of a collection now.
func (b *statusBoard) known(a *account, c *collection) {
	if a.config == nil || a.collections[c.id] != c {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.accounts[a.config.Name].know(c)
}

func (o *accountBoard) know(c *collection) {
	o.wholeMS[c.id] = c.head.WholeMS
	o.boards[c.id] = CollectionReport{
		Resource: c.id.Resource, ParentID: c.id.Parent, Status: c.head.Status, Reason: c.head.Reason, SinceMS: c.head.SinceMS,
		Records: c.records(), Held: c.head.Held(), HeldCount: c.head.HeldCount(), Why: c.held, Quarantined: c.quarantined,
	}
}

// orphaned notes what is remembered of an account without a token here.
func (b *statusBoard) orphaned(a *account) {
	o := newAccountBoard()
	o.id, o.budget.Remaining = Identity{ID: a.id, Name: a.head.Name}, -1
	for _, c := range a.collections {
		if c.head.Status != state.NeverSwept {
			o.know(c)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.orphans[a.id] = o
}

// swept notes that a sweep of a collection has ended.
func (b *statusBoard) swept(a *account, c *collection, changes int) {
	b.known(a, c)
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.accounts[a.config.Name]
	o.changes[c.id.Resource] += changes
	o.read = o.read || c.head.Status == state.Whole
	o.budget = a.source.Budget()
	if !slices.Contains(o.order, c.id.Resource) {
		o.order = append(o.order, c.id.Resource)
	}
}

// still notes that a collection was not swept in a pass, as its parent tells that it has not changed.
func (b *statusBoard) still(a *account, c *collection) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if o := b.accounts[a.config.Name]; !slices.Contains(o.order, c.id.Resource) {
		o.order = append(o.order, c.id.Resource)
	}
}

// records answers how many records a collection has, with those that are published and not in the state yet; of a log, how
// many are remembered.
func (c *collection) records() int { return max(c.state.Len()+c.coming, len(c.head.LogIDs)) }

func (b *statusBoard) removed(a *account, c *collection) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.accounts[a.config.Name].boards, c.id)
	delete(b.accounts[a.config.Name].wholeMS, c.id)
}

func (b *statusBoard) spent(name, resource string, requests int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.accounts[name].requests[resource] += requests
}

// done says that an account is through with a pass.
func (b *statusBoard) done(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.accounts[name].done {
		return
	}
	b.accounts[name].done = true
	for _, o := range b.accounts {
		if !o.done {
			return
		}
	}
	close(b.finished)
}

// wait returns when every account is through with a pass, or ctx ends.
func (b *statusBoard) wait(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-b.finished:
	}
}

// passed answers ErrNotWhole, with what was not, after a pass.
func (b *statusBoard) passed() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var errs []error
	for _, name := range b.names {
		o := b.accounts[name]
		if o.err != nil {
			errs = append(errs, fmt.Errorf("account %s: %w", name, o.err))
		}
		for _, r := range sortedReports(o) {
			if r.Status != state.Whole && r.Status != state.Unwatched {
				errs = append(errs, fmt.Errorf("account %s: %s: %s: %s", name, strings.TrimSpace(r.Resource+" "+r.ParentID), cmp.Or(r.Status, "never read"), r.Reason))
			}
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrNotWhole, errors.Join(errs...))
}

func sortedReports(o *accountBoard) []CollectionReport {
	var all []CollectionReport
	for _, r := range o.boards {
		all = append(all, r)
	}
	slices.SortFunc(all, func(x, y CollectionReport) int {
		return cmp.Or(cmp.Compare(x.Resource, y.Resource), cmp.Compare(x.ParentID, y.ParentID))
	})
	return all
}

func (b *statusBoard) report(now time.Time) Report {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := Report{Accounts: []AccountReport{}}
	for _, name := range b.names {
		r.Accounts = append(r.Accounts, b.accounts[name].report(name, now))
	}
	for _, id := range slices.Sorted(maps.Keys(b.orphans)) {
		r.Accounts = append(r.Accounts, b.orphans[id].report("", now))
	}
	return r
}

func (o *accountBoard) report(name string, now time.Time) AccountReport {
	r := AccountReport{
		Name: name, AccountID: o.id.ID, AccountName: o.id.Name, PerHour: o.budget.PerHour,
		Remaining: o.budget.Remaining, Collections: sortedReports(o),
	}
	if o.err != nil {
		r.Error = o.err.Error()
	}
	for i := range r.Collections {
		c := &r.Collections[i]
		c.AgeMS = age(now, o.wholeMS[collectionID{Resource: c.Resource, Parent: c.ParentID}])
	}
	return r
}

func age(now time.Time, wholeMS int64) int64 {
	if wholeMS == 0 {
		return -1
	}
	return max(0, now.UnixMilli()-wholeMS)
}

// ready implements Producer.Ready, where the process was given these shards.
func (b *statusBoard) ready(shards map[int]bool, shardOf func(accountID string) int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, name := range b.names {
		o := b.accounts[name]
		switch {
		case o.err != nil:
			return fmt.Errorf("account %s is not identified: %w", name, o.err)
		case o.id.ID == "":
			return fmt.Errorf("account %s is not identified yet", name)
		}
		switch working, ours := shards[shardOf(o.id.ID)]; {
		case !ours: // another process has it, or nobody: below
		case !working:
			return fmt.Errorf("account %s: its shard %d is not worked on now: it is being restored, or was dropped after an error, which the log tells", name, shardOf(o.id.ID))
		case !o.read:
			return fmt.Errorf("account %s: nothing of it has been read whole since the start", name)
		}
	}
	if len(shards) == 0 {
		return errors.New("no shard is this process's: the brokers don't answer, or other processes have them all")
	}
	return nil
}

func (b *statusBoard) summary() []Line {
	b.mu.Lock()
	defer b.mu.Unlock()
	var lines []Line
	for _, name := range b.names {
		o := b.accounts[name]
		for _, resource := range o.order {
			lines = append(lines, o.line(name, resource))
		}
	}
	return lines
}

func (o *accountBoard) line(name, resource string) Line {
	l := Line{
		Account: name, Resource: resource, Changes: o.changes[resource], Requests: o.requests[resource], Status: state.Whole,
	}
	for _, r := range sortedReports(o) {
		if r.Resource != resource {
			continue
		}
		l.Records += r.Records
		switch {
		case l.Status != state.Whole:
		case r.Status != state.Whole:
			l.Status, l.Reason = r.Status, r.Reason
		case l.Reason == "":
			l.Reason = r.Why // what it holds back
		}
	}
	return l
}
