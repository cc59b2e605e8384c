package schema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/internal/apidoc"
)

var update = flag.Bool("update", false, "write the generated files anew")

// TestGeneratedFiles holds what is generated from the rows and from DigitalOcean's document. Run it with -update, as
// go generate does, to write the files anew.
func TestGeneratedFiles(t *testing.T) {
	doc, reviewed := documents(t)
	for i := range schema.Catalog {
		if fault := undescribed(doc, &schema.Catalog[i]); fault != nil {
			t.Error(fault)
		}
	}
	if t.Failed() {
		t.FailNow() // nothing right can be made of such rows
	}
	golden(t, "known.txt", knownText(doc))
	golden(t, "types/types.txt", typesText(t, doc))
	golden(t, "testdata/contract.json", encode(t, extract(t, doc, reviewed)))
	golden(t, "testdata/without.txt", withoutText(t))
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		if r.API != "" {
			continue // written by hand
		}
		golden(t, "testdata/examples/"+r.Name+".json", encode(t, example(t, doc, reviewed, r)))
	}
}

func documents(t *testing.T) (*apidoc.Document, []reviewedRow) {
	t.Helper()
	doc, err := apidoc.DigitalOcean()
	if err != nil {
		t.Fatal(err)
	}
	var rows []reviewedRow
	if err := apidoc.Review(&rows); err != nil {
		t.Fatal(err)
	}
	return doc, rows
}

func golden(t *testing.T, name string, want []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is stale (%v): run go generate ./schema and look at what changed", name, err)
	}
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func knownText(doc *apidoc.Document) []byte {
	var b bytes.Buffer
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		if r.API != "" {
			continue // written by hand
		}
		fmt.Fprintln(&b, strings.Join(append([]string{"#", r.Name}, beside(doc, r)...), " "))
		for _, line := range shape(doc, r).Lines() {
			fmt.Fprintln(&b, line)
		}
	}
	return b.Bytes()
}

// shape returns what a row's records have: as the document and godo say, else as the row's own example does.
func shape(doc *apidoc.Document, r *schema.Resource) *apidoc.Tree {
	t := described(doc, r)
	t.Add(godoFields(r))
	return t
}

