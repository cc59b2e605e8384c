package schema_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/internal/apidoc"
	"github.com/seachange/seachange/schema/types"
)

// typesText returns types.txt as it is to be: the columns that are published already as they are, then the new ones.
func typesText(t *testing.T, doc *apidoc.Document) []byte {
	t.Helper()
	text, err := os.ReadFile("types/types.txt")
	if err != nil {
		t.Fatal(err)
	}
	published, err := types.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		if r.API != "" {
			continue // written by hand
		}
		fmt.Fprintln(&b, "#", r.Name)
		writeColumns(&b, "", merge(published[r.Name], columns(recordType(doc, r).Fields)))
	}
	return b.Bytes()
}

func writeColumns(b *bytes.Buffer, above string, fields []types.Field) {
	for _, f := range fields {
		path, kind := strings.TrimPrefix(above+"."+f.Name, "."), f.Kind.String()
		if f.Member != f.Name {
			kind += " " + f.Member
		}
		fmt.Fprintf(b, "%s\t%s\t%s\n", path, kind, f.Doc)
		writeWithin(b, path, f.Type)
	}
}

func writeWithin(b *bytes.Buffer, path string, t types.Type) {
	if t.Kind == types.Array {
		path += "[]"
		fmt.Fprintf(b, "%s\t%s\t\n", path, t.Elem.Kind)
		writeWithin(b, path, *t.Elem)
	}
	writeColumns(b, path, t.Fields)
}

// recordType is what is known of a row's records, less the children that are embedded in them. What no document
// describes is as the row's own example has it.
func recordType(doc *apidoc.Document, r *schema.Resource) types.Type {
	tree, own := described(doc, r), documented(doc.Paths(), r.Path) == ""
	if get := laterGet(r); own && get != nil {
		tree = apidoc.Of(get.Example(itemPath(r))).At(itemPath(r))
		tree.Add(recordFields(r, get.Fields))
	}
	tree.Add(godoFields(r))
	for _, child := range schema.Children(r.Name) {
		delete(tree.Members, child.Embed)
	}
	return typeOf(tree, own, 0)
}

// deepest is how many objects and arrays within each other are typed.
const deepest = 8

// typeOf returns the type of a value. Own says that examples are all that is known of it.
func typeOf(tree *apidoc.Tree, own bool, depth int) types.Type {
	switch k := kindOf(tree, own); {
	case k != types.Struct && k != types.Array:
		return types.Type{Kind: k}
	case depth == deepest:
	case k == types.Array && tree.Elem != nil:
		elem := typeOf(tree.Elem, own, depth+1)
		return types.Type{Kind: types.Array, Elem: &elem}
	case k == types.Struct && tree.Members["*"] == nil:
		var fields []types.Field
		for _, member := range slices.Sorted(maps.Keys(tree.Members)) {
			if m := tree.Members[member]; isKnown(m, own) {
				fields = append(fields, types.Field{Member: member, Doc: firstSentence(m.Doc), Type: typeOf(m, own, depth+1)})
			}
		}
		if len(fields) > 0 {
			return types.Type{Kind: types.Struct, Fields: columns(fields)}
		}
	}
	return types.Type{Kind: types.JSON}
}

// isKnown reports whether a member is in a document's schema, or godo decodes it: not only in an example.
func isKnown(t *apidoc.Tree, own bool) bool {
	if own || len(t.Kinds) > 0 || t.Type != "" || t.Any {
		return true
	}
	for _, m := range t.Members {
		if isKnown(m, own) {
			return true
		}
	}
	return t.Elem != nil && isKnown(t.Elem, own)
}

var kinds = map[string]types.Kind{
	"string": types.String, "integer": types.Long, "number": types.Double, "boolean": types.Boolean,
	"timestamp": types.Timestamp, "object": types.Struct, "array": types.Array,
	// godo's
	"bool": types.Boolean, "Time": types.Timestamp, "Timestamp": types.Timestamp,
	"int": types.Long, "int32": types.Long, "int64": types.Long, "uint32": types.Long, "uint64": types.Long,
	"float32": types.Double, "float64": types.Double,
}

