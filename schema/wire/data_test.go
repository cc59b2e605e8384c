package wire_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/twmb/avro"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/types"
	"github.com/seachange/seachange/schema/wire"
)

// Each documented scalar of the example account has its value in data, in each format, as a reader that isn't ours
// reads it. What is lost is told.
func TestDataKeepsEachScalar(t *testing.T) {
	account := digitaloceantest.Example(digitaloceantest.Options{})
	kept, told := 0, map[string]bool{}
	for _, f := range []wire.Format{wire.Inline, wire.JSONSchema, wire.Avro} {
		c := wire.New(f, "digitalocean")
		for i := range schema.Catalog {
			name := schema.Catalog[i].Name
			fields := types.Fields(name)
			if f == wire.Inline {
				fields = wire.Narrow(fields)
			}
			var reader *avro.Schema
			if f == wire.Avro {
				reader = avro.MustParse(c.Schemas(schema.TopicOf("digitalocean", name))[1].Text)
			}
			for id, record := range account.Records(name) {
				row, mistyped := written(t, c, reader, name, id, record)
				for _, path := range mistyped {
					told[name+"."+path] = true
				}
				n := keeps(t, name, fields, row["data"], plain(t, record), told)
				if kept += n; n == 0 {
					t.Errorf("%s: nothing of %s %s is in data", f, name, id)
				}
			}
		}
	}
	if kept < 5000 || len(told) > 12 {
		t.Errorf("%d scalars kept, want at least 5000; of another type: %v", kept, told)
	}
	t.Logf("%d scalars kept; of another type: %v", kept, told)
}

func plain(t *testing.T, record []byte) map[string]any {
	t.Helper()
	var v map[string]any
	d := json.NewDecoder(bytes.NewReader(record))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// written returns the row after a first sight, as a reader gets it who knows the schema alone.
func written(
	t *testing.T, c *wire.Codec, reader *avro.Schema, resource, id string, record []byte,
) (row map[string]any, mistyped []string) {
	t.Helper()
	canonical := jsontext.Value(bytes.Clone(record))
	if err := canonical.Compact(); err != nil {
		t.Fatal(err)
	}
	body := string(canonical)
	e := &schema.Event{
		Op: schema.Read, After: &schema.Row{AccountID: "team-1", ID: id, Body: &body},
		Source: schema.Source{Connector: schema.Connector, DB: "team-1", Table: resource},
	}
	name := schema.TopicOf("digitalocean", resource)
	value, mistyped := c.Event(name, e)
	var got map[string]any
	if c.Format() == wire.Avro {
		rest, err := reader.Decode(value[5:], &got)
		if err != nil || len(rest) > 0 {
			t.Fatalf("%s: %v, %d bytes left", name, err, len(rest))
		}
	} else {
		got = plain(t, value[bytes.IndexByte(value, '{'):])
		if payload, ok := got["payload"].(map[string]any); ok {
			got = payload
		}
	}
	return got["after"].(map[string]any), mistyped
}

// keeps holds an object's columns against its members, and returns how many scalars are the same.
func keeps(t *testing.T, at string, fields []types.Field, data any, record map[string]any, told map[string]bool) int {
	t.Helper()
	columns, _ := data.(map[string]any)
	n := 0
	for _, f := range fields {
		n += keepsValue(t, at+"."+f.Member, &f.Type, columns[f.Name], record[f.Member], told)
	}
	return n
}

func keepsValue(t *testing.T, at string, of *types.Type, got, want any, told map[string]bool) int {
	t.Helper()
	if want == nil || (told[at] && got == nil) || (of.Kind == types.Timestamp && want == "") {
		return 0
	}
	object, isObject := want.(map[string]any)
	if list, isList := want.([]any); isList && of.Kind == types.Array {
		elems, _ := got.([]any)
		if len(elems) != len(list) {
			t.Errorf("%s: %d elements, want %d", at, len(elems), len(list))
			return 0
		}
		n := 0
		for i := range list {
			n += keepsValue(t, at+"[]", of.Elem, elems[i], list[i], told)
		}
		return n
	}
	if isObject && of.Kind == types.Struct {
		return keeps(t, at, of.Fields, got, object, told)
	}
	if text, wanted := as(t, of.Kind, got), as(t, of.Kind, want); of.Kind != types.JSON && text != wanted {
		t.Errorf("%s: %s, want %s", at, text, wanted)
	} else if of.Kind == types.JSON && !sameJSON(t, got, want) {
		t.Errorf("%s: %v, want %v", at, got, want)
	}
	return 1
}

// as writes a scalar, whatever type its reader gives it.
func as(t *testing.T, k types.Kind, v any) string {
	t.Helper()
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case string:
		if at, err := time.Parse(time.RFC3339, v); k == types.Timestamp && err == nil {
			return at.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
		}
		return fmt.Sprintf("%q", v)
	case json.Number:
		if k == types.Double {
			f, err := v.Float64()
			if err != nil {
				t.Error(err)
			}
			return fmt.Sprint(math.Float64bits(f))
		}
		return string(v)
	case float64:
		return fmt.Sprint(math.Float64bits(v))
	}
	return fmt.Sprint(v)
}

func sameJSON(t *testing.T, got, want any) bool {
	t.Helper()
	text, ok := got.(string)
	wanted, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	is, must := jsontext.Value(text), jsontext.Value(wanted)
	return ok && is.Canonicalize() == nil && must.Canonicalize() == nil && cmp.Equal(is, must)
}

// BenchmarkData compares an account's initial snapshot with data and without it: what it adds to the CPU time and the
// bytes of encoding alone, which is a part of what a snapshot costs.
func BenchmarkData(b *testing.B) {
	account := digitaloceantest.Fleet(digitaloceantest.Options{}, 500, 1)
	var events []*schema.Event
	for id, record := range account.Records("droplets") {
		canonical := jsontext.Value(record)
		if err := canonical.Canonicalize(); err != nil {
			b.Fatal(err)
		}
		events = append(events, &schema.Event{
			Op: schema.Read, After: &schema.Row{AccountID: "team-1", ID: id, Body: new(string(canonical))},
			Source: schema.Source{Connector: schema.Connector, DB: "team-1", Table: "droplets"},
		})
	}
	for name, c := range map[string]*wire.Codec{
		"json": wire.New(wire.JSON, "p"), "avro": wire.New(wire.Avro, "p"),
		"avro-no-data": wire.NewWithoutData(wire.Avro, "p"),
	} {
		b.Run(name, func(b *testing.B) {
			bytes := 0
			for i := 0; b.Loop(); i++ {
				value, _ := c.Event("p.droplets", events[i%len(events)])
				bytes += len(value)
			}
			b.ReportMetric(float64(bytes)/float64(b.N), "B/event")
		})
	}
}
