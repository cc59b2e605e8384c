package digitalocean

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/schema"
)

// Whatever is answered: a page is JSON from its first byte to its last or an error, each record lies in it where the
// page says, has an id that can stand in a path, and is the same when the page is read again.
func FuzzListing(f *testing.F) {
	for _, s := range []string{
		`{"droplets":[{"id":1},{"id":"a"}],"links":{"pages":{"next":"https://api.example.com/v2/droplets?page=2"}},"meta":{"total":3}}`,
		`{"droplets":null}`, `{"droplets":[{"id":1,"id":2},{"id":null},{}]}`, `{"droplets":[]}{"droplets":[]}`, `{"droplets":[],"droplets":[]}`,
		`{"droplets":{"id":1}}`, `{"droplets":[{"id":1.0},{"id":1e400},{"id":-0}]}`, "{\"droplets\":[{\"id\":\"\xff\"}]}", `{"droplets":[{"id":".."}]}`,
		`{"meta":[],"links":1,"droplets":[[[]]]}`, `{}`, `[]`, ``, `{"droplets":[`, `{"domains":[{"name":"a/b"}]}`, `{"records":[{"id":1}]}`,
	} {
		f.Add("droplets", []byte(s))
		f.Add("domains", []byte(s))
		f.Add("balance", []byte(s))
	}
	f.Fuzz(func(t *testing.T, resource string, body []byte) {
		r := schema.Lookup(resource)
		if r == nil {
			return
		}
		page, err := parse(r, body, twins{})
		if err != nil {
			return
		}
		if !jsontext.Value(body).IsValid(lenient...) {
			t.Fatalf("taken for a page, and is no JSON: %q", body)
		}
		again, err := parse(r, body, twins{})
		if err != nil || len(again.records) != len(page.records) || again.next != page.next || again.total != page.total {
			t.Fatalf("read again it is another page: %+v, %v, and was %+v", again, err, page)
		}
		end := 0
		for i, rec := range page.records {
			if rec.start < end || rec.end <= rec.start || rec.end > len(body) ||
				!jsontext.Value(body[rec.start:rec.end]).IsValid(lenient...) {
				t.Fatalf("record %d lies at %d to %d of %d: %q", i, rec.start, rec.end, len(body), body)
			}
			end = rec.end
			if _, own, err := schema.SplitID(schema.ChildID("p", rec.own)); rec.own == "" || err != nil || own != rec.own ||
				again.records[i] != rec {
				t.Fatalf("id %q comes back as %q, %v", rec.own, own, err)
			}
		}
		if len(page.ids()) > len(page.records) {
			t.Fatalf("%d ids of %d records", len(page.ids()), len(page.records))
		}
	})
}