// kindOf is JSON where a value may be of several kinds.
func kindOf(t *apidoc.Tree, own bool) types.Kind {
	all := t.Kinds
	if len(all) == 0 && t.Type != "" {
		godo, _, _ := strings.Cut(t.Type, "(")
		godo, _, _ = strings.Cut(godo, "<")
		all = []string{godo}
	}
	if len(all) == 0 && own {
		all = t.Seen
	}
	if t.Any {
		return types.JSON
	}
	if len(all) == 0 && t.Members != nil {
		return types.Struct
	}
	if len(all) == 0 && t.Elem != nil {
		return types.Array
	}
	all = slices.Compact(slices.Sorted(slices.Values(all)))
	switch {
	case slices.Equal(all, []string{"integer", "number"}):
		return types.Double
	case slices.Equal(all, []string{"string", "timestamp"}):
		return types.String
	case len(all) != 1:
		return types.JSON
	}
	return kinds[all[0]] // JSON, of a kind that is unknown
}

// columns names the columns of an object's members.
func columns(fields []types.Field) []types.Field {
	for i := range fields {
		f := &fields[i]
		f.Name = free(fields[:i], columnName(f.Member), f.Kind)
	}
	return fields
}

var notInColumns = regexp.MustCompile(`[^A-Za-z0-9_]`)

// columnName is a member's name as Avro and every table allow it.
func columnName(member string) string {
	name := notInColumns.ReplaceAllString(member, "_")
	if name == "" || (name[0] >= '0' && name[0] <= '9') {
		name = "_" + name
	}
	return name
}

// free is the name, or the name with the kind behind it where another column has it: tables don't tell A from a.
func free(taken []types.Field, name string, kind types.Kind) string {
	for is := name; ; is += "_" + kind.String() {
		if !slices.ContainsFunc(taken, func(f types.Field) bool { return strings.EqualFold(f.Name, is) }) {
			return is
		}
	}
}

// merge adds to published columns what is new. A member whose type has changed comes as another column.
func merge(published, now []types.Field) []types.Field {
	all := slices.Clone(published)
	for _, f := range now {
		i := slices.IndexFunc(all, func(p types.Field) bool { return p.Member == f.Member && sameKind(p.Type, f.Type) })
		if i < 0 {
			f.Name = free(all, columnName(f.Member), f.Kind)
			all = append(all, f)
			continue
		}
		all[i].Doc, all[i].Type = f.Doc, mergeType(all[i].Type, f.Type)
	}
	return all
}

// sameKind reports whether two types differ at most in the members of their objects.
func sameKind(a, b types.Type) bool {
	return a.Kind == b.Kind && (a.Kind != types.Array || sameKind(*a.Elem, *b.Elem))
}

func mergeType(a, b types.Type) types.Type {
	if a.Kind == types.Array {
		elem := mergeType(*a.Elem, *b.Elem)
		return types.Type{Kind: types.Array, Elem: &elem}
	}
	return types.Type{Kind: a.Kind, Fields: merge(a.Fields, b.Fields)}
}

var spaces = regexp.MustCompile(`\s+`)

// firstSentence is a description's, on one line, without what Markdown adds, in 120 letters at most.
func firstSentence(text string) string {
	text = strings.TrimSpace(spaces.ReplaceAllString(strings.NewReplacer("`", "", "*", "").Replace(text), " "))
	text, _, _ = strings.Cut(text, ". ")
	if letters := []rune(strings.TrimSuffix(text, ".")); len(letters) <= 120 {
		return string(letters)
	}
	return string([]rune(text)[:119]) + "…"
}

