package history

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/seachange/seachange/producer/kafka/client"
)

// replayHeader says of a replayed event where it stood: topic/partition/offset.
const replayHeader = "replay"

// Replayed is what became of a replay.
type Replayed struct {
	Written int // events
	There   int // which an earlier replay had written to the topic: they are not written twice
}

// Replay writes past events once more, as they were, to a topic, which is made if need be. It goes on where an earlier
// replay to the topic ended. A topic that holds anything else is refused.
func (p *Past) Replay(ctx context.Context, since time.Time, topic string) (r Replayed, err error) {
	there, err := readReplayed(ctx, p.o.Client, topic)
	if err != nil {
		return r, err
	}
	w, err := p.o.Client.OpenWriter(ctx, topic)
	if err != nil {
		return r, err
	}
	err = p.Events(ctx, since, func(ev *Event) error {
		has, err := there.has(ev.Record, topic)
		if err != nil || has {
			r.There++
			return err
		}
		r.Written++
		out := ev.Record
		out.Headers = append(out.Headers, client.Header{Key: replayHeader, Value: place(out)})
		return w.Write(ctx, out)
	})
	if closed := w.Close(ctx); err == nil {
		err = closed
	}
	if err != nil {
		return r, fmt.Errorf("after %d events, of which some may not be in topic %s: %w", r.Written, topic, err)
	}
	return r, nil
}

func place(r client.Record) string { return fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset) }

// replayed are the offsets of which a topic holds the events, by the partition that they were in.
type replayed map[partition]*offsets

// offsets is a set of a partition's offsets.
type offsets struct {
	first int64            // the lowest
	words map[int64]uint64 // 64 offsets each, by the first one's number
}

// readReplayed reads what earlier replays have written to a topic; nothing, if there is none.
func readReplayed(ctx context.Context, cl client.Client, topic string) (replayed, error) {
	all := replayed{}
	found, err := cl.Existing(ctx, topic)
	if err != nil || len(found) == 0 {
		return all, err
	}
	o := client.ReadOptions{Topics: found, FromStart: true, UntilEnd: true, Headers: []string{replayHeader}}
	if err := cl.Read(ctx, o, all.take); err != nil {
		return nil, err
	}
	return all, ctx.Err() // half an answer is none
}

func (all replayed) take(r client.Record) error {
	p, offset, ok := placeOf(r.Header(replayHeader))
	if !ok {
		return fmt.Errorf("topic %s partition %d offset %d: no replay wrote this: choose a topic of its own for the replay",
			r.Topic, r.Partition, r.Offset)
	}
	s := all[p]
	if s == nil {
		s = &offsets{first: offset, words: map[int64]uint64{}}
		all[p] = s
	}
	s.add(offset)
	return nil
}

// placeOf reads what place wrote.
func placeOf(text string) (p partition, offset int64, ok bool) {
	parts := strings.Split(text, "/")
	if len(parts) != 3 {
		return p, 0, false
	}
	n, err := strconv.ParseInt(parts[1], 10, 32)
	offset, err2 := strconv.ParseInt(parts[2], 10, 64)
	return partition{parts[0], int32(n)}, offset, err == nil && err2 == nil && offset >= 0
}

// has reports whether a record was replayed. Those from before the first one that was can't come behind it.
func (all replayed) has(r client.Record, into string) (bool, error) {
	s := all[partition{r.Topic, r.Partition}]
	switch {
	case s == nil:
		return false, nil
	case r.Offset < s.first:
		return false, fmt.Errorf("topic %s has a replay of topic %s partition %d that begins at offset %d, and offset %d "+
			"can't come behind it: choose another topic", into, r.Topic, r.Partition, s.first, r.Offset)
	}
	return s.has(r.Offset), nil
}

func (s *offsets) add(offset int64) {
	s.first = min(s.first, offset)
	s.words[offset/64] |= 1 << (offset % 64)
}

func (s *offsets) has(offset int64) bool { return s.words[offset/64]>>(offset%64)&1 == 1 }
