package digitalocean

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

// content is what a page holds: where its records lie in the body, and what it says beside them.
type content struct {
	records []record
	next    string   // links.pages.next
	linked  bool     // it has links: without a next one it is the last page
	counted bool     // it has meta
	total   int      // meta.total, or total; -1 where there is neither
	pages   int      // meta.pages, or pagination's; 0 where there is none
	perPage int      // pagination.per_page: how many the API gives at most, whatever was asked for; 0 where there is none
	unknown []string // members beside the records that no document has
	lacks   string   // what is in the row's Partial member
	bad     error    // of the first record without an id
}

// record lies in a body from start to end.
type record struct {
	own        string // its segment
	start, end int
}

// ids returns the hashes of the records' own ids, each once.
func (c *content) ids() []uint64 {
	ids := make([]uint64, 0, len(c.records))
	for _, r := range c.records {
		ids = append(ids, xxhash.Sum64String(r.own))
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// parse reads a page. It must be JSON from its first byte to its last: then no half of a record is taken for a whole
// one. Within a record duplicate names and bad UTF-8 pass: they spoil that record and no other.
func parse(r *schema.Resource, body []byte, seen twins) (*content, error) {
	p := &parser{row: r, body: body, seen: seen, d: jsontext.NewDecoder(bytes.NewBuffer(body), lenient...)}
	p.total = -1
	if err := p.root(); err != nil {
		return nil, err
	}
	if _, err := p.d.ReadToken(); err != io.EOF { //nolint:errorlint // exactly the end
		return nil, fmt.Errorf("there is more after its end, at byte %d", p.d.InputOffset())
	}
	if r.Kind != schema.Log { // whose entries are taken once
		p.apart()
	}
	return &p.content, nil
}

// apart leaves out records that share their id with another one of the page and differ from it: one of them would hide
// the others, and nobody can say which of them was published.
func (p *parser) apart() {
	said, clash := make(map[string][]byte, len(p.records)), map[string]bool{}
	for _, r := range p.records {
		text := p.body[r.start:r.end]
		if other, ok := said[r.own]; ok && !bytes.Equal(other, text) {
			clash[r.own] = true
		}
		said[r.own] = text
	}
	n := len(p.records)
	p.records = slices.DeleteFunc(p.records, func(r record) bool { return clash[r.own] })
	if n -= len(p.records); n > 0 {
		p.bad = cmp.Or(p.bad, fmt.Errorf("%d records share their %s with another one, and differ: nothing tells them apart",
			n, cmp.Or(p.row.ID, "id")))
	}
}

type parser struct {
	content

	row   *schema.Resource
	body  []byte
	seen  twins
	d     *jsontext.Decoder
	found bool // the member that holds the records
	other bool // a member that is not documented for lists
}

func (p *parser) root() error {
	if p.row.Items == "" {
		return cmp.Or(p.items(p.row.Name), p.rootless())
	}
	if p.d.PeekKind() != '{' {
		return p.broken()
	}
	p.d.ReadToken() //nolint:errcheck // it was peeked at
	for p.d.PeekKind() == '"' {
		if err := p.member(); err != nil {
			return err
		}
	}
	if _, err := p.d.ReadToken(); err != nil {
		return p.broken()
	}
	if !p.found && !p.empty() {
		return fmt.Errorf("it has no %q", p.row.Items)
	}
	return nil
}

// empty reports whether a page without the member for its records is a list of none: it has what surrounds a list,
// links or meta, doesn't count any, and has nothing else, which might be the records under another name. DigitalOcean
// requires the member of few lists, and its clients have seen it left out where there is nothing to show. "{}" may be
// anybody's.
func (p *parser) empty() bool {
	return p.row.Kind != schema.Single && (p.linked || p.counted) && !p.other && p.total <= 0
}

// rootless refuses a response that is the record itself, and yet has nothing of it: an error in a 200 would be taken
// for it.
func (p *parser) rootless() error {
	known := schema.Known(p.row.Name)
	if known == nil {
		return nil
	}
	var top map[string]jsontext.Value
	if json.Unmarshal(p.body, &top, lenientAll) != nil {
		return p.broken()
	}
	for name := range top {
		if known.Has(name) {
			return nil
		}
	}
	return errors.New("it has no member that DigitalOcean documents")
}

func (p *parser) member() error {
	t, err := p.d.ReadToken()
	if err != nil {
		return p.broken()
	}
	switch name := t.String(); {
	case isItems(p.row, name):
		if p.found {
			return fmt.Errorf("it has %q twice", p.row.Items)
		}
		p.found = true
		return p.items(name)
	case name == "links":
		return p.links()
	case name == "meta":
		return p.meta()
	case name == "pagination":
		return p.pagination()
	case name == "next_page_token" && p.row.Paging == schema.Tokens:
		return p.token()
	case name == "page_info" && p.row.Paging == schema.Edges:
		return p.cursor()
	case name == p.row.Partial:
		return p.partial()
	case name == "total" && p.row.PerPage >= 0 && p.d.PeekKind() == '0':
		return p.value(&p.total)
	}
	p.other = true
	p.beside(t.String())
	if _, err := p.d.ReadValue(); err != nil {
		return p.broken()
	}
	return nil
}

// around are members that lists of any kind may have beside their records.
var around = []string{"links", "meta", "pagination", "page_info", "next_page_token", "total"}

// beside notes a member that no document has. An answer that has very many has them for another reason.
func (p *parser) beside(name string) {
	if known := schema.Known(p.row.Name); !known.HasBeside(name) && !slices.Contains(around, name) && len(p.unknown) < 20 {
		p.unknown = append(p.unknown, plain.Cut(name, 100))
	}
}

// isItems reports whether a member holds the records: "a|b" allows several names, where DigitalOcean's own differ.
func isItems(r *schema.Resource, name string) bool {
	for s := range strings.SplitSeq(r.Items, "|") {
		if s, _, _ = strings.Cut(s, "[]"); s == name {
			return true
		}
	}
	return false
}

// items reads the records: an array, null for none, or the one object of a Single; where that is part of a parent, its
// root may be null: it isn't set.
func (p *parser) items(name string) error {
	switch kind := p.d.PeekKind(); {
	case kind == '{' && p.row.Kind == schema.Single:
		return p.record()
	case kind == '{' && p.row.Kind == schema.Map:
		return p.object()
	case kind == '[' && p.row.Kind != schema.Single && p.row.Kind != schema.Map:
		return p.array()
	case kind == 'n' && (p.row.Kind != schema.Single || (p.row.Items != "" && p.row.Absent == schema.WithParent)):
		_, err := p.d.ReadToken()
		return err
	case kind == jsontext.KindInvalid:
		return p.broken()
	default:
		want := "an array"
		if p.row.Kind == schema.Single || p.row.Kind == schema.Map {
			want = "an object"
		}
		return fmt.Errorf("its %s is not %s but %s", name, want, kind)
	}
}

func (p *parser) array() error {
	p.d.ReadToken() //nolint:errcheck // it was peeked at
	for p.d.PeekKind() != ']' {
		if err := p.record(); err != nil {
			return err
		}
	}
	_, err := p.d.ReadToken()
	return err
}

// object reads the records of a Map, each under its id.
func (p *parser) object() error {
	p.d.ReadToken() //nolint:errcheck // it was peeked at
	for p.d.PeekKind() == '"' {
		t, err := p.d.ReadToken()
		if err != nil {
			return p.broken()
		}
		own := schema.Segment(t.String())
		v, err := p.d.ReadValue()
		if err != nil {
			return p.broken()
		}
		end := int(p.d.InputOffset())
		switch {
		case v.Kind() != '{' || own == "":
			p.bad = cmp.Or(p.bad, fmt.Errorf("record %d: it is not an object under an id", len(p.records)+1))
		default:
			p.records = append(p.records, record{own, end - len(v), end})
		}
	}
	if _, err := p.d.ReadToken(); err != nil {
		return p.broken()
	}
	return nil
}

// record notes where a record lies. One without an id is left out and hides no other: the page's error comes last.
func (p *parser) record() error {
	v, err := p.d.ReadValue()
	if err != nil {
		return p.broken()
	}
	end := int(p.d.InputOffset())
	if p.row.Paging == schema.Edges {
		v, end = node(v, end)
	}
	own, err := ownID(p.row, v, p.seen)
	if err != nil {
		if p.bad == nil {
			p.bad = fmt.Errorf("record %d: %w", len(p.records)+1, err)
		}
		return nil
	}
	p.records = append(p.records, record{own, end - len(v), end})
	return nil
}

func (p *parser) links() error {
	var links struct {
		Pages struct {
			Next string `json:"next"`
		} `json:"pages"`
	}
	if err := p.value(&links); err != nil {
		return fmt.Errorf("its links %w", err)
	}
	p.next, p.linked = links.Pages.Next, true
	return nil
}

func (p *parser) meta() error {
	meta := struct {
		Total int `json:"total"`
		Pages int `json:"pages"`
	}{Total: -1}
	if err := p.value(&meta); err != nil {
		return fmt.Errorf("its meta %w", err)
	}
	p.total, p.pages, p.counted = meta.Total, meta.Pages, true
	return nil
}

// pagination reads what some listings have instead of links and meta. The number of pages follows from the total.
func (p *parser) pagination() error {
	said := struct {
		Total   int `json:"total"`
		Pages   int `json:"pages"`
		PerPage int `json:"per_page"`
	}{Total: -1}
	if err := p.value(&said); err != nil {
		return fmt.Errorf("its pagination %w", err)
	}
	p.total, p.pages, p.perPage = said.Total, said.Pages, said.PerPage
	if p.pages == 0 && p.perPage > 0 && p.total > 0 {
		p.pages = (p.total + p.perPage - 1) / p.perPage
	}
	return nil
}

// token reads what the next page is asked for by. A page may be short, or empty, and not the last one.
func (p *parser) token() error {
	var token *string
	if err := p.value(&token); err != nil {
		return fmt.Errorf("its next_page_token %w", err)
	}
	p.linked = true
	if token != nil && *token != "" {
		p.next = "?page_token=" + url.QueryEscape(*token)
	}
	return nil
}

// cursor reads where the next page begins.
func (p *parser) cursor() error {
	var said struct {
		More bool   `json:"has_next_page"`
		End  string `json:"end_cursor"`
	}
	if err := p.value(&said); err != nil {
		return fmt.Errorf("its page_info %w", err)
	}
	if said.More && said.End == "" {
		return errors.New("its page_info tells of another page, and not where it begins")
	}
	p.linked = true
	if said.More {
		p.next = "?after=" + url.QueryEscape(said.End)
	}
	return nil
}

// partial reads what the listing lacks.
func (p *parser) partial() error {
	v, err := p.d.ReadValue()
	if err != nil {
		return p.broken()
	}
	if text := string(v); text != "null" && text != "[]" && text != `""` && text != "{}" {
		p.lacks = text
	}
	return nil
}

// node returns the record of an edge that ends at end, and where it ends; the edge itself where it has none.
func node(edge jsontext.Value, end int) (jsontext.Value, int) {
	d := jsontext.NewDecoder(bytes.NewBuffer(edge), lenient...)
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return edge, end
	}
	for d.PeekKind() == '"' {
		t, err := d.ReadToken()
		if err != nil {
			return edge, end
		}
		name := t.String()
		v, err := d.ReadValue()
		if err != nil {
			return edge, end
		}
		if name == "node" && v.Kind() == '{' {
			return v, end - len(edge) + int(d.InputOffset())
		}
	}
	return edge, end
}

func (p *parser) value(into any) error {
	v, err := p.d.ReadValue()
	if err != nil {
		return p.broken()
	}
	if json.Unmarshal(v, into, lenientAll) != nil {
		return errors.New("are not what DigitalOcean documents")
	}
	return nil
}

var lenientAll = json.JoinOptions(lenient...)

// broken says where the JSON ends to be JSON, without showing any of it.
func (p *parser) broken() error {
	return fmt.Errorf("it is not JSON, at byte %d of %d", p.d.InputOffset(), len(p.body))
}
