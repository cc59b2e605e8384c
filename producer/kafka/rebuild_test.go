package kafka_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
)

func TestIdleIsWhereNobodyHasAShard(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, broker *kfake.Cluster) {
		o := options(c, "idle")
		l := prepared(t, o)
		if err := kafka.Idle(t.Context(), c, "idle"); err != nil {
			t.Errorf("nobody was ever there: %v", err)
		}
		p := begin(t, l, o)
		eventually(t, "work", allOf(p))
		if err := kafka.Idle(t.Context(), c, "idle"); err == nil ||
			!strings.Contains(err.Error(), "group idle-meta has 1 members: stop") {
			t.Errorf("a process is at work: %v", err)
		}
		p.stop()
		if err := kafka.Idle(t.Context(), c, "idle"); err != nil {
			t.Errorf("it has left: %v", err)
		}
		broker.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.DescribeGroups}, Err: kerr.GroupAuthorizationFailed, Count: -1})
		if err := kafka.Idle(t.Context(), c, "idle"); !errors.Is(err, kerr.GroupAuthorizationFailed) {
			t.Errorf("who may not look: %v", err)
		}
	})
}

// A state topic whose one full partition has no leader for a moment would be taken for lost, and filled once more.
func TestAStateThatCantBeAskedIsNotLost(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, broker *kfake.Cluster) {
		o := options(c, "away")
		p := begin(t, prepared(t, o), o)
		eventually(t, "work", allOf(p))
		p.stop()
		broker.Fault(kfake.Fault{
			Keys: []kmsg.Key{kmsg.ListOffsets}, Topic: "away-meta.state",
			Err: kerr.LeaderNotAvailable, Count: -1,
		})
		l, err := kafka.New(o)
		if err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{"run": l.Prepare(t.Context()), "rebuild": l.Vacant(t.Context(), false)} {
			if !errors.Is(err, kerr.LeaderNotAvailable) || !strings.Contains(err.Error(), "topic away-meta.state partition ") {
				t.Errorf("%s: got %v, want the partition that can't be asked", name, err)
			}
		}
	})
}
