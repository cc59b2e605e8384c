package kafka

import (
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
)

var (
	// errNotMine means that the group doesn't say, now, that the shard is ours.
	errNotMine = errors.New("the group does not confirm that the shard is ours")
	// errLost means that the group took the shard away without asking, or that it can't be asked any more.
	errLost = errors.New("the group had no sign of life from this process, or gives none itself")
)

// refusal is an error that trying again soon can't mend.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

func refuse(format string, args ...any) error { return refusal{fmt.Errorf(format, args...)} }

// fenced says that a client can never write again under its producer id and epoch. That is also reported when nobody
// took over, so nothing but a metric depends on it.
func fenced(err error) bool {
	for _, e := range []error{
		kerr.ProducerFenced, kerr.InvalidProducerEpoch, kerr.InvalidProducerIDMapping, kerr.InvalidTxnState,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