// beside returns what an answer has beside a row's records, sorted.
func beside(doc *apidoc.Document, r *schema.Resource) []string {
	answer := new(apidoc.Tree)
	if path := documented(doc.Paths(), r.Path); path != "" {
		answer = doc.Shape(path)
	}
	if get := laterGet(r); get != nil {
		answer = get.Shape(itemPath(r))
	}
	if e := godo().Endpoint(r.Path); e != nil {
		answer.Add(e.Fields)
	}
	var names []string
	for name := range answer.Members {
		isRoot := slices.ContainsFunc(strings.Split(r.Items, "|"), func(root string) bool {
			root, _, _ = strings.Cut(root, "[")
			return root == name
		})
		if !isRoot && r.Items != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// described is the shape without what only godo has.
func described(doc *apidoc.Document, r *schema.Resource) *apidoc.Tree {
	if path := documented(doc.Paths(), r.Path); path != "" {
		return doc.Shape(path).At(itemPath(r))
	}
	if get := laterGet(r); get != nil {
		return get.Shape(itemPath(r)).At(itemPath(r))
	}
	record, _ := ownExample(r)
	return apidoc.Of(record)
}

// godoFields are the members of a row's records that godo decodes.
func godoFields(r *schema.Resource) []apidoc.Field {
	if e := godo().Endpoint(r.Path); e != nil {
		return recordFields(r, e.Fields)
	}
	return nil
}

// recordFields are those members of a row's answer that are in its records.
func recordFields(r *schema.Resource, answer []apidoc.Field) []apidoc.Field {
	var fields []apidoc.Field
	for _, f := range answer {
		if f.Path = apidoc.Within(r, f.Path); f.Path[0] != '/' {
			fields = append(fields, f)
		}
	}
	return fields
}

var godo = sync.OnceValue(func() *apidoc.Client {
	c, err := apidoc.Godo()
	if err != nil {
		panic(err)
	}
	return c
})

// laterGet returns what is known of a row's listing that came after the document, nil if nothing is.
func laterGet(r *schema.Resource) *apidoc.Get {
	for i, g := range later() {
		if g.Decision.Verdict == "resource" && blank(g.Path) == blank(r.Path) {
			return &later()[i]
		}
	}
	return nil
}

var later = sync.OnceValue(func() []apidoc.Get {
	all, err := apidoc.Later()
	if err != nil {
		panic(err)
	}
	return all
})

// itemPath is where a row's records are in the response.
func itemPath(r *schema.Resource) string { return apidoc.Records(r)[0] }

// documented returns the document's spelling of a path, "" without one.
func documented(paths []string, path string) string {
	for _, p := range paths {
		if blank(p) == blank(path) {
			return p
		}
	}
	return ""
}

// blank takes the names out of a path's parameters: "/v2/domains/{}/records".
func blank(path string) string { return apidoc.Blank(path) }

// example is DigitalOcean's, with everything secret in it made obviously fake.
func example(t *testing.T, doc *apidoc.Document, reviewed []reviewedRow, r *schema.Resource) any {
	t.Helper()
	if documented(doc.Paths(), r.Path) == "" {
		return ownResponse(t, r)
	}
	e := doc.Example(documented(doc.Paths(), r.Path))
	if e == nil {
		t.Errorf("%s: the document has no example", r.Name)
	}
	e = rooted(e, r)
	complete(e, r, doc.Item(documented(doc.Paths(), r.Path), itemPath(r)))
	secrets := ownFact(doc, r).Secrets
	if row := find(reviewed, r); row != nil {
		secrets = row.secrets()
	}
	for _, s := range secrets {
		prefix := strings.TrimPrefix(itemPath(r)+".", ".")
		fake(e, steps(t, prefix+s.Path), "FAKE-"+r.Name+"-"+s.Path)
	}
	return e
}

// rooted puts a single record that the example shows without its root under it.
func rooted(response any, r *schema.Resource) any {
	items, _, _ := strings.Cut(r.Items, "|")
	if m, ok := response.(map[string]any); ok && r.Kind == schema.Single && items != "" && m[items] == nil {
		return map[string]any{items: response}
	}
	return response
}

// complete makes a record where the example has none, gives the records the id that DigitalOcean's example forgot, and
// of several with one number another number.
func complete(response any, r *schema.Resource, item any) {
	records, isList := response.(map[string]any)[r.Items].([]any)
	if isList && len(records) == 0 && item != nil {
		records = []any{item}
		response.(map[string]any)[r.Items] = records
	}
	seen := map[any]bool{}
	for i, record := range records {
		m := record.(map[string]any)
		for id := range strings.SplitSeq(r.ID, "+") {
			if o, ok := item.(map[string]any); ok && id != "" && m[id] == nil && o[id] != nil {
				m[id] = o[id]
			}
		}
		if n, ok := m[r.ID].(json.Number); ok && seen[n] {
			id, _ := n.Int64()
			m[r.ID] = id + int64(i)
		}
		seen[m[r.ID]] = true
	}
}

// fake replaces what a path names.
func fake(v any, path []string, with string) {
	switch v := v.(type) {
	case map[string]any:
		old, ok := v[path[0]]
		switch {
		case !ok || old == nil:
		case len(path) == 1:
			v[path[0]] = with
		default:
			fake(old, path[1:], with)
		}
	case []any:
		for _, e := range v {
			fake(e, path[1:], with)
		}
	}
}

func steps(t *testing.T, path string) []string {
	t.Helper()
	all, err := schema.Paths(path).Steps()
	if err != nil || len(all) != 1 {
		t.Fatalf("path %q: %v", path, err)
	}
	return all[0]
}

// reviewedRow is what is taken from an entry of the review (apidoc/review.json.gz) of DigitalOcean's document.
type reviewedRow struct {
	Path          string
	Kind          string
	ItemsKey      string              `json:"items_key"`
	ObjectKey     string              `json:"object_key"`
	IDFields      string              `json:"id_fields"`
	Pagination    string              `json:"pagination"`
	OptionalQuery []string            `json:"optional_query"`
	Scopes        []string            `json:"scopes"`
	FieldScopes   map[string][]string `json:"field_scopes"`
	SecretFields  []struct {
		Fields []string
		Cls    string
	} `json:"secret_fields"`
	SecretPaths    map[string][]string `json:"secret_paths"`
	VolatileFields []struct {
		Fields []string
		Why    string
	} `json:"volatile_fields"`
	SetArrays   []string   `json:"set_arrays"`
	KeyedArrays []keyedRow `json:"keyed_arrays"`
	Ordered     []string   `json:"ordered_arrays"`
	PII         []string   `json:"pii_fields"`
	AvoidWith   string     `json:"avoid_with"`
	Safe        string     `json:"safe_to_poll"`
}

type keyedRow struct {
	Path string `json:"path"`
	Key  string `json:"key"`
}

// find returns what the review says of a row's listing, nil for one that came with a newer document.
func find(reviewed []reviewedRow, r *schema.Resource) *reviewedRow {
	for i := range reviewed {
		if blank(reviewed[i].Path) == blank(r.Path) {
			return &reviewed[i]
		}
	}
	return nil
}

// secrets returns each secret path with its class. A field like "**.envs[].value (25 paths)" is spelled out.
func (row *reviewedRow) secrets() []secretFact {
	var all []secretFact
	for _, f := range row.SecretFields {
		for _, field := range f.Fields {
			suffix, deep := strings.CutPrefix(field, "**.")
			suffix, _, _ = strings.Cut(suffix, " (")
			if !deep {
				all = append(all, secretFact{field, f.Cls})
				continue
			}
			for _, paths := range row.SecretPaths {
				for _, p := range paths {
					if strings.HasSuffix("."+p, "."+suffix) {
						all = append(all, secretFact{p, f.Cls})
					}
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b secretFact) int { return strings.Compare(a.Path, b.Path) })
	return slices.Compact(all)
}
