package digitalocean_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
)

// Each paged row is read over three pages in the way in which its listing tells of the next: links with numbers or
// tokens, with meta.total or without, meta.pages alone, a total beside the records, or nothing at all.
func TestEveryPagedRowIsReadOverItsPages(t *testing.T) {
	synctest.Test(t, everyPagedRow) // some paths have limits of their own
}

func everyPagedRow(t *testing.T) {
	const pages = 3
	rows, tokens := 0, 0
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		if r.API != "" || r.PerPage < 0 || r.Kind == schema.Single || r.Kind == schema.Map ||
			strings.ContainsAny(r.ID, "+.") {
			continue
		}
		rows++
		account := digitaloceantest.Example(digitaloceantest.Options{PerHour: 1_000_000})
		parent := withRecords(t, account, r)
		perPage := cmp.Or(r.PerPage, 200)
		for n := range perPage*(pages-1) + 1 {
			own := fmt.Sprint(900_000 + n)
			account.Put(r.Name, schema.JoinID(parent, own), fmt.Sprintf(`{"description":%q}`, own))
		}
		c := client(t, account, func(o *digitalocean.Options) { o.PerHour = 1_000_000 })
		got := list(t.Context(), c, r, parent)
		want := 0
		for id, record := range account.Records(r.Name) {
			public := r.Name == "images" && strings.Contains(string(record), `"public":true`)
			if (parent == "" || strings.HasPrefix(id, parent+"/")) && !public {
				want++
			}
		}
		walks := strings.Count(r.Query, "|")
		if got.err != nil || got.pages != pages+walks || len(got.ids) != want {
			t.Errorf("%s: %v; %d records in %d pages, want %d in %d", r.Name, got.err, len(got.ids), got.pages,
				want, pages+walks)
		}
		if r.Name == "registry_repositories" || r.Paging == schema.Tokens || r.Paging == schema.Edges {
			tokens++
		}
	}
	if rows < 50 || tokens < 10 {
		t.Errorf("%d rows, %d by token; want at least 50, and 10", rows, tokens)
	}
}
