package kafka_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

func TestARunningSessionCommitsToTopicsThatWereAdded(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, _ *kfake.Cluster) {
		l := prepared(t, options(c, "more"))
		account := shard0(t, l)
		extended := make(chan struct{})
		var committed atomic.Bool
		var sessions atomic.Int32
		stop := beginProbe(t, l, &probe{do: func(ctx context.Context, s producer.Session) error {
			sessions.Add(1)
			<-extended
			s.Commit(producer.Batch{Records: []producer.Record{
				{Topic: "more.domains", Account: account, Key: []byte("k"), Value: []byte("v")},
			}}, func(err error) { committed.Store(err == nil) })
			if s.TopicID("more.domains") == "" {
				t.Error("the topic has no id")
			}
			<-ctx.Done()
			return nil
		}})
		eventually(t, "shard 0 is worked on", func() bool { return slices.Contains(l.Owned(), 0) })
		if err := l.Extend(t.Context(), []*schema.Resource{{Name: "domains"}}, ""); err != nil {
			t.Fatal(err)
		}
		close(extended)
		eventually(t, "the commit", committed.Load)
		if n := sessions.Load(); n != 1 {
			t.Errorf("it took %d sessions", n)
		}
		stop()
	})
}

func TestAnIdleShardIsOpenedAnewWhenItIsWoken(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, _ *kfake.Cluster) {
		l := prepared(t, options(c, "woken"))
		var looked atomic.Int32
		stop := beginProbe(t, l, &probe{do: func(context.Context, producer.Session) error {
			looked.Add(1)
			return producer.ErrIdle
		}})
		eventually(t, "it is idle", func() bool { return looked.Load() == 1 })
		l.Wake()
		eventually(t, "it has looked again", func() bool { return looked.Load() == 2 })
		stop()
	})
}

func TestMembersHearOfSettingsThatAreReadAgain(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, _ *kfake.Cluster) {
		one, oneLog := withSettings(t, c, "reread", "aaaa")
		_, twoLog := withSettings(t, c, "reread", "bbbb")
		eventually(t, "two warns of one", func() bool { return warnsOf(twoLog, "aaaa") })
		eventually(t, "one warns of two", func() bool { return warnsOf(oneLog, "bbbb") })
		if err := one.log.Extend(t.Context(), nil, "bbbb"); err != nil {
			t.Fatal(err)
		}
		for name, log := range map[string]*lockedBuffer{"one": oneLog, "two": twoLog} {
			eventually(t, name+" is reassured", func() bool { return strings.Contains(log.String(), "have the same settings") })
		}
	})
}
