package kafka_test

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka/client"
)

// value returns a counter's or a gauge's value.
func value(t *testing.T, r prometheus.Gatherer, name string) float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			m := f.GetMetric()[0]
			return m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

// valueOf returns the value of a series with that label.
func valueOf(t *testing.T, r prometheus.Gatherer, name, label string) float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && len(m.Label) == 1 && m.Label[0].GetValue() == label {
				return m.GetCounter().GetValue()
			}
		}
	}
	t.Fatalf("no series of %s has %s", name, label)
	return 0
}

func TestMetricsTellOwnershipAndCommits(t *testing.T) { everywhere(t, metricsTellOwnershipAndCommits) }

func metricsTellOwnershipAndCommits(t *testing.T, c client.Client, prefix string) {
	r := prometheus.NewRegistry()
	o := options(c, prefix)
	o.Registerer = r
	p := begin(t, prepared(t, o), o)
	eventually(t, "work", allOf(p))
	p.progress()
	for name, want := range map[string]float64{
		"seachange_kafka_shards": 4, "seachange_kafka_shards_owned": 4, "seachange_kafka_shards_assigned_not_working": 0,
		"seachange_kafka_restores_total": 4, "seachange_kafka_fenced_though_confirmed_total": 0,
	} {
		if got := value(t, r, name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	transactions, commits := value(t, r, "seachange_kafka_transactions_total"),
		value(t, r, "seachange_kafka_commit_seconds")
	if records := value(t, r, "seachange_kafka_records_total"); transactions < 8 || records <= transactions ||
		commits < transactions {
		t.Errorf("%v records in %v transactions, of which %v were timed", records, transactions, commits)
	}
	if age := value(t, r, "seachange_kafka_oldest_barrier_seconds"); age <= 0 {
		t.Errorf("the oldest ownership is %v s old", age)
	}
	last := value(t, r, "seachange_kafka_last_commit_timestamp_seconds")
	if ago := time.Since(time.Unix(int64(last), 0)); ago > time.Minute {
		t.Errorf("the last commit was %s ago", ago)
	}
}

func TestHangingTransactionShows(t *testing.T) { everywhere(t, hangingTransactionShows) }

func hangingTransactionShows(t *testing.T, c client.Client, prefix string) {
	r := prometheus.NewRegistry()
	o := options(c, prefix)
	o.Registerer = r
	p := begin(t, prepared(t, o), o)
	eventually(t, "work", allOf(p))
	cl, _ := admin(t, c, kgo.TransactionalID(prefix+"-hangs"), kgo.TransactionTimeout(10*time.Minute))
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for range 300 {
		write(t, cl, &kgo.Record{Topic: prefix + ".firewalls", Value: []byte("1")})
	}
	eventually(t, "it shows", func() bool { return value(t, r, "seachange_kafka_open_transaction_records") >= 300 })
	if err := cl.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is gone", func() bool { return value(t, r, "seachange_kafka_open_transaction_records") < 300 })
}
