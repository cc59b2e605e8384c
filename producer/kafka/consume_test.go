package kafka_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seachange/seachange/producer/kafka/client"
)

// consumed returns the values that a group is given, until it was given the last one. It fails on what stop says.
func consumed(t *testing.T, c client.Client, o client.ConsumeOptions, last string, fail error) (got string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	err := c.Consume(ctx, o, func(r client.Record) (bool, error) {
		got += string(r.Value)
		if string(r.Value) == last {
			if fail != nil {
				return false, fail
			}
			cancel()
		}
		return false, nil
	})
	if !errors.Is(err, fail) {
		t.Fatal(err)
	}
	return got
}

func TestConsumeGoesOnBehindWhatItWasDoneWith(t *testing.T) {
	everywhere(t, consumeGoesOnBehindWhatItWasDoneWith)
}

func consumeGoesOnBehindWhatItWasDoneWith(t *testing.T, c client.Client, prefix string) {
	prepared(t, options(c, prefix))
	topic := prefix + ".droplets"
	transact(t, c, kgo.TryCommit, topic, "a", "b")
	o := client.ConsumeOptions{Group: prefix + "-alert-x", Topics: []string{topic}}

	// A group that is new begins now, and what comes after that is not missed although nobody was there.
	ctx, cancel := context.WithCancel(t.Context())
	polls := 0
	o.Tick = func() {
		if polls++; polls == 3 {
			cancel()
		}
	}
	if err := c.Consume(ctx, o, func(r client.Record) (bool, error) {
		t.Errorf("a group that is new was given %s", r.Value)
		return false, nil
	}); err != nil {
		t.Fatal(err)
	}
	o.Tick = nil
	transact(t, c, kgo.TryAbort, topic, "never")
	transact(t, c, kgo.TryCommit, topic, "c", "d", "e")

	failed := errors.New("failed")
	if got := consumed(t, c, o, "d", failed); got != "cd" {
		t.Errorf("got %s, want what came since", got)
	}
	if got := consumed(t, c, o, "e", nil); got != "de" {
		t.Errorf("got %s, want what it was not done with again", got)
	}
	transact(t, c, kgo.TryCommit, topic, "f")
	if got := consumed(t, c, o, "f", nil); got != "f" {
		t.Errorf("got %s, want what is new", got)
	}

	for _, want := range []struct {
		back int64
		got  string
	}{{100, "abcdef"}, {4, "def"}} { // the marker of a transaction is an offset, too
		var got string
		err := c.Recall(t.Context(), o.Group, o.Topics, want.back, func(r client.Record) error {
			got += string(r.Value)
			return nil
		})
		if err != nil || got != want.got {
			t.Errorf("%d back: got %s, %v; want %s, which it was done with last", want.back, got, err, want.got)
		}
	}
	if err := c.Recall(t.Context(), prefix+"-alert-new", o.Topics, 100,
		func(client.Record) error { return errors.New("given") }); err != nil {
		t.Errorf("a group that is new was done with something: %v", err)
	}

	o.Group, o.Since = prefix+"-alert-y", time.Now().Add(-time.Hour)
	if got := consumed(t, c, o, "f", nil); got != "abcdef" {
		t.Errorf("another group since an hour ago: got %s", got)
	}
}

func TestConsumeOfNoTopicIsAnError(t *testing.T) {
	everywhere(t, func(t *testing.T, c client.Client, prefix string) {
		err := c.Consume(t.Context(), client.ConsumeOptions{Group: prefix, Topics: []string{prefix + ".nothing"}}, nil)
		if err == nil || !strings.Contains(err.Error(), prefix+".nothing") {
			t.Errorf("got %v, want an error that names the topic", err)
		}
	})
}

func TestConsumeGoesOnWhenItsGroupHadLostIt(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, broker *kfake.Cluster) {
		prepared(t, options(c, "lost"))
		o := client.ConsumeOptions{Group: "lost-alert-x", Topics: []string{"lost.droplets"}}
		got, ended := make(chan string, 10), make(chan error, 1)
		go func() {
			ended <- c.Consume(t.Context(), o, func(r client.Record) (bool, error) {
				got <- string(r.Value)
				return false, nil
			})
		}()
		given := func(want string) {
			t.Helper()
			transact(t, c, kgo.TryCommit, "lost.droplets", want)
			select {
			case v := <-got:
				if v != want {
					t.Errorf("got %s, want %s", v, want)
				}
			case err := <-ended:
				t.Fatalf("ended with %v", err)
			}
		}
		time.Sleep(3 * time.Second) // it has joined, and knows where it begins
		given("a")
		time.Sleep(10 * time.Second) // "a" is remembered
		fault := broker.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Heartbeat}, Err: kerr.UnknownMemberID})
		eventually(t, "the group doesn't know it, as after a machine's sleep", func() bool { return fault.Hits() > 0 })
		given("b")
		rights := stuck(broker, kmsg.Heartbeat, kerr.GroupAuthorizationFailed)
		defer rights()
		if err := <-ended; !errors.Is(err, kerr.GroupAuthorizationFailed) {
			t.Errorf("without the right to the group: %v", err)
		}
	})
}

