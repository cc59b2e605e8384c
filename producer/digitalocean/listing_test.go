package digitalocean_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
)

// things is a row that no product has.
func things(change func(*schema.Resource)) *schema.Resource {
	r := &schema.Resource{Name: "things", Path: "/v2/things", Items: "things", ID: "id", Scope: "thing:read", PerPage: -1}
	if change != nil {
		change(r)
	}
	return r
}

func TestPagesOfEveryShape(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*schema.Resource)
		parent string
		stub   stub
		ids    []string
		json   []string
	}{
		{
			name:   "a parent's single that is not set",
			change: func(r *schema.Resource) { r.Kind, r.ID, r.Absent = schema.Single, "", schema.WithParent },
			stub:   stub{"/v2/things": {body: `{"things":null}`}},
		},
		{
			name: "an unpaged array",
			stub: stub{"/v2/things": {body: `{"things":[{"id":"a"},{"id":"b"}]}`}},
			ids:  []string{"a", "b"}, json: []string{`{"id":"a"}`, `{"id":"b"}`},
		},
		{
			name:   "paged by number",
			change: func(r *schema.Resource) { r.PerPage = 0 },
			stub: stub{
				"/v2/things?per_page=200":        {body: `{"things":[{"id":1}],"links":{"pages":{"next":"https://api.digitalocean.com/v2/things?page=2&per_page=20"}},"meta":{"total":2}}`},
				"/v2/things?page=2&per_page=200": {body: `{"things":[{"id":2}],"links":{"pages":{"prev":"https://api.digitalocean.com/v2/things?page=1"}},"meta":{"total":2}}`},
			},
			ids: []string{"1", "2"}, json: []string{`{"id":1}`, `{"id":2}`},
		},
		{
			name:   "paged by token",
			change: func(r *schema.Resource) { r.PerPage = 50 },
			stub: stub{
				"/v2/things?per_page=50":                {body: `{"things":[{"id":1}],"links":{"pages":{"next":"/v2/x?page_token=abc"}}}`},
				"/v2/things?page_token=abc&per_page=50": {body: `{"things":[{"id":2}],"links":{"pages":{"next":"/v2/x?page_token=def"}}}`},
				"/v2/things?page_token=def&per_page=50": {body: `{"things":[{"id":3}]}`},
			},
			ids: []string{"1", "2", "3"}, json: []string{`{"id":1}`, `{"id":2}`, `{"id":3}`},
		},
		{
			name:   "a next link to another host gives only its page",
			change: func(r *schema.Resource) { r.PerPage = 0; r.Query = "private=true" },
			stub: stub{
				"/v2/things?per_page=200&private=true":        {body: `{"things":[{"id":1}],"links":{"pages":{"next":"https://evil.example.com/v2/account/keys?page=2&per_page=1&private=false&x=y"}}}`},
				"/v2/things?page=2&per_page=200&private=true": {body: `{"things":[{"id":2}]}`},
			},
			ids: []string{"1", "2"}, json: []string{`{"id":1}`, `{"id":2}`},
		},
		{
			name:   "two queries joined",
			change: func(r *schema.Resource) { r.PerPage = 0; r.Query = "|type=gpus" },
			stub: stub{
				"/v2/things?per_page=200":           {body: `{"things":[{"id":1}],"meta":{"total":1}}`},
				"/v2/things?per_page=200&type=gpus": {body: `{"things":[{"id":2}],"meta":{"total":1}}`},
			},
			ids: []string{"1", "2"}, json: []string{`{"id":1}`, `{"id":2}`},
		},
		{
			name:   "a child, whose parent's id is escaped",
			change: func(r *schema.Resource) { r.Path = "/v2/boxes/{boxes}/things" },
			parent: "acme%2Fapi",
			stub:   stub{"/v2/boxes/acme%2Fapi/things": {body: `{"things":[{"id":"v1/x"}]}`}},
			ids:    []string{"acme%2Fapi/v1%2Fx"}, json: []string{`{"id":"v1/x"}`},
		},
		{
			name:   "an id of two members",
			change: func(r *schema.Resource) { r.ID = "kind+id" },
			stub:   stub{"/v2/things": {body: `{"things":[{"id":7,"kind":"a+b"},{"kind":"c","id":8}]}`}},
			ids:    []string{schema.Segment("a+b", "7"), "c+8"}, json: []string{`{"id":7,"kind":"a+b"}`, `{"kind":"c","id":8}`},
		},
		{
			name:   "no id: the record's hash, whatever the order of its members, and equals are counted",
			change: func(r *schema.Resource) { r.ID = "" },
			stub:   stub{"/v2/things": {body: `{"things":[{"a":1,"b":2},{"b":2, "a":1},{"a":1,"b":3}]}`}},
			ids:    []string{"43258cff783fe703", "43258cff783fe703.2", "f9c6777fb8659792"},
			json:   []string{`{"a":1,"b":2}`, `{"b":2, "a":1}`, `{"a":1,"b":3}`},
		},
		{
			name:   "nothing to show, and no member for it",
			change: func(*schema.Resource) {},
			stub:   stub{"/v2/things": {body: `{"links":{},"meta":{}}`}},
		},
		{
			name:   "nothing to show, and only links",
			change: func(*schema.Resource) {},
			stub:   stub{"/v2/things": {body: `{"links":{}}`}},
		},
		{
			name:   "one object, wrapped",
			change: func(r *schema.Resource) { r.Kind, r.ID = schema.Single, "" },
			stub:   stub{"/v2/things": {body: `{"things":{"x":1}}`}},
			ids:    []string{"things"}, json: []string{`{"x":1}`},
		},
		{
			name:   "one object, bare, with an id",
			change: func(r *schema.Resource) { r.Kind, r.Items, r.PerPage = schema.Single, "", 0 },
			stub:   stub{"/v2/things": {body: "\n{\"id\":\"u-1\"}\n"}},
			ids:    []string{"u-1"}, json: []string{`{"id":"u-1"}`},
		},
		{
			name:   "one of two root keys",
			change: func(r *schema.Resource) { r.Items = "stuff|things" },
			stub:   stub{"/v2/things": {body: `{"things":[{"id":1}]}`}},
			ids:    []string{"1"}, json: []string{`{"id":1}`},
		},
		{
			name:   "the response itself is the array",
			change: func(r *schema.Resource) { r.Items = "" },
			stub:   stub{"/v2/things": {body: `[{"id":1}]`}},
			ids:    []string{"1"}, json: []string{`{"id":1}`},
		},
		{
			name:   "an object of records, each under its id",
			change: func(r *schema.Resource) { r.Kind, r.ID = schema.Map, "" },
			stub:   stub{"/v2/things": {body: `{"things":{"7":{"x":1},"a/b":{"x":2}}}`}},
			ids:    []string{"7", "a%2Fb"}, json: []string{`{"x":1}`, `{"x":2}`},
		},
		{
			name:   "an object of no records",
			change: func(r *schema.Resource) { r.Kind, r.ID = schema.Map, "" },
			stub:   stub{"/v2/things": {body: `{"things":{}}`}},
		},
		{
			name:   "an id in a member",
			change: func(r *schema.Resource) { r.ID = "destination.id" },
			stub:   stub{"/v2/things": {body: `{"things":[{"id":1,"destination":{"name":"n","id":"d-1"}}]}`}},
			ids:    []string{"d-1"}, json: []string{`{"id":1,"destination":{"name":"n","id":"d-1"}}`},
		},
		{
			name:   "pages that are numbered and not linked",
			change: func(r *schema.Resource) { r.PerPage, r.Query = 0, "limit=200" },
			stub: stub{
				"/v2/things?limit=200&per_page=200":        {body: `{"things":[{"id":1}],"meta":{"page":1,"pages":2,"total":2}}`},
				"/v2/things?limit=200&page=2&per_page=200": {body: `{"things":[{"id":2}],"meta":{"page":2,"pages":2,"total":2}}`},
			},
			ids: []string{"1", "2"}, json: []string{`{"id":1}`, `{"id":2}`},
		},
		{
			name:   "a full page that says nothing of another one, and a total beside it",
			change: func(r *schema.Resource) { r.PerPage = 2 },
			stub: stub{
				"/v2/things?per_page=2":        {body: `{"things":[{"id":1},{"id":2}],"total":3}`},
				"/v2/things?page=2&per_page=2": {body: `{"things":[{"id":3}],"total":3}`},
			},
			ids: []string{"1", "2", "3"}, json: []string{`{"id":1}`, `{"id":2}`, `{"id":3}`},
		},
		{
			name:   "a full page from an API that knows no second one",
			change: func(r *schema.Resource) { r.PerPage = 2 },
			stub: stub{
				"/v2/things?per_page=2":        {body: `{"things":[{"id":1},{"id":2}]}`},
				"/v2/things?page=2&per_page=2": {body: `{"things":[{"id":1},{"id":2}]}`},
			},
			ids: []string{"1", "2"}, json: []string{`{"id":1}`, `{"id":2}`},
		},
		{
			name:   "a full page that links no other is the last",
			change: func(r *schema.Resource) { r.PerPage = 2 },
			stub:   stub{"/v2/things?per_page=2": {body: `{"things":[{"id":1},{"id":2}],"links":{}}`}},
			ids:    []string{"1", "2"}, json: []string{`{"id":1}`, `{"id":2}`},
		},
		{
			name: "null is an empty list",
			stub: stub{"/v2/things": {body: `{"things":null,"links":null,"meta":null}`}},
		},
		{
			name: "more than meta.total",
			stub: stub{"/v2/things": {body: `{"things":[{"id":1},{"id":2}],"meta":{"total":1}}`}},
			ids:  []string{"1", "2"}, json: []string{`{"id":1}`, `{"id":2}`},
		},
		{
			name: "a meta.total of 0 beside records",
			stub: stub{"/v2/things": {body: `{"things":[{"id":1}],"meta":{"total":0}}`}},
			ids:  []string{"1"}, json: []string{`{"id":1}`},
		},
		{
			name: "a record with duplicate names or bad UTF-8 passes as it is",
			stub: stub{"/v2/things": {
				body: "{\"things\":[{\"id\":1,\"a\":1,\"a\":2},{\"id\":2,\"a\":\"\xff\"},{\"id\":9007199254740993}]}",
			}},
			ids: []string{"1", "2", "9007199254740993"}, json: []string{`{"id":1,"a":1,"a":2}`, "{\"id\":2,\"a\":\"\xff\"}", `{"id":9007199254740993}`},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := list(t.Context(), client(t, tc.stub), things(tc.change), tc.parent)
			if got.err != nil {
				t.Fatal(got.err)
			}
			if d := cmp.Diff(tc.ids, got.ids); d != "" {
				t.Errorf("ids (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tc.json, got.json); d != "" {
				t.Errorf("records (-want +got):\n%s", d)
			}
		})
	}
}

