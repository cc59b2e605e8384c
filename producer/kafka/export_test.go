package kafka

import (
	"context"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// KindOf is the kind that an error is counted as.
var KindOf = kindOf

// SetTransactionTimeout makes a test shorter.
func (l *Log) SetTransactionTimeout(d time.Duration) { l.transactionTimeout = d }

// SetGroupDialer gives the group's client a network of its own.
func (l *Log) SetGroupDialer(dial func(ctx context.Context, network, host string) (net.Conn, error)) {
	l.groupOpts = append(l.groupOpts, kgo.Dialer(dial))
}

// PartitionOf is where an account's events are.
func PartitionOf(account string, partitions int) int32 {
	return int32(partitionOf(account, partitions))
}
