package digitalocean

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

const (
	defaultPerPage = 200 // the most that DigitalOcean allows
	maxPages       = 10_000
)

// Pages lists a collection. The listing is whole only if the sequence ends without an error.
func (c *Client) Pages(ctx context.Context, r *schema.Resource, parent string) iter.Seq2[diff.Page, error] {
	return func(yield func(diff.Page, error) bool) {
		path, err := fillPath(r, parent)
		if err != nil {
			yield(diff.Page{}, failed("list "+r.Name+": "+err.Error()))
			return
		}
		c.listing(r, parent, path).pagesTo(ctx, yield)
	}
}

func (c *Client) listing(r *schema.Resource, parent, path string) *listing {
	return &listing{
		client: c, row: r, parent: parent, path: path, seen: twins{}, halves: strings.Split(r.Query, "|"),
		buf: c.takeBuffer(),
	}
}

func (l *listing) pagesTo(ctx context.Context, yield func(diff.Page, error) bool) {
	defer l.client.keepBuffer(l.buf)
	l.yield = yield
	l.everywhere(ctx)
}

// incomplete returns what keeps a listing whose pages were all read, or refused, from being whole; nil if nothing does.
func (l *listing) incomplete() error {
	switch {
	case l.bad != nil:
		return l.bad
	case len(l.refused) > 0 && len(l.refused) == len(l.halves):
		return &producer.SourceError{Kind: producer.Unreadable, Err: lacksScope(l.refused[0].err, l.row)}
	case len(l.refused) > 0:
		return l.refused[0].ofHalf(l.row)
	case l.short != nil:
		return l.short
	}
	return nil
}

// refusal is that of one of the queries that a listing joins.
type refusal struct {
	query string
	err   *producer.SourceError
}

// ofHalf says which half was refused, and what it needs.
func (r refusal) ofHalf(row *schema.Resource) error {
	half := "the half without a filter"
	if r.query != "" {
		half = "the half " + r.query
	}
	needs := row.Scope
	if more := row.QueryNeeds[r.query]; more != "" {
		needs += ", and " + more
	}
	return &producer.SourceError{Kind: producer.Unreadable, Half: true, Err: fmt.Errorf(
		"%w: %s of %s was refused, which needs %s; what the other half lists is published, and nothing is deleted",
		r.err, half, row.Name, needs)}
}

// setAside takes the refusal of one of several halves: the others are read all the same.
func (l *listing) setAside(query string, page diff.Page, err error) bool {
	se, ok := errors.AsType[*producer.SourceError](err)
	if !ok || se.Kind != producer.Unreadable || len(l.halves) == 1 {
		return false
	}
	l.refused, l.last = append(l.refused, refusal{query, se}), page
	return true
}

// fillPath fills the row's path with the parent's id.
func fillPath(r *schema.Resource, parent string) (string, error) {
	path, err := r.URL(parent)
	if err != nil {
		return "", err
	}
	return path, checkPath(path)
}

// checkPath refuses an id that would be resolved to another path.
func checkPath(path string) error {
	for s := range strings.SplitSeq(path, "/") {
		if s == "." || s == ".." {
			return fmt.Errorf("an id of %q can't be asked for", s)
		}
	}
	return nil
}

// listing is one reading of a collection.
type listing struct {
	client *Client
	row    *schema.Resource
	parent string
	path   string
	host   string // of this walk: "" is the API's own
	query  string // of this walk
	// elsewhere reports whether another host may know the parent that this one doesn't; missed, that this one didn't.
	elsewhere, missed bool
	seen              twins
	halves            []string // the queries that are joined
	pages             int      // of all walks
	bad               error
	refused           []refusal             // of halves
	short             *producer.SourceError // fewer records than the API counts
	last              diff.Page             // of the last refusal
	yield             func(diff.Page, error) bool
	buf               *bytes.Buffer // holds the present page
	first             *answer       // to the first request, where that was made ahead
}

// largestSpare bounds the buffer that is kept from one listing to the next.
const largestSpare = 4 << 20

// takeBuffer returns the last listing's buffer: pages are large, and as large as the last time.
func (c *Client) takeBuffer() *bytes.Buffer {
	buf := c.spare
	c.spare = nil
	if buf == nil {
		buf = new(bytes.Buffer)
	}
	return buf
}

func (c *Client) keepBuffer(buf *bytes.Buffer) {
	if buf.Cap() <= largestSpare {
		c.spare = buf
	}
}

