package diff_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

func TestNewRow(t *testing.T) {
	for _, tt := range []struct {
		name     string
		r        schema.Resource
		id, body string // an empty body is none
		want     schema.Row
	}{
		{
			name: "a droplet", r: schema.Resource{Name: "droplets", URN: "droplet"}, id: "3164444",
			body: `{"created_at":"2020-07-21T18:37:44Z","name":"example.com","region":{"slug":"nyc3"}}`,
			want: schema.Row{
				ID: "3164444", URN: new("do:droplet:3164444"), Name: new("example.com"), Region: new("nyc3"),
				CreatedAt: new("2020-07-21T18:37:44Z"),
			},
		},
		{
			name: "a child with an escaped id", r: schema.Resource{Name: "repositories", URN: "repo"}, id: "acme/team%2Fapi",
			body: `{"name":"team/api"}`,
			want: schema.Row{ID: "acme/team%2Fapi", URN: new("do:repo:team/api"), ParentID: new("acme"), Name: new("team/api")},
		},
		{
			name: "a region that is a string, a title of its own", r: schema.Resource{Title: "spec.name"}, id: "a",
			body: `{"name":"x","region":"nyc","spec":{"name":"web \u00e9"}}`,
			want: schema.Row{ID: "a", Name: new("web é"), Region: new("nyc")},
		},
		{
			name: "a urn of its own, a label that is a number", r: schema.Resource{URN: "=urn"}, id: "a",
			body: `{"label":12345678901234567890,"name":null,"urn":"do:volume:1"}`,
			want: schema.Row{ID: "a", URN: new("do:volume:1"), Name: new("12345678901234567890")},
		},
		{
			name: "nothing that fits", r: schema.Resource{Title: "spec.name", URN: "=urn"}, id: "a",
			body: `{"created_at":{},"region":{"slug":[]},"spec":"x","urn":true}`,
			want: schema.Row{ID: "a"},
		},
		{name: "by ip", id: "a", body: `{"ip":"192.0.2.1","tag":"t"}`, want: schema.Row{ID: "a", Name: new("192.0.2.1")}},
		{name: "by tag", id: "a", body: `{"tag":"t"}`, want: schema.Row{ID: "a", Name: new("t")}},
		{
			name: "without a body", r: schema.Resource{URN: "droplet"}, id: "p/7",
			want: schema.Row{ID: "p/7", ParentID: new("p"), URN: new("do:droplet:7")},
		},
		{name: "a body that is no object", id: "a", body: `[1]`, want: schema.Row{ID: "a"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var body []byte
			tt.want.AccountID = "acct"
			if tt.body != "" {
				body, tt.want.Body = []byte(tt.body), &tt.body
			}
			if d := cmp.Diff(tt.want, diff.NewRow(&tt.r, "acct", tt.id, body)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestRecords(t *testing.T) {
	pools := &schema.Resource{Name: "pools", ID: "id", Embed: "pools"}
	rules := &schema.Resource{Name: "rules", ID: "type+value", Embed: "rules"}
	for _, tt := range []struct {
		name   string
		r      *schema.Resource
		record string
		want   []string
		err    string
	}{
		{"two", pools, `{"id":"k","pools":[{"id":"a/b","n":1},{"id":7}]}`, []string{`k/a%2Fb {"id":"a/b","n":1}`, `k/7 {"id":7}`}, ""},
		{"two members", rules, `{"rules":[{"type":"a+b","value":"c"}]}`, []string{`k/a%2Bb+c {"type":"a+b","value":"c"}`}, ""},
		{"none", pools, `{"pools":[]}`, nil, ""},
		{"null", pools, `{"pools":null}`, nil, "pools of k: the parent's record doesn't show them: its pools is null"},
		{"null, which is none", &schema.Resource{Name: "pools", ID: "id", Embed: "pools", NullIsNone: true}, `{"pools":null}`, nil, ""},
		{"no such member", pools, `{}`, nil, "pools of k: the parent's record doesn't show them: it has no pools"},
		{"a record to be set aside", pools, `{"pools":[{"id":"a","n":1,"n":2}]}`, []string{`k/a {"id":"a","n":1,"n":2}`}, ""},
		{"no array", pools, `{"pools":{"hunter2":1}}`, nil, "pools of k: pools is not an array"},
		{"no object", pools, `["hunter2"]`, nil, "pools of k: the parent is not an object"},
		{"one without an id", pools, `{"pools":[{"id":"a"},{"hunter2":1}]}`, []string{`k/a {"id":"a"}`}, "pools of k: element 1: it has no id"},
		{"one with an empty id", pools, `{"pools":[{"id":""}]}`, nil, "pools of k: element 0: its id is empty"},
		{"one that is no object", pools, `{"pools":["hunter2"]}`, nil, "pools of k: element 0: it is not an object"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			said := ""
			for rec, err := range diff.Records(tt.r, tt.r.Embed, "k", []byte(tt.record)) {
				if err != nil {
					said = err.Error()
					continue
				}
				got = append(got, rec.ID+" "+string(rec.JSON))
			}
			if !cmp.Equal(got, tt.want) || said != tt.err {
				t.Errorf("got %q, error %q; want %q, %q", got, said, tt.want, tt.err)
			}
		})
	}
}
