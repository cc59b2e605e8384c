package console

import (
	"net/http"
	"strings"

	"github.com/seachange/seachange/cmd/seachange/history/index"
)

type searchData struct {
	Text  string
	Found []found
	Full  bool // there may be more
}

type found struct {
	related
	Account   string
	Gone, Now bool
	Events    int
	Last      line
}

// mostFound bounds how many records a search shows.
const mostFound = 100

func (c *Console) search(r *http.Request) (*page, error) {
	v := r.URL.Query()
	text := strings.TrimSpace(v.Get("q"))
	p := &page{Name: "search", Title: "Search", Nav: "/search", Query: text}
	d := searchData{Text: text}
	all, err := c.o.Index.Search(r.Context(), text, v.Get("account"), v.Get("resource"), mostFound)
	if err != nil {
		return nil, err
	}
	for _, f := range all {
		item := found{related: relatedOf([]index.Ref{f.Ref})[0], Gone: f.Gone, Now: f.Now, Events: f.Events}
		if f.Newest != nil {
			item.Last = lineOf(&f.Newest.Event)
			item.Account = item.Last.Account
		}
		d.Found = append(d.Found, item)
	}
	d.Full = len(all) == mostFound
	p.Data = d
	return p, nil
}