func TestConsumeReadsATopicThatIsMadeLater(t *testing.T) {
	everywhere(t, func(t *testing.T, c client.Client, prefix string) {
		prepared(t, options(c, prefix))
		later := prefix + ".tags"
		o := client.ConsumeOptions{Group: prefix + "-alert-x", Topics: []string{prefix + ".droplets", later}}
		time.AfterFunc(5*time.Second, func() {
			_, adm := admin(t, c)
			for _, topic := range []string{later, later + "2"} {
				if _, err := adm.CreateTopic(t.Context(), 1, 1, nil, topic); err != nil {
					t.Error(err)
				}
			}
			transact(t, c, kgo.TryCommit, later+"2", "not asked for")
			transact(t, c, kgo.TryCommit, later, "first", "second")
		})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		var got []string
		err := c.Consume(ctx, o, func(r client.Record) (bool, error) {
			if got = append(got, string(r.Value)); len(got) == 2 {
				cancel()
			}
			return false, nil
		})
		if err != nil || !slices.Equal(got, []string{"first", "second"}) {
			t.Errorf("got %v, %v; want what came in the topic that was made later", got, err)
		}
	})
}

func TestConsumeTellsOfWhatRetentionHasTaken(t *testing.T) {
	everywhere(t, func(t *testing.T, c client.Client, prefix string) {
		prepared(t, options(c, prefix))
		topic := prefix + ".droplets"
		var log lockedBuffer
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
		o := client.ConsumeOptions{Group: prefix + "-alert-x", Topics: []string{topic}, Since: time.Now().Add(-time.Hour)}
		transact(t, c, kgo.TryCommit, topic, "a")
		consumed(t, c, o, "a", nil)
		transact(t, c, kgo.TryCommit, topic, "b", "c", "d")
		if log.String() != "" {
			t.Errorf("nothing was lost: %s", log.String())
		}
		_, adm := admin(t, c)
		cut := kadm.Offsets{}
		cut.AddOffset(topic, 0, 4, -1) // a, its transaction's marker, b, c
		if _, err := adm.DeleteRecords(t.Context(), cut); err != nil {
			t.Fatal(err)
		}
		if got := consumed(t, c, o, "d", nil); got != "d" {
			t.Errorf("got %s, want what is left", got)
		}
		if want := "topic=" + topic + " partition=0 from_offset=1 to_offset=3"; !strings.Contains(log.String(), want) {
			t.Errorf("no %q in %s", want, log.String())
		}
	})
}

// What somebody set with a tool is told, once: the group did not do what stands before it.
func TestOffsetsThatSomebodyMovedAreTold(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, _ *kfake.Cluster) {
		prepared(t, options(c, "moved"))
		topic, told := "moved.droplets", []client.Lapse{}
		transact(t, c, kgo.TryCommit, topic, "a", "b", "c")
		o := client.ConsumeOptions{
			Group: "moved-alert-x", Topics: []string{topic}, Since: time.Unix(1, 0),
			Lapsed: func(l client.Lapse) { told = append(told, l) },
		}
		if got := consumed(t, c, o, "c", nil); got != "abc" || len(told) > 0 {
			t.Fatalf("got %s, told %v", got, told)
		}
		if err := c.Begin(t.Context(), o); err != nil || len(told) > 0 {
			t.Fatalf("%v, its own offset: told %v", err, told)
		}
		cl, err := c.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer cl.Close()
		moved := kadm.Offsets{}
		moved.AddOffset(topic, 0, 1, -1)
		if err := kadm.NewClient(cl).CommitAllOffsets(t.Context(), o.Group, moved); err != nil {
			t.Fatal(err)
		}
		if got := consumed(t, c, o, "c", nil); got != "bc" || len(told) != 1 ||
			told[0] != (client.Lapse{Topic: topic, To: 1}) {
			t.Errorf("got %s, told %v", got, told)
		}
	})
}

// What a Flush is not done with is given again after a restart, and meanwhile what comes is given, too.
func TestOnlyWhatAFlushIsDoneWithIsRemembered(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, _ *kfake.Cluster) {
		prepared(t, options(c, "flush"))
		topic := "flush.droplets"
		transact(t, c, kgo.TryCommit, topic, "a", "b")
		o := client.ConsumeOptions{Group: "flush-alert-x", Topics: []string{topic}, Since: time.Unix(1, 0)}
		read := func(finished string) (got string) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			flushes := 0
			o.Flush = func() (done, remember bool, err error) {
				switch flushes++; flushes {
				case 3:
					transact(t, c, kgo.TryCommit, topic, "c")
				case 9:
					cancel()
				}
				return strings.HasSuffix(got, finished), false, nil
			}
			if err := c.Consume(ctx, o, func(r client.Record) (bool, error) {
				got += string(r.Value)
				return false, nil
			}); err != nil {
				t.Fatal(err)
			}
			return got
		}
		if got := read("never"); got != "abc" {
			t.Errorf("given %s", got)
		}
		if got := read("c"); !strings.HasPrefix(got, "abc") {
			t.Errorf("after a restart given %s, want what it was not done with again", got)
		}
		if got := read("never"); got != "c" { // the newest, of this pass
			t.Errorf("given %s, want nothing again that it was done with", got)
		}
	})
}
