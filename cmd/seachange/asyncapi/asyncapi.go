// Package asyncapi describes seachange's topics as an AsyncAPI 3 document, for catalogues and generators.
package asyncapi

import (
	"cmp"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/wire"
)

// Document is an AsyncAPI 3 document.
type Document struct {
	AsyncAPI   string               `json:"asyncapi"`
	ID         string               `json:"id"`
	Info       info                 `json:"info"`
	Type       string               `json:"defaultContentType"`
	Channels   map[string]channel   `json:"channels"`
	Operations map[string]operation `json:"operations"`
}

type info struct {
	Title       string            `json:"title"`
	Version     string            `json:"version"`
	Description string            `json:"description"`
	License     map[string]string `json:"license"`
}

type channel struct {
	Address     string             `json:"address"`
	Description string             `json:"description"`
	Messages    map[string]message `json:"messages"`
	Bindings    kafkaOnly          `json:"bindings"`
}

type message struct {
	Name        string    `json:"name"`
	ContentType string    `json:"contentType"`
	Payload     any       `json:"payload"`
	Headers     any       `json:"headers,omitzero"`
	Bindings    kafkaOnly `json:"bindings,omitzero"`
}

type operation struct {
	Action  string `json:"action"`
	Channel ref    `json:"channel"`
}

type ref struct {
	Ref string `json:"$ref"`
}

type kafkaOnly struct {
	Kafka any `json:"kafka"`
}

type topicBinding struct {
	Topic         string         `json:"topic"`
	Partitions    int            `json:"partitions"`
	Replicas      int            `json:"replicas,omitzero"`
	Configuration map[string]any `json:"topicConfiguration"`
	Version       string         `json:"bindingVersion"`
}

type messageBinding struct {
	Key     any    `json:"key"`
	Version string `json:"bindingVersion"`
}

const bindings = "0.5.0"

// Of returns the document of a prefix's topics, as a release makes them.
func Of(o kafka.Options, codec *wire.Codec, version string) *Document {
	d := &Document{
		AsyncAPI: "3.0.0", ID: "urn:seachange:" + o.Prefix, Type: "application/json",
		Info: info{
			Title: "seachange: the change feed of DigitalOcean", Version: version,
			Description: "Every change of DigitalOcean accounts. Read with isolation.level=read_committed; order within an " +
				"account is source.lsn.",
			License: map[string]string{"name": "Apache-2.0"},
		},
		Channels: map[string]channel{}, Operations: map[string]operation{},
	}
	said := described(o)
	for _, t := range kafka.Topics(o) {
		what, found := said[t.Name]
		if !found {
			what = meta(o.Prefix, t.Name)
		}
		m := message{Name: what.name, ContentType: "application/json", Payload: what.payload}
		if found {
			m = recordMessage(codec, t.Name, what.name)
		}
		d.Channels[t.Name] = channel{
			Address: t.Name, Description: what.description, Messages: map[string]message{what.name: m},
			Bindings: kafkaOnly{binding(t)},
		}
		d.Operations["send."+t.Name] = operation{Action: "send", Channel: ref{"#/channels/" + t.Name}}
	}
	return d
}

// what is said of a topic.
type what struct {
	name, description string
	payload           any
}

// described are the topics of events, and of records as they are now.
func described(o kafka.Options) map[string]what {
	all := map[string]what{}
	for _, r := range o.Resources {
		all[schema.TopicOf(o.Prefix, r.Name)] = what{
			name: "event", description: "Each change of " + r.Name + ": Debezium's envelope. No tombstones.",
		}
		all[schema.CurrentTopicOf(o.Prefix, r.Name)] = what{
			name: "row", description: "The " + r.Name + " as they are now, compacted; a tombstone deletes one.",
		}
	}
	return all
}

// meta says what a topic beside those of records is.
func meta(prefix, topic string) what {
	switch topic {
	case state.SweepsTopic(prefix):
		return what{"status", "How complete each collection's history is, compacted.", schemaOf(state.CollectionStatus{})}
	case state.LooksTopic(prefix):
		return what{
			"looks", "When an account's collections were last read, where their statuses don't tell it, compacted.",
			schemaOf(state.ToldLooks{}),
		}
	case state.StatusTopic(prefix):
		return what{"status", "Each change of a collection's status.", schemaOf(state.CollectionStatus{})}
	case state.HeartbeatTopic(prefix):
		return what{
			"heartbeat", "Each shard's newest heartbeat, with the newest event of each of its accounts, compacted.",
			schemaOf(state.Heartbeat{}),
		}
	case state.SchemaChangesTopic(prefix):
		return what{
			"change", "Members that no document of DigitalOcean's has, or has with another type.",
			schemaOf(state.SchemaChange{}),
		}
	case state.RequestsTopic(prefix):
		return what{"request", "An operator's requests, and their answers, compacted.", schemaOf(producer.Request{})}
	}
	return what{"private", "Private: seachange's own memory.", schemaOf(struct{}{})}
}

// recordMessage is an event or a row, by the schemas that its topic has.
func recordMessage(codec *wire.Codec, topic, name string) message {
	all := codec.Schemas(topic)
	m := message{
		Name: name, ContentType: codec.ContentType(), Headers: headers(name), Payload: jsontext.Value(all[1].Text),
	}
	if codec.Format() == wire.Avro {
		m.Payload = map[string]any{
			"schemaFormat": "application/vnd.apache.avro;version=1.9.0", "schema": jsontext.Value(all[1].Text),
		}
	}
	m.Bindings.Kafka = messageBinding{Key: jsontext.Value(wire.Key(topic).JSONSchema()), Version: bindings}
	return m
}

// headers are texts, all of them.
func headers(name string) any {
	names := []string{"content-type", "account", "account_name", "schema"}
	if name == "event" {
		names = nil
		for _, h := range (&schema.Event{}).Headers("") {
			names = append(names, h[0])
		}
	}
	properties := map[string]any{}
	for _, h := range names {
		properties[h] = map[string]string{"type": "string"}
	}
	return map[string]any{"type": "object", "properties": properties, "required": names}
}

// binding is how the topic is made. What AsyncAPI has no word for is left out.
func binding(t kafka.Topic) topicBinding {
	configuration := map[string]any{}
	for key, value := range t.Config {
		switch key {
		case "cleanup.policy":
			configuration[key] = strings.Split(value, ",")
		case "retention.ms", "retention.bytes", "max.message.bytes", "delete.retention.ms":
			if n, err := strconv.ParseInt(value, 10, 64); err == nil {
				configuration[key] = n
			}
		}
	}
	return topicBinding{t.Name, t.Partitions, t.ReplicationFactor, configuration, bindings}
}

// schemaOf is the JSON Schema of a struct's members.
func schemaOf(v any) any {
	properties := map[string]any{}
	for f := range reflect.TypeOf(v).Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.IsExported() && name != "-" {
			properties[cmp.Or(name, f.Name)] = typeOf(f.Type)
		}
	}
	return map[string]any{"type": "object", "properties": properties}
}

func typeOf(t reflect.Type) any {
	switch t.Kind() {
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return map[string]any{"type": "string", "contentEncoding": "base64"}
		}
		return map[string]any{"type": []string{"array", "null"}, "items": typeOf(t.Elem())}
	case reflect.Struct:
		return schemaOf(reflect.New(t).Elem().Interface())
	case reflect.Pointer:
		return typeOf(t.Elem())
	}
	return map[string]any{}
}
