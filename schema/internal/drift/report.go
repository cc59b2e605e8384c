package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/internal/apidoc"
)

// Report is what is new.
type Report struct {
	Godo     string    `json:"godo,omitempty"`
	Day      string    `json:"day,omitempty"` // of the release
	Document string    `json:"document,omitempty"`
	Listings []Listing `json:"listings,omitempty"` // of which nobody has decided whether to watch them
	Others   []Other   `json:"others,omitempty"`   // GETs that list nothing
	Members  []Member  `json:"members,omitempty"`  // of rows, that nobody has decided about
	Values   []Values  `json:"values,omitempty"`   // of known members
	Scopes   []Scope   `json:"scopes,omitempty"`   // that rows need and don't name
	Gone     []Gone    `json:"gone,omitempty"`     // what rows ask for, and isn't offered any more
	Unread   []string  `json:"unread,omitempty"`   // methods of godo whose source doesn't show what they ask for
}

// Listing is a GET that lists something, with the row that it may become.
type Listing struct {
	Path    string   `json:"path"`
	Items   string   `json:"items"`
	Methods []string `json:"methods,omitempty"`
	Row     string   `json:"row"`
}

// Other is a GET that lists nothing.
type Other struct {
	Path    string   `json:"path"`
	Methods []string `json:"methods,omitempty"`
}

// Member is a member of a row's records, or of the answer beside them, with a slash before it.
type Member struct {
	Resource string `json:"resource"`
	Path     string `json:"path"`
	Type     string `json:"type"`
	Question string `json:"question,omitempty"` // secret, personal, set, noise: what is to be decided
}

// Values are new values of a member that was known.
type Values struct {
	Resource string   `json:"resource"`
	Path     string   `json:"path"`
	Values   []string `json:"values"`
	Why      string   `json:"why,omitempty"` // what of the catalogue depends on the member's value
}

// Scope is what a listing needs now.
type Scope struct {
	Resource string   `json:"resource"`
	Was      string   `json:"was"`
	Is       []string `json:"is"`
}

// Gone is a row's path that a source had, and has no more.
type Gone struct {
	Resource string `json:"resource"`
	Path     string `json:"path"`
	From     string `json:"from"`
}

// Empty reports whether there is nothing to decide.
func (r *Report) Empty() bool {
	return len(r.Listings)+len(r.Others)+len(r.Members)+len(r.Values)+len(r.Scopes)+len(r.Gone)+len(r.Unread) == 0
}

// compare adds what an offer has that isn't known.
func (r *Report) compare(k *knowledge, o offer) {
	for _, e := range o.endpoints {
		if !k.paths[apidoc.Blank(e.Path)] {
			r.endpoint(e, o)
		}
	}
	for i := range schema.Catalog {
		if row := &schema.Catalog[i]; row.API == "" && k.paths[apidoc.Blank(row.Path)] {
			r.row(k, o, row)
		}
	}
}

func (r *Report) endpoint(e apidoc.Endpoint, o offer) {
	items := listed(e)
	switch {
	case items == "" && !slices.ContainsFunc(r.Others,
		func(l Other) bool { return apidoc.Blank(l.Path) == apidoc.Blank(e.Path) }):
		r.Others = append(r.Others, Other{e.Path, e.Methods})
	case items != "" && !slices.ContainsFunc(r.Listings,
		func(l Listing) bool { return apidoc.Blank(l.Path) == apidoc.Blank(e.Path) }):
		r.Listings = append(r.Listings, Listing{e.Path, items, e.Methods, skeleton(e, items, o)})
	}
}

// row compares what is known of a row with what an offer says.
func (r *Report) row(k *knowledge, o offer, row *schema.Resource) {
	at := slices.IndexFunc(o.endpoints, func(e apidoc.Endpoint) bool {
		return apidoc.Blank(e.Path) == apidoc.Blank(row.Path)
	})
	if at < 0 {
		if (o.from == "godo" && k.client.Endpoint(row.Path) != nil) ||
			(o.from == "document" && k.documented(row.Path) != "") {
			r.Gone = append(r.Gone, Gone{row.Name, row.Path, o.from})
		}
		return
	}
	e := o.endpoints[at]
	was := k.shape(row)
	for _, f := range e.Fields {
		if was.Has(f.Path) {
			r.values(row, f, o.values(e.Path, f), k.values(row, f))
		} else {
			r.member(row, f)
		}
	}
	if o.scopes == nil {
		return
	}
	if is := o.scopes(e.Path); len(is) > 0 && !slices.Contains(is, cmp.Or(row.Scope, "(no scope)")) {
		r.Scopes = append(r.Scopes, Scope{row.Name, row.Scope, is})
	}
}

// member adds a member, as seen from the record.
func (r *Report) member(row *schema.Resource, f apidoc.Field) {
	m := Member{Resource: row.Name, Path: apidoc.Within(row, f.Path), Type: f.Type, Question: apidoc.Question(f)}
	if strings.HasSuffix(m.Path, "[]") || paging(m.Path) {
		return
	}
	if m.Path[0] == '/' {
		m.Question = "partial"
	}
	if !slices.ContainsFunc(r.Members, func(o Member) bool { return o.Resource == m.Resource && o.Path == m.Path }) {
		r.Members = append(r.Members, m)
	}
}

// paging reports whether a member only leads to the next page.
func paging(path string) bool {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), ".")
	return path[0] == '/' && slices.Contains([]string{"links", "meta", "pagination", "page_info", "next_page_token"}, name)
}

// values adds what a member may be now, and couldn't be before.
func (r *Report) values(row *schema.Resource, f apidoc.Field, is, was []string) {
	path := apidoc.Within(row, f.Path)
	v := Values{Resource: row.Name, Path: path, Why: depends(row, path)}
	v.Values = slices.DeleteFunc(slices.Clone(is), func(v string) bool { return slices.Contains(was, v) || v == "" })
	if len(v.Values) == 0 || (len(was) == 0 && v.Why == "") {
		return // nobody listed its values, and nothing depends on them
	}
	r.Values = append(r.Values, v)
}

// depends returns what of the catalogue depends on the value of a member of a row's records, empty if nothing does.
func depends(row *schema.Resource, path string) string {
	of := func(c schema.Condition) bool {
		member, _, _ := strings.Cut(string(c), "=")
		return member == path
	}
	switch {
	case of(row.Open):
		return "Open: " + string(row.Open)
	case of(row.Deleted):
		return "Deleted: " + string(row.Deleted)
	case slices.ContainsFunc(schema.Catalog, func(r schema.Resource) bool { return r.Parent() == row.Name && of(r.When) }):
		return "When of its children"
	}
	return ""
}
