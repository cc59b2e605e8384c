// Package ledger writes what the internet can reach to a topic of its own, as events of a resource: a record is
// something that can be reached, from the moment at which it can until it can't.
package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/seachange/seachange/cmd/seachange/exposure"
	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

// entry is something that can be reached, as the topic has it.
type entry struct {
	row  *schema.Row
	ways string // what makes it another: who can reach what
}

// account is where an account's events go on.
type account struct {
	lsn, tsMS int64
	name      string
}

// book is what the topic says. It has no clock and does no I/O.
type book struct {
	prefix, version string
	rules           *diff.Rules
	open            map[schema.Key]*entry
	accounts        map[string]*account
}

func newBook(prefix, version string) (*book, error) {
	rules, err := diff.Compile(&schema.Exposures, diff.Options{})
	return &book{
		prefix: prefix, version: version, rules: rules, open: map[schema.Key]*entry{}, accounts: map[string]*account{},
	}, err
}

func (b *book) account(id string) *account {
	a := b.accounts[id]
	if a == nil {
		a = &account{}
		b.accounts[id] = a
	}
	return a
}

// take takes an event of the topic in.
func (b *book) take(ev *schema.Event) {
	a, key := b.account(ev.Source.DB), schema.Key{AccountID: ev.Source.DB, ID: ev.ID()}
	a.lsn, a.tsMS = max(a.lsn, ev.Source.LSN), max(a.tsMS, ev.TsMS)
	if ev.Op == schema.Deleted {
		delete(b.open, key)
		return
	}
	b.open[key] = &entry{ev.After, waysOf(ev.After)}
}

func keyOf(t exposure.Target) schema.Key {
	return schema.Key{AccountID: t.Account, ID: schema.Segment(t.Resource, t.ID)}
}

// cause is what made a change: of an event its own source, and otherwise when all was read.
type cause struct {
	source   schema.Source
	snapshot bool // what can be reached was so at the first look
}

// change writes down what can be reached of a target now. It returns the event, or nil where the topic says so already.
func (b *book) change(t exposure.Target, now []exposure.Exposure, why cause, nowMS int64) (*schema.Event, error) {
	key := keyOf(t)
	old := b.open[key]
	if len(now) == 0 && old == nil {
		return nil, nil
	}
	ev := &schema.Event{Op: schema.Created}
	if len(now) > 0 {
		row, err := rowOf(key, t, now)
		if err != nil {
			return nil, err
		}
		ev.After = row
	}
	switch {
	case len(now) == 0:
		ev.Op, ev.Before = schema.Deleted, old.row
	case old == nil && why.snapshot:
		ev.Op = schema.Read
	case old == nil:
	case old.ways == waysOf(ev.After):
		return nil, nil
	default:
		changes, err := diff.Patch(b.rules, []byte(*old.row.Body), []byte(*ev.After.Body))
		if err != nil {
			return nil, err
		}
		ev.Op, ev.Before, ev.Changes = schema.Updated, old.row, &changes
	}
	b.sign(ev, t.Account, why, nowMS)
	b.take(ev)
	return ev, nil
}

// sign gives an event its place, after the one before it.
func (b *book) sign(ev *schema.Event, account string, why cause, nowMS int64) {
	a := b.account(account)
	s := &why.source
	ev.TsMS = max(nowMS, a.tsMS+1, s.TsMS)
	ev.Source = schema.Source{
		Version: b.version, Connector: schema.Connector, Name: b.prefix, TsMS: s.TsMS, PrevTsMS: s.PrevTsMS,
		Snapshot: "false", DB: account, Schema: schema.Connector, Table: schema.Exposures.Name, LSN: a.lsn + 1,
		Sequence: fmt.Sprintf(`["%d","%d"]`, a.lsn, a.lsn+1),
		TxID:     fmt.Sprintf("%s/%s/%d", s.DB, s.Table, s.LSN),
	}
	switch {
	case ev.Op == schema.Read:
		ev.Source.Snapshot, ev.Source.PrevTsMS = "true", nil
	case s.PrevTsMS == nil: // of what was there at the first look of another resource
		ev.Source.PrevTsMS = &s.TsMS
	}
}

// body is what a row's body has, its members in order.
type body struct {
	Exposures []way  `json:"exposures"`
	ID        string `json:"id"`
	Name      string `json:"name"`
	Resource  string `json:"resource"`
	World     bool   `json:"world"`
}

// way is one of the ways in which something can be reached, its members in order.
type way struct {
	Ports       string   `json:"ports"`
	Protocol    string   `json:"protocol"`
	Sources     []string `json:"sources"`
	Text        string   `json:"text"`
	Through     []string `json:"through"`
	Unprotected bool     `json:"unprotected"`
	Via         string   `json:"via"`
	Way         string   `json:"way"`
	World       bool     `json:"world"`
}

func rowOf(key schema.Key, t exposure.Target, all []exposure.Exposure) (*schema.Row, error) {
	b := body{ID: t.ID, Name: t.Name, Resource: t.Resource}
	for _, x := range all {
		w := way{
			Ports: x.Ports.String(), Protocol: x.Protocol, Sources: []string{}, Text: x.String(),
			Through: append([]string{}, x.Through...), Unprotected: x.Unprotected, Via: x.Via, Way: x.Way, World: x.World,
		}
		for _, p := range x.Sources {
			w.Sources = append(w.Sources, p.String())
		}
		b.Exposures = append(b.Exposures, w)
		b.World = b.World || x.World || x.Via != ""
	}
	slices.SortFunc(b.Exposures, func(v, w way) int {
		return cmp.Or(strings.Compare(v.door(), w.door()), strings.Compare(v.Text, w.Text))
	})
	text, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	row := diff.NewRow(&schema.Exposures, key.AccountID, key.ID, text)
	return &row, nil
}

func (w way) door() string { return strings.Join([]string{w.Protocol, w.Ports, w.Way, w.Via}, "\x00") }

// waysOf is who can reach what of a row: names, and which firewalls let them in, make it no other.
func waysOf(row *schema.Row) string {
	var b body
	if row.Body == nil || json.Unmarshal([]byte(*row.Body), &b) != nil {
		return ""
	}
	var all []string
	for _, w := range b.Exposures {
		all = append(all, w.door()+"\x00"+strings.Join(w.Sources, " "))
	}
	return strings.Join(all, "\x01")
}
