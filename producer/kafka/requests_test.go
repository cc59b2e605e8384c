package kafka_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
)

func TestRequestsReachTheShardOfTheirAccount(t *testing.T) {
	everywhere(t, requestsReachTheShardOfTheirAccount)
}

func requestsReachTheShardOfTheirAccount(t *testing.T, c client.Client, prefix string) {
	l := prepared(t, options(c, prefix))
	accounts := map[int]string{} // one of each shard
	for _, a := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"} {
		accounts[l.ShardOf(a)] = a
	}
	ask := func(shard int, resource, kind string, at int64) {
		t.Helper()
		r := producer.Request{AccountID: accounts[shard], Resource: resource, Kind: kind, AtMS: at}
		if err := kafka.Ask(t.Context(), c, prefix, r); err != nil {
			t.Fatal(err)
		}
	}
	ask(0, "droplets", "release", 1)
	ask(0, "droplets", "release", 2) // replaces the first
	ask(0, "firewalls", "snapshot", 3)
	ask(1, "droplets", "release", 4)
	cl, _ := admin(t, c)
	write(t, cl, &kgo.Record{Topic: prefix + "-meta.requests", Key: []byte("rubbish"), Value: []byte("rubbish")})

	var mu sync.Mutex
	got := map[int][]int64{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- l.Run(ctx, func(shard int) producer.Worker {
			return &probe{do: func(ctx context.Context, s producer.Session) error {
				for {
					select {
					case r := <-s.Requests():
						mu.Lock()
						got[shard] = append(got[shard], r.AtMS)
						mu.Unlock()
					case <-ctx.Done():
						return nil
					}
				}
			}}
		})
	}()
	arrived := func(shard int, at int64) {
		t.Helper()
		eventually(t, "a request arrives", func() bool {
			mu.Lock()
			defer mu.Unlock()
			n := len(got[shard])
			return n > 0 && got[shard][n-1] == at
		})
	}
	arrived(0, 3)
	arrived(1, 4)
	ask(1, "droplets", "release", 5) // while they work
	arrived(1, 5)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	// A session that begins before the topic was read sees the older one, too.
	if n := len(got[0]); n > 2 {
		got[0] = got[0][n-2:]
	}
	if diff := cmp.Diff(map[int][]int64{0: {2, 3}, 1: {4, 5}}, got); diff != "" {
		t.Error("requests (-want +got):\n", diff)
	}
}

func TestRequestToAnotherPrefixIsAnError(t *testing.T) {
	everywhere(t, func(t *testing.T, c client.Client, prefix string) {
		err := kafka.Ask(t.Context(), c, prefix, producer.Request{AccountID: "a", Resource: "droplets", Kind: "release"})
		if err == nil || !strings.Contains(err.Error(), "is --topic-prefix right") {
			t.Errorf("got %v, want an error that says what to do", err)
		}
	})
}
