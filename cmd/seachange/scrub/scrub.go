// Package scrub finds a secret that got out: which topics hold it, where, and how to get rid of it. It writes nothing,
// and shows nothing of what it finds.
package scrub

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// Options say what is searched.
type Options struct {
	Client    client.Client
	Prefix    string // of the topics
	Resources []string
	// Directory says that the topics are an embedded broker's.
	Directory bool
	Match     *regexp.Regexp
	Logger    *slog.Logger
}

// Find is a partition that holds what was searched for.
type Find struct {
	Topic     string   `json:"topic"`
	Partition int32    `json:"partition"`
	Records   int      `json:"records"` // that hold it
	Offsets   []Span   `json:"offsets"` // theirs
	In        []string `json:"in"`      // where in a record: key, value, headers
	// Newest counts those that are the newest of their key in a compacted topic: compaction keeps them.
	Newest int `json:"newest"`
	// DeleteBefore is the offset before which DeleteRecords takes them all; 0: the topic is compacted.
	DeleteBefore int64  `json:"delete_before_offset"`
	Others       int    `json:"others"` // records before it that don't hold it, and go, too
	Remedy       string `json:"remedy"` // how to get rid of it
}

// Span is a run of offsets, both included.
type Span struct {
	First int64 `json:"first"`
	Last  int64 `json:"last"`
}

// String is the run for people.
func (s Span) String() string {
	if s.First == s.Last {
		return fmt.Sprint(s.First)
	}
	return fmt.Sprintf("%d-%d", s.First, s.Last)
}

// Search reads all topics from their first record to their last, also what was never committed, and returns the
// partitions that hold what matches. With Resources it reads of the events' topics only theirs.
func Search(ctx context.Context, o Options) ([]*Find, error) {
	topics, err := o.Client.WithPrefix(ctx, o.Prefix+".", o.Prefix+"-current.", o.Prefix+"-meta.")
	if err != nil {
		return nil, err
	}
	if len(topics) == 0 {
		return nil, fmt.Errorf("no topic %s.* is there: is --topic-prefix right, and has seachange run with it?", o.Prefix)
	}
	topics = slices.DeleteFunc(topics, func(t string) bool { return !o.wants(t) })
	s := search{o: o, at: map[place]*partition{}}
	progress := history.NewProgress(o.Logger)
	read := client.ReadOptions{Topics: topics, FromStart: true, UntilEnd: true, Uncommitted: true, Progress: progress.Tell}
	if err := o.Client.Read(ctx, read, s.take); err != nil {
		return nil, err
	}
	return s.finds(), nil
}

func (o *Options) wants(topic string) bool {
	if len(o.Resources) == 0 || strings.HasPrefix(topic, o.Prefix+"-meta.") {
		return true
	}
	return slices.Contains(o.Resources, topic[strings.LastIndexByte(topic, '.')+1:])
}

// isCompacted reports whether a topic keeps the newest record of each key only.
func (o *Options) isCompacted(topic string) bool {
	p := o.Prefix
	own := []string{
		state.Topic(p), state.SweepsTopic(p), state.LooksTopic(p), state.HeartbeatTopic(p), state.RequestsTopic(p),
		state.SchemasTopic(p),
	}
	return strings.HasPrefix(topic, p+"-current.") || slices.Contains(own, topic)
}

type place struct {
	topic     string
	partition int32
}

// partition is what was read of one.
type partition struct {
	Find
	read   int
	before int             // records up to the last one that holds it
	newest map[string]bool // keys whose newest record holds it
}

type search struct {
	o  Options
	at map[place]*partition
}

func (s *search) take(r client.Record) error {
	at := place{r.Topic, r.Partition}
	p := s.at[at]
	if p == nil {
		p = &partition{Find: Find{Topic: r.Topic, Partition: r.Partition}, newest: map[string]bool{}}
		s.at[at] = p
	}
	p.read++
	in := s.in(r)
	if len(in) == 0 {
		delete(p.newest, string(r.Key))
		return nil
	}
	p.newest[string(r.Key)] = true
	p.note(r.Offset, in)
	return nil
}

// in returns where in a record it is.
func (s *search) in(r client.Record) []string {
	var in []string
	if holds(s.o.Match, r.Key) {
		in = append(in, "key")
	}
	if holds(s.o.Match, r.Value) {
		in = append(in, "value")
	}
	if slices.ContainsFunc(r.Headers, func(h client.Header) bool { return holds(s.o.Match, []byte(h.Value)) }) {
		in = append(in, "headers")
	}
	return in
}

func (p *partition) note(offset int64, in []string) {
	p.Records, p.before, p.DeleteBefore = p.Records+1, p.read, offset+1
	p.In = slices.Compact(slices.Sorted(slices.Values(slices.Concat(p.In, in))))
	if n := len(p.Offsets); n > 0 && p.Offsets[n-1].Last == offset-1 {
		p.Offsets[n-1].Last = offset
		return
	}
	p.Offsets = append(p.Offsets, Span{offset, offset})
}

// finds returns the partitions that hold it, in order.
func (s *search) finds() []*Find {
	var all []*Find
	for _, p := range s.at {
		if p.Records == 0 {
			continue
		}
		if s.o.isCompacted(p.Topic) {
			p.Newest, p.DeleteBefore = len(p.newest), 0
		} else {
			p.Others = p.before - p.Records
		}
		p.Remedy = s.remedy(&p.Find)
		all = append(all, &p.Find)
	}
	slices.SortFunc(all, func(a, b *Find) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	return all
}

// remedy says how to get rid of it.
func (s *search) remedy(f *Find) string {
	resource := f.Topic[strings.LastIndexByte(f.Topic, '.')+1:]
	switch {
	case f.DeleteBefore > 0 && s.o.Directory:
		return fmt.Sprintf("DeleteRecords before offset %d hides it from readers, with %d other records; its bytes go "+
			"with their file, or with the directory", f.DeleteBefore, f.Others)
	case f.DeleteBefore > 0:
		return fmt.Sprintf("DeleteRecords before offset %d, which takes %d other records along", f.DeleteBefore, f.Others)
	case f.Newest == 0 && s.o.Directory:
		return "newer records stand in its place: compaction takes it at a start, once the partition is large enough"
	case f.Newest == 0:
		return "newer records stand in its place: Kafka's compaction takes it"
	case schema.Lookup(resource) != nil:
		return fmt.Sprintf("%d are the newest of their keys: mask it, then seachange snapshot %s; compaction takes the rest",
			f.Newest, resource)
	}
	return fmt.Sprintf("%d are the newest of their keys: mask it, and let seachange look at the records again; "+
		"compaction takes the rest", f.Newest)
}
