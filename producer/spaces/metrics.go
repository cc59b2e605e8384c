package spaces

import "github.com/prometheus/client_golang/prometheus"

// Metrics are those of all clients of a process.
type Metrics struct {
	detail   bool
	requests *prometheus.CounterVec
}

// NewMetrics registers the metrics. detail counts requests by region, too, for each account.
func NewMetrics(r prometheus.Registerer, detail bool) (*Metrics, error) {
	m := newMetrics(detail)
	return m, r.Register(m.requests)
}

func newMetrics(detail bool) *Metrics {
	return &Metrics{detail: detail, requests: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "seachange_spaces_requests_total",
		Help: "Requests to Spaces, by account and outcome; with --metrics-detail by region, too.",
	}, []string{"account", "region", "outcome"})}
}

// Drop takes an account's series away.
func (m *Metrics) Drop(account string) {
	m.requests.DeletePartialMatch(prometheus.Labels{"account": account})
}

func (m *Metrics) request(account, region, outcome string) {
	if !m.detail {
		region = ""
	}
	m.requests.WithLabelValues(account, region, outcome).Inc()
}