func TestPagesThatAreNotWhole(t *testing.T) {
	page := func(next string) string {
		return fmt.Sprintf(`{"things":[{"id":1}],"links":{"pages":{"next":%q}}}`, next)
	}
	for _, tc := range []struct {
		name   string
		change func(*schema.Resource)
		body   string
		want   string
		ids    []string // read nevertheless
	}{
		{name: "no items", body: `{}`, want: `it has no "things"`},
		{name: "items of another type", body: `{"things":{"id":1}}`, want: `its things is not an array but {`},
		{name: "items are a text", body: `{"things":"none"}`, want: `its things is not an array but string`},
		{name: "items twice", body: `{"things":[],"things":[]}`, want: `it has "things" twice`},
		{name: "a single that is null", change: func(r *schema.Resource) { r.Kind = schema.Single }, body: `{"things":null}`, want: `its things is not an object but null`},
		{name: "an array where records stand under their ids", change: func(r *schema.Resource) { r.Kind = schema.Map }, body: `{"things":[]}`, want: `its things is not an object but [`},
		{name: "no record under an id", change: func(r *schema.Resource) { r.Kind = schema.Map }, body: `{"things":{"7":1,"8":{}}}`, want: `record 1: it is not an object under an id`, ids: []string{"8"}},
		{name: "no id", change: func(r *schema.Resource) { r.Kind = schema.Map }, body: `{"things":{"":{}}}`, want: `record 1: it is not an object under an id`},
		{name: "no member with the id", change: func(r *schema.Resource) { r.ID = "destination.id" }, body: `{"things":[{"destination":{"x":1}}]}`, want: `record 1: in its destination: it has no id`},
		{name: "not JSON", body: `<html>SECRET</html>`, want: `it is not JSON, at byte 0 of 19`},
		{name: "nothing", body: ``, want: `it is not JSON, at byte 0 of 0`},
		{name: "cut", body: `{"things":[{"id":1},{"id":2`, want: `it is not JSON, at byte`},
		{name: "cut after the items", body: `{"things":[{"id":1}]`, want: `it is not JSON, at byte`},
		{name: "more behind", body: `{"things":[]}{"things":[]}`, want: `there is more after its end`},
		{name: "nested without end", body: `{"things":[{"id":1,"a":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}]}`, want: `it is not JSON, at byte`},
		{name: "links of another type", body: `{"things":[],"links":{"pages":{"next":2}}}`, want: `its links are not what DigitalOcean documents`},
		{name: "fewer than meta.total", body: `{"things":[{"id":1},{"id":1}],"meta":{"total":2}}`, want: `1 records in all, meta.total says 2`, ids: []string{"1", "1"}},
		{name: "next is the same page", body: page("/v2/things?page=1"), want: `links.pages.next is page "1" after page 1`, ids: []string{"1"}},
		{name: "next skips", body: page("/v2/things?page=3"), want: `links.pages.next is page "3" after page 1`, ids: []string{"1"}},
		{name: "next is not a number", body: page("/v2/things?page=two"), want: `links.pages.next is page "two" after page 1`, ids: []string{"1"}},
		{name: "next leads nowhere", body: page("https://api.digitalocean.com/v2/things"), want: `links.pages.next leads to no other page`, ids: []string{"1"}},
		{name: "next is no URL", body: page("http://%zz"), want: `links.pages.next is not a URL`, ids: []string{"1"}},
		{name: "no id", body: `{"things":[{"id":1},{"name":"x"},{"id":3}]}`, want: `record 2: it has no id`, ids: []string{"1", "3"}},
		{name: "id null", body: `{"things":[{"id":null}]}`, want: `record 1: its id is not a string or a number but null`},
		{name: "id empty", body: `{"things":[{"id":""}]}`, want: `record 1: its id is empty`},
		{name: "id an object", body: `{"things":[{"id":{}}]}`, want: `record 1: its id is not a string or a number but {`},
		{
			name: "an id that is two records'", body: `{"things":[{"id":1,"a":"SECRET"},{"id":2},{"id":1},{"id":3},{"id":3}]}`,
			want: `2 records share their id with another one, and differ`, ids: []string{"2", "3", "3"},
		},
		{
			name: "an id that is two records' of a map", change: func(r *schema.Resource) { r.Kind, r.ID = schema.Map, "" },
			body: `{"things":{"7":{"a":1},"7":{"a":2},"8":{}}}`, want: `2 records share their id with another one, and differ`, ids: []string{"8"},
		},
		{name: "record not an object", body: `{"things":[7]}`, want: `record 1: it is not an object`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := list(t.Context(), client(t, stub{"/v2/things": {body: tc.body}}), things(tc.change), "")
			if want := "failed"; kind(t, got.err) != want {
				t.Fatalf("kind: got %v, want %s", got.err, want)
			}
			for _, want := range []string{"list things page 1", tc.want} {
				if !strings.Contains(got.err.Error(), want) {
					t.Errorf("got %q, want it to say %q", got.err, want)
				}
			}
			if strings.Contains(got.err.Error(), "SECRET") {
				t.Errorf("the body is in the error: %q", got.err)
			}
			if d := cmp.Diff(tc.ids, got.ids); d != "" {
				t.Errorf("ids (-want +got):\n%s", d)
			}
		})
	}
}

