package embedded

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kfake"
)

// brokerLog passes on what kfake says, and remembers what it only says: that it could not write.
type brokerLog struct {
	log    *slog.Logger
	dir    string // "" in memory
	once   sync.Once
	failed chan struct{} // closed once it could not write
	err    error         // why, from then on
}

func newBrokerLog(log *slog.Logger, dir string) *brokerLog {
	return &brokerLog{log: log, dir: dir, failed: make(chan struct{})}
}

// Logf implements kfake.Logger.
func (l *brokerLog) Logf(level kfake.LogLevel, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	switch {
	case couldNotWrite(format):
		l.log.Error(text)
		l.fail(errors.New(text))
	case level == kfake.LogLevelError:
		l.log.Error(text)
	case level == kfake.LogLevelWarn && !strings.HasPrefix(format, "txn: EndTxn slow"): // any disk is "slow"
		l.log.Warn(text)
	default:
		l.log.Debug(text)
	}
}

// couldNotWrite reports whether a message of kfake's is about something that isn't on disk. It tells some clients that
// it is all the same, and goes on with what it has in memory. At start it says so of what it cuts off: the check before
// found nothing to cut.
func couldNotWrite(format string) bool {
	for _, prefix := range []string{"endTx: failed", "persist ", "compact pids.log", "compact groups.log", "partition "} {
		if strings.HasPrefix(format, prefix) {
			return true
		}
	}
	return false
}

func (l *brokerLog) fail(err error) {
	l.once.Do(func() {
		l.err = err
		close(l.failed)
	})
}

// fault is an error once the broker could not write something.
func (l *brokerLog) fault() error {
	select {
	case <-l.failed:
		return fmt.Errorf("the embedded broker could not write to %s: %w: make room there, or look at the disk, and start "+
			"again; nothing committed is lost", l.dir, l.err)
	default:
		return nil
	}
}
