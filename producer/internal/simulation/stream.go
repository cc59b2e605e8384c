package simulation

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/cespare/xxhash/v2"
)

// stream is a source of random numbers for one thing of one seed. Each thing has its own, so that what one draws
// depends on no other, and the order in which goroutines run decides nothing.
type stream struct{ *rand.Rand }

func newStream(seed uint64, name ...any) stream {
	h := xxhash.New()
	fmt.Fprintln(h, name...)
	return stream{rand.New(rand.NewPCG(seed, h.Sum64()))}
}

// chance reports true with a probability.
func (s stream) chance(p float64) bool { return s.Float64() < p }

// between returns a time of at least low and less than high, to the nanosecond, so that two things hardly ever happen
// at once.
func (s stream) between(low, high time.Duration) time.Duration {
	return low + time.Duration(s.Int64N(int64(high-low)))
}

// about returns an exponential time with a mean, at most ten times it.
func (s stream) about(mean time.Duration) time.Duration {
	return 1 + time.Duration(math.Min(s.ExpFloat64(), 10)*float64(mean))
}

func pick[T any](s stream, of ...T) T { return of[s.IntN(len(of))] }
