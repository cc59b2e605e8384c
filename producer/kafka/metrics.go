package kafka

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka/client"
)

const openInterval = 30 * time.Second // between two looks for hanging transactions

type metrics struct {
	on           bool // somebody looks at them
	open         prometheus.Gauge
	waiting      prometheus.Gauge
	transactions prometheus.Counter
	records      prometheus.Counter
	seconds      prometheus.Histogram
	fenced       prometheus.Counter
	restores     prometheus.Counter
	last         prometheus.Gauge
	errors       *prometheus.CounterVec
}

// newMetrics registers the metrics; r may be nil.
func newMetrics(r prometheus.Registerer, l *Log) (*metrics, error) {
	m := &metrics{
		transactions: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "seachange_kafka_transactions_total", Help: "Transactions that were committed.",
		}),
		records: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "seachange_kafka_records_total", Help: "Kafka records in committed transactions: events, state, statuses.",
		}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "seachange_kafka_commit_seconds", Help: "From the beginning of a transaction to its commit.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
		}),
		fenced: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "seachange_kafka_fenced_though_confirmed_total",
			Help: "A shard's producer was fenced although the group confirms that the shard is ours: a pause, or " +
				"another group on the same topics.",
		}),
		open: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "seachange_kafka_open_transaction_records",
			Help: "Records behind the oldest open transaction, in the topic where there are most: readers wait for them. It " +
				"must fall to 0 again and again.",
		}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "seachange_kafka_waiting_for_brokers", Help: "1 while the process waits at its start for brokers that can't " +
				"be reached.",
		}),
		restores: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "seachange_kafka_restores_total", Help: "Shards that were restored from the state topic.",
		}),
		last: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "seachange_kafka_last_commit_timestamp_seconds",
			Help: "When this process committed last, in seconds since 1970; 0: not yet.",
		}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seachange_kafka_errors_total",
			Help: "Errors of Kafka by kind: unreachable (a connection that failed), login, right, fenced, too_large, timeout, " +
				"other (what else ended the work on a shard).",
		}, []string{"kind"}),
	}
	for _, kind := range kinds() {
		m.errors.WithLabelValues(kind) // from 0 on, so that the first one is an increase
	}
	if r == nil {
		return m, nil
	}
	m.on = true
	for _, c := range append(m.gauges(l), m.open, m.waiting, m.transactions, m.records, m.seconds, m.fenced, m.restores,
		m.last, m.errors) {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) gauges(l *Log) []prometheus.Collector {
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	return []prometheus.Collector{
		gauge("seachange_kafka_shards", "Shards that there are, in all processes.",
			func() float64 { return float64(l.opts.Shards) }),
		gauge("seachange_kafka_shards_owned", "Shards that this process works on.",
			func() float64 { return float64(len(l.Owned())) }),
		gauge("seachange_kafka_shards_assigned_not_working",
			"Shards that the group gave to this process and that it doesn't work on (yet).",
			func() float64 { return float64(len(l.owners()) - len(l.Owned())) }),
		gauge("seachange_kafka_oldest_barrier_seconds", "Since the oldest of the present ownerships began.", l.oldestBarrier),
	}
}

// watchOpen looks for what a hanging transaction hides from readers (high watermark − last stable offset), until ctx
// ends.
func (l *Log) watchOpen(ctx context.Context, cl *kgo.Client) {
	adm, topics := kadm.NewClient(cl), names(l.topics())
	for l.metrics.on && client.Sleep(ctx, openInterval) {
		ends, err := adm.ListEndOffsets(ctx, topics...)
		if err != nil {
			continue // the next time, then
		}
		stable, err := adm.ListCommittedOffsets(ctx, topics...)
		if err != nil {
			continue
		}
		var most int64
		ends.Each(func(end kadm.ListedOffset) {
			if s, ok := stable.Lookup(end.Topic, end.Partition); ok && s.Err == nil && end.Err == nil {
				most = max(most, end.Offset-s.Offset)
			}
		})
		l.metrics.open.Set(float64(most))
	}
}

func (l *Log) oldestBarrier() float64 {
	var oldest float64
	for _, o := range l.owners() {
		if at := o.barrier.Load(); at > 0 {
			oldest = max(oldest, time.Since(time.UnixMilli(at)).Seconds())
		}
	}
	return oldest
}

func (m *metrics) committed(records int, took time.Duration) {
	m.transactions.Inc()
	m.records.Add(float64(records))
	m.seconds.Observe(took.Seconds())
	m.last.SetToCurrentTime()
}

// failed counts what ended the work on a shard.
func (m *metrics) failed(err error) { m.errors.WithLabelValues(kindOf(err)).Inc() }

// OnBrokerConnect implements kgo.HookBrokerConnect: it counts connections that failed.
func (m *metrics) OnBrokerConnect(_ kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		m.errors.WithLabelValues(unreachable).Inc()
	}
}
