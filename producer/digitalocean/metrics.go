package digitalocean

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics of one client, from an injected Registerer.
type metrics struct {
	requests  *prometheus.CounterVec
	seconds   prometheus.Histogram
	remaining prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seachange_api_requests_total", Help: "Requests to DigitalOcean's API, by resource and outcome.",
		}, []string{"resource", "outcome"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "seachange_api_request_seconds", Help: "Time from sending a request to the end of its response.",
			Buckets: []float64{.05, .1, .2, .4, .8, 1.6, 3.2, 6.4, 12.8, 30},
		}),
		remaining: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "seachange_api_requests_remaining", Help: "Requests left in this hour, as the last response said; -1 until " +
				"one did.",
		}),
	}
	m.remaining.Set(-1)
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.requests, m.seconds, m.remaining} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) request(resource, outcome string, took time.Duration) {
	m.requests.WithLabelValues(resource, outcome).Inc()
	m.seconds.Observe(took.Seconds())
}

func (m *metrics) left(n int) { m.remaining.Set(float64(n)) }
