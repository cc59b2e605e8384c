package kafka_test

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seachange/seachange/producer/kafka/client"
)

// A topic that the user may not see is not one that isn't there: it is named, with the right that is missing.
func TestATopicThatMayNotBeSeenIsNamed(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, broker *kfake.Cluster) {
		broker.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Metadata}, Err: kerr.TopicAuthorizationFailed, Count: -1})
		_, err := c.Existing(t.Context(), "do-meta.looks")
		for _, want := range []string{"do-meta.looks", "grant this user"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v does not have %q", err, want)
			}
		}
	})
}
