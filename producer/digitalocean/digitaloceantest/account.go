// Package digitaloceantest is a simulated DigitalOcean account: it serves every row of the catalogue with
// DigitalOcean's paging, limits, headers and errors, changes when told to, and misbehaves when told to. It is an
// http.Handler, and an http.RoundTripper for tests that run in simulated time.
package digitaloceantest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seachange/seachange/schema"
)

// Token is what a simulated account takes unless told otherwise.
const Token = "dop_v1_obviously-fake"

// Options of an Account.
type Options struct {
	Token    string // Token by default
	TeamID   string // "team-1" by default; "-": no team
	TeamName string // "Fake Team" by default
	UserID   string // "user-1" by default
	// PerHour is the limit that is stated and kept, 5,000 by default; a minute's is 5 % of it.
	PerHour int
}

// Account is a simulated account. It may be used by several goroutines.
type Account struct {
	mu       sync.Mutex
	opts     Options
	scopes   map[string]bool // nil: all
	tables   map[string]*table
	texts    map[string][]byte // what is shown of records, by resource and id, until they or those below them change
	targets  map[string]target // what paths ask for, as far as they were asked
	faults   []*Fault
	story    []Change
	requests []request
	serial   int // of requests, for x-request-id
}

var (
	_ http.Handler      = (*Account)(nil)
	_ http.RoundTripper = (*Account)(nil)
)

// table holds a resource's records.
type table struct {
	records map[string][]byte   // by whole id
	order   map[string][]string // whole ids by the parent's, in the order of their making
	shown   map[string][]string // what a listing shows, by parent and query, until something changes
	moves   map[string]int      // how often something changed below a parent since the account was made up
}

// Change is something that was done to the account. Before is nil where a record was made, After where it was deleted.
type Change struct {
	At            time.Time
	Resource, ID  string
	Before, After []byte
}

// New makes an account that holds nothing but itself.
func New(o Options) *Account {
	o.Token = cmp.Or(o.Token, Token)
	o.TeamID = cmp.Or(o.TeamID, "team-1")
	o.TeamName = cmp.Or(o.TeamName, "Fake Team")
	o.UserID = cmp.Or(o.UserID, "user-1")
	o.PerHour = cmp.Or(o.PerHour, 5000)
	a := &Account{opts: o, tables: map[string]*table{}, texts: map[string][]byte{}, targets: map[string]target{}}
	for i := range schema.Catalog {
		a.tables[schema.Catalog[i].Name] = &table{
			records: map[string][]byte{}, order: map[string][]string{},
			moves: map[string]int{},
		}
	}
	account := map[string]any{
		"uuid": o.UserID, "email": "someone@example.com", "name": "Some One", "status": "active", "status_message": "",
		"email_verified": true, "droplet_limit": 25, "floating_ip_limit": 5,
	}
	if o.TeamID != "-" {
		account["team"] = map[string]any{"uuid": o.TeamID, "name": o.TeamName}
	}
	a.Put("account", "account", account)
	a.Put("balance", "balance", `{"month_to_date_balance":"23.44","account_balance":"12.23","month_to_date_usage":"11.21","generated_at":"2026-11-01T15:08:44Z"}`)
	return a
}

// Put makes or replaces a record: JSON text as it is, or anything that encoding/json takes. id is the record's whole
// id, as schema.ChildID makes it: "example.com/123". Where the record has no id member it gets one. Unknown resources
// panic.
func (a *Account) Put(resource, id string, record any) {
	row := row(resource)
	text := textOf(record)
	if row.Embed == "" {
		text = a.takeEmbedded(row, id, text)
	}
	a.put(resource, id, withID(row, id, text))
}

func (a *Account) put(resource, id string, text []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.tables[resource]
	before, ok := t.records[id]
	if !ok {
		t.order[parentOf(id)] = append(t.order[parentOf(id)], id)
	}
	t.records[id] = text
	a.touch(resource, id)
	a.story = append(a.story, Change{time.Now(), resource, id, before, text})
}

// touch notes that a record has changed. It is called with the lock.
func (a *Account) touch(resource, id string) {
	t := a.tables[resource]
	t.shown = nil
	t.moves[parentOf(id)]++
	for row := schema.Lookup(resource); row != nil; row = schema.Lookup(row.Parent()) {
		delete(a.texts, row.Name+" "+id)
		id = parentOf(id)
	}
}

func parentOf(id string) string { return id[:max(0, strings.LastIndexByte(id, '/'))] }