func TestAListingWithARecordThatHasNoIDIsNotWholeHoweverItIsRead(t *testing.T) {
	c := client(t, stub{
		"/v2/things":        {body: `{"things":[{"id":1},{}],"links":{"pages":{"next":"/v2/things?page=2"}},"meta":{"total":3}}`},
		"/v2/things?page=2": {body: `{"things":[{"id":3}],"meta":{"total":3}}`},
	})
	pages := 0
	var last error
	for _, err := range c.Pages(t.Context(), things(nil), "") { // the records are not looked at
		if pages++; err != nil {
			last = err
		}
	}
	if want := "record 2: it has no id"; pages != 3 || last == nil || !strings.Contains(last.Error(), want) {
		t.Errorf("got %d steps, %v, want 2 pages and %q", pages, last, want)
	}
}

func TestPagesThatNeverEnd(t *testing.T) {
	a := stub{}
	for n := 1; n <= 10_001; n++ {
		uri := fmt.Sprintf("/v2/things?page=%d", n)
		if n == 1 {
			uri = "/v2/things"
		}
		a[uri] = answer{body: fmt.Sprintf(`{"things":[],"links":{"pages":{"next":"/v2/things?page=%d"}}}`, n+1)}
	}
	fast := func(o *digitalocean.Options) { o.PerHour, o.PerMinute = 1_000_000_000, 1_000_000_000 }
	c := client(t, a, fast)
	got := list(t.Context(), c, things(nil), "")
	if want := "the pages don't end"; got.err == nil || !strings.Contains(got.err.Error(), want) {
		t.Errorf("got %v, want %q", got.err, want)
	}
	if want := 10_000; got.pages != want {
		t.Errorf("got %d pages, want %d", got.pages, want)
	}
}

