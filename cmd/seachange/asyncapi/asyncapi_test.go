package asyncapi_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/cmd/seachange/asyncapi"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/wire"
)

// The document has each topic with its settings and what is in it; .ci/run has AsyncAPI's own parser validate it.
func TestEachTopicIsAChannel(t *testing.T) {
	o := kafka.Options{Resources: []*schema.Resource{schema.Lookup("firewalls")}, Current: true, Format: wire.Avro}
	o.Prefix = "acme"
	text, err := json.Marshal(asyncapi.Of(o, wire.New(o.Format, o.Prefix), "1.2.3"))
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Channels map[string]struct {
			Address  string
			Messages map[string]struct {
				ContentType string `json:"contentType"`
				Payload     struct {
					Format     string `json:"schemaFormat"`
					Schema     struct{ Name string }
					Properties map[string]any
				}
				Bindings struct {
					Kafka struct{ Key struct{ Title string } }
				}
			}
			Bindings struct {
				Kafka struct {
					Configuration map[string]any `json:"topicConfiguration"`
				}
			}
		}
		Operations map[string]struct{ Channel map[string]string }
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	for _, topic := range kafka.Topics(o) {
		if d.Channels[topic.Name].Address != topic.Name ||
			d.Operations["send."+topic.Name].Channel["$ref"] != "#/channels/"+topic.Name {
			t.Errorf("%s is not in the document", topic.Name)
		}
	}
	if len(d.Channels) != len(kafka.Topics(o)) {
		t.Errorf("%d channels, want one for each topic", len(d.Channels))
	}
	events := d.Channels["acme.firewalls"]
	event := events.Messages["event"]
	if event.Payload.Format != "application/vnd.apache.avro;version=1.9.0" || event.Payload.Schema.Name != "Envelope" ||
		event.Bindings.Kafka.Key.Title != "acme.firewalls.Key" || event.ContentType != "application/vnd.confluent.avro" {
		t.Errorf("events are %+v", event)
	}
	want := map[string]any{"cleanup.policy": []any{"delete"}, "retention.ms": -1.0, "max.message.bytes": 8388608.0}
	if d := cmp.Diff(want, events.Bindings.Kafka.Configuration); d != "" {
		t.Errorf("settings (-want +got):\n%s", d)
	}
	status := d.Channels["acme-meta.sweeps"].Messages["status"].Payload.Properties
	if status["last_lsn"] == nil || status["held"] == nil {
		t.Errorf("a status has %v", status)
	}
}