// takeEmbedded puts the embedded records of a parent where they belong, and returns the rest of it.
func (a *Account) takeEmbedded(row *schema.Resource, id string, text []byte) []byte {
	members := schema.Embedded(row)
	if len(members) == 0 {
		return text
	}
	record := decode(text)
	for _, child := range schema.Children(row.Name) {
		list, _ := record[child.Embed].([]any)
		for _, r := range list {
			if name, ok := r.(string); ok { // a name stands for the record that has only that
				r = map[string]any{child.ID: name}
			}
			own, _ := r.(map[string]any)[child.ID].(string)
			a.Put(child.Name, schema.ChildID(id, own), r)
		}
		if child.Embed != "" {
			delete(record, child.Embed)
		}
	}
	return encode(record)
}

// withID adds the id member where the record lacks it.
func withID(row *schema.Resource, id string, text []byte) []byte {
	if row.ID == "" || strings.ContainsAny(row.ID, "+.") {
		return text
	}
	if _, err := schema.Members(text, row.ID); err == nil {
		return text
	}
	var record map[string]any
	if json.Unmarshal(text, &record) != nil || record[row.ID] != nil {
		return text
	}
	_, own, err := schema.SplitID(id)
	if err != nil {
		panic(err)
	}
	value := encode(own)
	if n, err := strconv.Atoi(own); err == nil && row.ID == "id" && row.Name != "snapshots" {
		value = encode(n)
	}
	member := fmt.Appendf(nil, `{%q:%s`, row.ID, value)
	if len(record) > 0 {
		member = append(member, ',')
	}
	return append(member, bytes.TrimSpace(text)[1:]...)
}

// Patch changes a record. An unknown one panics.
func (a *Account) Patch(resource, id string, change func(record map[string]any)) {
	text := a.Record(resource, id)
	if text == nil {
		panic(fmt.Sprintf("no %s %q", resource, id))
	}
	record := decode(text)
	change(record)
	a.Put(resource, id, record)
}

// Delete deletes a record and all below it, children first. One that isn't there is no error.
func (a *Account) Delete(resource, id string) {
	for _, child := range schema.Children(resource) {
		for _, c := range a.idsBelow(child.Name, id) {
			a.Delete(child.Name, c)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.tables[row(resource).Name]
	if before, ok := t.records[id]; ok {
		delete(t.records, id)
		parent := parentOf(id)
		t.order[parent] = slices.DeleteFunc(t.order[parent], func(s string) bool { return s == id })
		a.touch(resource, id)
		a.story = append(a.story, Change{time.Now(), resource, id, before, nil})
	}
}

func (a *Account) idsBelow(resource, parent string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var ids []string
	for p, order := range a.tables[resource].order {
		if p == parent || strings.HasPrefix(p, parent+"/") {
			ids = append(ids, order...)
		}
	}
	return ids
}

// Records returns a resource's records by their whole ids, as JSON.
func (a *Account) Records(resource string) map[string][]byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.tables[row(resource).Name].records)
}

// Record returns a record as JSON, nil if there is none.
func (a *Account) Record(resource, id string) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.tables[row(resource).Name].records[id]
}

// Below returns the ids of a resource's records below a parent, "" at the top level, in the order of their making.
func (a *Account) Below(resource, parent string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.tables[row(resource).Name].order[parent])
}

// Story returns every change, in order, with the time when it happened.
func (a *Account) Story() []Change {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.story)
}

// SetToken has the account take another token, and only that.
func (a *Account) SetToken(token string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.opts.Token = token
}

// Scopes leaves the token only these scopes; none given: all of them. Listings of others answer 403, and members that
// need others are empty.
func (a *Account) Scopes(scopes ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.scopes, a.texts = nil, map[string][]byte{}
	for _, t := range a.tables {
		t.shown = nil
	}
	for _, s := range scopes {
		if a.scopes == nil {
			a.scopes = map[string]bool{}
		}
		a.scopes[s] = true
	}
}

// AllScopes returns the scopes that the catalogue needs: all of them but the given ones.
func AllScopes(but ...string) []string {
	var scopes []string
	for i := range schema.Catalog {
		if s := schema.Catalog[i].Scope; !slices.Contains(but, s) && !slices.Contains(scopes, s) {
			scopes = append(scopes, s)
		}
	}
	if !slices.Contains(but, viewCredentials) {
		scopes = append(scopes, viewCredentials)
	}
	return scopes
}

func row(resource string) *schema.Resource {
	r := schema.Lookup(resource)
	if r == nil {
		panic(fmt.Sprintf("no resource %q in the catalogue", resource))
	}
	return r
}

// textOf returns JSON text as it is, whatever is wrong with it, and encodes everything else.
func textOf(record any) []byte {
	switch v := record.(type) {
	case string:
		return []byte(v)
	case []byte:
		return v
	}
	return encode(record)
}

func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSpace(b.Bytes())
}

// decode keeps numbers as they are written.
func decode(text []byte) map[string]any {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var record map[string]any
	if err := d.Decode(&record); err != nil {
		panic(fmt.Sprintf("not the JSON of a record: %v", err))
	}
	return record
}