// walk reads all pages of one query. It returns false where the listing ends: at an error, or as the reader wants no
// more.
func (l *listing) walk(ctx context.Context, query string) bool {
	l.query = query
	values, err := l.values(query)
	if err != nil {
		return l.fail("query %q: %v", query, err)
	}
	t := tally{total: -1}
	read := map[string]bool{}
	for n := 1; values != nil; n++ {
		l.pages++
		if q := values.Encode(); read[q] {
			return l.fail("a page comes again")
		} else if read[q] = true; n > maxPages {
			return l.fail("the pages don't end")
		}
		page, said, err := l.fetch(ctx, values, n)
		if l.elsewhere && n == 1 && isGone(err) {
			l.missed = true
			return true
		}
		if err != nil && l.setAside(query, page, err) {
			return true
		}
		if err != nil {
			l.yield(page, err)
			return false
		}
		if t.guess && t.again(said) {
			break // the API knows no such page, and gave the one before it again
		}
		t.add(said)
		if !l.yield(page, nil) {
			return false
		}
		if values, err = follow(values, said.next, n); err != nil {
			return l.fail("%v", err)
		}
	}
	if (l.row.Kind == schema.List || l.row.Kind == schema.Map) && l.bad == nil && t.short() {
		l.fallShort(&t)
	}
	return true
}

// fallShort notes that fewer records were listed than the API counts.
func (l *listing) fallShort(t *tally) {
	if l.short == nil {
		l.short = failed(fmt.Sprintf("%s: %d records in all, meta.total says %d: a page has shifted while they were read",
			l.doing(), t.distinct(), t.total))
	}
	l.short.Short += t.total - t.distinct()
}

func (l *listing) doing() string {
	s := "list " + l.row.Name
	if l.host != "" {
		s += " at " + l.host
	}
	if l.parent != "" {
		s += " of " + plain.Cut(l.parent, 100)
	}
	return s + " page " + strconv.Itoa(l.pages)
}

func (l *listing) fail(format string, args ...any) bool {
	l.yield(diff.Page{}, failed(l.doing()+": "+fmt.Sprintf(format, args...)))
	return false
}

// values is the query of a first page.
func (l *listing) values(query string) (url.Values, error) {
	v, err := url.ParseQuery(query)
	if l.row.PerPage >= 0 && l.row.Kind != schema.Single {
		perPage := l.row.PerPage
		if perPage == 0 {
			perPage = defaultPerPage
		}
		v.Set(sizes[l.row.Paging], strconv.Itoa(perPage))
	}
	return v, err
}

// sizes are the names of a page's size, by the way of paging.
var sizes = [...]string{
	schema.Numbered: "per_page", schema.Dotted: "pagination.per_page", schema.Tokens: "page_size", schema.Edges: "limit",
}

// fetch reads one page.
func (l *listing) fetch(ctx context.Context, values url.Values, n int) (diff.Page, remembered, error) {
	c := l.client
	ex, err := l.request(ctx, l.ask(values, n))
	var page diff.Page
	if ex != nil {
		page.BeganMS, page.EndedMS = ex.beganMS, ex.endedMS
	}
	if err != nil {
		return page, remembered{}, err
	}
	body := l.buf.Bytes()
	page.Sum, page.RequestID = xxhash.Sum64(body), requestID(ex)
	key := strings.Join([]string{l.row.Name, l.parent, l.host, l.query, strconv.Itoa(n)}, "|")
	said, known := c.memory.get(key, page.Sum)
	if known && l.row.ID != "" {
		page.Records = l.again(body)
		return page, said, nil
	}
	found, err := parse(l.row, body, l.seen)
	if err != nil {
		return diff.Page{}, remembered{}, l.unreadable(ex, err)
	}
	said = remembered{sum: page.Sum, next: found.next, total: found.total, ids: found.ids()}
	if said.next == "" && (found.pages > n || l.full(found)) {
		said.next, said.guess = "?"+l.numberName()+"="+strconv.Itoa(n+1), true
	}
	if found.lacks != "" {
		l.bad = failed(l.doing() + ": not whole: " + l.row.Partial + ": " + plain.Cut(redact(found.lacks, ex.token), 100))
	}
	if found.bad != nil {
		found.bad = l.unreadable(ex, found.bad)
		l.bad = found.bad
	} else if l.bad == nil {
		c.memory.put(key, said)
	}
	page.Records, page.Unknown = l.records(body, found), found.unknown
	return page, said, nil
}

