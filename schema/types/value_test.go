package types_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/schema/types"
)

const columns = `# things
id	long	
price	double	
on	boolean	
name	string	
at	timestamp	
labels	json	
size	struct	
size.unit	string	
rules	array	
rules[]	struct	
rules[].ports	array	
rules[].ports[]	long	
cpu	string	
cpu_long	long cpu	
`

func read(t *testing.T, record string) (map[string]any, []string) {
	t.Helper()
	resources, err := types.Parse(columns)
	if err != nil {
		t.Fatal(err)
	}
	values, mistyped := types.Read(resources["things"], []byte(record))
	return written(resources["things"], values), mistyped
}

// written are the columns that are not null, scalars as their JSON.
func written(fields []types.Field, values []types.Value) map[string]any {
	all := map[string]any{}
	for i, f := range fields {
		if v := of(&f.Type, &values[i]); v != nil {
			all[f.Name] = v
		}
	}
	return all
}

func of(t *types.Type, v *types.Value) any {
	switch {
	case v.IsNull():
		return nil
	case t.Kind == types.Struct:
		return written(t.Fields, v.Within)
	case t.Kind == types.Array:
		all := []any{}
		for i := range v.Within {
			all = append(all, of(t.Elem, &v.Within[i]))
		}
		return all
	}
	return string(v.JSON)
}

func TestReadKeepsEachDocumentedValue(t *testing.T) {
	got, mistyped := read(t, `{"at":"2026-11-01T00:00:00.5Z","cpu":"2","id":9223372036854775807,"labels":{"a":[1]},`+
		`"name":"a\"b","new":1,"on":true,"price":0.10,"rules":[{"ports":[]},null,{"ports":[1,null]}],"size":{"unit":"gib"}}`)
	want := map[string]any{
		"at": `"2026-11-01T00:00:00.5Z"`, "cpu": `"2"`, "id": "9223372036854775807", "labels": `{"a":[1]}`,
		"name": `"a\"b"`, "on": "true", "price": "0.10", "size": map[string]any{"unit": `"gib"`},
		"rules": []any{
			map[string]any{"ports": []any{}}, nil, map[string]any{"ports": []any{"1", nil}},
		},
	}
	if d := cmp.Diff(want, got); d != "" || mistyped != nil {
		t.Errorf("mistyped %v, values (-want +got):\n%s", mistyped, d)
	}
}

// What can't be in a column is null there, and told by its path, never by its value.
func TestReadTellsOfOtherTypes(t *testing.T) {
	for record, want := range map[string][]string{
		`{"id":1.5}`:                 {"id"},
		`{"id":9223372036854775808}`: {"id"},
		`{"id":"1"}`:                 {"id"},
		`{"price":"1"}`:              {"price"},
		`{"price":1e999}`:            {"price"},
		`{"on":"true"}`:              {"on"},
		`{"name":1}`:                 {"name"},
		`{"at":"yesterday"}`:         {"at"},
		`{"size":[]}`:                {"size"},
		`{"size":{"unit":1}}`:        {"size.unit"},
		`{"rules":{}}`:               {"rules"},
		`{"rules":[{"ports":[true]},` + `{"ports":[1,"2"]}]}`: {"rules[].ports[]"},
		`{"cpu":true}`: {"cpu"},
		`{"at":"","id":null,"on":"***","price":"***:0123456789abcdef","size":"***"}`: nil, // empty, null, masked
		`{"unknown":1}`: nil,
	} {
		got, mistyped := read(t, record)
		if d := cmp.Diff(want, mistyped); d != "" {
			t.Errorf("%s: mistyped (-want +got):\n%s", record, d)
		}
		for _, in := range []string{"id", "price", "on", "name", "at", "cpu"} {
			if got[in] != nil {
				t.Errorf("%s: %s is %v, want null", record, in, got[in])
			}
		}
	}
	if got, _ := read(t, `{"id":5.0}`); got["id"] != "5" {
		t.Errorf("5.0 is the whole number %v, want 5", got["id"])
	}
}

// A member whose type the document changed has a column for each.
func TestReadFillsTheColumnThatTakesTheValue(t *testing.T) {
	for record, want := range map[string]map[string]any{
		`{"cpu":"2"}`: {"cpu": `"2"`},
		`{"cpu":2}`:   {"cpu_long": "2"},
	} {
		if got, mistyped := read(t, record); !cmp.Equal(want, got) || mistyped != nil {
			t.Errorf("%s: %v, mistyped %v; want %v", record, got, mistyped, want)
		}
	}
}

func TestReadOfWhatIsNoObject(t *testing.T) {
	for _, record := range []string{"", "1", "[]", "null"} {
		if values, mistyped := types.Read(types.Fields("droplets"), []byte(record)); values != nil || mistyped != nil {
			t.Errorf("%q has %v, mistyped %v", record, values, mistyped)
		}
	}
}

func TestParseRefusesWhatIsNoColumn(t *testing.T) {
	for _, line := range []string{"a\tword\t", "a\tlong", "a.b\tlong\t", "a[]\tlong\t"} {
		if _, err := types.Parse("# things\n" + line + "\n"); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v, want an error that names its line", line, err)
		}
	}
}
