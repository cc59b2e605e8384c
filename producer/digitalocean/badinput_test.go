package digitalocean_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
)

// spoilt is an account whose response to a path is changed on its way.
type spoilt struct {
	account *digitaloceantest.Account
	path    string
	spoil   func(body map[string]any) any
}

func (s *spoilt) RoundTrip(req *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	s.account.ServeHTTP(w, req)
	if req.URL.EscapedPath() == s.path && s.spoil != nil {
		d := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
		d.UseNumber()
		var body map[string]any
		if err := d.Decode(&body); err != nil {
			return nil, err
		}
		text, err := json.Marshal(s.spoil(body))
		if err != nil {
			return nil, err
		}
		w.Body = bytes.NewBuffer(text)
		w.Header().Del("Content-Length")
	}
	r := w.Result()
	r.Request, r.ContentLength = req, -1
	return r, nil
}

// rootOf is the member of a response that holds a row's records.
func rootOf(r *schema.Resource, body map[string]any) string {
	for name := range strings.SplitSeq(r.Items, "|") {
		name, _, _ = strings.Cut(name, "[].") // of edges
		if _, ok := body[name]; ok {
			return name
		}
	}
	return ""
}

// firstID changes the id member of the first record of a list.
func firstID(r *schema.Resource, change func(object map[string]any, member string)) func(map[string]any) any {
	return func(body map[string]any) any {
		object := body[rootOf(r, body)].([]any)[0].(map[string]any)
		if _, node, isEdge := strings.Cut(r.Items, "[]."); isEdge {
			object = object[node].(map[string]any)
		}
		member, _, _ := strings.Cut(r.ID, "+")
		for name, rest, deeper := strings.Cut(member, "."); deeper; name, rest, deeper = strings.Cut(rest, ".") {
			object, member = object[name].(map[string]any), rest
		}
		change(object, member)
		return body
	}
}

// root changes what stands at a row's root.
func root(r *schema.Resource, change func(body map[string]any, name string)) func(map[string]any) any {
	return func(body map[string]any) any {
		change(body, rootOf(r, body))
		return body
	}
}

// spoilings returns what may be wrong with a row's response, by what the error must say; "" where there must be none.
func spoilings(r *schema.Resource) map[string]func(map[string]any) any {
	all := map[string]func(map[string]any) any{}
	if r.Items != "" {
		first, _, _ := strings.Cut(r.Items, "|")
		all[fmt.Sprintf("it has no %q", r.Items)] = root(r,
			func(body map[string]any, name string) { body["unknown_"+first], _ = body[name], 0; delete(body, name) })
		all["but number"] = root(r, func(body map[string]any, name string) { body[name] = 7 })
		all["but string"] = root(r, func(body map[string]any, name string) { body[name] = "SECRET" })
	} else {
		all["no member that DigitalOcean documents"] = func(body map[string]any) any {
			return map[string]any{"unknown": body}
		}
		all["but ["] = func(body map[string]any) any { return []any{body} }
	}
	switch {
	case r.Kind == schema.Map || (r.Kind == schema.Single && r.Items != ""):
		all["not an object but ["] = root(r, func(body map[string]any, name string) { body[name] = []any{body[name]} })
	case r.Kind != schema.Single:
		all["not an array but {"] = root(r,
			func(body map[string]any, name string) { body[name] = map[string]any{"0": "SECRET"} })
		all["record 1: it is not an object"] = root(r,
			func(body map[string]any, name string) { body[name].([]any)[0] = "SECRET" })
	}
	if r.Kind == schema.Map {
		all["it is not an object under an id"] = root(r, func(body map[string]any, name string) {
			for id := range body[name].(map[string]any) {
				body[name].(map[string]any)[id] = 7
			}
		})
	}
	if r.ID != "" {
		all["it has no"] = firstID(r, func(object map[string]any, member string) { delete(object, member) })
		all["is not a string or a number but null"] = firstID(r,
			func(object map[string]any, member string) { object[member] = nil })
		all["is not a string or a number but {"] = firstID(r,
			func(object map[string]any, member string) { object[member] = map[string]any{"x": "SECRET"} })
		all[""] = firstID(r, func(object map[string]any, member string) { object[member] = json.Number("90071992547409931") })
	}
	return all
}

// Each row's response is spoilt in each way. The listing is not whole and says where, and the other records are read.
func TestBadInputOfEveryRow(t *testing.T) {
	synctest.Test(t, badInputOfEveryRow) // some paths have limits of their own
}

func badInputOfEveryRow(t *testing.T) {
	account := digitaloceantest.Example(digitaloceantest.Options{PerHour: 1_000_000})
	api := &spoilt{account: account}
	c := client(t, api, func(o *digitalocean.Options) { o.PerHour = 1_000_000 })
	n := 0
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		if r.API != "" || r.Embed != "" {
			continue
		}
		parent := withRecords(t, account, r)
		path, err := r.URL(parent)
		if err != nil {
			t.Fatal(err)
		}
		api.path, api.spoil = path, nil
		whole := list(t.Context(), c, r, parent)
		if whole.err != nil || len(whole.ids) == 0 {
			t.Fatalf("%s: %v, %d records", r.Name, whole.err, len(whole.ids))
		}
		for want, spoil := range spoilings(r) {
			n++
			api.spoil = spoil
			got := list(t.Context(), c, r, parent)
			if want == "" { // a number instead of a text names the record as well
				if got.err != nil || (!slices.Contains(got.ids, schema.JoinID(parent, "90071992547409931")) &&
					!strings.Contains(r.ID, "+")) {
					t.Errorf("%s with a number for an id: %v, ids %v", r.Name, got.err, got.ids)
				}
				continue
			}
			if kind(t, got.err) != "failed" {
				t.Errorf("%s, %q: got %v, want an error", r.Name, want, got.err)
				continue
			}
			for _, want := range []string{
				want, "list " + r.Name, " page ", "GET " + path + ":", "(request ",
				"is not a page of " + r.Name,
			} {
				if !strings.Contains(got.err.Error(), want) {
					t.Errorf("%s: got %q, want it to say %q", r.Name, got.err, want)
				}
			}
			if strings.Contains(got.err.Error(), "SECRET") {
				t.Errorf("%s: the body is in the error: %q", r.Name, got.err)
			}
			if strings.HasPrefix(want, "is not a string") && len(got.ids) != len(whole.ids)-1 &&
				len(strings.Split(r.Query, "|")) == 1 {
				t.Errorf("%s: %d of %d records were read beside the one without an id", r.Name, len(got.ids), len(whole.ids))
			}
		}
	}
	if n < 500 {
		t.Errorf("%d spoilt responses, want at least 500", n)
	}
	t.Logf("%d spoilt responses", n)
}

// withRecords returns the first parent below which a row has records.
func withRecords(t *testing.T, a *digitaloceantest.Account, r *schema.Resource) string {
	t.Helper()
	ids := parents(a, r)
	slices.Sort(ids)
	for _, parent := range ids {
		for id := range a.Records(r.Name) {
			if r.Parent() == "" || strings.HasPrefix(id, parent+"/") {
				return parent
			}
		}
	}
	t.Fatalf("%s: there are no records", r.Name)
	return ""
}
