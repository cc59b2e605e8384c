package simulation

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seachange/seachange/internal/cputime"
)

// Each seed is a world, its faults and their timing. SEACHANGE_TEST_SEEDS is how many are played, or the first and the
// one behind the last (1000-2000), SEACHANGE_TEST_SEED one alone, with all that it says. The first that is wrong ends
// it.
func TestSeeds(t *testing.T) {
	if one, err := strconv.ParseUint(os.Getenv("SEACHANGE_TEST_SEED"), 10, 64); err == nil {
		options := &slog.HandlerOptions{Level: slog.LevelDebug}
		hold(t, play(t, one, slog.New(slog.NewTextHandler(t.Output(), options))))
		return
	}
	first, seeds := someSeeds(t)
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // a seed leaves much behind and keeps little
	began := cputime.Spent().Seconds()
	var lasted atomic.Int64
	var next atomic.Uint64
	next.Store(first)
	var players sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		players.Go(func() {
			for seed := next.Add(1) - 1; seed < seeds && !t.Failed(); seed = next.Add(1) - 1 {
				t.Run(fmt.Sprint(seed), func(t *testing.T) {
					r := play(t, seed, slog.New(slog.DiscardHandler))
					lasted.Add(int64(r.Lasted))
					hold(t, r)
				})
			}
		})
	}
	players.Wait()
	spent, days := cputime.Spent().Seconds()-began, time.Duration(lasted.Load()).Hours()/24
	t.Logf("%.1f simulated days; CPU: %.2f s a seed, %.2f s a day", days, spent/float64(seeds-first), spent/days)
}

func someSeeds(t *testing.T) (first, end uint64) {
	from, to, ok := strings.Cut(cmp.Or(os.Getenv("SEACHANGE_TEST_SEEDS"), "40"), "-")
	if !ok {
		from, to = "0", from
	}
	first, err1 := strconv.ParseUint(from, 10, 64)
	end, err2 := strconv.ParseUint(to, 10, 64)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return first, end
}

// A seed replays to the byte.
func TestReplay(t *testing.T) {
	for seed := range uint64(5) {
		one, two := play(t, seed, nil), play(t, seed, nil)
		if one.Hash != two.Hash {
			t.Errorf("seed %d does not replay: %s", seed, firstDifference(one, two))
		}
	}
}

func firstDifference(one, two Result) string {
	for account, lines := range one.Story {
		for i, line := range lines {
			if other := two.Story[account]; i >= len(other) || other[i] != line {
				return fmt.Sprintf("%s, line %d:\n%s%s", account, i, line, other[min(i, len(other)-1)])
			}
		}
	}
	return "the second one has more"
}

func play(t *testing.T, seed uint64, log *slog.Logger) (r Result) {
	o := Options{Seed: seed, Log: log, Story: log == nil}
	if log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	synctest.Test(t, func(*testing.T) { r = Run(o) })
	return r
}

func hold(t *testing.T, r Result) {
	t.Helper()
	t.Logf("seed %d: %d events, %d requests, %v", r.Seed, r.Events, r.Requests, r.Lasted)
	for _, v := range r.Violations {
		t.Errorf("seed %d: %s", r.Seed, v)
	}
	if t.Failed() {
		t.Logf("replay: SEACHANGE_TEST_SEED=%d go test ./producer/internal/simulation -count=1 -run TestSeeds -v", r.Seed)
	}
}