func TestAPageThatRepeatsTheOneBefore(t *testing.T) {
	got := list(t.Context(), client(t, stub{
		"/v2/things":        {body: `{"things":[{"id":1},{"id":2}],"links":{"pages":{"next":"/v2/things?page=2"}},"meta":{"total":4}}`},
		"/v2/things?page=2": {body: `{"things":[{"id":1},{"id":2}],"meta":{"total":4}}`},
	}), things(nil), "")
	if want := "2 records in all, meta.total says 4"; got.err == nil || !strings.Contains(got.err.Error(), want) {
		t.Errorf("got %v, want %q", got.err, want)
	}
}

func TestPageThatComesAgainByToken(t *testing.T) {
	got := list(t.Context(), client(t, stub{
		"/v2/things":              {body: `{"things":[{"id":1}],"links":{"pages":{"next":"/v2/x?page_token=a"}}}`},
		"/v2/things?page_token=a": {body: `{"things":[{"id":2}],"links":{"pages":{"next":"/v2/x?page_token=b"}}}`},
		"/v2/things?page_token=b": {body: `{"things":[{"id":3}],"links":{"pages":{"next":"/v2/x?page_token=a"}}}`},
	}), things(nil), "")
	if want := "comes again"; got.err == nil || !strings.Contains(got.err.Error(), want) {
		t.Errorf("got %v, want %q", got.err, want)
	}
}

