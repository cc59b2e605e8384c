package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Write writes one record, whose key chooses its partition. It returns nil once the brokers have it.
func (c Client) Write(ctx context.Context, r Record) error {
	cl, err := c.Open(kgo.RequiredAcks(kgo.AllISRAcks()))
	if err != nil {
		return err
	}
	defer cl.Close()
	if err := cl.ProduceSync(ctx, r.outgoing(r.Topic)).FirstErr(); err != nil {
		return fmt.Errorf("write to topic %s: %w", r.Topic, c.Explain(err))
	}
	return nil
}

func (r Record) outgoing(topic string) *kgo.Record {
	out := &kgo.Record{Topic: topic, Partition: r.Partition, Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, kgo.RecordHeader{Key: h.Key, Value: []byte(h.Value)})
	}
	return out
}

// Writer writes records in the order in which it is given them.
type Writer struct {
	client Client
	cl     *kgo.Client
	topic  string // "": each record's own

	mu  sync.Mutex
	err error // the first one
}

// OpenWriter makes the topic, kept for ever and with one partition, unless it is there. Records go to that topic,
// whatever their own is, and their key chooses the partition. The caller closes the writer.
func (c Client) OpenWriter(ctx context.Context, topic string) (*Writer, error) {
	return c.openTopic(ctx, topic, nil)
}

// OpenTable is OpenWriter for a topic that is compacted: of each key the newest record is kept.
func (c Client) OpenTable(ctx context.Context, topic string) (*Writer, error) {
	compact := "compact"
	return c.openTopic(ctx, topic, map[string]*string{"cleanup.policy": &compact})
}

func (c Client) openTopic(ctx context.Context, topic string, more map[string]*string) (*Writer, error) {
	w, err := c.openWriter(topic, kgo.ProducerBatchCompression(kgo.GzipCompression()))
	if err != nil {
		return nil, err
	}
	err = Bounded(ctx, AnswerTime, func(ctx context.Context) error { return c.makeTopic(ctx, w.cl, topic, more) })
	if err != nil {
		w.cl.Close()
		return nil, err
	}
	return w, nil
}

// makeTopic makes a topic, kept for ever and with one partition, unless it is there.
func (c Client) makeTopic(ctx context.Context, cl *kgo.Client, topic string, more map[string]*string) error {
	forever, bytes := "-1", fmt.Sprint(MaxRecordBytes)
	config := map[string]*string{"retention.ms": &forever, "max.message.bytes": &bytes}
	maps.Copy(config, more)
	_, err := kadm.NewClient(cl).CreateTopic(ctx, 1, -1, config, topic)
	if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
		return fmt.Errorf("make topic %s: %w", topic, c.Explain(err))
	}
	return nil
}

// OpenCopier makes no topic: records go to the topic and the partition that they name. The caller closes the writer.
func (c Client) OpenCopier(codec kgo.CompressionCodec) (*Writer, error) {
	return c.openWriter("", kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(codec))
}

func (c Client) openWriter(topic string, more ...kgo.Opt) (*Writer, error) {
	cl, err := c.Open(append(more, kgo.RequiredAcks(kgo.AllISRAcks()), kgo.ProducerBatchMaxBytes(MaxRecordBytes))...)
	if err != nil {
		return nil, err
	}
	return &Writer{client: c, cl: cl, topic: topic}, nil
}

// Write takes a record. It blocks only while too much is under way. Its error may be that of an earlier record.
func (w *Writer) Write(ctx context.Context, r Record) error {
	w.cl.Produce(ctx, r.outgoing(cmp.Or(w.topic, r.Topic)), func(out *kgo.Record, err error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.err == nil && err != nil {
			w.err = fmt.Errorf("write to topic %s: %w", out.Topic, w.client.Explain(err))
		}
	})
	return w.fault()
}

func (w *Writer) fault() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Close returns nil once the brokers have every record.
func (w *Writer) Close(ctx context.Context) error {
	defer w.cl.Close()
	if err := w.cl.Flush(ctx); err != nil {
		return fmt.Errorf("write the last records: %w", err)
	}
	return w.fault()
}
