package client

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ErrFenced means that nothing can be written any more by who opened the transactional id: another one has opened
// it, or the brokers gave the transaction up, as after a pause of this process.
var ErrFenced = errors.New("another one has taken over, or this process has paused")

// Transactor writes records of a topic in transactions. It is one goroutine's.
type Transactor struct {
	client Client
	cl     *kgo.Client
	topic  string
}

// OpenTransactor makes the topic, kept for ever and with one partition, unless it is there, and fences whoever wrote
// under the transactional id before: what that one left open is aborted. The caller closes it.
func (c Client) OpenTransactor(ctx context.Context, topic, id string) (*Transactor, error) {
	cl, err := c.Open(
		kgo.TransactionalID(id), kgo.RequiredAcks(kgo.AllISRAcks()), kgo.ProducerBatchMaxBytes(MaxRecordBytes),
		kgo.ProducerBatchCompression(kgo.GzipCompression()))
	if err != nil {
		return nil, err
	}
	t := &Transactor{c, cl, topic}
	if err := Bounded(ctx, AnswerTime, t.begin); err != nil {
		cl.Close()
		return nil, err
	}
	return t, nil
}

func (t *Transactor) begin(ctx context.Context) error {
	if err := t.client.makeTopic(ctx, t.cl, t.topic, nil); err != nil {
		return err
	}
	if _, _, err := t.cl.ProducerID(ctx); err != nil {
		return fmt.Errorf("begin to write to topic %s: %w", t.topic, t.fault(err))
	}
	return nil
}

// Commit writes records in a transaction. After an error nobody knows whether they are there: the transactor is of no
// use any more, and who opens the next one reads the topic first.
func (t *Transactor) Commit(ctx context.Context, records ...Record) error {
	if err := t.cl.BeginTransaction(); err != nil {
		return fmt.Errorf("write to topic %s: %w", t.topic, t.fault(err))
	}
	out := make([]*kgo.Record, len(records))
	for i, r := range records {
		out[i] = r.outgoing(t.topic)
	}
	err := t.cl.ProduceSync(ctx, out...).FirstErr()
	if err == nil {
		err = Commit(ctx, t.cl, out...)
	}
	if err != nil {
		return fmt.Errorf("write to topic %s: %w", t.topic, t.fault(err))
	}
	return nil
}

// Close ends it. What was not committed never is.
func (t *Transactor) Close() { t.cl.Close() }

// fault explains an error of the client's, and tells ErrFenced from others.
func (t *Transactor) fault(err error) error {
	for _, fenced := range []error{kerr.ProducerFenced, kerr.InvalidProducerEpoch} {
		if errors.Is(err, fenced) {
			return errors.Join(ErrFenced, err)
		}
	}
	return t.client.Explain(err)
}
