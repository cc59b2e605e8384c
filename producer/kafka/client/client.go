// Package client reads, consumes and writes what stands in Kafka's topics, for whoever it is: it knows nothing of
// shards, of state or of DigitalOcean. Client says how to reach the brokers, and its methods do the rest.
package client

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/plugin/kslog"
)

// MaxRecordBytes is the size of a record that topics are made for. Some managed clusters allow less.
const MaxRecordBytes = 8 << 20

// Client says how to reach the brokers.
type Client struct {
	Brokers []string    // host:port of some of them; at least one
	TLS     *tls.Config // nil: no TLS
	SASL    *SASL       // nil: no login
	ID      string      // the client id that brokers log and count by; "seachange" by default
	// Dialer replaces net.Dialer. TLS is spoken on what it returns.
	Dialer func(ctx context.Context, network, host string) (net.Conn, error)
	Logger *slog.Logger // nil discards
}

// Open makes a client of franz-go; it dials when it is first used.
func (c Client) Open(more ...kgo.Opt) (*kgo.Client, error) {
	opts, err := c.Options()
	if err != nil {
		return nil, err
	}
	cl, err := kgo.NewClient(append(opts, more...)...)
	if err != nil {
		return nil, fmt.Errorf("kafka client: %w", err)
	}
	return cl, nil
}

// Name is the ID, or its default.
func (c Client) Name() string { return cmp.Or(c.ID, "seachange") }

// Options are those of each client, and an error if they make no sense.
func (c Client) Options() ([]kgo.Opt, error) {
	if len(c.Brokers) == 0 {
		return nil, errors.New("kafka: no broker")
	}
	opts := []kgo.Opt{
		kgo.SeedBrokers(c.Brokers...), kgo.ClientID(c.Name()), kgo.DisableClientMetrics(),
		// A produce right after a commit may have to wait for a metadata update, 5 s by default: with 100 ms no commit
		// is slow.
		kgo.MetadataMinAge(100 * time.Millisecond),
		kgo.UnknownTopicRetries(300), // busy brokers take seconds to know a topic that was just made
	}
	switch {
	case c.TLS != nil && c.Dialer != nil:
		opts = append(opts, kgo.Dialer(c.dialTLS))
	case c.TLS != nil:
		opts = append(opts, kgo.DialTLSConfig(c.TLS))
	case c.Dialer != nil:
		opts = append(opts, kgo.Dialer(c.Dialer))
	}
	if c.SASL != nil {
		m, err := c.SASL.mechanism()
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.SASL(m))
	}
	if c.Logger != nil {
		opts = append(opts, kgo.WithLogger(quiet{kslog.New(c.Logger)}))
	}
	return opts, nil
}

// dialTLS is the Dialer with TLS on top, as kgo.DialTLSConfig has it on top of net.Dialer.
func (c Client) dialTLS(ctx context.Context, network, host string) (net.Conn, error) {
	conn, err := c.Dialer(ctx, network, host)
	if err != nil {
		return nil, err
	}
	config := c.TLS.Clone()
	if config.ServerName == "" {
		if config.ServerName, _, err = net.SplitHostPort(host); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	over := tls.Client(conn, config)
	if err := over.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return over, nil
}

// quiet keeps the client's chatter for the debug level: what an operator must know, we say ourselves.
type quiet struct{ *kslog.Logger }

func (q quiet) Level() kgo.LogLevel {
	if q.Logger.Level() == kgo.LogLevelDebug {
		return kgo.LogLevelInfo
	}
	return kgo.LogLevelNone
}
