package kafka

import (
	"context"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
)

// Ask writes an operator's request into the requests topic. It returns once the brokers have it: the owner of the
// account's shard reads it then, or when it starts.
func Ask(ctx context.Context, c client.Client, prefix string, r producer.Request) error {
	return c.Write(ctx, client.Record{
		Topic: state.RequestsTopic(prefix), Key: state.Encode(r.Key(false)), Value: state.Encode(r),
	})
}

// requests reads the requests topic, once for all shards of this process.
type requests struct {
	log    *Log
	client *kgo.Client

	mu        sync.Mutex
	latest    map[state.RequestKey]producer.Request
	order     []state.RequestKey // of latest, oldest first
	listeners map[*listener]struct{}
}

// listener is a session's queue of requests.
type listener struct {
	shard   int
	queue   []producer.Request
	changed chan struct{}
}

func (l *Log) openRequests() (*requests, error) {
	cl, err := l.openClient(
		kgo.ConsumeTopics(state.RequestsTopic(l.opts.Prefix)), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		return nil, err
	}
	return &requests{
		log: l, client: cl, latest: map[state.RequestKey]producer.Request{},
		listeners: map[*listener]struct{}{},
	}, nil
}

func (q *requests) close() { q.client.Close() }

// run reads until ctx ends.
func (q *requests) run(ctx context.Context) {
	for ctx.Err() == nil {
		fetches := q.client.PollFetches(ctx)
		if ctx.Err() != nil {
			return
		}
		fetches.EachError(func(topic string, _ int32, err error) {
			q.log.log.Warn("read requests", "topic", topic, "err", q.log.opts.Client.Explain(err))
			client.Sleep(ctx, maxPause)
		})
		fetches.EachRecord(q.take)
	}
}

func (q *requests) take(r *kgo.Record) {
	var key state.RequestKey
	if err := json.Unmarshal(r.Key, &key); err != nil {
		q.log.log.Warn("a request's key can't be read", "topic", r.Topic, "offset", r.Offset, "err", err)
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if key.Answer {
		q.answered(key, r.Value)
		return
	}
	q.forget(key)
	if r.Value == nil {
		return
	}
	var req producer.Request
	if err := json.Unmarshal(r.Value, &req); err != nil {
		q.log.log.Warn("a request can't be read", "topic", r.Topic, "offset", r.Offset, "err", err)
		return
	}
	req.AtMS = min(req.AtMS, r.Timestamp.UnixMilli()) // the operator's clock may be ahead
	q.latest[key] = req
	q.order = append(q.order, key)
	for li := range q.listeners {
		if q.log.ShardOf(req.AccountID) == li.shard {
			li.add(req)
		}
	}
}

// answered forgets a request that was answered: the next owner need not do it again.
func (q *requests) answered(key state.RequestKey, value []byte) {
	var a producer.Answer
	if err := json.Unmarshal(value, &a); err != nil {
		q.log.log.Warn("an answer can't be read", "account", key.AccountID, "resource", key.Resource, "err", err)
		return
	}
	key.Answer = false
	if r := q.latest[key]; r.ID == a.ID && r.ID != "" {
		q.forget(key)
	}
}

func (q *requests) forget(key state.RequestKey) {
	if _, ok := q.latest[key]; !ok {
		return
	}
	delete(q.latest, key)
	for i, k := range q.order {
		if k == key {
			q.order = append(q.order[:i:i], q.order[i+1:]...)
			return
		}
	}
}

// add is called with the lock.
func (li *listener) add(r producer.Request) {
	li.queue = append(li.queue, r)
	select {
	case li.changed <- struct{}{}:
	default:
	}
}

// subscribe returns the requests of a shard, those that stand in the topic first, until end is called, which waits for
// the goroutine that hands them over.
func (q *requests) subscribe(ctx context.Context, shard int) (ch <-chan producer.Request, end func()) {
	li := &listener{shard: shard, changed: make(chan struct{}, 1)}
	q.mu.Lock()
	for _, key := range q.order {
		if r := q.latest[key]; q.log.ShardOf(r.AccountID) == shard {
			li.add(r)
		}
	}
	q.listeners[li] = struct{}{}
	q.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	out := make(chan producer.Request)
	var feeding sync.WaitGroup
	feeding.Go(func() { q.feed(ctx, li, out) })
	return out, func() {
		cancel()
		feeding.Wait()
	}
}

func (q *requests) feed(ctx context.Context, li *listener, ch chan<- producer.Request) {
	defer func() {
		q.mu.Lock()
		delete(q.listeners, li)
		q.mu.Unlock()
	}()
	for {
		q.mu.Lock()
		queue := li.queue
		li.queue = nil
		q.mu.Unlock()
		for _, r := range queue {
			select {
			case ch <- r:
			case <-ctx.Done():
				return
			}
		}
		select {
		case <-li.changed:
		case <-ctx.Done():
			return
		}
	}
}
