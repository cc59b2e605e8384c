package console

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/cmd/seachange/history/index"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/producer/status"
	"github.com/seachange/seachange/schema/plain"
)

type nowData struct {
	Accounts []*glance
	Troubles []trouble
	Summary  string
	Well     bool
	Bars     bars
	Lines    []line
	// Elsewhere is set where this process doesn't know how many requests an account has left: no topic has it.
	Elsewhere bool
}

// glance is an account at a glance.
type glance struct {
	Name, ID        string
	Cells           []cell
	Whole, All      int
	Oldest          string // age of the look that is longest ago
	PerHour, Remain int    // requests; 0: not known here
	Error           string
}

// cell is a resource of an account in the heat map.
type cell struct {
	Resource, Class, Text, URL, Status, Age string
	Records                                 int
	worst                                   int
	ageMS                                   int64
}

// trouble is a collection that needs somebody's attention: it is not read whole, or holds deletes or records back.
type trouble struct {
	Account, Resource, Parent, Word, Class, Why, Since, URL string
	rank                                                    int
}

// now is the first page: whether everything is watched, what needs attention, and what changed last.
func (c *Console) now(r *http.Request) (*page, error) {
	ctx, now := r.Context(), time.Now()
	accounts, err := c.o.Index.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	statuses, err := c.o.Index.Statuses(ctx)
	if err != nil {
		return nil, err
	}
	d := nowData{}
	d.Accounts, d.Troubles = glances(accounts, statuses, now)
	if c.o.Report != nil {
		budgets(d.Accounts, c.o.Report())
	}
	d.Elsewhere = slices.ContainsFunc(d.Accounts, func(g *glance) bool { return g.PerHour == 0 })
	d.summarize()
	if d.Bars, err = c.bars(r, "", "", now); err != nil {
		return nil, err
	}
	newest, err := c.o.Index.Changes(ctx, index.Filter{}, index.Page{Limit: 12})
	if err != nil {
		return nil, err
	}
	for _, ch := range newest {
		d.Lines = append(d.Lines, lineOf(&ch.Event))
	}
	return &page{Name: "now", Title: "Now", Nav: "/", Live: "changes=1&most=12", Data: d}, nil
}

// glances sums up what is known of each collection, an account and a resource at a time.
func glances(accounts []index.Account, statuses history.Statuses, now time.Time) (all []*glance, troubles []trouble) {
	byID := map[string]*glance{}
	glanceOf := func(id, name string) *glance {
		g := byID[id]
		if g == nil {
			g = &glance{ID: id, Name: plain.Value(cmp.Or(name, id))}
			byID[id] = g
			all = append(all, g)
		}
		return g
	}
	for _, a := range accounts {
		glanceOf(a.ID, a.Name)
	}
	keys := slices.SortedFunc(maps.Keys(statuses), state.AccountCollection.Compare)
	for _, k := range keys {
		s := statuses[k]
		g := glanceOf(k.AccountID, "")
		g.add(k, &s, now)
		if t, ok := troubleOf(k, &s, g.Name, now); ok {
			troubles = append(troubles, t)
		}
	}
	for _, g := range all {
		g.sum()
	}
	slices.SortStableFunc(troubles, func(a, b trouble) int { return cmp.Compare(a.rank, b.rank) })
	return all, troubles
}

// unranked is behind all ranks: nothing of a resource is offered to be looked at.
const unranked = 9

// ranks orders statuses, the worst first.
var ranks = map[state.Status]int{
	state.Stopped: 0, state.NoScope: 1, state.Failing: 2, state.Partial: 3, state.Unwatched: 4, state.NeverSwept: 5,
	state.Whole: 6, state.NotOffered: unranked,
}

// add takes a collection in: a resource's cell shows the worst of its collections, and the oldest look. An account
// may have thousands of collections, and a page that showed each would hide the one that is not well. The statuses
// come in order, those of a resource one after the other.
func (g *glance) add(k state.AccountCollection, s *state.CollectionStatus, now time.Time) {
	g.All++
	if s.Status.Complete() {
		g.Whole++
	}
	if len(g.Cells) == 0 || g.Cells[len(g.Cells)-1].Resource != k.Resource {
		url := query("/changes", "account", k.AccountID, "resource", k.Resource, "op", "all")
		g.Cells = append(g.Cells, cell{Resource: k.Resource, worst: unranked, Status: string(state.NotOffered), URL: url})
	}
	c := &g.Cells[len(g.Cells)-1]
	c.Records += s.Records
	if s.Status == state.NotOffered { // there is nothing to look at
		return
	}
	age := int64(-1)
	if swept := s.SweptMS(); swept > 0 {
		age = max(0, now.UnixMilli()-swept)
	}
	if c.worst == unranked || age < 0 || (c.ageMS >= 0 && age > c.ageMS) {
		c.ageMS = age
	}
	if rank := ranks[s.Status]; rank < c.worst {
		c.worst, c.Status = rank, string(cmp.Or(s.Status, "never read"))
	}
}

