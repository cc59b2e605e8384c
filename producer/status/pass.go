package status

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seachange/seachange/producer/state"
)

// ErrNotWhole means that a single pass left something unread. The summary says what.
var ErrNotWhole = errors.New("not everything could be read whole")

// Line is what a pass did with one resource of one account.
type Line struct {
	Account  string       `json:"account"` // its name in the configuration
	Resource string       `json:"resource"`
	Records  int          `json:"records"`          // that are there now
	Changes  int          `json:"changes"`          // events that were published
	Requests int          `json:"requests"`         // that it took
	Status   state.Status `json:"status"`           // the worst of its collections
	Reason   string       `json:"reason,omitempty"` // of a whole one why it holds something back
}

// pass is what a single pass did with an account.
type pass struct {
	done     bool
	changes  map[string]int // by resource
	requests map[string]int
	order    []string // resources, as they were first swept
	lines    []Line   // as of its end, or of the end of the ownership
	errs     []error
}

// SkipSweep notes that a resource's collection was not swept, as its parent tells that it has not changed.
func (b *Board) SkipSweep(name, resource string) {
	b.change(name, func(a *account) { a.pass.touch(resource) })
}

// AddRequests notes what a sweep cost.
func (b *Board) AddRequests(name, resource string, requests int) {
	b.change(name, func(a *account) { a.pass.requests[resource] += requests })
}

// FinishPass notes that an account is through with a pass.
func (b *Board) FinishPass(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.accounts[name]
	if a.pass.done {
		return
	}
	a.keepPass(name)
	a.pass.done = true
	for _, other := range b.accounts {
		if !other.pass.done {
			return
		}
	}
	close(b.finished)
}

// WaitPass returns when every account is through with a pass, or ctx ends.
func (b *Board) WaitPass(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-b.finished:
	}
}

// PassError returns ErrNotWhole, with what was not, after a pass.
func (b *Board) PassError() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var errs []error
	for _, name := range b.names {
		if err := b.accounts[name].err; err != nil {
			errs = append(errs, fmt.Errorf("account %s: %w", name, err))
		}
		errs = append(errs, b.accounts[name].passNow(name).errs...)
	}
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrNotWhole, errors.Join(errs...))
}

// Summary is what a pass did, a line per account and resource.
func (b *Board) Summary() []Line {
	b.mu.Lock()
	defer b.mu.Unlock()
	var lines []Line
	for _, name := range b.names {
		lines = append(lines, b.accounts[name].passNow(name).lines...)
	}
	return lines
}

// passNow is an account's pass as far as it is: once it is over, or the ownership is, it stays.
func (a *account) passNow(name string) pass {
	if a.owned {
		a.keepPass(name)
	}
	return a.pass
}

// keepPass brings the lines and errors of an account's pass up to date, until it is done.
func (a *account) keepPass(name string) {
	if a.pass.done {
		return
	}
	a.pass.lines, a.pass.errs = nil, nil
	for _, resource := range a.pass.order {
		a.pass.lines = append(a.pass.lines, a.line(name, resource))
	}
	for _, c := range a.sorted() {
		if !c.Status.Complete() && c.Status != state.Unwatched {
			a.pass.errs = append(a.pass.errs, fmt.Errorf("account %s: %s: %s: %s",
				name, strings.TrimSpace(c.Resource+" "+c.ParentID), cmp.Or(c.Status, "never read"), c.Reason))
		}
	}
}

func (a *account) line(name, resource string) Line {
	l := Line{
		Account: name, Resource: resource, Changes: a.pass.changes[resource], Requests: a.pass.requests[resource],
		Status: state.Whole,
	}
	for _, c := range a.sorted() {
		if c.Resource != resource {
			continue
		}
		l.Records += c.Records
		switch {
		case l.Status != state.Whole:
		case !c.Status.Complete():
			l.Status, l.Reason = c.Status, c.Reason
		case l.Reason == "":
			l.Reason = c.Why // what it holds back
		}
	}
	return l
}
