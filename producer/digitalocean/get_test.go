package digitalocean_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
)

func TestGetOfEveryRowThatHasOne(t *testing.T) {
	account := digitaloceantest.Example(digitaloceantest.Options{})
	c := client(t, account)
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		if r.Kind == schema.Single || (r.Absent != schema.ByGet && r.Open == "") {
			continue
		}
		for id, body := range account.Records(r.Name) {
			page, err := c.Get(t.Context(), r, id, body)
			if err != nil {
				t.Errorf("%s %s: %v", r.Name, id, err)
				continue
			}
			for rec, err := range page.Records {
				if err != nil || rec.ID != id || !strings.HasPrefix(string(rec.JSON), "{") {
					t.Errorf("%s: got %q %.40s %v, want %q", r.Name, rec.ID, rec.JSON, err, id)
				}
			}
			if page.BeganMS == 0 || page.EndedMS < page.BeganMS || page.RequestID == "" || page.Sum == 0 {
				t.Errorf("%s: got %+v", r.Name, page)
			}
			account.Delete(r.Name, id)
			gone, err := c.Get(t.Context(), r, id, body)
			if kind(t, err) != "gone" || gone.EndedMS == 0 {
				t.Errorf("%s %s, deleted: got %v at %d, want gone, and when", r.Name, id, err, gone.EndedMS)
			}
			break
		}
	}
}

func TestGet(t *testing.T) {
	const path = "/v2/things/a%2Fb"
	for _, tc := range []struct {
		name   string
		answer answer
		want   string // the kind of error
	}{
		{"wrapped", answer{body: `{"thing":{"id":"a/b","x":{"id":1}}}`}, ""},
		{"wrapped, behind links", answer{body: `{"links":{"self":"x"},"thing":{"id":"a/b"}}`}, ""},
		{"bare", answer{body: `{"x":{"id":1},"id":"a/b"}`}, ""},
		{"the name is another's now", answer{body: `{"thing":{"id":"c"}}`}, "gone"},
		{"gone", answer{status: 404, body: `{"id":"not_found","message":"no"}`}, "gone"},
		{"404 with another id", answer{status: 404, body: `{"id":"no_route"}`}, "failed"},
		{"404 of a proxy", answer{status: 404, body: `<html>not_found</html>`}, "failed"},
		{"404 and nothing", answer{status: 404}, "failed"},
		{"410", answer{status: 410, body: `{"id":"not_found"}`}, "failed"},
		{"an error in a 200", answer{body: `{"id":"not_found","message":"no"}`}, "failed"},
		{"an empty object", answer{body: `{}`}, "failed"},
		{"null", answer{body: `{"thing":null}`}, "failed"},
		{"a record without an id", answer{body: `{"thing":{"name":"a/b"}}`}, "failed"},
		{"a list", answer{body: `{"things":[{"id":"a/b"}]}`}, "failed"},
		{"not JSON", answer{body: `<html></html>`}, "failed"},
		{"cut", answer{body: `{"thing":{"id":"a/b"}`}, "failed"},
		{"no scope", answer{status: 403, body: `{"id":"forbidden"}`}, "unreadable"},
		{"refused", answer{status: 401, body: `{"id":"unauthorized"}`}, "refused"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := client(t, stub{path: tc.answer}).Get(t.Context(), things(nil), "a%2Fb", nil)
			if got := kind(t, err); got != tc.want {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

// A 404 that names the parent, and not the record, says so.
func TestA404ThatIsAboutTheParent(t *testing.T) {
	for body, want := range map[string]bool{
		`{"id":"not_found","message":"cluster not found"}`:                                   true,
		`{"code":"CLUSTER_NOT_FOUND","message":"it is gone"}`:                                true,
		`{"error":{"code":"not_found","message":"cluster 9cc10173 does not exist"}}`:         true,
		`{"id":"not_found","message":"user not found"}`:                                      false,
		`{"id":"not_found","message":"user my cluster not found"}`:                           false,
		`{"id":"not_found","message":"The resource you were accessing could not be found."}`: false,
	} {
		users := "/v2/databases/9cc10173/users/my%20cluster"
		_, err := client(t, stub{users: {status: 404, body: body}}).Get(t.Context(), row(t, "database_users"),
			"9cc10173/my%20cluster", nil)
		var se *producer.SourceError
		if !errors.As(err, &se) || se.Kind != producer.Gone || se.OfParent != want {
			t.Errorf("%s: got %+v, want gone, of its parent %t", body, err, want)
		}
	}
}

func TestGetByAMemberOfTheRecord(t *testing.T) {
	r := things(func(r *schema.Resource) {
		r.Path, r.Get = "/v2/boxes/{boxes}/things", "/v2/boxes/{boxes}/things/{.name}"
	})
	s := stub{"/v2/boxes/b/things/old%20name": {body: `{"thing":{"id":"7","name":"old name"}}`}}
	if _, err := client(t, s).Get(t.Context(), r, "b/7", []byte(`{"name":"old name","id":"7"}`)); err != nil {
		t.Error(err)
	}
	if _, err := client(t, s).Get(t.Context(), r, "b/8", []byte(`{"name":"old name","id":"8"}`)); kind(t, err) != "gone" {
		t.Errorf("another record of that name: got %v, want gone", err)
	}
	if _, err := client(t, s).Get(t.Context(), r, "b/7", []byte(`{"id":"7"}`)); kind(t, err) != "failed" {
		t.Errorf("no such member: got %v, want failed", err)
	}
}
