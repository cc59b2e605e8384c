package digitalocean

import (
	"context"
	"iter"
	"time"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

// answer is what came of a request that was made ahead.
type answer struct {
	ex  *exchange
	err error
}

// Ahead implements producer.Source. All that may wait is done by the caller's goroutine later: the token must be known
// to be this account's, and the limits must let the request through now.
func (c *Client) Ahead(
	ctx context.Context, r *schema.Resource, parent string, done func(),
) (pages iter.Seq2[diff.Page, error], ok bool) {
	path, err := fillPath(r, parent)
	if err != nil || r.Regional || !c.settled() {
		return nil, false
	}
	l := c.listing(r, parent, path)
	l.query, l.pages = l.halves[0], 1
	values, err := l.values(l.query)
	a := l.ask(values, 1)
	if err != nil || c.limits.take(time.Now(), a.route) > 0 {
		c.keepBuffer(l.buf)
		return nil, false
	}
	l.first, l.pages = &answer{ex: c.leave()}, 0
	go func(first *answer) {
		first.err = c.exchange(ctx, a, first.ex, l.buf)
		done()
	}(l.first)
	return func(yield func(diff.Page, error) bool) { l.pagesTo(ctx, yield) }, true
}

// settled reports whether the token may be used without asking or reading anything before.
func (c *Client) settled() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &c.token
	known := t.foreign == nil && (t.account == "" || t.asked)
	return known && t.value != "" && !t.stale && time.Since(t.readAt) < tokenAge
}

// request returns the answer that was asked for ahead, or asks now.
func (l *listing) request(ctx context.Context, a ask) (*exchange, error) {
	c, first := l.client, l.first
	if l.first = nil; first == nil {
		return c.request(ctx, a, l.buf)
	}
	if c.token.foreign != nil {
		return first.ex, c.token.foreign
	}
	if first.ex.token != c.token.value {
		return first.ex, failed(a.doing + ": another token was read since it was asked")
	}
	if first.err != nil {
		return first.ex, first.err
	}
	return first.ex, c.prove(a, l.buf.Bytes())
}