func TestNumberedPagesThatAreOne(t *testing.T) {
	got := list(t.Context(), client(t, stub{
		"/v2/things?per_page=200":        {body: `{"things":[{"id":1}],"meta":{"pages":9,"total":9}}`},
		"/v2/things?page=2&per_page=200": {body: `{"things":[{"id":1}],"meta":{"pages":9,"total":9}}`},
	}), things(func(r *schema.Resource) { r.PerPage = 0 }), "")
	if want := "1 records in all, meta.total says 9"; got.err == nil || !strings.Contains(got.err.Error(), want) {
		t.Errorf("got %v, want %q", got.err, want)
	}
}

func TestEveryRowOfTheCatalogueIsListedWhole(t *testing.T) {
	account := digitaloceantest.Example(digitaloceantest.Options{PerHour: 100_000})
	server := httptest.NewServer(account)
	defer server.Close()
	fast := func(o *digitalocean.Options) { o.PerHour = 100_000 }
	over := func(o *digitalocean.Options) { o.BaseURL, o.Transport = server.URL, nil }
	for name, c := range map[string]*digitalocean.Client{
		"in process":    client(t, account, fast),
		"over a socket": client(t, nil, fast, over),
	} {
		t.Run(name, func(t *testing.T) {
			for i := range schema.Catalog {
				r := &schema.Catalog[i]
				if r.API != "" {
					continue // another API's
				}
				var want, got []string
				for id, record := range account.Records(r.Name) {
					if r.Name != "images" || !strings.Contains(string(record), `"public":true`) {
						want = append(want, id)
					}
				}
				for _, parent := range parents(account, r) {
					l := list(t.Context(), c, r, parent)
					if l.err != nil {
						t.Errorf("%s of %q: %v", r.Name, parent, l.err)
					}
					got = append(got, l.ids...)
				}
				if r.ID == "" && r.Kind == schema.Log { // they are called by their hash
					clear(want)
					clear(got)
				}
				slices.Sort(want)
				slices.Sort(got)
				if d := cmp.Diff(want, got); d != "" || len(want) == 0 {
					t.Errorf("%s: ids (-want +got):\n%s", r.Name, d)
				}
			}
		})
	}
}

