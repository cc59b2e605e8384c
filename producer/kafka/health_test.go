package kafka_test

import (
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seachange/seachange/producer/kafka/client"
)

// wantHealth holds an answer for monitors against a part of it; "": all is well.
func wantHealth(t *testing.T, what string, err error, want string) {
	t.Helper()
	if (want == "" && err != nil) || (want != "" && (err == nil || !strings.Contains(err.Error(), want))) {
		t.Errorf("%s: %v, want %q", what, err, want)
	}
}

// Brokers that answer and take nothing for five minutes are something that a supervisor must know.
func TestAProcessThatCannotCommitIsNotAlive(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, broker *kfake.Cluster) {
		o := options(c, "health")
		p := begin(t, prepared(t, o), o)
		eventually(t, "work", allOf(p))
		p.progress()
		mend := broker.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.KafkaStorageError, Count: -1}).Remove
		defer mend()
		time.Sleep(4 * time.Minute)
		wantHealth(t, "alive after four minutes", p.log.Alive(), "")
		time.Sleep(2 * time.Minute)
		wantHealth(t, "alive after six minutes", p.log.Alive(), "nothing could be committed for 5m")
		mend()
		eventually(t, "work again", allOf(p))
		p.progress()
		wantHealth(t, "alive once it commits", p.log.Alive(), "")
	})
}

// A restart brings no brokers back.
func TestAProcessWithoutBrokersIsAliveAndNotReady(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, _ *kfake.Cluster) {
		network := newLink(c.Dialer)
		o := options(c, "health")
		o.Client.Dialer = network.Dial
		l := prepared(t, o)
		wantHealth(t, "ready before it runs", l.Ready(t.Context()), "have not been reached yet")
		p := begin(t, l, o)
		eventually(t, "work", allOf(p))
		wantHealth(t, "ready", l.Ready(t.Context()), "")
		network.Cut()
		for range 15 {
			time.Sleep(time.Minute)
			wantHealth(t, "alive without brokers", l.Alive(), "")
			if l.Ready(t.Context()) == nil {
				t.Error("ready without brokers")
			}
		}
		network.Mend()
		eventually(t, "work again", allOf(p))
		eventually(t, "ready again", func() bool { return l.Ready(t.Context()) == nil })
	})
}

// A shard whose state can't be restored is no shard that is worked on.
func TestAShardThatIsNotWorkedOnIsNotReady(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, _ *kfake.Cluster) {
		o := options(c, "health")
		l := prepared(t, o)
		cl, _ := admin(t, c)
		bad := barrierOf(`{"shards":5}`)
		bad.Topic = "health-meta.state"
		write(t, cl, bad)
		begin(t, l, o)
		time.Sleep(time.Minute)
		wantHealth(t, "ready", l.Ready(t.Context()), "are not worked on now")
	})
}

// A process that stands by, as another has all shards, can take them over: that is what it is there for.
func TestAStandbyIsReady(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, _ *kfake.Cluster) {
		o := options(c, "health")
		o.Shards = 1
		first := begin(t, prepared(t, o), o)
		eventually(t, "work", func() bool { return len(first.log.Owned()) == 1 })
		second := begin(t, prepared(t, o), o)
		time.Sleep(time.Minute)
		if n := len(first.log.Owned()) + len(second.log.Owned()); n != 1 {
			t.Fatalf("%d shards are worked on, want 1", n)
		}
		wantHealth(t, "the first is ready", first.log.Ready(t.Context()), "")
		wantHealth(t, "the second is ready", second.log.Ready(t.Context()), "")
	})
}
