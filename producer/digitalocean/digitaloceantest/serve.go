package digitaloceantest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/seachange/seachange/schema"
)

// Response is what the account is about to answer; a fault's Effect may change it.
type Response struct {
	Resource string
	Page     int // from 1; 0 for a GET by id
	Status   int
	Header   http.Header
	// Records of a listing, Next and Total make up the body, unless Body is set.
	Records [][]byte
	IDs     []string // of Records, as they were when the page was made
	Next    string   // links.pages.next
	Total   int      // meta.total
	Paged   bool     // with links and meta
	perPage int
	Body    []byte

	Cut  int           // the connection breaks after so many bytes of the body; 0: it doesn't
	Hang bool          // nothing is sent until the client gives up
	Drip time.Duration // between two bytes of the body
	Pad  int64         // spaces after the body

	row *schema.Resource
}

// request is one that came in.
type request struct {
	at       time.Time
	resource string
	uri      string
}

// ServeHTTP returns as DigitalOcean would.
func (a *Account) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r := a.answer(req)
	if r.Hang {
		<-req.Context().Done()
		return
	}
	maps.Copy(w.Header(), r.Header)
	r.write(w, req)
}

// answer makes the response. Faults that strike the request work on the account before it and on the response after it.
func (a *Account) answer(req *http.Request) *Response {
	t := a.find(req.URL.EscapedPath())
	page := pageOf(req, t)
	fault := a.strike(t, page, req.URL.EscapedPath())
	if fault != nil && fault.Before != nil {
		fault.Before(a)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	r := &Response{Page: page, Status: http.StatusOK, Header: http.Header{}, row: t.row}
	if t.row != nil {
		r.Resource = t.row.Name
	}
	throttled := a.count(req, r)
	switch {
	case req.Header.Get("Authorization") != "Bearer "+a.opts.Token:
		r.fail(http.StatusUnauthorized, "unauthorized", "Unable to authenticate you")
	case throttled > 0:
		r.Header.Set("Retry-After", strconv.Itoa(int(throttled/time.Second)+1))
		r.fail(http.StatusTooManyRequests, "too_many_requests", "API rate limit exceeded.")
	case req.Method != http.MethodGet || t.row == nil:
		r.notFound()
	case !a.allowed(t.scope()):
		r.fail(http.StatusForbidden, "forbidden", "You are not authorized to perform this operation")
	case !a.known(t):
		r.notFound()
	case t.own != "":
		a.one(r, t)
	case t.row.Kind == schema.Single:
		a.single(r, t)
	default:
		a.list(r, t, req.URL.Query(), fault)
	}
	if fault != nil && fault.Effect != nil {
		fault.Effect(r)
	}
	return r
}

func pageOf(req *http.Request, t target) int {
	if t.own != "" {
		return 0
	}
	q := req.URL.Query()
	n, err := strconv.Atoi(cmp.Or(q.Get("page"), q.Get("pagination.page")))
	if byToken(t.row) {
		n, err = strconv.Atoi(strings.TrimPrefix(cmp.Or(q.Get("page_token"), q.Get("after")), "token-"))
	}
	if err != nil || n < 1 {
		return 1
	}
	return n
}

func (r *Response) fail(status int, id, message string) {
	r.Status, r.Body = status, encode(map[string]string{
		"id": id, "message": message,
		"request_id": r.Header.Get("X-Request-Id"),
	})
}

func (r *Response) notFound() {
	if r.row != nil && r.row.NotFound != "" {
		r.Status, r.Body = http.StatusNotFound, encode(map[string]any{"code": r.row.NotFound, "message": "no such thing"})
		return
	}
	r.fail(http.StatusNotFound, "not_found", "The resource you requested could not be found.")
}

// one returns a record by its id, or by the member that its path goes by.
func (a *Account) one(r *Response, t target) {
	id := schema.ChildID(t.parent, t.own)
	if t.byName != "" {
		id = a.named(t)
	}
	text, ok := a.tables[t.row.Name].records[id]
	if !ok {
		r.notFound()
		return
	}
	r.Body = fmt.Appendf(nil, `{%q:%s}`, strings.TrimSuffix(t.row.Items, "s"), a.show(t.row, id, text))
}

func (a *Account) named(t target) string {
	for _, id := range a.below(target{row: t.row, parent: t.parent}) {
		var record map[string]any
		if json.Unmarshal(a.tables[t.row.Name].records[id], &record) == nil && record[t.byName] == t.own {
			return id
		}
	}
	return ""
}

func (a *Account) single(r *Response, t target) {
	id := schema.ChildID(t.parent, t.row.Name)
	text, ok := a.tables[t.row.Name].records[id]
	if !ok {
		r.notFound()
		return
	}
	r.Body = a.show(t.row, id, text)
	if t.row.Items != "" {
		r.Body = fmt.Appendf(nil, `{%q:%s}`, root(t.row), r.Body)
	}
}

// root is the member of a response that holds the records, as the document has it.
func root(row *schema.Resource) string {
	items, _, _ := strings.Cut(row.Items, "|")
	return items
}

// list returns a page.
func (a *Account) list(r *Response, t target, q url.Values, fault *Fault) {
	ids, records := a.visible(t, q, fault)
	r.Total, r.Paged = len(ids), t.row.PerPage >= 0
	from, to := 0, len(ids)
	if r.Paged {
		perPage, err := strconv.Atoi(cmp.Or(q.Get("limit"), q.Get("per_page"), q.Get("page_size"),
			q.Get("pagination.per_page")))
		if err != nil || perPage < 1 {
			perPage = 20
		}
		r.perPage = min(perPage, cmp.Or(t.row.PerPage, 200)) // the gateway cuts at its own
		perPage = r.perPage
		from = min((r.Page-1)*perPage, len(ids))
		to = min(from+perPage, len(ids))
		if to < len(ids) {
			r.Next = pageURL(t.row, t.parent, q, r.Page+1)
		}
	}
	for i := from; i < to; i++ {
		r.Records = append(r.Records, a.show(t.row, ids[i], records[ids[i]]))
	}
	r.IDs = ids[from:to]
}

// byToken reports whether a listing's pages go by tokens and know no numbers.
func byToken(row *schema.Resource) bool {
	return row != nil && (row.Name == "registry_repositories" || row.Paging == schema.Tokens || row.Paging == schema.Edges)
}

func pageURL(row *schema.Resource, parent string, q url.Values, page int) string {
	path, _ := row.URL(parent) // it was asked for
	next := maps.Clone(q)
	if byToken(row) {
		next.Set("page_token", "token-"+strconv.Itoa(page))
	} else {
		next.Set("page", strconv.Itoa(page))
	}
	return "https://api.digitalocean.com" + path + "?" + next.Encode()
}

// write sends the response, with all that is wrong with it.
func (r *Response) write(w http.ResponseWriter, req *http.Request) {
	body := r.body()
	cut := r.Cut > 0 && r.Cut < len(body)
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	if r.Drip == 0 && r.Pad == 0 && r.Status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(r.Status)
	if cut {
		body = body[:r.Cut]
	}
	if r.Drip > 0 {
		drip(w, req, body, r.Drip)
		return
	}
	if _, err := w.Write(body); err != nil {
		return
	}
	pad(w, r.Pad)
	if cut {
		flush(w)
		panic(http.ErrAbortHandler)
	}
}

func drip(w http.ResponseWriter, req *http.Request, body []byte, every time.Duration) {
	for i := range body {
		if _, err := w.Write(body[i : i+1]); err != nil {
			return
		}
		flush(w)
		select {
		case <-req.Context().Done():
			return
		case <-time.After(every):
		}
	}
}

func pad(w http.ResponseWriter, n int64) {
	if n == 0 {
		return
	}
	spaces := []byte(strings.Repeat(" ", 1<<20))
	for ; n > 0; n -= int64(len(spaces)) {
		if _, err := w.Write(spaces[:min(n, int64(len(spaces)))]); err != nil {
			return
		}
	}
}

func flush(w http.ResponseWriter) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}

