package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka/client"
)

// transact writes values to a topic in one transaction, and waits for its end to show: a broker has it a moment after
// it has answered.
func transact(t *testing.T, c client.Client, commit kgo.TransactionEndTry, topic string, values ...string) {
	t.Helper()
	cl, adm := admin(t, c, kgo.TransactionalID(t.Name()), kgo.DefaultProduceTopic(topic))
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		r := &kgo.Record{Key: []byte("k"), Value: []byte(v), Headers: []kgo.RecordHeader{{Key: "op", Value: []byte("c")}}}
		write(t, cl, r)
	}
	if err := cl.EndTransaction(t.Context(), commit); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the transaction's end shows", func() bool {
		ends, err := adm.ListEndOffsets(t.Context(), topic)
		stable, err2 := adm.ListCommittedOffsets(t.Context(), topic)
		return errors.Join(err, err2, ends.Error(), stable.Error()) == nil && cmp.Equal(ends.Offsets(), stable.Offsets())
	})
}

func TestReadSeesOnlyWhatIsCommitted(t *testing.T) { everywhere(t, readSeesOnlyWhatIsCommitted) }

func readSeesOnlyWhatIsCommitted(t *testing.T, c client.Client, prefix string) {
	prepared(t, options(c, prefix))
	topic := prefix + ".droplets"
	transact(t, c, kgo.TryCommit, topic, "1", "2")
	time.Sleep(2 * time.Second) // brokers stamp in ms, and a test must be able to point between
	between := time.Now()
	time.Sleep(2 * time.Second)
	transact(t, c, kgo.TryAbort, topic, "never")
	transact(t, c, kgo.TryCommit, topic, "3")
	transact(t, c, kgo.TryAbort, topic, "never at the end")

	read := func(o client.ReadOptions) (got []string) {
		t.Helper()
		o.Topics, o.UntilEnd = []string{topic, prefix + ".firewalls"}, true
		if err := c.Read(t.Context(), o, func(r client.Record) error {
			got = append(got, fmt.Sprintf("%s %s %s %s", r.Topic[len(prefix):], r.Key, r.Value, r.Headers))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return got
	}
	line := func(v string) string { return ".droplets k " + v + " [{op c}]" }
	if diff := cmp.Diff([]string{line("1"), line("2"), line("3")}, read(client.ReadOptions{FromStart: true})); diff != "" {
		t.Error("from the start (-want +got):\n", diff)
	}
	for _, headers := range [][]string{{"op"}, {}} {
		got, want := read(client.ReadOptions{Since: between, Headers: headers}), ".droplets k 3 []"
		if len(headers) > 0 {
			want = line("3")
		}
		if diff := cmp.Diff([]string{want}, got); diff != "" {
			t.Errorf("with the headers %q (-want +got):\n%s", headers, diff)
		}
	}
	if diff := cmp.Diff([]string{line("3")}, read(client.ReadOptions{Since: between})); diff != "" {
		t.Error("since a moment (-want +got):\n", diff)
	}
	if got := read(client.ReadOptions{}); got != nil {
		t.Errorf("from now until now: %v", got)
	}
}

func TestReadFollowsUntilItIsTold(t *testing.T) { everywhere(t, readFollowsUntilItIsTold) }

func readFollowsUntilItIsTold(t *testing.T, c client.Client, prefix string) {
	prepared(t, options(c, prefix))
	topic := prefix + ".droplets"
	transact(t, c, kgo.TryCommit, topic, "before")
	enough := errors.New("enough")
	values, done := make(chan string, 1), make(chan error, 1)
	go func() {
		done <- c.Read(t.Context(), client.ReadOptions{Topics: []string{topic}}, func(r client.Record) error {
			values <- string(r.Value)
			return enough
		})
	}()
	eventually(t, "a record comes", func() bool { // it looks for the end first
		transact(t, c, kgo.TryCommit, topic, "after")
		return len(values) > 0
	})
	if got := <-values; got != "after" {
		t.Errorf("got %q, want what comes after the beginning", got)
	}
	if err := <-done; !errors.Is(err, enough) {
		t.Errorf("got %v, want the reader's own error", err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	go func() { done <- c.Read(ctx, client.ReadOptions{Topics: []string{topic}}, nil) }()
	time.Sleep(time.Second)
	cancel()
	if err := <-done; err != nil {
		t.Errorf("the end of ctx is an error: %v", err)
	}
}

// undecided begins a transaction that the answer commits.
func undecided(t *testing.T, c client.Client, topic string) (commit func()) {
	t.Helper()
	cl, _ := admin(t, c, kgo.TransactionalID(t.Name()+"-open"), kgo.DefaultProduceTopic(topic))
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	write(t, cl, &kgo.Record{Key: []byte("k"), Value: []byte("open")})
	return func() {
		if err := cl.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
			t.Error(err)
		}
	}
}

// What is committed behind an open transaction shows with it: a state that is rebuilt without it would be a false one.
func TestReadUntilTheEndWaitsForOpenTransactions(t *testing.T) {
	everywhere(t, readUntilTheEndWaitsForOpenTransactions)
}

func readUntilTheEndWaitsForOpenTransactions(t *testing.T, c client.Client, prefix string) {
	prepared(t, options(c, prefix))
	topic := prefix + ".droplets"
	commit := undecided(t, c, topic)
	cl, _ := admin(t, c)
	write(t, cl, &kgo.Record{Topic: topic, Key: []byte("k"), Value: []byte("behind")})
	ended := make(chan string)
	go func() {
		var got []string
		err := c.Read(t.Context(), client.ReadOptions{Topics: []string{topic}, FromStart: true, UntilEnd: true},
			func(r client.Record) error {
				got = append(got, string(r.Value))
				return nil
			})
		ended <- fmt.Sprint(got, err)
	}()
	select {
	case early := <-ended:
		t.Errorf("before the transaction's end it read %s", early)
	case <-time.After(time.Second):
		commit()
		if got := <-ended; got != "[open behind] <nil>" {
			t.Errorf("got %s", got)
		}
	}
}

func TestReadUntilTheEndRefusesWhatATransactionHides(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, _ *kfake.Cluster) {
		prepared(t, options(c, "hangs"))
		defer undecided(t, c, "hangs.droplets")()
		err := c.Read(t.Context(), client.ReadOptions{Topics: []string{"hangs.droplets"}, FromStart: true, UntilEnd: true},
			nil)
		if err == nil || !strings.Contains(err.Error(), "topic hangs.droplets partition 0: a transaction hangs") {
			t.Errorf("got %v, want an error that names the topic and why it can't be read", err)
		}
	})
}

func TestReadOfNoTopicIsAnError(t *testing.T) {
	everywhere(t, func(t *testing.T, c client.Client, prefix string) {
		err := c.Read(t.Context(), client.ReadOptions{Topics: []string{prefix + ".nothing"}, UntilEnd: true}, nil)
		if err == nil || !strings.Contains(err.Error(), prefix+".nothing") ||
			!strings.Contains(err.Error(), "--topic-prefix") {
			t.Errorf("got %v, want an error that names the topic and says what to do", err)
		}
	})
}

// A record may be larger than what a fetch asks of a partition: it comes all the same.
func TestReadTakesALargeRecord(t *testing.T) { everywhere(t, readTakesALargeRecord) }

func readTakesALargeRecord(t *testing.T, c client.Client, prefix string) {
	w, err := c.OpenWriter(t.Context(), prefix+".large")
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.NewChaCha8([32]byte{})
	sizes := []int{10, 5 << 20, 10, 6 << 20, 10}
	for _, n := range sizes {
		value := make([]byte, n)
		_, _ = rnd.Read(value) // which no compression makes small
		if err := w.Write(t.Context(), client.Record{Value: value}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []int
	o := client.ReadOptions{Topics: []string{prefix + ".large"}, FromStart: true, UntilEnd: true}
	if err := c.Read(t.Context(), o, func(r client.Record) error {
		got = append(got, len(r.Value))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(sizes) || got[1] != sizes[1] || got[3] != sizes[3] {
		t.Errorf("got records of %d bytes, want %d", got, sizes)
	}
}
