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

// decided returns what a row sets and no document can know, where it departs from them with a reason, and which of the
// known paths it masks or calls personal though they don't.
func decided(r *schema.Resource, f resourceFact, known [][]string) map[string]string {
	set := decisions(r)
	maps.DeleteFunc(set, func(field, _ string) bool {
		return !slices.Contains(undocumented, field) && r.Why[field] == ""
	})
	for path := range r.Why {
		if !slices.Contains(departing, path) {
			set[path] = treatment(r, path)
		}
	}
	var secrets []string
	for _, s := range f.Secrets {
		secrets = append(secrets, s.Path)
	}
	for field, paths := range map[string][2]schema.Paths{
		"Mask": {r.Mask, schema.Paths(strings.Join(secrets, " "))}, "PII": {r.PII, schema.Paths(strings.Join(f.PII, " "))},
	} {
		if more := beyond(known, all(paths[0]), all(paths[1])); more != "" {
			set[field] = more
		}
	}
	return set
}

// beyond returns the known paths that are set and not said, sorted.
func beyond(known, set, said [][]string) string {
	if len(set) == 0 {
		return ""
	}
	var more []string
	for _, path := range known {
		if covers(set, path) && !above(said, path) {
			more = append(more, spell(path))
		}
	}
	slices.Sort(more)
	return strings.Join(more, " ")
}

// treatment returns what a row does with a path that it has a reason for.
func treatment(r *schema.Resource, path string) string {
	for resource, paths := range r.FieldScopes {
		if slices.Contains(strings.Fields(string(paths)), path) {
			return "filled with the scope of " + resource
		}
	}
	if slices.Contains(strings.Fields(string(r.Ignore)), path) {
		return "ignored"
	}
	return "compared"
}

// departing are the fields of a row that may depart from the documents with a reason.
var departing = []string{"ID", "Items", "Born", "Absent", "Title"}

// undocumented are the fields of a row that the documents say nothing about.
var undocumented = []string{
	"API", "Filtered", "Group", "Kind", "MinInterval", "Open", "Query", "Revision", "Title", "URN", "When",
}

// decisions returns the fields that a row sets, as text. The reasons are left to the row.
func decisions(r *schema.Resource) map[string]string {
	set := map[string]string{}
	v := reflect.ValueOf(*r)
	for i := range v.NumField() {
		if !v.Field(i).IsZero() && v.Type().Field(i).Name != "Why" {
			set[v.Type().Field(i).Name] = fmt.Sprint(v.Field(i).Interface())
		}
	}
	return set
}

// nameable returns the steps of a tree's paths.
func nameable(t *apidoc.Tree) [][]string {
	var steps [][]string
	for _, path := range paths(t) {
		steps = append(steps, one(path))
	}
	return steps
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
	k.recorded(r, decisions(r), f.Row)
	for _, field := range departing {
		if r.Why[field] != "" && (field != "Born" || r.Kind != schema.List || !schema.Known(r.Name).Has("created_at")) {
			k.fault(r, "Why: no document says anything about %s: take the reason out", field)
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
		if r.Why[path] == "" && !above(all(r.Ignore), one(path)) {
			k.fault(r, "ignore: %s moves by itself: put it into Ignore, or say in Why that it is news", path)
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

// recorded holds what a row decides by itself against the contract, where a second person sees it change.
func (k *checker) recorded(r *schema.Resource, is, contract map[string]string) {
	for _, field := range slices.Sorted(maps.Keys(union(is, contract))) {
		if is[field] != contract[field] {
			k.fault(r, "%s is %q, and %q in the contract: if it is meant, run go generate ./schema", field,
				is[field], contract[field])
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
		k.departs(r, "Born", r.Born, "created_at")
	}
	if has("updated_at") {
		k.equal(r, "clock", r.Clock, "updated_at")
		if !slices.Contains(strings.Fields(string(r.Ignore)), "updated_at") {
			k.fault(r, "updated_at moves with every change: put it into Ignore")
		}
	}
}

// TestARowWithoutAReviewSpeaksForItself takes one listing out of the review, as one is that a newer document brings.
func TestARowWithoutAReviewSpeaksForItself(t *testing.T) {
	doc, reviewed := documents(t)
	reviewed = slices.DeleteFunc(reviewed, func(row reviewedRow) bool { return row.Path == "/v2/nfs/snapshots" })
	c := extract(t, doc, reviewed)
	if c.Resources["nfs_snapshots"].Row == nil {
		t.Error("the contract holds nothing of what the row decides")
	}
	for _, v := range violations(schema.Catalog, c, "nfs_snapshots") {
		t.Error(v)
	}
}
