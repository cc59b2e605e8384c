package main

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seachange/seachange/schema"
)

func TestListsOfTheCatalogue(t *testing.T) {
	out, _, err := call(t, nil, "resources", "--output", "json")
	var rows []map[string]string
	if e := json.Unmarshal([]byte(out), &rows); e != nil || err != nil || len(rows) != len(schema.Catalog) {
		t.Fatalf("%v, %v: %d rows of %d", err, e, len(rows), len(schema.Catalog))
	}
	i := slices.IndexFunc(rows, func(r map[string]string) bool { return r["name"] == "domain_records" })
	for key, want := range map[string]string{
		"path": "/v2/domains/{domains}/records", "kind": "list", "scope": "domain:read",
		"topic": "digitalocean.domain_records", "parent": "domains", "id": "id",
	} {
		if got := rows[i][key]; got != want {
			t.Errorf("domain_records: %s is %q, want %q", key, got, want)
		}
	}
	out, _, err = call(t, nil, "resources", "--topic-prefix", "acme")
	if err != nil || !regexp.MustCompile(`(?m)^droplets +list +droplet:read +/v2/droplets +acme.droplets$`).MatchString(out) || !strings.Contains(out, "balance (--with billing)") {
		t.Errorf("%v\n%s", err, out)
	}
}