// parents returns the ids of the records below which r has collections.
func parents(a *digitaloceantest.Account, r *schema.Resource) []string {
	if r.Parent() == "" {
		return []string{""}
	}
	var ids []string
	for id, record := range a.Records(r.Parent()) {
		if r.When.Holds(record) {
			ids = append(ids, id)
		}
	}
	return ids
}

func TestAPageThatDidNotChangeIsNotParsedAgain(t *testing.T) {
	account := digitaloceantest.Fleet(digitaloceantest.Options{}, 450, 1)
	c := client(t, account)
	sums := func() (all []uint64) {
		for page, err := range c.Pages(t.Context(), row(t, "droplets"), "") {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, page.Sum)
		}
		return all
	}
	first := sums()
	if len(first) != 4 {
		t.Fatalf("got %d pages, want 3 and one of GPUs", len(first))
	}
	if d := cmp.Diff(first, sums()); d != "" {
		t.Errorf("sums of an unchanged account (-want +got):\n%s", d)
	}
	got := list(t.Context(), c, row(t, "droplets"), "")
	if got.err != nil || len(got.ids) != 450 {
		t.Errorf("a reader that has forgotten the records: got %d, %v, want 450", len(got.ids), got.err)
	}
	account.Put("droplets", "1", `{"name":"new"}`)
	if again := sums(); slices.Equal(first, again) {
		t.Error("sums are the same after a change")
	}
}

func TestARecordThatMovesWhilePagesAreRead(t *testing.T) {
	account := digitaloceantest.Fleet(digitaloceantest.Options{}, 250, 1)
	c := client(t, account)
	if got := list(t.Context(), c, row(t, "droplets"), ""); got.err != nil || len(got.ids) != 250 {
		t.Fatalf("got %d, %v", len(got.ids), got.err)
	}
	first := list(t.Context(), c, row(t, "droplets"), "").ids[0]
	account.Fault(digitaloceantest.Fault{
		Resource: "droplets", Page: 2, Times: 1,
		Before: func(a *digitaloceantest.Account) { a.Delete("droplets", first) },
	})
	got := list(t.Context(), c, row(t, "droplets"), "")
	if want := "249 records in all, meta.total says 250"; got.err == nil || !strings.Contains(got.err.Error(), want) {
		t.Errorf("got %v, want %q", got.err, want)
	}
	if got := list(t.Context(), c, row(t, "droplets"), ""); got.err != nil || len(got.ids) != 249 {
		t.Errorf("afterwards: got %d, %v, want 249", len(got.ids), got.err)
	}
}

