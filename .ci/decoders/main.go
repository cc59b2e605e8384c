// Command decoders prints what seachange writes in Avro of each resource of a simulated account, with its schema, for
// read.py: a line of JSON for each key and value.
package main

import (
	"encoding/json"
	"log"
	"maps"
	"os"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/wire"
)

// line is a key or a value, and what it must be.
type line struct {
	Topic   string          `json:"topic"`
	Schema  json.RawMessage `json:"schema"`
	Payload []byte          `json:"payload"` // behind the schema's id
	Want    json.RawMessage `json:"want"`    // the same as plain JSON, without data
}

func main() {
	account := digitaloceantest.Example(digitaloceantest.Options{})
	codec, out := wire.New(wire.Avro, "digitalocean"), json.NewEncoder(os.Stdout)
	for i := range schema.Catalog {
		records := account.Records(schema.Catalog[i].Name)
		for _, id := range slices.Sorted(maps.Keys(records)) {
			for _, l := range lines(codec, schema.Catalog[i].Name, id, records[id]) {
				if err := out.Encode(l); err != nil {
					log.Fatal(err)
				}
			}
		}
	}
}

// lines are an update's key and value, and the row as it is now.
func lines(c *wire.Codec, resource, id string, record jsontext.Value) []line {
	record = slices.Clone(record)
	if err := record.Canonicalize(); err != nil {
		log.Fatal(err)
	}
	body, since := string(record), int64(1)
	row := &schema.Row{AccountID: "team-1", ID: id, Body: &body}
	event := &schema.Event{
		Op: schema.Updated, Before: row, After: row, TsMS: 2, Changes: new("[]"),
		Source: schema.Source{
			Connector: schema.Connector, Name: "digitalocean", PrevTsMS: &since, DB: "team-1", Table: resource, LSN: 7,
		},
	}
	key, events := schema.Key{AccountID: "team-1", ID: id}, schema.TopicOf("digitalocean", resource)
	value, _ := c.Event(events, event)
	all := []line{
		newLine(c, events, 0, c.Key(events, key), key.Bytes()), newLine(c, events, 1, value, event.Marshal()),
	}
	if schema.Lookup(resource).HasCurrent() {
		now, topic := &schema.Current{Row: *row, LSN: 7, TsMS: 2}, schema.CurrentTopicOf("digitalocean", resource)
		all = append(all, newLine(c, topic, 1, c.Row(topic, now), now.Marshal()))
	}
	return all
}

func newLine(c *wire.Codec, topic string, part int, framed, want []byte) line {
	return line{topic, json.RawMessage(c.Schemas(topic)[part].Text), framed[5:], want}
}
