package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Writer writes records to one topic, in the order in which it is given them: a record's key chooses its partition.
type Writer struct {
	client Client
	cl     *kgo.Client
	topic  string

	mu  sync.Mutex
	err error // the first one
}

// OpenWriter makes the topic, kept for ever and with one partition, unless it is there. The caller closes the writer.
func OpenWriter(ctx context.Context, c Client, topic string) (*Writer, error) {
	cl, err := c.open(kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.ProducerBatchMaxBytes(maxRecordBytes), kgo.ProducerBatchCompression(kgo.GzipCompression()))
	if err != nil {
		return nil, err
	}
	forever, bytes := "-1", fmt.Sprint(maxRecordBytes)
	config := map[string]*string{"retention.ms": &forever, "max.message.bytes": &bytes}
	err = bounded(ctx, answerTime, func(ctx context.Context) error {
		_, err := kadm.NewClient(cl).CreateTopic(ctx, 1, -1, config, topic)
		return err
	})
	if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
		cl.Close()
		return nil, fmt.Errorf("make topic %s: %w", topic, c.explain(err))
	}
	return &Writer{client: c, cl: cl, topic: topic}, nil
}

// Write takes a record for the topic, whatever its own topic is. It blocks only while too much is under way. Its error may
// be that of an earlier record.
func (w *Writer) Write(ctx context.Context, r Record) error {
	return w.write(ctx, r, 0)
}

// write takes the partition too, which counts if the client chooses none itself.
func (w *Writer) write(ctx context.Context, r Record, partition int32) error {
	topic := w.topic
	out := &kgo.Record{Topic: topic, Partition: partition, Key: r.Key, Value: r.Value}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, kgo.RecordHeader{Key: h.Key, Value: []byte(h.Value)})
	}
	w.cl.Produce(ctx, out, func(_ *kgo.Record, err error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.err == nil && err != nil {
			w.err = fmt.Errorf("write to topic %s: %w", topic, w.client.explain(err))
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
		return fmt.Errorf("write to topic %s: %w", w.topic, err)
	}
	return w.fault()
}
