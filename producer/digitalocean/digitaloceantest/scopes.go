package digitaloceantest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seachange/seachange/schema"
)

// viewCredentials is the scope without which databases show no passwords. It has no listing.
const viewCredentials = "database:view_credentials"

func (a *Account) allowed(scope string) bool {
	return a.scopes == nil || scope == "" || a.scopes[scope]
}

// visible returns the records that a listing shows, before paging.
func (a *Account) visible(t target, q url.Values, fault *Fault) (ids []string, records map[string][]byte) {
	if fault != nil && fault.Lag > 0 {
		order, records := a.asOf(t, time.Now().Add(-fault.Lag))
		return a.filter(t, order, records, q), records
	}
	table := a.tables[t.row.Name]
	key := t.parent + "?" + q.Get("type") + q.Get("private")
	if _, ok := table.shown[key]; !ok {
		if table.shown == nil {
			table.shown = map[string][]string{}
		}
		table.shown[key] = a.filter(t, a.below(t), table.records, q)
	}
	return table.shown[key], table.records
}

func (a *Account) filter(t target, order []string, records map[string][]byte, q url.Values) []string {
	return slices.DeleteFunc(order, func(id string) bool { return !a.shows(t.row, records[id], q) })
}

// asOf returns a collection as it was: lists of DigitalOcean's lag behind.
func (a *Account) asOf(t target, moment time.Time) (order []string, records map[string][]byte) {
	records = map[string][]byte{}
	for _, c := range a.story {
		if c.Resource != t.row.Name || parentOf(c.ID) != t.parent || c.At.After(moment) {
			continue
		}
		if c.After == nil {
			delete(records, c.ID)
			order = slices.DeleteFunc(order, func(id string) bool { return id == c.ID })
			continue
		}
		if records[c.ID] == nil {
			order = append(order, c.ID)
		}
		records[c.ID] = c.After
	}
	return order, records
}

// shows reports whether a listing with this query has a record: GPU Droplets and public images only where asked for, a
// project's resources only with their own scopes.
func (a *Account) shows(row *schema.Resource, text []byte, q url.Values) bool {
	switch row.Name {
	case "droplets":
		return isGPU(text) == (q.Get("type") == "gpus")
	case "images":
		return q.Get("private") != "true" || !isPublic(text)
	case "project_resources":
		var r struct{ URN string }
		if json.Unmarshal(text, &r) != nil {
			return true
		}
		of, _ := schema.OfURN(r.URN)
		return of == nil || a.allowed(of.Scope)
	}
	return true
}

func isGPU(text []byte) bool {
	var d struct {
		SizeSlug string `json:"size_slug"`
	}
	return json.Unmarshal(text, &d) == nil && strings.HasPrefix(d.SizeSlug, "gpu-")
}

func isPublic(text []byte) bool {
	var i struct{ Public bool }
	return json.Unmarshal(text, &i) == nil && i.Public
}

// show returns a record as the API gives it: with its embedded children, and without what the token's scopes don't
// reach.
func (a *Account) show(row *schema.Resource, id string, text []byte) []byte {
	if len(schema.Embedded(row)) == 0 && a.scopes == nil && !a.moved(row, id) {
		return text
	}
	if !bytes.Equal(text, a.tables[row.Name].records[id]) { // as it was before
		return a.compose(row, id, text)
	}
	key := row.Name + " " + id
	if a.texts[key] == nil {
		a.texts[key] = a.compose(row, id, text)
	}
	return a.texts[key]
}

// compose makes what show returns.
func (a *Account) compose(row *schema.Resource, id string, text []byte) []byte {
	if !json.Valid(text) || !bytes.HasPrefix(bytes.TrimSpace(text), []byte{'{'}) {
		return text
	}
	record := decode(text)
	for _, child := range schema.Children(row.Name) {
		if child.Embed != "" && child.When.Holds(text) {
			list := []any{}
			for _, c := range a.below(target{row: child, parent: id}) {
				list = append(list, a.embed(child, c))
			}
			record[child.Embed] = list
		}
		if n := a.tables[child.Name].moves[id]; n > 0 {
			move(record, child.Revision, n)
		}
	}
	for name, paths := range row.FieldScopes {
		if !a.allowed(schema.Lookup(name).Scope) {
			Each(record, paths, empty)
		}
	}
	if row.Scope == "database:read" && !a.allowed(viewCredentials) {
		Each(record, "**.password **.user", empty)
	}
	return encode(record)
}

// moved reports whether a record shows that something below it has changed.
func (a *Account) moved(row *schema.Resource, id string) bool {
	return slices.ContainsFunc(schema.Children(row.Name), func(child *schema.Resource) bool {
		return child.Revision != "" && a.tables[child.Name].moves[id] > 0
	})
}

// move has a revision of a record say that something below it has changed for the nth time.
func move(record map[string]any, revision string, n int) {
	member, _, _ := strings.Cut(revision, "+")
	switch v := record[member].(type) {
	case string:
		if v != "" {
			record[member] = v + fmt.Sprintf("; change %d\n", n)
		}
	case []any:
		record[member] = append(v, map[string]any{"uuid": fmt.Sprint("change-", n)})
	case map[string]any:
		v["size_bytes"] = n
	}
}

// embed is a record as it stands in its parent: a database of a cluster by its name alone.
func (a *Account) embed(row *schema.Resource, id string) any {
	text := a.show(row, id, a.tables[row.Name].records[id])
	if row.Name == "database_dbs" {
		return decode(text)[row.ID]
	}
	return json.RawMessage(text)
}

// empty is a value as a missing scope leaves it.
func empty(v any) any {
	switch v.(type) {
	case []any:
		return []any{}
	case string:
		return ""
	}
	return nil
}

// Each replaces the values at the paths of a record.
func Each(record map[string]any, paths schema.Paths, change func(any) any) {
	all, err := paths.Steps()
	if err != nil {
		panic(err)
	}
	for _, steps := range all {
		walk(record, steps, change)
	}
}

// walk returns v with the values at steps below it changed.
func walk(v any, steps []string, change func(any) any) any {
	if len(steps) == 0 {
		return change(v)
	}
	switch step, rest := steps[0], steps[1:]; {
	case step == "**":
		v = walk(v, rest, change)
		for _, child := range children(v) {
			walk(child, steps, change)
		}
	case strings.HasPrefix(step, "["):
		list, _ := v.([]any)
		if step != "[]" { // a keyed set: the array itself
			return change(v)
		}
		for i := range list {
			list[i] = walk(list[i], rest, change)
		}
	default:
		object, _ := v.(map[string]any)
		for name := range object {
			if step == "*" || step == name {
				object[name] = walk(object[name], rest, change)
			}
		}
	}
	return v
}

func children(v any) []any {
	switch v := v.(type) {
	case []any:
		return v
	case map[string]any:
		var all []any
		for _, child := range v {
			all = append(all, child)
		}
		return all
	}
	return nil
}
