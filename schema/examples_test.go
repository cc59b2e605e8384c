package schema_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/seachange/seachange/schema"
)

// DigitalOcean's own examples are what every other package tests with.
func TestExamplesAreRecordsOfTheirRows(t *testing.T) {
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		records := exampleRecords(t, r)
		if len(records) == 0 {
			t.Errorf("%s: no record in the example", r.Name)
		}
		seen := map[string]bool{}
		for _, record := range records {
			if r.ID != "" {
				text, err := json.Marshal(record)
				if err != nil {
					t.Fatal(err)
				}
				id, err := r.IDOf(text)
				if err != nil || seen[id] {
					t.Errorf("%s: %s is %q: %v", r.Name, r.ID, id, err)
				}
				seen[id] = true
			}
			eachPath("", record, func(path string, _ any) {
				if !schema.Known(r.Name).Has(path) {
					t.Errorf("%s: %s of the example is not known", r.Name, path)
				}
			})
		}
	}
}

func TestExamplesHoldNoSecrets(t *testing.T) {
	c, fakes := readContract(t), 0
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		var secrets schema.Paths
		for _, s := range c.Resources[r.Name].Secrets {
			secrets += " " + schema.Paths(s.Path)
		}
		for _, record := range exampleRecords(t, r) {
			eachPath("", record, func(path string, v any) {
				if v == nil || strings.Contains(path, "..") || !covers(all(secrets), one(path)) {
					return
				}
				fakes++
				if text, _ := v.(string); !strings.HasPrefix(text, "FAKE-") {
					t.Errorf("%s: %s of the example is %v, want an obvious fake that begins with FAKE-", r.Name, path, v)
				}
			})
		}
	}
	if fakes < 10 {
		t.Errorf("%d fake secrets in the examples, want at least 10", fakes)
	}
}

func exampleRecords(t *testing.T, r *schema.Resource) []map[string]any {
	t.Helper()
	text, err := os.ReadFile("testdata/examples/" + r.Name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var response map[string]any
	if err := json.Unmarshal(text, &response); err != nil {
		t.Fatal(err)
	}
	if r.Items == "" {
		return []map[string]any{response}
	}
	items, _, _ := strings.Cut(r.Items, "|")
	var records []map[string]any
	one, isOne := response[items].(map[string]any)
	switch {
	case isOne && r.Kind == schema.Single:
		return []map[string]any{one}
	case isOne && r.Kind == schema.Map:
		for _, v := range one {
			records = append(records, v.(map[string]any))
		}
		return records
	}
	items, inner, _ := strings.Cut(items, "[].")
	list, _ := response[items].([]any)
	for _, v := range list {
		record := v.(map[string]any)
		if inner != "" { // the node of an edge
			record = record[inner].(map[string]any)
		}
		records = append(records, record)
	}
	return records
}

// eachPath visits what is in a value, members of maps by their own names.
func eachPath(path string, v any, visit func(path string, v any)) {
	if path != "" {
		visit(path, v)
	}
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			eachPath(strings.TrimPrefix(path+"."+name, "."), member, visit)
		}
	case []any:
		for _, e := range v {
			eachPath(path+"[]", e, visit)
		}
	}
}
