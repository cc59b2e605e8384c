package kafka_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka/client"
)

func TestReadRefusesAPastThatIsCut(t *testing.T) { everywhere(t, readRefusesAPastThatIsCut) }

func readRefusesAPastThatIsCut(t *testing.T, c client.Client, prefix string) {
	prepared(t, options(c, prefix))
	topic := prefix + ".droplets"
	transact(t, c, kgo.TryCommit, topic, "1", "2", "3")
	var passed, all int64
	o := client.ReadOptions{
		Topics: []string{topic}, FromStart: true, UntilEnd: true, Whole: true,
		Progress: func(p, a int64) { passed, all = p, a },
	}
	nothing := func(client.Record) error { return nil }
	if err := c.Read(t.Context(), o, nothing); err != nil {
		t.Fatal(err)
	}
	if passed != all || all < 3 {
		t.Errorf("passed %d offsets of %d, want all, and at least 3", passed, all)
	}

	_, adm := admin(t, c)
	cut := kadm.Offsets{}
	cut.AddOffset(topic, 0, 2, -1)
	if _, err := adm.DeleteRecords(t.Context(), cut); err != nil {
		t.Fatal(err)
	}
	err := c.Read(t.Context(), o, nothing)
	var ce *client.CutError
	if !errors.As(err, &ce) || ce.Topic != topic || ce.Offset != 2 || ce.Time.IsZero() {
		t.Fatalf("got %v, want a CutError that begins at offset 2 and says when", err)
	}
	if !strings.Contains(err.Error(), "offsets 0 to 1 are missing") {
		t.Errorf("%v does not say what is missing", err)
	}
	o.Whole = false
	if err := c.Read(t.Context(), o, nothing); err != nil {
		t.Errorf("what is left can't be read: %v", err)
	}
}

func TestWriterKeepsRecordsAndTheirOrder(t *testing.T) {
	everywhere(t, func(t *testing.T, c client.Client, prefix string) {
		topic := prefix + "-copy"
		for _, n := range []int{0, 500} { // the second time the topic is there
			w, err := c.OpenWriter(t.Context(), topic)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 500 {
				r := client.Record{
					Topic: "other", Key: []byte("k"), Value: fmt.Append(nil, n+i),
					Headers: []client.Header{{Key: "h", Value: "v"}},
				}
				if err := w.Write(t.Context(), r); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		var got, want []string
		for i := range 1000 {
			want = append(want, fmt.Sprint("k ", i, " [{h v}]"))
		}
		if err := c.Read(t.Context(), client.ReadOptions{Topics: []string{topic}, FromStart: true, UntilEnd: true},
			func(r client.Record) error {
				got = append(got, fmt.Sprintf("%s %s %v", r.Key, r.Value, r.Headers))
				return nil
			}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error("-want +got:\n", diff)
		}
	})
}
