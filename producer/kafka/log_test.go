package kafka_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
)

// events returns all committed events of the counters, by account, in order.
func events(t *testing.T, c client.Client, prefix string) map[string][]int {
	t.Helper()
	got := map[string][]int{}
	err := c.Read(t.Context(), client.ReadOptions{Topics: []string{prefix + ".droplets"}, FromStart: true, UntilEnd: true},
		func(r client.Record) error {
			n, err := strconv.Atoi(string(r.Value))
			got[string(r.Key)] = append(got[string(r.Key)], n)
			return err
		})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// wantDense says what is lost, repeated or out of order: every account counts from 1 without a gap.
func wantDense(t *testing.T, got map[string][]int, shards int) {
	t.Helper()
	if len(got) != shards {
		t.Errorf("%d accounts have events, want %d", len(got), shards)
	}
	for account, ns := range got {
		for i, n := range ns {
			if n != i+1 {
				t.Errorf("%s: event %d stands at place %d of %d", account, n, i+1, len(ns))
				break
			}
		}
	}
}

func TestShardsMoveAndNothingIsLostOrRepeated(t *testing.T) {
	everywhere(t, shardsMoveAndNothingIsLostOrRepeated)
}

func shardsMoveAndNothingIsLostOrRepeated(t *testing.T, c client.Client, prefix string) {
	o := options(c, prefix)
	var all []*process
	running := func() (owned []int) {
		for _, p := range all {
			owned = append(owned, p.log.Owned()...)
		}
		slices.Sort(owned)
		return owned
	}
	balanced := func(n int) {
		t.Helper()
		eventually(t, fmt.Sprint(n, " processes share the shards and work"), func() bool {
			for _, p := range all {
				if len(p.log.Owned()) == 0 {
					return false
				}
			}
			return slices.Equal(running(), []int{0, 1, 2, 3})
		})
	}
	for n := 1; n <= 3; n++ { // 1, 2, 3 processes
		all = append(all, begin(t, prepared(t, o), o))
		balanced(n)
	}
	for len(all) > 1 { // and back to one
		all[0].stop()
		all = all[1:]
		balanced(len(all))
	}
	all[0].stop()
	got := events(t, c, prefix)
	wantDense(t, got, 4)
}

func TestRestoreAnswersWhatWasCommitted(t *testing.T) { everywhere(t, restoreAnswersWhatWasCommitted) }

func restoreAnswersWhatWasCommitted(t *testing.T, c client.Client, prefix string) {
	o := options(c, prefix)
	before := begin(t, prepared(t, o), o)
	eventually(t, "some commits", func() bool { return before.worker(0).last() > 3 && before.worker(3).last() > 3 })
	before.stop()

	after := begin(t, prepared(t, o), o)
	eventually(t, "a restore", func() bool { return len(after.log.Owned()) == 4 })
	after.stop()
	for shard := range 4 {
		if want, got := before.worker(shard).last(), after.worker(shard).restored; got != want ||
			got != before.worker(shard).n {
			t.Errorf("shard %d: restored %d, want %d, all of which were made before the stop", shard, got, want)
		}
	}
	wantDense(t, events(t, c, prefix), 4)
}

func TestRunBeforePrepareIsAnError(t *testing.T) {
	l, err := kafka.New(options(client.Client{Brokers: []string{"127.0.0.1:1"}}, "t"))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Run(context.Background(), nil); err == nil {
		t.Error("no error")
	}
}
