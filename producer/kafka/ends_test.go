package kafka_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
)

// The end of each partition of a topic is held against what the account's checkpoint knows of.
func TestATopicThatEndsElsewhereThanItsCheckpointSaysIsRefused(t *testing.T) {
	everywhere(t, func(t *testing.T, c client.Client, prefix string) {
		for _, partitions := range []int{1, 3} {
			prefix := fmt.Sprint(prefix, "-", partitions)
			for _, tt := range []struct {
				topic, event string
				last         int64 // as the checkpoint says
				refused      string
			}{
				{"firewalls", "ACCOUNT/firewalls/7", 7, ""},
				{"firewalls", "another/firewalls/9", 7, ""},
				{"droplets", "", 7, ""}, // empty: retention, or made anew
				{"firewalls", "ACCOUNT/firewalls/7", 8, "newer events were lost"},
				{"firewalls", "ACCOUNT/firewalls/9", 8, "newer entries of the state were lost"},
			} {
				holdEnd(t, c, prefix, partitions, tt.topic, tt.event, tt.last, tt.refused)
			}
		}
	})
}

func holdEnd(
	t *testing.T, c client.Client, prefix string, partitions int, topic, event string, last int64, refused string,
) {
	t.Helper()
	var log lockedBuffer
	o := options(c, prefix)
	o.Partitions = partitions
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	l := prepared(t, o)
	account := shard0(t, l)
	cl, _ := admin(t, c, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if event != "" {
		id := []byte(strings.ReplaceAll(event, "ACCOUNT", account))
		write(t, cl, &kgo.Record{
			Topic: prefix + "." + topic, Value: []byte("{}"), Partition: kafka.PartitionOf(account, partitions),
			Headers: []kgo.RecordHeader{{Key: "ce_id", Value: id}},
		})
	}
	write(t, cl, &kgo.Record{
		Topic: prefix + "-meta.state", Key: []byte("account/" + account),
		Headers: []kgo.RecordHeader{{Key: "format", Value: []byte("1")}},
		Value:   fmt.Appendf(nil, `{"next_lsn":%d,"last_lsn":{%q:%d}}`, last+1, topic, last),
	})
	defer beginProbe(t, l, &probe{})()
	eventually(t, "shard 0 is worked on, or refused", func() bool {
		return len(l.Owned()) == 4 || (len(l.Owned()) == 3 && strings.Contains(log.String(), "shard refused"))
	})
	if got := log.String(); strings.Contains(got, "shard refused") != (refused != "") || !strings.Contains(got, refused) {
		t.Errorf("%s and %d: want %q, got %s", event, last, refused, got)
	}
}

// What an account left in a partition that is another account's by now tells nothing: the topic had fewer then.
func TestWhatAnAccountLeftInAnotherPartitionIsPassedOver(t *testing.T) {
	everywhere(t, func(t *testing.T, c client.Client, prefix string) {
		var log lockedBuffer
		o := options(c, prefix)
		o.Partitions, o.Logger = 3, slog.New(slog.NewTextHandler(&log, nil))
		l := prepared(t, o)
		account := shard0(t, l)
		other := ""
		for i := 0; other == ""; i++ {
			name := fmt.Sprint("other-", i)
			if l.ShardOf(name) == 0 && kafka.PartitionOf(name, 3) != kafka.PartitionOf(account, 3) {
				other = name
			}
		}
		cl, _ := admin(t, c, kgo.RecordPartitioner(kgo.ManualPartitioner()))
		for lsn, of := range map[int]string{3: other, 7: account} { // both events are the one account's
			write(t, cl, &kgo.Record{
				Topic: prefix + ".firewalls", Partition: kafka.PartitionOf(of, 3), Value: []byte("{}"),
				Headers: []kgo.RecordHeader{{Key: "ce_id", Value: fmt.Appendf(nil, "%s/firewalls/%d", account, lsn)}},
			})
		}
		for _, of := range []string{account, other} {
			write(t, cl, &kgo.Record{
				Topic: prefix + "-meta.state", Key: []byte("account/" + of), Value: []byte(`{"last_lsn":{"firewalls":7}}`),
				Headers: []kgo.RecordHeader{{Key: "format", Value: []byte("1")}},
			})
		}
		defer beginProbe(t, l, &probe{})()
		eventually(t, "shard 0 is worked on, or refused", func() bool {
			return len(l.Owned()) == 4 || strings.Contains(log.String(), "shard refused")
		})
		if got := log.String(); strings.Contains(got, "shard refused") {
			t.Errorf("want that it is worked on, got %s", got)
		}
	})
}