// body puts the page together as DigitalOcean does: records, links, meta.
func (r *Response) body() []byte {
	if r.Body != nil || r.row == nil {
		return r.Body
	}
	b := fmt.Appendf(nil, `{%q:`, root(r.row))
	if r.row.Paging == schema.Edges {
		b = fmt.Appendf(nil, `{"edges":[%s]`, bytes.Join(r.edges(), []byte{','}))
	} else if r.row.Kind == schema.Map {
		b = append(b, r.object()...)
	} else {
		b = append(append(append(b, '['), bytes.Join(r.Records, []byte{','})...), ']')
	}
	return append(b, r.paging()...)
}

// edges holds each record as the node of an edge.
func (r *Response) edges() [][]byte {
	var all [][]byte
	for i, text := range r.Records {
		all = append(all, fmt.Appendf(nil, `{"cursor":"c%d","node":%s}`, i, text))
	}
	return all
}

// object holds the records of a Map under their ids.
func (r *Response) object() []byte {
	records := map[string]json.RawMessage{}
	for i, text := range r.Records {
		_, own, _ := schema.SplitID(r.IDs[min(i, len(r.IDs)-1)])
		records[own] = text
	}
	return encode(records)
}

// paging is what a page says beside its records, to the end of the body. Some listings say less than others.
func (r *Response) paging() string {
	token := ""
	if u, err := url.Parse(r.Next); err == nil {
		token = u.Query().Get("page_token")
	}
	switch {
	case r.row.Paging == schema.Tokens:
		return fmt.Sprintf(`,"next_page_token":%s}`, encode(token))
	case r.row.Paging == schema.Edges:
		return fmt.Sprintf(`,"page_info":{"has_next_page":%v,"end_cursor":%s}}`, token != "", encode(token))
	case r.row.Paging == schema.Dotted || r.row.PerPage == 100: // as the gateway does
		return fmt.Sprintf(`,"pagination":{"page":%d,"per_page":%d,"total":%d}}`, r.Page, r.perPage, r.Total)
	case !r.Paged || r.row.Name == "registry_garbage_collections":
		return "}"
	case r.row.Name == "vector_databases":
		return fmt.Sprintf(`,"total":%d}`, r.Total)
	case r.row.Name == "gen_ai_model_catalog":
		pages := r.Page
		if r.Next != "" {
			pages++
		}
		return fmt.Sprintf(`,"meta":{"page":%d,"pages":%d,"total":%d}}`, r.Page, pages, r.Total)
	}
	links := `{}`
	if r.Next != "" {
		links = fmt.Sprintf(`{"pages":{"next":%s}}`, encode(r.Next))
	}
	return fmt.Sprintf(`,"links":%s,"meta":{"total":%d}}`, links, r.Total)
}