// Columns are a contract: once in a release, a column stays what and where it is.
func TestColumnsAreOnlyEverAdded(t *testing.T) {
	str, long := types.Type{Kind: types.String}, types.Type{Kind: types.Long}
	list := func(of types.Type) types.Type { return types.Type{Kind: types.Array, Elem: &of} }
	object := func(f ...types.Field) types.Type { return types.Type{Kind: types.Struct, Fields: f} }
	published := []types.Field{
		{Name: "size", Member: "size", Type: str},
		{Name: "gone", Member: "gone", Type: str},
		{Name: "in", Member: "in", Type: object(types.Field{Name: "b", Member: "b", Type: str})},
		{Name: "ids", Member: "ids", Type: list(str)},
	}
	now := []types.Field{
		{Member: "a-b", Type: str},
		{Member: "ids", Type: list(long)},
		{Member: "in", Type: object(
			types.Field{Name: "a", Member: "a", Type: str}, types.Field{Name: "b", Member: "b", Type: str},
		)},
		{Member: "size", Type: long},
		{Member: "Size", Type: str},
	}
	var b bytes.Buffer
	writeColumns(&b, "", merge(published, columns(now)))
	want := "size\tstring\t\ngone\tstring\t\nin\tstruct\t\nin.b\tstring\t\nin.a\tstring\t\n" +
		"ids\tarray\t\nids[]\tstring\t\na_b\tstring a-b\t\n" +
		"ids_array\tarray ids\t\nids_array[]\tlong\t\nsize_long\tlong size\t\nSize_string\tstring Size\t\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	again, err := types.Parse("# r\n" + want)
	if err != nil {
		t.Fatal(err)
	}
	b.Reset()
	if writeColumns(&b, "", merge(again["r"], columns(now))); b.String() != want {
		t.Errorf("a second time, nothing is new:\n%s", b.String())
	}
}

// Each row has columns, and each is written so that a table can have it.
func TestEachResourceHasColumns(t *testing.T) {
	for i := range schema.Catalog {
		name := schema.Catalog[i].Name
		fields := types.Fields(name)
		if len(fields) == 0 {
			t.Errorf("%s has no columns", name)
		}
		wellFormed(t, name, types.Type{Kind: types.Struct, Fields: fields})
	}
	members := memberPaths("", types.Fields("spaces_buckets"))
	for _, path := range schema.Known("spaces_buckets").Paths() { // written by hand, as its columns are
		if plain := strings.ReplaceAll(path, "[]", ""); !strings.Contains(path, "*") && !slices.Contains(members, plain) {
			t.Errorf("spaces_buckets has no column for %s", path)
		}
	}
	if types.Fields("unknown") != nil {
		t.Error("what is unknown has columns")
	}
}

// memberPaths returns the members that have columns, without the brackets of arrays.
func memberPaths(above string, fields []types.Field) []string {
	var all []string
	for _, f := range fields {
		path, in := strings.TrimPrefix(above+"."+f.Member, "."), f.Type
		for in.Elem != nil {
			in = *in.Elem
		}
		all = append(append(all, path), memberPaths(path, in.Fields)...)
	}
	return all
}

func wellFormed(t *testing.T, at string, is types.Type) {
	t.Helper()
	if (is.Kind == types.Struct) != (len(is.Fields) > 0) || (is.Kind == types.Array) != (is.Elem != nil) {
		t.Errorf("%s: a %s of %d fields and the element %v", at, is.Kind, len(is.Fields), is.Elem)
	}
	if is.Elem != nil {
		wellFormed(t, at+"[]", *is.Elem)
	}
	seen := map[string]bool{}
	for _, f := range is.Fields {
		if low := strings.ToLower(f.Name); seen[low] || columnName(f.Name) != f.Name {
			t.Errorf("%s.%s is no column's name, or another's", at, f.Name)
		} else {
			seen[low] = true
		}
		wellFormed(t, at+"."+f.Name, f.Type)
	}
}