// never fails the test when a path is asked for that makes or shows a credential.
type never struct {
	t     *testing.T
	next  http.RoundTripper
	paths map[string]string
	asked int
}

func (n *never) RoundTrip(req *http.Request) (*http.Response, error) {
	n.asked++
	got := strings.Split(req.URL.EscapedPath(), "/")
	for path, why := range n.paths {
		if same := slices.EqualFunc(strings.Split(path, "/"), got,
			func(want, got string) bool { return want == got || strings.HasPrefix(want, "{") }); same {
			n.t.Errorf("%s was asked for: %s", req.URL.Path, why)
		}
	}
	return n.next.RoundTrip(req)
}

// TestNothingThatMakesACredentialIsAskedFor lists and gets whatever there is, over an API that fails the test.
func TestNothingThatMakesACredentialIsAskedFor(t *testing.T) {
	text, err := os.ReadFile("../../schema/testdata/contract.json")
	if err != nil {
		t.Fatal(err)
	}
	var contract struct{ Never map[string]string }
	if err := json.Unmarshal(text, &contract); err != nil || len(contract.Never) < 20 {
		t.Fatalf("%v, %d paths", err, len(contract.Never))
	}
	account := digitaloceantest.Example(digitaloceantest.Options{PerHour: 100_000})
	api := &never{t: t, next: account, paths: contract.Never}
	c := client(t, api, func(o *digitalocean.Options) { o.PerHour = 100_000 })
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		if r.API != "" {
			continue // another API's
		}
		for _, parent := range parents(account, r) {
			list(t.Context(), c, r, parent)
		}
		if r.Absent != schema.ByGet && r.Open == "" {
			continue
		}
		for id, body := range account.Records(r.Name) {
			if _, err := c.Get(t.Context(), r, id, body); err != nil {
				t.Errorf("%s %s: %v", r.Name, id, err)
			}
		}
	}
	if api.asked < 200 {
		t.Errorf("%d requests, want at least 200", api.asked)
	}
}

// Where one of the queries that a listing joins is refused, the others are listed all the same.
func TestAHalfThatIsRefused(t *testing.T) {
	half := func(id, total string) answer {
		return answer{body: `{"droplets":[{"id":` + id + `}],"meta":{"total":` + total + `}}`}
	}
	refused := answer{status: 403, body: `{"id":"forbidden","message":"no"}`}
	const first, second = "/v2/droplets?per_page=200", "/v2/droplets?per_page=200&type=gpus"
	for _, c := range []struct {
		name          string
		first, second answer
		ids           []string
		half          bool
		short         int
		want          string
	}{
		{
			"the second", half("1", "1"), refused,
			[]string{"1"},
			true, 0,
			"the half type=gpus of droplets was refused, which needs droplet:read, and GPU Droplets enabled",
		},
		{
			"the first", refused, half("2", "1"),
			[]string{"2"},
			true, 0,
			"the half without a filter of droplets was refused, which needs droplet:read;",
		},
		{"both", refused, refused, nil, false, 0, "the token lacks the scope droplet:read"},
		{"none, and both fall short", half("1", "3"), half("2", "2"), []string{"1", "2"}, false, 3, "meta.total says 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := list(t.Context(), client(t, stub{first: c.first, second: c.second}), row(t, "droplets"), "")
			var se *producer.SourceError
			if !errors.As(got.err, &se) || se.Half != c.half || se.Short != c.short || !strings.Contains(se.Error(), c.want) ||
				(c.half == strings.Contains(se.Error(), "lacks") && c.short == 0) {
				t.Errorf("got %+v, want half %t, %d short, and %q", got.err, c.half, c.short, c.want)
			}
			if !slices.Equal(got.ids, c.ids) {
				t.Errorf("listed %v, want %v", got.ids, c.ids)
			}
		})
	}
}
