package status

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seachange/seachange/producer/schedule"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// metrics are the producer's own; the adapters have theirs. No label holds a record's id. Those with an account go with
// its ownership.
//
// A deployment has many accounts, and each a hundred resources, most of which have nothing to tell. Without detail a
// series stands for all resources of an account, its label resource empty; a histogram stands for all accounts.
type metrics struct {
	detail      bool
	eventsTotal *prometheus.CounterVec
	sweepsTotal *prometheus.CounterVec
	tooLarge    *prometheus.CounterVec
	mistyped    *prometheus.CounterVec
	intervals   *prometheus.GaugeVec
	windows     *prometheus.HistogramVec
	budget      *prometheus.GaugeVec
	price       *prometheus.GaugeVec
	stretch     *prometheus.GaugeVec
}

func newMetrics(r prometheus.Registerer, b *Board, detail bool) (*metrics, error) {
	m := &metrics{
		detail: detail,
		eventsTotal: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seachange_events_total", Help: "Events committed, by account and op; with --metrics-detail by resource, too.",
		}, []string{"account", "resource", "op"}),
		sweepsTotal: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seachange_sweeps_total",
			Help: "Sweeps ended, by account and what they were worth; with --metrics-detail by resource, too.",
		}, []string{"account", "resource", "status"}),
		tooLarge: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seachange_events_without_body_total",
			Help: "Events committed without the record's body, which is larger than a topic takes: only its SHA-256 is there.",
		}, []string{"account", "resource"}),
		mistyped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seachange_events_mistyped_total",
			Help: "Events committed with values of another type than DigitalOcean documents: null in data, as they are in body.",
		}, []string{"account", "resource"}),
		intervals: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "seachange_interval_seconds",
			Help: "Interval between two sweeps of a collection, as the hourly limit allows it.",
		}, []string{"account"}),
		windows: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "seachange_window_seconds",
			Help: "Window in which a change happened: source.ts_ms - source.prev_ts_ms of its event. " +
				"No change waits longer to be seen. With --metrics-detail by account and resource.",
			Buckets: []float64{1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400},
		}, []string{"account", "resource"}),
		budget: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "seachange_budget_per_hour",
			Help: "Requests an hour that the learned intervals may spend: less where others use the token.",
		}, []string{"account"}),
		price: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "seachange_request_price_seconds", Help: "Seconds of waiting, weighted, that one more request would save.",
		}, []string{"account"}),
		stretch: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "seachange_max_age_stretch",
			Help: "How many times longer than max_age collections wait, since the budget doesn't hold it; 1: not longer.",
		}, []string{"account"}),
	}
	if r == nil {
		return m, nil
	}
	collectors := []prometheus.Collector{boardCollector{b, detail}}
	for _, v := range m.vectors() {
		collectors = append(collectors, v)
	}
	for _, c := range collectors {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// vector is what all of the metrics are.
type vector interface {
	prometheus.Collector
	DeletePartialMatch(prometheus.Labels) int
}

func (m *metrics) vectors() []vector {
	return []vector{
		m.eventsTotal, m.sweepsTotal, m.tooLarge, m.mistyped, m.intervals, m.windows, m.budget, m.price, m.stretch,
	}
}

// drop takes away an account's series.
func (m *metrics) drop(account string) {
	for _, v := range m.vectors() {
		v.DeletePartialMatch(prometheus.Labels{"account": account})
	}
}

// of is the label of a resource's series: "" where all resources of an account share one.
func (m *metrics) of(resource string) string {
	if m.detail {
		return resource
	}
	return ""
}

// AddEvents counts committed events.
func (m *metrics) AddEvents(account, resource string, op schema.Op, n int) {
	m.eventsTotal.WithLabelValues(account, m.of(resource), op.Word()).Add(float64(n))
}

// AddWithoutBody counts committed events without their record's body.
func (m *metrics) AddWithoutBody(account, resource string, n int) {
	m.tooLarge.WithLabelValues(account, resource).Add(float64(n))
}

// AddMistyped counts committed events with values of another type than documented.
func (m *metrics) AddMistyped(account, resource string, n int) {
	m.mistyped.WithLabelValues(account, resource).Add(float64(n))
}

// AddSweep counts a sweep by what it was worth.
func (m *metrics) AddSweep(account, resource string, s state.Status) {
	m.sweepsTotal.WithLabelValues(account, m.of(resource), string(s)).Inc()
}

// SetInterval notes the interval in force, where it is fixed.
func (m *metrics) SetInterval(account string, d time.Duration) {
	m.intervals.WithLabelValues(account).Set(d.Seconds())
}

// AddWindow counts a change by the window in which it happened.
func (m *metrics) AddWindow(account, resource string, d time.Duration) {
	m.windows.WithLabelValues(m.of(account), m.of(resource)).Observe(d.Seconds())
}

// SetPlan notes the plan in force, where intervals are learned.
func (m *metrics) SetPlan(account string, p schedule.Plan) {
	m.budget.WithLabelValues(account).Set(p.PerHour)
	m.price.WithLabelValues(account).Set(p.Price)
	m.stretch.WithLabelValues(account).Set(p.Stretch)
}
