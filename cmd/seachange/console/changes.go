package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seachange/seachange/cmd/seachange/history/index"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

// perPage is how many changes a page has.
const perPage = 100

// ops are the choices of the filter.
var ops = []struct{ Value, Text string }{
	{"", "Changes"}, {"c", "Created"}, {"u", "Updated"}, {"d", "Deleted"}, {"r", "First seen"}, {"all", "Everything"},
}

// form is the filter as the page has it.
type form struct {
	Account, Resource, Op, ID, Text, From, To string
	Rollouts                                  bool
}

func formOf(v url.Values) form {
	return form{
		Account: v.Get("account"), Resource: v.Get("resource"), Op: v.Get("op"), ID: v.Get("id"), Text: v.Get("text"),
		From: v.Get("from"), To: v.Get("to"), Rollouts: v.Get("rollouts") != "",
	}
}

func (f form) query() string {
	rollouts := ""
	if f.Rollouts {
		rollouts = "1"
	}
	return strings.TrimPrefix(query("", "account", f.Account, "resource", f.Resource, "op", f.Op, "id", f.ID,
		"text", f.Text, "from", f.From, "to", f.To, "rollouts", rollouts), "?")
}

func (f form) filter(now time.Time) (index.Filter, error) {
	filter := index.Filter{Account: f.Account, Resource: f.Resource, ID: f.ID, Text: f.Text, Rollouts: f.Rollouts}
	switch {
	case f.Op == "all":
		filter.FirstSights = true
	case !slices.Contains([]string{"", "c", "u", "d", "r"}, f.Op):
		return filter, &badInput{fmt.Sprintf("there is no operation %q: c, u, d, r, or all", plain.Value(f.Op))}
	default:
		filter.Op = schema.Op(f.Op)
	}
	for value, into := range map[*string]*int64{&f.From: &filter.FromMS, &f.To: &filter.ToMS} {
		if *value == "" {
			continue
		}
		t, err := parseMoment(*value, now)
		if err != nil {
			return filter, err
		}
		*into = t.UnixMilli()
	}
	return filter, nil
}

type changesData struct {
	Form      form
	Accounts  []index.Account
	Resources []string
	Ops       []struct{ Value, Text string }
	Lines     []line
	Older     string // the URL of the next page; "" is the end
	First     bool   // the newest are shown, so that more may come
}

func (c *Console) changes(r *http.Request) (*page, error) {
	v := r.URL.Query()
	f := formOf(v)
	filter, err := f.filter(time.Now())
	if err != nil {
		return nil, err
	}
	place := index.Page{Limit: perPage + 1}
	if before := v.Get("before"); before != "" {
		if _, err := fmt.Sscanf(before, "%d.%d", &place.MadeMS, &place.Done); err != nil {
			return nil, &badInput{"the link to this page is broken: begin with the newest changes"}
		}
	}
	found, err := c.o.Index.Changes(r.Context(), filter, place)
	if err != nil {
		return nil, err
	}
	d := changesData{Form: f, Ops: ops, First: place.MadeMS == 0}
	if len(found) > perPage {
		found = found[:perPage]
		last := found[perPage-1]
		d.Older = "/changes?" + f.query() + "&before=" + strconv.FormatInt(last.TsMS, 10) + "." +
			strconv.FormatInt(last.N, 10)
	}
	for _, ch := range found {
		d.Lines = append(d.Lines, lineOf(&ch.Event))
	}
	if d.Accounts, d.Resources, err = c.choices(r); err != nil {
		return nil, err
	}
	p := &page{Name: "changes", Title: "Changes", Nav: "/changes", Data: d}
	if d.First {
		p.Live = "changes=1&" + f.query()
	}
	return p, nil
}

// choices are what a filter can be set to.
func (c *Console) choices(r *http.Request) ([]index.Account, []string, error) {
	accounts, err := c.o.Index.Accounts(r.Context())
	if err != nil {
		return nil, nil, err
	}
	resources, err := c.o.Index.Resources(r.Context())
	return accounts, resources, err
}
