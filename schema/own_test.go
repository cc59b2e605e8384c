package schema_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/internal/apidoc"
)

// A row whose listing no document has speaks for itself: what its records have is learned from its Example, and what it
// decides is written to the contract, so that a later slip of the pen is noticed.

// undescribed returns what must be added to a row before anything can be made of it, nil if nothing.
func undescribed(doc *apidoc.Document, r *schema.Resource) error {
	if r.API != "" || documented(doc.Paths(), r.Path) != "" || laterGet(r) != nil {
		return nil
	}
	if r.Example == "" {
		return fmt.Errorf("%s: no document has GET %s, so nothing says what its records have: give the row an Example, "+
			"one record in JSON as the API gives it, with obviously fake secrets", r.Name, r.Path)
	}
	record, err := ownExample(r)
	if err != nil {
		return fmt.Errorf("%s: Example: %w", r.Name, err)
	}
	if r.ID == "" {
		return nil
	}
	text, err := json.Marshal(record)
	if err == nil {
		_, err = r.IDOf(text)
	}
	if err != nil {
		return fmt.Errorf("%s: no id can be read from Example: %w", r.Name, err)
	}
	return nil
}

// ownExample reads a row's own example. Numbers are kept as they are.
func ownExample(r *schema.Resource) (map[string]any, error) {
	d := json.NewDecoder(strings.NewReader(r.Example))
	d.UseNumber()
	var record map[string]any
	if err := d.Decode(&record); err != nil {
		return nil, fmt.Errorf("not one JSON object: %w", err)
	}
	return record, nil
}

// ownResponse is a whole response that holds a row's own example, as its path into the response says, or one of our
// making where godo knows what it holds.
func ownResponse(t *testing.T, r *schema.Resource) any {
	t.Helper()
	if get := laterGet(r); get != nil {
		response := get.Example(itemPath(r))
		root := strings.TrimPrefix(itemPath(r)+".", ".")
		for path := range strings.FieldsSeq(string(r.Mask)) {
			fake(response, steps(t, root+path), "FAKE-"+r.Name+"-"+path)
		}
		for _, child := range schema.Children(r.Name) { // some have such children
			if member, values, ok := strings.Cut(string(child.When), "="); ok {
				value, _, _ := strings.Cut(values, "|")
				fake(response, steps(t, root+member), value)
			}
		}
		return response
	}
	record, _ := ownExample(r)
	var response any = record
	path := strings.Split(strings.ReplaceAll(itemPath(r), "[]", ".[]"), ".")
	for _, step := range slices.Backward(path) {
		switch step {
		case "":
		case "[]":
			response = []any{response}
		case "*":
			response = map[string]any{"any": response}
		default:
			response = map[string]any{step: response}
		}
	}
	return response
}

// ownFact is what a row that no document has says about itself.
func ownFact(doc *apidoc.Document, r *schema.Resource) resourceFact {
	f := resourceFact{
		Path: blank(r.Path), Kind: r.Kind.String(), Items: r.Items, ID: r.ID, Paged: r.PerPage >= 0,
		Scopes: []string{r.Scope}, Row: decisions(r),
	}
	for _, path := range paths(shape(doc, r)) {
		if covers(all(r.Mask), one(path)) {
			f.Secrets = append(f.Secrets, secretFact{path, "secret"})
		}
	}
	if get := laterGet(r); get != nil {
		f.reviewed(get)
	}
	return f
}

// reviewed adds what was decided about a listing that came after the document.
func (f *resourceFact) reviewed(get *apidoc.Get) {
	f.Since, f.Volatile, f.PII = get.Since, get.Decision.Volatile, get.Decision.PII
	for _, path := range get.Decision.Secrets {
		if !slices.Contains(f.Secrets, secretFact{path, "secret"}) {
			f.Secrets = append(f.Secrets, secretFact{path, "secret"})
		}
	}
	for _, path := range get.Decision.Sets {
		set, key := one(path), ""
		if last := set[len(set)-1]; isKey(last) {
			set, key = set[:len(set)-1], strings.Trim(last, "[]")
		}
		f.Sets = append(f.Sets, keyedRow{Path: spell(set), Key: key})
	}
}

