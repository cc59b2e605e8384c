package kafka_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seachange/seachange/producer/kafka"
)

func TestIdleIsWhereNobodyHasAShard(t *testing.T) {
	inMemory(t, func(t *testing.T, c kafka.Client, broker *kfake.Cluster) {
		o := options(c, "idle")
		l := prepared(t, o)
		if err := kafka.Idle(t.Context(), c, "idle"); err != nil {
			t.Errorf("nobody was ever there: %v", err)
		}
		p := begin(t, l, o)
		eventually(t, "work", allOf(p))
		if err := kafka.Idle(t.Context(), c, "idle"); err == nil || !strings.Contains(err.Error(), "group idle-meta has 1 members: stop") {
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
