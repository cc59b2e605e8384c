package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
)

func TestErrorsAreCountedByKind(t *testing.T) {
	for want, err := range map[string]error{
		"login": kerr.SaslAuthenticationFailed, "right": kerr.TopicAuthorizationFailed, "fenced": kerr.ProducerFenced,
		"too_large": kerr.MessageTooLarge, "timeout": context.DeadlineExceeded, "other": errors.New("no such thing"),
		"unreachable": &net.OpError{Op: "dial", Err: errors.New("connection refused")},
	} {
		if got := kafka.KindOf(fmt.Errorf("commit: %w", err)); got != want {
			t.Errorf("%v: kind %q, want %q", err, got, want)
		}
	}
}

// A broker that goes away under a process is counted, and the log need not be read for it.
func TestConnectionsThatFailAreCounted(t *testing.T) {
	everywhere(t, func(t *testing.T, c client.Client, prefix string) {
		r := prometheus.NewRegistry()
		o := options(c, prefix)
		refuse := errors.New("cut")
		cut := make(chan struct{})
		dial := o.Client.Dialer
		if dial == nil {
			dial = new(net.Dialer).DialContext
		}
		o.Registerer, o.Client.Dialer = r, func(ctx context.Context, network, host string) (net.Conn, error) {
			select {
			case <-cut:
				return nil, &net.OpError{Op: "dial", Err: refuse}
			default:
				return dial(ctx, network, host)
			}
		}
		log := prepared(t, o)
		close(cut)
		begin(t, log, o)
		eventually(t, "a connection failed", func() bool {
			return valueOf(t, r, "seachange_kafka_errors_total", "unreachable") > 0
		})
	})
}
