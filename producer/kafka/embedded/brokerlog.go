package embedded

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kfake"
)

// brokerLog passes on what kfake says, and remembers what it only says: that it could not write.
type brokerLog struct {
	log    *slog.Logger
	failed atomic.Pointer[error]
}

// Logf implements kfake.Logger.
func (l *brokerLog) Logf(level kfake.LogLevel, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	switch {
	case level == kfake.LogLevelError:
		l.log.Error(text)
		// kfake tells the client that the transaction is committed all the same.
		if strings.HasPrefix(format, "endTx:") || strings.HasPrefix(format, "persist to disk:") {
			err := errors.New(text)
			l.failed.CompareAndSwap(nil, &err)
		}
	case level == kfake.LogLevelWarn && !strings.HasPrefix(format, "txn: EndTxn slow"): // any disk is "slow"
		l.log.Warn(text)
	default:
		l.log.Debug(text)
	}
}

// fault is an error once the broker could not write something.
func (l *brokerLog) fault() error {
	if err := l.failed.Load(); err != nil {
		return fmt.Errorf("the embedded broker could not write to its directory: %w: make room there and start again", *err)
	}
	return nil
}
