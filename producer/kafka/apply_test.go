package kafka_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
)

// What topics are made with can be changed later, and nothing else is.
func TestApplyChangesRetentionAndWhatWasAskedFor(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, _ *kfake.Cluster) {
		o := options(c, "applied")
		o.Current = true
		prepared(t, o)
		o.Retention, o.TopicConfig = 24*time.Hour, map[string]string{"segment.ms": "3600000"}
		l, err := kafka.New(o)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := l.Inspect(t.Context()); err != nil || len(r.Faults) > 0 || len(r.Warnings) == 0 {
			t.Errorf("check tells of what differs: %v %+v", err, r)
		}
		got, err := l.Apply(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		events, current := o.Prefix+".firewalls", o.Prefix+"-current.firewalls"
		var want []kafka.Setting
		for _, r := range o.Resources {
			name := o.Prefix + "." + r.Name
			want = append(want, kafka.Setting{Topic: name, Key: "retention.ms", Was: "-1", Now: "86400000"},
				kafka.Setting{Topic: name, Key: "segment.ms", Was: wasSegment(got, name), Now: "3600000"})
		}
		for _, r := range o.Resources {
			name := o.Prefix + "-current." + r.Name
			want = append(want, kafka.Setting{Topic: name, Key: "segment.ms", Was: wasSegment(got, name), Now: "3600000"})
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("changed (-want +got):\n%s", d)
		}
		settings := settingsOf(t, c, events, current)
		if settings[events]["retention.ms"] != "86400000" || settings[events]["cleanup.policy"] != "delete" ||
			settings[current]["retention.ms"] != "-1" || settings[current]["segment.ms"] != "3600000" {
			t.Errorf("the topics have %v", settings)
		}
		if again, err := l.Apply(t.Context()); err != nil || len(again) > 0 {
			t.Errorf("a second time: %v %v", again, err)
		}
	})
}

func wasSegment(all []kafka.Setting, topic string) string {
	for _, s := range all {
		if s.Topic == topic && s.Key == "segment.ms" {
			return s.Was
		}
	}
	return ""
}

func settingsOf(t *testing.T, c client.Client, topics ...string) map[string]map[string]string {
	t.Helper()
	cl, err := c.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	settings, err := client.TopicSettings(t.Context(), kadm.NewClient(cl), topics...)
	if err != nil {
		t.Fatal(err)
	}
	return settings
}

// MSK Serverless lets nobody set segment.bytes and segment.ms: the topics are made without them, and check says that
// they can be.
func TestASettingThatTheBrokerForbidsIsLeftOut(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, broker *kfake.Cluster) {
		broker.Fault(kfake.Fault{
			Keys: []kmsg.Key{kmsg.CreateTopics}, Err: kerr.InvalidConfig, Count: -1,
			When: func(r kmsg.Request) bool {
				for _, topic := range r.(*kmsg.CreateTopicsRequest).Topics {
					for _, s := range topic.Configs {
						if s.Name == "segment.bytes" || s.Name == "segment.ms" {
							return true
						}
					}
				}
				return false
			},
		})
		o := options(c, "forbids")
		l, err := kafka.New(o)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := l.Inspect(t.Context()); err != nil || len(r.Faults) > 0 {
			t.Errorf("check: %v %+v", err, r.Faults)
		}
		prepared(t, o)
		if got := settingsOf(t, c, o.Prefix+"-meta.state"); got[o.Prefix+"-meta.state"]["cleanup.policy"] != "compact" {
			t.Errorf("the state's settings: %v", got)
		}
	})
}
