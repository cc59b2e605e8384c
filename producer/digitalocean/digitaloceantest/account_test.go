package digitaloceantest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
)

// get asks the account and returns status and body.
func get(t *testing.T, a *digitaloceantest.Account, uri string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.digitalocean.com"+uri, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+digitaloceantest.Token)
	resp, err := a.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// records returns the records of a page as they can be compared.
func records(t *testing.T, body, items string) []map[string]any {
	t.Helper()
	var page map[string]json.RawMessage
	var list []map[string]any
	if err := json.Unmarshal([]byte(body), &page); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(page[items], &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestPaging(t *testing.T) {
	a := digitaloceantest.New(digitaloceantest.Options{})
	for i := range 45 {
		a.Put("tags", fmt.Sprintf("t%02d", i), `{}`)
	}
	for uri, want := range map[string]struct {
		records int
		next    string
	}{
		"/v2/tags":                     {20, "https://api.digitalocean.com/v2/tags?page=2"},
		"/v2/tags?per_page=40":         {40, "https://api.digitalocean.com/v2/tags?page=2&per_page=40"},
		"/v2/tags?page=2&per_page=40":  {5, ""},
		"/v2/tags?page=9&per_page=40":  {0, ""},
		"/v2/tags?per_page=500":        {45, ""},
		"/v2/tags?page=1&per_page=200": {45, ""},
	} {
		_, body := get(t, a, uri)
		var page struct {
			Links struct{ Pages struct{ Next string } }
			Meta  struct{ Total int }
		}
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			t.Fatal(err)
		}
		if n := len(records(t, body, "tags")); n != want.records || page.Links.Pages.Next != want.next ||
			page.Meta.Total != 45 {
			t.Errorf("%s: got %d records, %+v, want %+v of 45", uri, n, page, want)
		}
	}
}

func TestEverySecretOfTheExampleIsMarked(t *testing.T) {
	a := digitaloceantest.Example(digitaloceantest.Options{})
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		for path := range strings.FieldsSeq(string(r.Mask)) {
			if r.API != "" || strings.HasPrefix(path, "users[]") {
				continue // another API's; they are database_users
			}
			found := 0
			for id, text := range a.Records(r.Name) {
				var record map[string]any
				if err := json.Unmarshal(text, &record); err != nil {
					t.Fatal(err)
				}
				digitaloceantest.Each(record, schema.Paths(path), func(v any) any {
					if found++; !strings.Contains(fmt.Sprint(v), digitaloceantest.Marker) {
						t.Errorf("%s %s: %s is %v, without the marker", r.Name, id, path, v)
					}
					return v
				})
			}
			if found == 0 {
				t.Errorf("%s: no example has %s", r.Name, path)
			}
		}
	}
}

func TestScopes(t *testing.T) {
	a := digitaloceantest.Example(digitaloceantest.Options{})
	a.Scopes(digitaloceantest.AllScopes("tag:read", "vpc:read", "droplet:read", "database:view_credentials")...)
	if status, _ := get(t, a, "/v2/tags"); status != http.StatusForbidden {
		t.Errorf("tags: got %d", status)
	}
	_, body := get(t, a, "/v2/firewalls")
	for _, f := range records(t, body, "firewalls") {
		if d := cmp.Diff(map[string]any{"tags": []any{}, "droplet_ids": []any{}},
			map[string]any{"tags": f["tags"], "droplet_ids": f["droplet_ids"]}); d != "" {
			t.Errorf("firewall (-want +got):\n%s", d)
		}
	}
	_, body = get(t, a, "/v2/databases")
	for _, db := range records(t, body, "databases") {
		user := db["users"].([]any)[0].(map[string]any)
		if db["private_network_uuid"] != "" || user["password"] != "" || user["name"] == "" {
			t.Errorf("database: got %v, user %v", db["private_network_uuid"], user)
		}
	}
	for id := range a.Records("projects") {
		_, body := get(t, a, "/v2/projects/"+id+"/resources")
		if strings.Contains(body, "do:droplet") {
			t.Errorf("a project shows Droplets: %s", body)
		}
	}
	a.Scopes()
	if status, body := get(t, a, "/v2/tags"); status != 200 || len(records(t, body, "tags")) == 0 {
		t.Errorf("all scopes again: got %d %s", status, body)
	}
}

func TestDeleteTakesTheChildrenAlong(t *testing.T) {
	a := digitaloceantest.Example(digitaloceantest.Options{})
	var orders string
	for id, text := range a.Records("databases") {
		if strings.Contains(string(text), `"name":"orders"`) {
			orders = id
		}
	}
	before := len(a.Story())
	a.Delete("databases", orders)
	for _, child := range schema.Children("databases") {
		for id := range a.Records(child.Name) {
			if strings.HasPrefix(id, orders) {
				t.Errorf("%s %s is still there", child.Name, id)
			}
		}
	}
	story := a.Story()[before:]
	if last := story[len(story)-1]; len(story) < 10 || last.Resource != "databases" || last.After != nil ||
		last.Before == nil {
		t.Errorf("the story: got %d changes, the last one %+v, want the parent's", len(story), last)
	}
}

func TestPatchKeepsNumbers(t *testing.T) {
	a := digitaloceantest.New(digitaloceantest.Options{})
	a.Put("droplets", "1", `{"id":1,"big":9007199254740993,"price":24.0}`)
	a.Patch("droplets", "1", func(d map[string]any) { d["name"] = "x<y" })
	if got, want := string(a.Records("droplets")["1"]), `{"big":9007199254740993,"id":1,"name":"x<y","price":24.0}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFaultsStrikeAsOftenAsTheyShould(t *testing.T) {
	a := digitaloceantest.Example(digitaloceantest.Options{})
	a.Fault(digitaloceantest.Fault{Resource: "vpcs", Skip: 1, Times: 2, Effect: digitaloceantest.Status(500)})
	var got []int
	for range 5 {
		status, _ := get(t, a, "/v2/vpcs")
		got = append(got, status)
		if status, _ := get(t, a, "/v2/tags"); status != 200 {
			t.Errorf("tags: got %d", status)
		}
	}
	if want := []int{200, 500, 500, 200, 200}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	a.Fault(digitaloceantest.Fault{Effect: digitaloceantest.Status(500)})
	a.Clear()
	if status, _ := get(t, a, "/v2/tags"); status != 200 {
		t.Errorf("after Clear: got %d", status)
	}
}

func TestShuffleChangesOnlyTheOrder(t *testing.T) {
	a := digitaloceantest.Example(digitaloceantest.Options{})
	_, before := get(t, a, "/v2/firewalls")
	a.Fault(digitaloceantest.Fault{Effect: digitaloceantest.Shuffle(3)})
	_, after := get(t, a, "/v2/firewalls")
	if before == after {
		t.Error("nothing is shuffled")
	}
	letters := func(s string) string { b := []byte(s); slices.Sort(b); return string(b) }
	if letters(before) != letters(after) {
		t.Errorf("more than the order changed:\n%s\n%s", before, after)
	}
}

func TestListsThatLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := digitaloceantest.New(digitaloceantest.Options{})
		a.Put("tags", "old", `{}`)
		a.Put("tags", "gone", `{}`)
		time.Sleep(time.Minute)
		a.Put("tags", "new", `{}`)
		a.Delete("tags", "gone")
		a.Fault(digitaloceantest.Fault{Resource: "tags", Times: 1, Lag: 5 * time.Second})
		for _, want := range []string{"[old gone]", "[old new]"} {
			_, body := get(t, a, "/v2/tags")
			var got []any
			for _, tag := range records(t, body, "tags") {
				got = append(got, tag["name"])
			}
			if fmt.Sprint(got) != want {
				t.Errorf("got %v, want %s", got, want)
			}
		}
	})
}

func TestTheLimitsAreSliding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := digitaloceantest.New(digitaloceantest.Options{PerHour: 100}) // 5 a minute
		ask := func() int { status, _ := get(t, a, "/v2/tags"); return status }
		for i := range 5 {
			if got := ask(); got != 200 {
				t.Errorf("request %d: got %d", i, got)
			}
			time.Sleep(time.Second)
		}
		if got := ask(); got != 429 {
			t.Errorf("the sixth in a minute: got %d", got)
		}
		time.Sleep(time.Minute)
		if got := ask(); got != 200 {
			t.Errorf("a minute later: got %d", got)
		}
	})
}

func TestAFleet(t *testing.T) {
	a := digitaloceantest.Fleet(digitaloceantest.Options{}, 100, 1)
	size := 0
	for _, text := range a.Records("droplets") {
		if !json.Valid(text) {
			t.Fatalf("not JSON: %s", text)
		}
		size += len(text)
	}
	if mean := size / 100; mean < 1800 || mean > 2300 {
		t.Errorf("a Droplet has %d bytes, want about 2 KB", mean)
	}
	again := digitaloceantest.Fleet(digitaloceantest.Options{}, 100, 1)
	if d := cmp.Diff(a.Records("droplets"), again.Records("droplets")); d != "" {
		t.Errorf("the same seed gives another fleet:\n%s", d)
	}
}

func TestAParentShowsThatSomethingBelowItHasChanged(t *testing.T) {
	a := digitaloceantest.Example(digitaloceantest.Options{})
	zones := func() string { _, body := get(t, a, "/v2/domains"); return body }
	if got := zones(); strings.Contains(got, "; change") {
		t.Errorf("at first: %s", got)
	}
	a.Put("domain_records", "example.com/7", `{"id":7,"type":"A","name":"www","data":"203.0.113.9","ttl":60}`)
	if got := zones(); strings.Count(got, "; change 1") != 1 {
		t.Errorf("after a record's change: %s", got)
	}
	a.Delete("domain_records", "example.com/7")
	if got := zones(); strings.Count(got, "; change 2") != 1 {
		t.Errorf("after its delete: %s", got)
	}
}