// sum gives the cells their colours and words.
func (g *glance) sum() {
	oldest := int64(-1)
	for i := range g.Cells {
		c := &g.Cells[i]
		switch {
		case c.worst == unranked:
			c.Age = "nothing to look at"
		case c.ageMS < 0:
			c.Age = "never read whole"
		default:
			c.Age = ago(time.Duration(c.ageMS)*time.Millisecond) + " ago"
		}
		c.Class = c.class()
		c.Text = fmt.Sprintf("%s: %s, %s, %d records", c.Resource, c.Status, c.Age, c.Records)
		if c.worst == ranks[state.Whole] {
			oldest = max(oldest, c.ageMS)
		}
	}
	if oldest >= 0 {
		g.Oldest = ago(time.Duration(oldest) * time.Millisecond)
	}
}

// class is a cell's class in the style sheet: bad for what can't be read, blind for what nobody reads, or never read
// whole, and f0 to f4 by the age of the last look.
func (c *cell) class() string {
	switch {
	case c.worst < ranks[state.Unwatched]:
		return "bad"
	case c.worst < ranks[state.Whole] || c.ageMS < 0:
		return "blind"
	}
	for i, limit := range []time.Duration{2 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour} {
		if time.Duration(c.ageMS)*time.Millisecond < limit {
			return fmt.Sprint("f", i)
		}
	}
	return "f4"
}

func troubleOf(k state.AccountCollection, s *state.CollectionStatus, account string, now time.Time) (trouble, bool) {
	t := trouble{
		Account: account, Resource: k.Resource, Parent: plain.Value(k.ParentID), Word: string(s.Status), Class: "bad",
		Why: plain.Text(s.Reason), URL: query("/changes", "account", k.AccountID, "resource", k.Resource),
		rank: ranks[s.Status],
	}
	if s.SinceMS > 0 {
		t.Since = ago(now.Sub(time.UnixMilli(s.SinceMS)))
	}
	switch {
	case s.Status == state.Unwatched || s.Status == state.NeverSwept:
		t.Word, t.Class = cmp.Or(t.Word, "never read"), "blind"
	case !s.Status.Complete():
	case s.HeldCount > 0 || len(s.Held) > 0:
		t.Word, t.Class, t.Why = "held", "held",
			plain.Text(fmt.Sprintf("%d deletes wait: %s", max(s.HeldCount, len(s.Held)), s.HeldWhy))
	case s.Quarantined > 0:
		t.Word, t.Class, t.Why = "quarantined", "held",
			fmt.Sprintf("%d records can't be taken; the log of run says why", s.Quarantined)
	default:
		return t, false
	}
	return t, true
}

// budgets adds what this process knows of the accounts that it watches: how many requests are left isn't in any
// topic.
func budgets(all []*glance, r status.Report) {
	for _, a := range r.Accounts {
		for _, g := range all {
			if g.ID == a.AccountID {
				g.PerHour, g.Remain, g.Error = a.PerHour, max(0, a.Remaining), plain.Text(a.Error)
			}
		}
	}
}

// summarize says in a sentence how things stand, so that a glance at the page is enough if all is well.
func (d *nowData) summarize() {
	whole, all, oldest := 0, 0, ""
	for _, g := range d.Accounts {
		whole, all = whole+g.Whole, all+g.All
		if g.Oldest != "" {
			oldest = g.Oldest
		}
	}
	d.Well = len(d.Troubles) == 0 && all > 0
	accounts := fmt.Sprintf("%d accounts", len(d.Accounts))
	if len(d.Accounts) == 1 {
		accounts = d.Accounts[0].Name
	}
	switch {
	case all == 0:
		d.Summary = "Nothing is known of any account yet."
	case d.Well:
		d.Summary = fmt.Sprintf("All of %s is watched: %s collections, each read whole.", accounts, thousands(all))
		if len(d.Accounts) == 1 {
			d.Summary = strings.TrimSuffix(d.Summary, ".") + " within the last " + oldest + "."
		}
	default:
		d.Summary = fmt.Sprintf("%d of %s collections of %s need attention.", len(d.Troubles), thousands(all), accounts)
	}
}
