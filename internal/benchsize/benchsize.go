// Package benchsize tells benchmarks how much they are to measure.
package benchsize

import (
	"os"
	"strconv"
	"testing"
)

// Events returns how many events a benchmark is of: SEACHANGE_BENCH_EVENTS, or as many as usual.
func Events(b *testing.B, usual int) int {
	b.Helper()
	said := os.Getenv("SEACHANGE_BENCH_EVENTS")
	if said == "" {
		return usual
	}
	n, err := strconv.Atoi(said)
	if err != nil || n < 1 {
		b.Fatalf("SEACHANGE_BENCH_EVENTS is %q: give a number of events, 1 or more", said)
	}
	return n
}
