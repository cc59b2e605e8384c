package kafka_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/registry"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/wire"
)

// registered prepares a log that writes Avro, and a registry. The network of these tests is in memory, but for the
// registry's.
func registered(t *testing.T, o kafka.Options, url string) (*wire.Codec, error) {
	t.Helper()
	r, err := registry.New(registry.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	c := wire.New(o.Format, o.Prefix)
	return c, prepared(t, o).Register(t.Context(), c, r, false)
}

func avroOptions(t *testing.T) kafka.Options {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1),
		kfake.BrokerConfigs(map[string]string{"message.max.bytes": "8388608"}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	o := options(client.Client{Brokers: cluster.ListenAddrs()}, "acme")
	o.Format, o.Current = wire.Avro, true
	return o
}

// What stands in the topics needs no registry: neither who writes on nor who reads.
func TestARegistryThatIsAwayStopsNothingThatIsRegistered(t *testing.T) {
	o := avroOptions(t)
	fake := srfake.New()
	defer fake.Close()
	if _, err := registered(t, o, fake.URL()); err != nil {
		t.Fatal(err)
	}
	fake.Close()
	c, err := registered(t, o, fake.URL())
	if err != nil {
		t.Fatal(err)
	}
	var d wire.Decoder
	entries := 0
	err = kafka.ReadSchemas(t.Context(), o.Client, o.Prefix, func(e *state.SchemaEntry) error {
		entries++
		return d.Learn(e.ID, e.Format, e.Schema)
	})
	if err != nil || entries != 8 {
		t.Errorf("%v, %d schemas, want 8: of 2 resources, events and rows, key and value", err, entries)
	}
	k := schema.Key{AccountID: "team-1", ID: "1"}
	if plain, err := d.Plain(c.Key("acme.droplets", k)); err != nil || string(plain) != string(k.Bytes()) {
		t.Errorf("%s, %v", plain, err)
	}
	o.Resources = append(slices.Clip(o.Resources), schema.Lookup("domains"))
	if _, err := registered(t, o, fake.URL()); !errors.As(err, new(registry.AwayError)) ||
		!strings.Contains(err.Error(), "acme") {
		t.Errorf("a new resource's schema can't be registered, and: %v", err)
	}
}

// Another registry gives an id that stands for another schema in the topics: its readers would take one for the other.
func TestAnotherRegistryThanBeforeIsRefused(t *testing.T) {
	o := avroOptions(t)
	one, two := srfake.New(), srfake.New()
	defer one.Close()
	defer two.Close()
	if _, err := registered(t, o, one.URL()); err != nil {
		t.Fatal(err)
	}
	o.Resources = append(slices.Clip(o.Resources), schema.Lookup("domains"))
	if _, err := registered(t, o, two.URL()); err == nil ||
		!strings.Contains(err.Error(), "another registry than before") {
		t.Errorf("ids that are taken: %v", err)
	}
}
