package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seachange/seachange/cmd/seachange/describe"
	"github.com/seachange/seachange/cmd/seachange/history/index"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

// life bounds how many events of a record are shown.
const life = 500

type recordData struct {
	Account, AccountID, Resource, Name, ID string
	Exists                                 string // there now, gone
	Gone                                   bool
	Words                                  string // what it is now
	Facts                                  [][2]string
	Events                                 []line // the newest first
	More                                   bool   // there are older ones
	At                                     string // the moment, as it was asked for
	AtText, Certainty                      string // of the body
	Diff                                   comparison
	Parents, Children, Names, NamedBy      []related
	Changes                                string
}

type related struct{ Resource, Name, ID, URL string }

func (c *Console) record(r *http.Request) (*page, error) {
	v := r.URL.Query()
	account, resource, id := v.Get("account"), v.Get("resource"), v.Get("id")
	if resource == "" || account == "" {
		return c.whichRecord(r, id)
	}
	all, err := c.o.Index.Record(r.Context(), account, resource, id, life+1)
	if err != nil {
		return nil, err
	}
	d := recordData{AccountID: account, Resource: resource, ID: plain.Value(id), At: v.Get("at")}
	if d.More = len(all) > life; d.More {
		all = all[1:]
	}
	for _, ch := range slices.Backward(all) {
		d.Events = append(d.Events, lineOf(&ch.Event))
	}
	newest := all[len(all)-1]
	d.describe(newest)
	if err := d.body(all, d.At, time.Now()); err != nil {
		return nil, err
	}
	hangs, err := c.o.Index.Related(r.Context(), account, resource, id, newest.After)
	if err != nil {
		return nil, err
	}
	d.Parents, d.Children, d.Names, d.NamedBy = relatedOf(hangs.Parents), relatedOf(hangs.Children),
		relatedOf(hangs.Names), relatedOf(hangs.NamedBy)
	return &page{Name: "record", Title: d.Name, Nav: "/changes", Live: "only=1&changes=1&op=all&rollouts=1&account=" +
		query("", "account", account, "id", id)[len("?account="):], Data: d}, nil
}

// whichRecord finds a record by its id alone.
func (c *Console) whichRecord(r *http.Request, id string) (*page, error) {
	if id == "" {
		return nil, &badInput{"which record? its page has account, resource and id in its address: search for it"}
	}
	all, err := c.o.Index.Named(r.Context(), id)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, &notFound{fmt.Sprintf("no record has the id %q", plain.Value(id))}
	}
	d := searchData{Text: id}
	for _, ref := range all {
		d.Found = append(d.Found, found{related: relatedOf([]index.Ref{ref})[0], Gone: ref.Gone, Now: !ref.Gone})
	}
	return &page{Name: "search", Title: "Records of this id", Nav: "/search", Query: id, Data: d}, nil
}

// describe says what the record is, or was last.
func (d *recordData) describe(newest *index.Change) {
	row := newest.Row()
	d.Account, d.Name, d.Exists, d.Gone = plain.Value(newest.Account()), d.ID, "There now", newest.Op == schema.Deleted
	if row.Name != nil && *row.Name != "" {
		d.Name = plain.Value(*row.Name)
	}
	if d.Gone {
		d.Exists = "Deleted " + window(&newest.Event.Event)
	}
	d.Words = describe.Record(d.Resource, row.Body)
	for _, f := range []struct {
		name  string
		value *string
	}{{"Region", row.Region}, {"Created", row.CreatedAt}, {"URN", row.URN}} {
		if f.value != nil && *f.value != "" {
			d.Facts = append(d.Facts, [2]string{f.name, plain.Value(*f.value)})
		}
	}
	d.Changes = query("/changes", "resource", d.Resource, "id", row.ID, "op", "all", "account", d.AccountID)
}

// body is the record's at a moment, as far as that is known.
func (d *recordData) body(all []*index.Change, at string, now time.Time) error {
	t, err := parseMoment(at, now)
	if err != nil {
		return err
	}
	d.AtText = "now"
	if at != "" && at != "now" {
		d.AtText = t.UTC().Format("2006-01-02 15:04:05")
	}
	was, sure := bodyAt(all, t.UnixMilli())
	d.Certainty = sure
	d.Diff = alone(was)
	return nil
}

// bodyAt is what a record was at a moment, and how certain that is.
func bodyAt(all []*index.Change, ms int64) (body, certainty string) {
	var last, next *index.Change
	for _, ch := range all {
		if ch.Source.TsMS <= ms {
			last = ch
		} else if next == nil {
			next = ch
		}
	}
	switch {
	case last == nil && next.Source.PrevTsMS == nil:
		return "", "unknown: not read yet; first seen " + timeOf(next.Source.TsMS).Text
	case next != nil && next.Source.PrevTsMS != nil && *next.Source.PrevTsMS < ms:
		certainty = "uncertain: " + next.Op.Word() + " " + window(&next.Event.Event)
	default:
		certainty = "certain"
	}
	if last == nil || last.Op == schema.Deleted {
		return "", strings.TrimPrefix(certainty+", not there", "certain, ")
	}
	return bodyOf(last.After), certainty
}

func relatedOf(refs []index.Ref) (all []related) {
	for _, r := range refs {
		name := r.Name
		if name == "" {
			name = r.ID
		}
		all = append(all, related{
			Resource: r.Resource, Name: plain.Value(name), ID: plain.Value(r.ID),
			URL: recordURL(r.Account, r.Resource, r.ID),
		})
	}
	return all
}
