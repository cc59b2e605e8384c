package kafka_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seachange/seachange/producer/kafka/client"
)

// What is wrong with a broker is wrong with every shard: a line when it begins, one a minute, one when it is over.
func TestAFailureOfAllShardsIsToldOnceAMinute(t *testing.T) {
	for name, fault := range map[string]kfake.Fault{
		"no record is taken": {Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.PolicyViolation},
		"no commit ends":     {Keys: []kmsg.Key{kmsg.EndTxn}, Err: kerr.TransactionalIDAuthorizationFailed},
	} {
		t.Run(name, func(t *testing.T) {
			inMemory(t, func(t *testing.T, c client.Client, broker *kfake.Cluster) {
				var log lockedBuffer
				o := options(c, "all")
				o.Logger = slog.New(slog.NewTextHandler(&log, nil))
				l := prepared(t, o)
				p := begin(t, l, o)
				eventually(t, "work", allOf(p))
				p.progress()
				if err := l.Failure(shard0(t, l)); err != nil {
					t.Errorf("a failure where nothing fails: %v", err)
				}
				fault.Count = -1
				mend := broker.Fault(fault).Remove
				time.Sleep(5 * time.Minute)
				if err := l.Failure(shard0(t, l)); err == nil || !strings.Contains(err.Error(), fault.Err.Message) {
					t.Errorf("the failure of a shard is %v, want %s", err, fault.Err.Message)
				}
				mend()
				eventually(t, "work again", allOf(p))
				p.progress()
				eventually(t, "the end is told", func() bool { return strings.Contains(log.String(), "is worked on again") })
				if n := strings.Count(log.String(), "shard dropped"); n < 5 || n > 7 {
					t.Errorf("told %d times in 5 minutes, want once a minute: %s", n, log.String())
				}
				if n := strings.Count(log.String(), "is worked on again"); n != 1 {
					t.Errorf("the end was told %d times: %s", n, log.String())
				}
				p.stop()
			})
		})
	}
}
