package kafka

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	transactions prometheus.Counter
	records      prometheus.Counter
	seconds      prometheus.Histogram
	fenced       prometheus.Counter
	restores     prometheus.Counter
}

// newMetrics registers the metrics; r may be nil.
func newMetrics(r prometheus.Registerer, l *Log) (*metrics, error) {
	m := &metrics{
		transactions: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "seachange_kafka_transactions_total", Help: "Transactions that were committed.",
		}),
		records: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "seachange_kafka_records_total", Help: "Kafka records in committed transactions: events, state, marks.",
		}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "seachange_kafka_commit_seconds", Help: "From the beginning of a transaction to its commit.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
		}),
		fenced: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "seachange_kafka_fenced_though_confirmed_total",
			Help: "A shard's producer was fenced although the group confirms that the shard is ours: a pause, or another group on the same topics.",
		}),
		restores: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "seachange_kafka_restores_total", Help: "Shards that were restored from the state topic.",
		}),
	}
	if r == nil {
		return m, nil
	}
	for _, c := range append(m.gauges(l), m.transactions, m.records, m.seconds, m.fenced, m.restores) {
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
		gauge("seachange_kafka_shards", "Shards that there are, in all processes.", func() float64 { return float64(l.opts.Shards) }),
		gauge("seachange_kafka_shards_owned", "Shards that this process works on.", func() float64 { return float64(len(l.Owned())) }),
		gauge("seachange_kafka_shards_assigned_not_working", "Shards that the group gave to this process and that it doesn't work on (yet).",
			func() float64 { return float64(len(l.owners()) - len(l.Owned())) }),
		gauge("seachange_kafka_oldest_barrier_seconds", "Since the oldest of the present ownerships began.", l.oldestBarrier),
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
}
