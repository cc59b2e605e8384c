package main

import (
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// formats are the settings that make each format but plain JSON, by a name.
func formats(registry string) map[string]map[string]string {
	return map[string]map[string]string{
		"inline":      {"SEACHANGE_INLINE_SCHEMA": "true"},
		"json-schema": {"SEACHANGE_FORMAT": "json-schema", "SEACHANGE_SCHEMA_REGISTRY": registry},
		"avro":        {"SEACHANGE_FORMAT": "avro", "SEACHANGE_SCHEMA_REGISTRY": registry},
	}
}

// Whatever format the topics have, our own readers read them, and print plain events.
func TestOurOwnReadersReadEveryFormat(t *testing.T) {
	registry := srfake.New()
	defer registry.Close()
	for name, settings := range formats(registry.URL()) {
		t.Run(name, func(t *testing.T) {
			a, variables := simulated(t)
			maps.Copy(variables, settings)
			variables["SEACHANGE_CURRENT"] = "true"
			must(t, variables, "run", "--once")
			moment := between(t)
			a.Put("firewalls", "fw-1", openFirewall)
			must(t, variables, "run", "--once")
			readsAll(t, variables, moment)
			rebuildsFrom(t, variables)
		})
	}
}

func readsAll(t *testing.T, variables map[string]string, moment string) {
	t.Helper()
	matches(t, must(t, variables, "history", "firewalls", "fw-1"), `observed`, `added: inbound tcp 22 from`)
	for _, args := range []string{
		"history firewalls fw-1 --output json", "tail firewalls --since 2020-01-01 --no-follow --output json",
		"replay firewalls --to stdout",
	} {
		lines := strings.Split(strings.TrimSpace(must(t, variables, strings.Fields(args)...)), "\n")
		for _, line := range lines {
			if ev, err := schema.ParseEvent([]byte(line)); err != nil || ev.ID() != "fw-1" {
				t.Errorf("%s: %v: %s", args, err, line)
			}
		}
		if len(lines) != 2 {
			t.Errorf("%s: %d events, want 2", args, len(lines))
		}
	}
	matches(t, must(t, variables, "at", moment, "firewalls"), `RECORD`, `web \(fw-1\) +inbound tcp 443`)
	matches(t, must(t, variables, "history", "firewalls", "fw-1", "--index", t.TempDir()), `observed`, `tcp 22 from`)
	matches(t, must(t, variables, "at", "now", "firewalls"), `RECORD`, `web \(fw-1\) +.*tcp 22`, `up to lsn`)
	matches(t, must(t, variables, "diff", moment, "now"), `^updated  \S+ firewalls web \(fw-1\): added: inbound tcp 22`)
	must(t, variables, "check")
}

// rebuildsFrom deletes the state, and makes it anew from the events: nothing is published again.
func rebuildsFrom(t *testing.T, variables map[string]string) {
	t.Helper()
	p, before, after := variables["SEACHANGE_TOPIC_PREFIX"], 0, 0
	t.Run("delete", func(t *testing.T) { // the embedded broker ends with it
		c := reach(t, variables)
		before = count(t, c, schema.TopicOf(p, "firewalls"))
		deleteTopic(t, c, state.Topic(p))
	})
	must(t, variables, "rebuild")
	must(t, variables, "run", "--once")
	t.Run("count", func(t *testing.T) { after = count(t, reach(t, variables), schema.TopicOf(p, "firewalls")) })
	if after != before || before != 2 {
		t.Errorf("%d events before the rebuild, %d after it, want 2", before, after)
	}
}

func count(t *testing.T, c client.Client, topic string) (n int) {
	t.Helper()
	o := client.ReadOptions{Topics: []string{topic}, FromStart: true, UntilEnd: true}
	if err := c.Read(t.Context(), o, func(client.Record) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// What stands in the topics has Connect's schema around it.
func TestInlineSchemasStandInTheTopics(t *testing.T) {
	a, variables := simulated(t)
	variables["SEACHANGE_INLINE_SCHEMA"], variables["SEACHANGE_CURRENT"] = "true", "true"
	must(t, variables, "run", "--once")
	p := variables["SEACHANGE_TOPIC_PREFIX"]
	t.Run("topics", func(t *testing.T) {
		c := reach(t, variables)
		for topic, want := range map[string]string{p + ".firewalls": ".Envelope", p + "-current.firewalls": ".Value"} {
			hasConnectSchema(t, c, topic, want)
			if !strings.Contains(lastValue(t, c, topic), `"data":{"`) {
				t.Errorf("%s has no typed columns: %s", topic, lastValue(t, c, topic))
			}
		}
	})
	variables["SEACHANGE_NO_DATA"] = "true"
	a.Put("firewalls", "fw-1", openFirewall)
	must(t, variables, "run", "--once")
	t.Run("without data", func(t *testing.T) {
		if text := lastValue(t, reach(t, variables), p+".firewalls"); strings.Contains(text, `"data"`) ||
			!strings.Contains(text, `"op":"u"`) {
			t.Errorf("with --no-data: %s", text)
		}
	})
	variables["SEACHANGE_INLINE_SCHEMA"], variables["SEACHANGE_NO_DATA"] = "", ""
	if _, _, err := call(t, variables, "run", "--once"); err == nil || !regexp.MustCompile(`written as json-inline, and json was asked for`).MatchString(err.Error()) {
		t.Errorf("another format: %v", err)
	}
}

// lastValue returns the last value of a topic.
func lastValue(t *testing.T, c client.Client, topic string) (text string) {
	t.Helper()
	err := c.Read(t.Context(), client.ReadOptions{Topics: []string{topic}, FromStart: true, UntilEnd: true},
		func(r client.Record) error {
			text = string(r.Value)
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func hasConnectSchema(t *testing.T, c client.Client, topic, want string) {
	t.Helper()
	err := c.Read(t.Context(), client.ReadOptions{Topics: []string{topic}, FromStart: true, UntilEnd: true},
		func(r client.Record) error {
			for name, text := range map[string][]byte{topic + want: r.Value, topic + ".Key": r.Key} {
				var m struct {
					Schema struct {
						Name string `json:"name"`
					} `json:"schema"`
					Payload map[string]any `json:"payload"`
				}
				if err := json.Unmarshal(text, &m); err != nil || m.Schema.Name != name || len(m.Payload) == 0 {
					t.Errorf("%s: %v: %s", topic, err, text)
				}
			}
			return nil
		})
	if err != nil {
		t.Error(err)
	}
}

// What can't be together, or a registry that is not there, is one clear line, and nothing is written.
func TestWhatNoRegistryCanHaveIsRefused(t *testing.T) {
	_, variables := simulated(t)
	for args, want := range map[string]string{
		"--format avro":                           "needs a registry",
		"--format avro --inline-schema":           "give one of them",
		"--no-data":                               "plain JSON has no data",
		"--register-schemas":                      "needs --schema-registry",
		"--schema-registry http://r:1":            "what is it for",
		"--format xml":                            "json-schema",
		"--format avro --schema-registry ftp://r": "want a URL",
		"--format avro --schema-registry http://r:1 --subject-strategy mine":            "must be one of",
		"--format avro --schema-registry http://r:1 --registry-user me":                 "REGISTRY_PASSWORD is not set",
		"--format avro --schema-registry http://127.0.0.1:1":                            "nobody answers",
		"--format avro --schema-registry http://127.0.0.1:1 --registry-ca-file missing": "missing",
	} {
		_, _, err := call(t, variables, append([]string{"run", "--once"}, strings.Fields(args)...)...)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}

// Plain JSON's schemas are registered for whoever looks there, and a registry that is away is no reason not to write.
func TestSchemasOfPlainJSONAreRegistered(t *testing.T) {
	registry := srfake.New()
	defer registry.Close()
	_, variables := simulated(t)
	args := []string{"run", "--once", "--register-schemas", "--schema-registry", registry.URL()}
	must(t, variables, args...)
	p := variables["SEACHANGE_TOPIC_PREFIX"]
	if s, ok := registry.GetSchema(p+".firewalls-value", 1); !ok || !strings.Contains(s.Schema.Schema, "draft-07") {
		t.Errorf("%+v", s)
	}
	registry.Close()
	if _, log, err := call(t, variables, args...); err != nil || !strings.Contains(log, "schemas not registered") {
		t.Errorf("%v: %s", err, log)
	}
}
