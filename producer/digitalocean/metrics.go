package digitalocean

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are those of all clients of a process.
type Metrics struct {
	detail   bool
	requests *prometheus.CounterVec
	seconds  prometheus.Histogram
}

// NewMetrics registers the metrics. detail counts requests by resource, too, for each account.
func NewMetrics(r prometheus.Registerer, detail bool) (*Metrics, error) {
	m := newMetrics(detail)
	for _, c := range []prometheus.Collector{m.requests, m.seconds} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func newMetrics(detail bool) *Metrics {
	return &Metrics{
		detail: detail,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seachange_api_requests_total",
			Help: "Requests to DigitalOcean's API, by the account that the token is for (empty: not known yet) and outcome; " +
				"with --metrics-detail by resource, too.",
		}, []string{"account", "resource", "outcome"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "seachange_api_request_seconds", Help: "Time from sending a request to the end of its response.",
			Buckets: []float64{.05, .1, .2, .4, .8, 1.6, 3.2, 6.4, 12.8, 30},
		}),
	}
}

// Drop takes an account's series away.
func (m *Metrics) Drop(account string) {
	m.requests.DeletePartialMatch(prometheus.Labels{"account": account})
}

func (m *Metrics) request(account, resource, outcome string, took time.Duration) {
	if !m.detail {
		resource = ""
	}
	m.requests.WithLabelValues(account, resource, outcome).Inc()
	m.seconds.Observe(took.Seconds())
}
