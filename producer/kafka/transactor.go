package kafka

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka/client"
)

// transactor commits a shard's records. After any error it is closed: what became of the transaction is learned by
// restoring, and the next one that opens the shard's id settles it.
type transactor struct {
	log    *Log
	shard  int
	client *kgo.Client
	close  func() // idempotent; ends also what is under way
}

// openTransactor opens the client of a shard's transactional id. It fences nobody yet: that is fence's. Retries end
// before a transaction's time does, so that an error is known while there is still something to settle.
func (l *Log) openTransactor(shard int) (*transactor, error) {
	cl, err := l.openClient(
		kgo.TransactionalID(l.transactionalID(shard)), kgo.TransactionTimeout(l.transactionTimeout),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.RequiredAcks(kgo.AllISRAcks()), kgo.ProducerLinger(0),
		kgo.RetryTimeout(l.opts.patient(5*time.Second)), kgo.RecordDeliveryTimeout(l.opts.patient(8*time.Second)),
		kgo.ProducerBatchMaxBytes(l.seen().maxBytes), kgo.ProducerBatchCompression(l.opts.codec()),
	)
	if err != nil {
		return nil, err
	}
	return &transactor{log: l, shard: shard, client: cl, close: sync.OnceFunc(cl.Close)}, nil
}

// fence opens the transactional id: whoever had it can't write any more, and its open transaction is settled. The
// client would try without end, so that ctx must have one.
func (t *transactor) fence(ctx context.Context) error {
	if _, _, err := t.client.ProducerID(ctx); err != nil {
		return fmt.Errorf("open transactional id %s: %w", t.log.transactionalID(t.shard), t.log.opts.Client.Explain(err))
	}
	return nil
}

// commit commits records in one transaction. No context: a commit that is cancelled may have happened. The client would
// wait for the coordinator without end, so that a commit which takes longer than any transaction lives closes it.
func (t *transactor) commit(records []*kgo.Record) error {
	began, limit := time.Now(), t.log.transactionTimeout+shutdownGrace
	watch := time.AfterFunc(limit, t.close)
	err := t.transact(records)
	if !watch.Stop() {
		return fmt.Errorf("a commit has no end, and is given up after %s: %w", limit, cmp.Or(err, context.DeadlineExceeded))
	}
	if err != nil {
		return err
	}
	t.log.metrics.committed(len(records), time.Since(began))
	if err := t.after(); err != nil { // at the next start everything is found to be there
		t.log.log.Warn("redo file not removed", "shard", t.shard, "err", err)
	}
	return nil
}

// transact writes records in one transaction, and ends it. The embedded broker's redo file is written once the
// records are there and before they are committed: with it a commit that a kill has torn is made whole at the next
// start.
func (t *transactor) transact(records []*kgo.Record) error {
	if err := t.client.BeginTransaction(); err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	// The client would commit what succeeded, so every record's result counts.
	for _, r := range t.client.ProduceSync(context.Background(), records...) {
		if r.Err != nil {
			return fmt.Errorf("write to topic %s partition %d: %w",
				r.Record.Topic, r.Record.Partition, client.WithMessage(r.Err, client.Denied(r.Err)))
		}
	}
	if err := t.before(records); err != nil {
		return fmt.Errorf("redo file: %w", err)
	}
	if err := client.Commit(context.Background(), t.client, records...); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

func (t *transactor) before(records []*kgo.Record) error {
	if e := t.log.opts.Embedded; e != nil && e.Redo != nil {
		return e.Redo.Before(t.shard, records)
	}
	return nil
}

func (t *transactor) after() error {
	if e := t.log.opts.Embedded; e != nil && e.Redo != nil {
		return e.Redo.After(t.shard)
	}
	return nil
}

// closeAfter keeps brokers that don't answer from holding us up: what is still under way so long after ctx's end is
// given up. The caller says by stop that nothing is.
func (t *transactor) closeAfter(ctx context.Context, d time.Duration) (stop func()) {
	over := make(chan struct{})
	forget := context.AfterFunc(ctx, func() {
		select {
		case <-over:
		case <-time.After(d):
			t.close()
		}
	})
	return func() {
		forget()
		close(over)
	}
}