// decisions returns the fields that a row sets, as text.
func decisions(r *schema.Resource) map[string]string {
	set := map[string]string{}
	v := reflect.ValueOf(*r)
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			set[v.Type().Field(i).Name] = fmt.Sprint(v.Field(i).Interface())
		}
	}
	return set
}

// paths returns the paths of a tree that the language of paths can name, sorted.
func paths(t *apidoc.Tree) []string {
	var all []string
	var walk func(t *apidoc.Tree, path string)
	walk = func(t *apidoc.Tree, path string) {
		if _, err := schema.Paths(path).Steps(); err == nil && path != "" {
			all = append(all, path)
		}
		if t.Elem != nil {
			walk(t.Elem, path+"[]")
		}
		for name, member := range t.Members {
			walk(member, strings.TrimPrefix(path+"."+name, "."))
		}
	}
	walk(t, "")
	slices.Sort(all)
	return all
}

var scopeForm = regexp.MustCompile(`^[a-z_0-9]+:[a-z_]+$`)

// own checks a row that no document has: against the contract, and against what holds for every row.
func (k *checker) own(r *schema.Resource, f resourceFact) {
	is := decisions(r)
	for _, field := range slices.Sorted(maps.Keys(union(is, f.Row))) {
		if is[field] != f.Row[field] {
			k.fault(r, "%s is %q, and %q in the contract: if it is meant, run go generate ./schema", field,
				is[field], f.Row[field])
		}
	}
	if r.Scope != "" && !scopeForm.MatchString(r.Scope) {
		k.fault(r, "scope %q is not of the form droplet:read", r.Scope)
	}
	if r.Scope != "" && r.Unsaid != "" {
		k.fault(r, "scope %s is named, and said to be unknown", r.Scope)
	}
	if r.Group == "" && r.Scope == "" && r.Unsaid == "" {
		k.fault(r, "no Scope: say which one a token needs, or put it in a Group that is off by default")
	}
	if r.ID == "" && r.Kind == schema.List {
		k.fault(r, "no ID: which member tells a record from its siblings?")
	}
	if r.Kind == schema.Log && r.Absent != schema.Never {
		k.fault(r, "a log's entries never go: Absent is Never")
	}
	k.times(r)
	k.called(r)
	k.decided(r, f)
}

// decided checks a row against what was decided about its listing, if it is one that came after the document.
func (k *checker) decided(r *schema.Resource, f resourceFact) {
	for _, path := range f.Volatile {
		if _, isNews := news[r.Name][path]; !isNews && !above(all(r.Ignore), one(path)) {
			k.fault(r, "ignore: %s moves by itself and is no news", path)
		}
	}
	for _, path := range f.PII {
		if !covers(all(r.PII), one(path)) {
			k.fault(r, "pii: %s is personal", path)
		}
	}
	for _, s := range f.Sets {
		if key, ok := setKey(r.Sets+" "+schema.Defaults().Sets, s.Path); !ok || key != s.Key {
			k.fault(r, "sets: %s is no set known by %q, but %v by %q", s.Path, s.Key, ok, key)
		}
	}
}

func union(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// times checks the members that tell incarnations and moments apart.
func (k *checker) times(r *schema.Resource) {
	has := schema.Known(r.Name).Has
	if r.Kind == schema.List && r.ID != "created_at" && has("created_at") {
		k.equal(r, "born", r.Born, "created_at")
	}
	if has("updated_at") {
		k.equal(r, "clock", r.Clock, "updated_at")
		if !slices.Contains(strings.Fields(string(r.Ignore)), "updated_at") {
			k.fault(r, "updated_at moves with every change: put it into Ignore")
		}
	}
}
