package digitaloceantest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
)

var update = flag.Bool("update", false, "write the generated example anew")

const generated = "testdata/generated.jsonl"

// TestTheExampleHasEveryRow holds the generated part of the example to DigitalOcean's own examples, which lie beside
// the catalogue: a new row needs no record by hand. Run it with -update to write it anew.
func TestTheExampleHasEveryRow(t *testing.T) {
	want := generate(t)
	if *update {
		if err := os.WriteFile(generated, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(generated); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is stale (%v): run go test -run ExampleHasEveryRow -update . and look at what changed", generated, err)
	}
	a := digitaloceantest.Example(digitaloceantest.Options{})
	for i := range schema.Catalog {
		if r := &schema.Catalog[i]; len(a.Records(r.Name)) == 0 && r.API == "" {
			t.Errorf("%s: no record in the example", r.Name)
		}
	}
}

// generate makes a record or two of each row that nobody wrote one of by hand, below the first parent that has such.
func generate(t *testing.T) []byte {
	t.Helper()
	a := digitaloceantest.Handmade(digitaloceantest.Options{})
	var b bytes.Buffer
	put := func(resource, id string, record map[string]any) {
		mark(t, schema.Lookup(resource), record)
		line := map[string]any{"resource": resource, "id": id, "record": record}
		if err := json.NewEncoder(&b).Encode(line); err != nil {
			t.Fatal(err)
		}
		a.Put(resource, id, record)
	}
	for _, engine := range []string{"mysql", "kafka", "opensearch", "mongodb"} {
		for _, record := range examples(t, schema.Lookup("databases"))[:1] {
			record["id"], record["name"], record["engine"] = "fake-"+engine, engine, engine
			record["users"] = []any{map[string]any{
				"name": "doadmin", "role": "primary",
				"password": digitaloceantest.Marker + "password",
			}}
			if !schema.Lookup("database_dbs").When.Holds([]byte(`{"engine":"` + engine + `"}`)) {
				record["db_names"] = nil
			}
			put("databases", "fake-"+engine, record)
		}
	}
	for i := range schema.Catalog {
		if r := &schema.Catalog[i]; (r.API == "" && len(a.Records(r.Name)) == 0) ||
			(r.Kind == schema.Single && r.Parent() != "") {
			generateRow(t, a, r, put)
		}
	}
	return b.Bytes()
}

func generateRow(
	t *testing.T, a *digitaloceantest.Account, r *schema.Resource, put func(resource, id string, record map[string]any),
) {
	t.Helper()
	for _, parent := range parents(t, a, r) {
		for n, record := range examples(t, r) {
			if id, ok := record[r.ID].(string); ok {
				record[r.ID] = strings.Trim(id, `"`) // an example of the document's has quotes in it
			}
			if r.Name == "gen_ai_agent_details" {
				record["uuid"] = parent
			}
			id := schema.JoinID(parent, segment(t, r, record, n))
			if _, ok := a.Records(r.Name)[id]; n < 2 && !ok {
				put(r.Name, id, record)
			}
		}
	}
}

// parents returns the ids below which records are made: of every parent what each has one of, else of the first one.
func parents(t *testing.T, a *digitaloceantest.Account, r *schema.Resource) []string {
	t.Helper()
	if r.Parent() == "" {
		return []string{""}
	}
	all := a.Records(r.Parent())
	ids := slices.DeleteFunc(keys(all), func(id string) bool { return !r.When.Holds(all[id]) })
	if len(ids) == 0 {
		t.Fatalf("%s: no %s has such", r.Name, r.Parent())
	}
	if r.Kind != schema.Single {
		ids = ids[:1]
	}
	return ids
}

func segment(t *testing.T, r *schema.Resource, record map[string]any, n int) string {
	t.Helper()
	switch {
	case r.Kind == schema.Single:
		return r.Name
	case r.Kind == schema.Map:
		return schema.Segment(fmt.Sprint(record["droplet_id"]))
	case r.ID == "":
		return fmt.Sprintf("entry-%d", n+1)
	}
	text, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	id, err := r.IDOf(text)
	if err != nil {
		t.Fatalf("%s: %v", r.Name, err)
	}
	return id
}

func keys(m map[string][]byte) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

// examples returns the records of DigitalOcean's example for a row.
func examples(t *testing.T, r *schema.Resource) []map[string]any {
	t.Helper()
	text, err := os.ReadFile("../../../schema/testdata/examples/" + r.Name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var response map[string]any
	if err := d.Decode(&response); err != nil {
		t.Fatal(err)
	}
	items, _, _ := strings.Cut(r.Items, "|")
	if items == "" {
		return []map[string]any{response}
	}
	items, inner, _ := strings.Cut(items, "[].")
	switch v := response[items].(type) {
	case map[string]any:
		if r.Kind == schema.Single {
			return []map[string]any{v}
		}
		var all []map[string]any
		for _, id := range slices.Sorted(maps.Keys(v)) {
			all = append(all, v[id].(map[string]any))
		}
		return all
	case []any:
		var all []map[string]any
		for _, e := range v {
			record := e.(map[string]any)
			if inner != "" { // the node of an edge
				record = record[inner].(map[string]any)
			}
			all = append(all, record)
		}
		return all
	}
	t.Fatalf("%s: no records in the example", r.Name)
	return nil
}

// mark puts the marker wherever the row has a secret, also where DigitalOcean's example has none.
func mark(t *testing.T, r *schema.Resource, record map[string]any) {
	t.Helper()
	all, err := r.Mask.Steps()
	if err != nil {
		t.Fatal(err)
	}
	for _, steps := range all {
		if slices.Contains(schema.Embedded(r), steps[0]) {
			continue // it is another row's
		}
		path := schema.Paths(strings.ReplaceAll(strings.Join(steps, "."), ".[]", "[]"))
		found := false
		digitaloceantest.Each(record, path, func(any) any {
			found = true
			return digitaloceantest.Marker + steps[len(steps)-1]
		})
		deep := map[string]string{"app_deployments": "spec", "app_events": "deployment spec"}[r.Name]
		if !found && steps[0] == "**" {
			steps = slices.Concat(strings.Fields(deep), []string{"services", "[]"}, steps[1:])
		}
		if !found {
			plant(record, steps, digitaloceantest.Marker+steps[len(steps)-1])
		}
	}
}

// plant puts a value where a path leads, making what is missing on the way. A "*" is called "any".
func plant(at map[string]any, steps []string, value string) {
	name, rest := steps[0], steps[1:]
	if name == "*" {
		name = "any"
	}
	if len(rest) == 0 {
		at[name] = value
		return
	}
	if rest[0] == "[]" {
		list, _ := at[name].([]any)
		if len(list) == 0 {
			list = []any{map[string]any{}}
		}
		at[name] = list
		if first, ok := list[0].(map[string]any); ok && len(rest) > 1 {
			plant(first, rest[1:], value)
		}
		return
	}
	next, ok := at[name].(map[string]any)
	if !ok {
		next = map[string]any{}
		at[name] = next
	}
	plant(next, rest, value)
}