// ask is the request for a page.
func (l *listing) ask(values url.Values, n int) ask {
	a := ask{
		row: l.row, names: namesOf(l.parent), doing: l.doing(), path: l.path, route: routeOf(l.row),
		page: n, joined: len(l.halves) > 1, child: l.parent != "" || l.row.Kind == schema.Single,
	}
	if len(values) > 0 {
		a.path += "?" + values.Encode()
	}
	if l.host != "" {
		a.path = "https://" + l.host + a.path
	}
	return a
}

// numberName is the name of a page's number.
func (l *listing) numberName() string {
	if l.row.Paging == schema.Dotted {
		return "pagination.page"
	}
	return "page"
}

// silentCap is what some listings cut a page to, whatever was asked for, without a word.
const silentCap = 100

// full reports whether a page of a paged listing is full and tells of no other: there may be one. A page that is as
// large as a cap is never taken for the last one, unless links say so.
func (l *listing) full(found *content) bool {
	if l.row.PerPage < 0 || l.row.Kind == schema.Single || found.linked {
		return false
	}
	n := len(found.records)
	capped := n >= cmp.Or(l.row.PerPage, defaultPerPage) || n == silentCap || (found.perPage > 0 && n >= found.perPage)
	return capped && (found.pages == 0 || found.perPage > 0)
}

// unreadable is the error of a response that is not a page of this resource. It shows nothing of the body.
func (l *listing) unreadable(ex *exchange, err error) error {
	return failed(fmt.Sprintf("%s: GET %s: %s: the response (%s) is not a page of %s: %v",
		l.doing(), plain.Cut(l.path, 300), statusText(ex), ex.said("Content-Type", 60), l.row.Name, err))
}

// records yields what a page holds, and at its end what is wrong with it.
func (l *listing) records(body []byte, found *content) iter.Seq2[diff.Record, error] {
	return func(yield func(diff.Record, error) bool) {
		for _, r := range found.records {
			if !yield(diff.Record{ID: schema.JoinID(l.parent, r.own), JSON: body[r.start:r.end]}, nil) {
				return
			}
		}
		if found.bad != nil {
			yield(diff.Record{}, found.bad)
		}
	}
}

// again yields the records of a page that was parsed before, for a reader that has forgotten them.
func (l *listing) again(body []byte) iter.Seq2[diff.Record, error] {
	return func(yield func(diff.Record, error) bool) {
		found, err := parse(l.row, body, l.seen)
		if err != nil {
			yield(diff.Record{}, failed(l.doing()+": "+err.Error()))
			return
		}
		l.records(body, found)(yield)
	}
}

// follow returns the query of the next page, nil after the last one. Only the page's number or token is taken from the
// link: host, path and filters stay ours. Numbers must count up by one, so that no page is skipped or read for ever.
func follow(values url.Values, next string, n int) (url.Values, error) {
	if next == "" {
		return nil, nil
	}
	u, err := url.Parse(next)
	if err != nil {
		return nil, errors.New("links.pages.next is not a URL")
	}
	said := u.Query()
	following := maps.Clone(values)
	moved := false
	for _, key := range []string{"page", "pagination.page", "page_token", "after"} {
		if v := said.Get(key); v != "" {
			moved = moved || !slices.Equal(values[key], []string{v})
			following.Set(key, v)
		}
	}
	if p := cmp.Or(said.Get("page"), said.Get("pagination.page")); p != "" && p != strconv.Itoa(n+1) {
		return nil, fmt.Errorf("links.pages.next is page %q after page %d", plain.Cut(p, 20), n)
	}
	if !moved {
		return nil, errors.New("links.pages.next leads to no other page")
	}
	return following, nil
}

// tally holds what was listed against what the API says there is.
type tally struct {
	total int // the most that any page said: what is deleted meanwhile moves others to pages that were read already
	pages [][]uint64
	guess bool // the next page is only guessed
}

func (t *tally) add(p remembered) {
	t.total = max(t.total, p.total)
	t.pages, t.guess = append(t.pages, p.ids), p.guess
}

// again reports whether a page holds what the one before it did.
func (t *tally) again(p remembered) bool { return slices.Equal(t.pages[len(t.pages)-1], p.ids) }

// short reports whether there are fewer records than the API says. More are fine, and so is a total of 0 with records:
// both are seen in the wild.
func (t *tally) short() bool { return t.total > 0 && t.distinct() < t.total }

func (t *tally) distinct() int {
	if len(t.pages) == 1 {
		return len(t.pages[0])
	}
	ids := map[uint64]struct{}{}
	for _, page := range t.pages {
		for _, id := range page {
			ids[id] = struct{}{}
		}
	}
	return len(ids)
}
