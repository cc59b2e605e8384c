package wire_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/twmb/avro"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/wire"
)

var update = flag.Bool("update", false, "write the schemas anew")

// The rules that a reader as plain as Redpanda's value_schema_latest asks for: a draft is declared, each subschema has
// its type, what may be null is [T, null], nothing is put together or open, and nothing has a default.
func TestJSONSchemasKeepToTheRules(t *testing.T) {
	for _, s := range allSchemas(wire.JSONSchema) {
		var root map[string]any
		if err := json.Unmarshal([]byte(s.Text), &root); err != nil {
			t.Fatal(err)
		}
		if root["$schema"] != "http://json-schema.org/draft-07/schema#" || root["title"] != s.Name {
			t.Errorf("%s: $schema %v, title %v", s.Name, root["$schema"], root["title"])
		}
		keepsTo(t, s.Name, root)
	}
}

func keepsTo(t *testing.T, at string, s map[string]any) {
	t.Helper()
	for _, word := range []string{"allOf", "anyOf", "oneOf", "patternProperties", "default", "$ref"} {
		if _, there := s[word]; there {
			t.Errorf("%s has %s", at, word)
		}
	}
	kind, ok := s["type"].(string)
	if list, isList := s["type"].([]any); isList && len(list) == 2 && list[1] == "null" {
		kind, ok = list[0].(string)
	}
	if !ok || !slices.Contains([]string{"object", "string", "integer", "number", "boolean", "array"}, kind) {
		t.Errorf("%s has type %v", at, s["type"])
	}
	if kind == "array" {
		keepsTo(t, at+"[]", s["items"].(map[string]any))
	}
	if kind != "object" {
		return
	}
	if s["additionalProperties"] != false {
		t.Errorf("%s: additionalProperties is %v", at, s["additionalProperties"])
	}
	for name, p := range s["properties"].(map[string]any) {
		keepsTo(t, at+"."+name, p.(map[string]any))
	}
}

func allSchemas(f wire.Format) []wire.Schema {
	c := wire.New(f, "digitalocean")
	return append(c.Schemas("digitalocean.firewalls"), c.Schemas("digitalocean-current.firewalls")...)
}

// Schemas are a contract: what a release wrote with them, the next one reads. They only gain fields that may be null.
func TestSchemasAreFrozen(t *testing.T) {
	file := filepath.Join("testdata", "schemas.json")
	got := map[string]jsontext.Value{}
	for _, s := range allSchemas(wire.Avro) {
		got["avro "+s.Name] = jsontext.Value(s.Text)
	}
	for _, s := range allSchemas(wire.JSONSchema) {
		got["json-schema "+s.Name] = jsontext.Value(s.Text)
	}
	text, err := json.Marshal(got, json.Deterministic(true), jsontext.WithIndent(" "))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(text)+"\n"); d != "" {
		t.Errorf("schemas (-frozen +now); if they only gained fields that may be null, "+
			"go test ./schema/wire -run Frozen -update:\n%s", d)
	}
	var frozen map[string]jsontext.Value
	if err := json.Unmarshal(want, &frozen); err != nil {
		t.Fatal(err)
	}
	for _, s := range allSchemas(wire.Avro) {
		old, now := avro.MustParse(string(frozen["avro "+s.Name])), avro.MustParse(s.Text)
		if err := avro.CheckCompatibility(old, now); err != nil {
			t.Errorf("%s does not read what was written before: %v", s.Name, err)
		}
	}
}

// BenchmarkEvent compares what formats cost: B/event before any compression.
func BenchmarkEvent(b *testing.B) {
	body := `{"created_at":"2026-01-01T00:00:00Z","droplet_ids":[8043964],"id":"fw-1","inbound_rules":[{"ports":"80","protocol":"tcp","sources":` +
		`{"addresses":["0.0.0.0/0","::/0"]}},{"ports":"22","protocol":"tcp","sources":{"addresses":["192.0.2.0/24"]}}],"name":"firewall",` +
		`"outbound_rules":[{"destinations":{"addresses":["0.0.0.0/0","::/0"]},"ports":"80","protocol":"tcp"}],"pending_changes":[],"status":"succeeded","tags":[]}`
	e := event()
	e.Before, e.After = &schema.Row{AccountID: "team-1", ID: "fw-1", Body: &body},
		&schema.Row{AccountID: "team-1", ID: "fw-1", Body: &body}
	for _, f := range []wire.Format{wire.JSON, wire.Inline, wire.JSONSchema, wire.Avro} {
		c := wire.New(f, "digitalocean")
		b.Run(string(f), func(b *testing.B) {
			n := 0
			for b.Loop() {
				value, _ := c.Event(topic, e)
				n = len(value)
			}
			b.ReportMetric(float64(n), "B/event")
		})
	}
}
