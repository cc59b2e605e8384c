package kafka_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
)

// notebook is a Redo that writes down what it is told.
type notebook struct {
	mu    sync.Mutex
	lines []string
}

func (n *notebook) Before(shard int, records []*kgo.Record) error {
	line := fmt.Sprint("before ", shard)
	for _, r := range records {
		line += fmt.Sprintf(" %s@%d", r.Topic, r.Offset)
	}
	n.add(line)
	return nil
}

func (n *notebook) After(shard int) error {
	n.add(fmt.Sprint("after ", shard))
	return nil
}

func (n *notebook) add(line string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, line)
}

func (n *notebook) of(shard int) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(n.lines),
		func(s string) bool { return strings.Fields(s)[1] != fmt.Sprint(shard) })
}

// Each transaction is in the redo file, with the offsets that it has, before its end is asked for, and is forgotten
// after.
func TestEachTransactionIsInTheRedoFileBeforeItsEnd(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, _ *kfake.Cluster) {
		var n notebook
		o := options(c, "redo")
		o.Embedded = &kafka.Embedded{ProcessID: "p", Redo: &n}
		p := begin(t, prepared(t, o), o)
		eventually(t, "some events are committed", func() bool { return p.worker(0) != nil && p.worker(0).last() >= 3 })
		p.stop()
		lines := n.of(0)
		events := 0
		for i, line := range lines {
			if want := []string{"before", "after"}[i%2]; !strings.HasPrefix(line, want) {
				t.Fatalf("line %d is %q, want one that begins with %q: %q", i+1, line, want, lines)
			}
			if strings.Contains(line, "-meta.state@") && strings.Contains(line, "redo.") {
				events++
			}
		}
		if len(lines)%2 != 0 || events < 2 {
			t.Errorf("%d lines, %d of them with an event and its state, want pairs, and two of them or more: %q", len(lines),
				events, lines)
		}
	})
}
