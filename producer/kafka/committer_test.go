package kafka

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

// transactions is what a committer committed.
type transactions struct {
	sizes  []int
	at     []time.Duration
	began  time.Time
	takes  time.Duration
	failAt int // 0: never
}

func (x *transactions) commit(records []*kgo.Record) error {
	time.Sleep(x.takes)
	x.sizes = append(x.sizes, len(records))
	x.at = append(x.at, time.Since(x.began))
	if len(x.sizes) == x.failAt {
		return errors.New("no")
	}
	return nil
}

func batch(records, bytes int) pending {
	return pending{records: make([]*kgo.Record, records), bytes: bytes, done: func(error) {}}
}

func TestGroupCommitBounds(t *testing.T) {
	for _, test := range []struct {
		name    string
		batches []pending
		want    []int // records of each transaction
	}{
		{"one batch", []pending{batch(3, 100)}, []int{3}},
		{"what comes together is committed together", []pending{batch(3, 100), batch(3, 100)}, []int{6}},
		{"a thousand records", slices.Repeat([]pending{batch(10, 100)}, 250), []int{1000, 1000, 500}},
		{"four MiB", slices.Repeat([]pending{batch(1, 1<<20)}, 10), []int{4, 4, 2}},
		{"a batch is indivisible", []pending{batch(600, 1), batch(600, 1)}, []int{600, 600}},
		{"a larger one goes alone", []pending{batch(1, 1), batch(5000, 1), batch(1, 1)}, []int{1, 5000, 1}},
		{"an empty one costs nothing", []pending{batch(0, 0)}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := &transactions{began: time.Now()}
				c := newCommitter(x.commit, nil)
				go c.run()
				for _, b := range test.batches {
					c.add(b)
				}
				time.Sleep(time.Second)
				c.close()
				synctest.Wait()
				if diff := cmp.Diff(test.want, x.sizes); diff != "" {
					t.Error("transactions (-want +got):\n", diff)
				}
			})
		})
	}
}

func TestCommitWaitsForMoreUntilItIsHurried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := &transactions{began: time.Now()}
		c := newCommitter(x.commit, nil)
		go c.run()
		c.add(batch(1, 1))
		time.Sleep(100 * time.Millisecond)
		c.add(batch(1, 1)) // doesn't postpone the first
		time.Sleep(900 * time.Millisecond)
		c.add(batch(fullRecords, 1)) // full: at once
		time.Sleep(time.Second)
		c.add(batch(1, 1))
		time.Sleep(50 * time.Millisecond)
		c.hurry()
		time.Sleep(50 * time.Millisecond)
		c.add(batch(1, 1)) // last words
		c.close()
		synctest.Wait()
		ms := time.Millisecond
		if diff := cmp.Diff([]time.Duration{250 * ms, 1000 * ms, 2050 * ms, 2100 * ms}, x.at); diff != "" {
			t.Error("commits at (-want +got):\n", diff)
		}
	})
}

func TestCommitBlocksOnlyWhileTooMuchIsPending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := &transactions{began: time.Now(), takes: time.Minute}
		c := newCommitter(x.commit, nil)
		go c.run()
		defer time.Sleep(time.Hour)
		defer c.close()
		add := func(bytes int) time.Duration {
			began := time.Now()
			c.add(batch(1, bytes))
			return time.Since(began)
		}
		for _, test := range []struct {
			bytes int
			want  time.Duration
		}{
			{20 << 20, 0},      // larger than everything, but alone
			{1, time.Minute},   // until that one is committed
			{roomBytes - 1, 0}, // up to the bound
			{1, time.Minute},   // one byte too many
		} {
			if got := add(test.bytes); got.Round(time.Second) != test.want {
				t.Errorf("adding %d bytes took %s, want %s", test.bytes, got, test.want)
			}
		}
	})
}

func TestDoneIsCalledInOrderAndFailsForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := &transactions{began: time.Now(), takes: time.Second, failAt: 2}
		var failures []error
		c := newCommitter(x.commit, func(err error) { failures = append(failures, err) })
		go c.run()
		var got []string
		for i := range 5 {
			b := batch(fullRecords, 4<<20) // each a transaction
			b.done = func(err error) { got = append(got, fmt.Sprint(i, err)) }
			c.add(b)
		}
		time.Sleep(time.Minute)
		c.add(pending{done: func(err error) { got = append(got, fmt.Sprint("late ", err)) }})
		c.close()
		synctest.Wait()
		want := []string{"0 <nil>", "1 no", "2 no", "3 no", "4 no", "late no"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error("done (-want +got):\n", diff)
		}
		if len(failures) != 1 || len(x.sizes) != 2 {
			t.Errorf("%d failures told and %d transactions tried, want 1 and 2", len(failures), len(x.sizes))
		}
	})
}
