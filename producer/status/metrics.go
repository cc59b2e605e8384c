package status

import (
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seachange/seachange/producer/schedule"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// metrics are the producer's own; the adapters have theirs. No label holds a record's id. All have an account, and go
// with its ownership.
type metrics struct {
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

func newMetrics(r prometheus.Registerer, b *Board) (*metrics, error) {
	m := &metrics{
		eventsTotal: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seachange_events_total", Help: "Events committed, by account, resource and op.",
		}, []string{"account", "resource", "op"}),
		sweepsTotal: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "seachange_sweeps_total", Help: "Sweeps ended, by account, resource and what they were worth.",
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
				"No change waits longer to be seen.",
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
	collectors := []prometheus.Collector{boardCollector{b}}
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

// AddEvents counts committed events.
func (m *metrics) AddEvents(account, resource string, op schema.Op, n int) {
	m.eventsTotal.WithLabelValues(account, resource, op.Word()).Add(float64(n))
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
	m.sweepsTotal.WithLabelValues(account, resource, string(s)).Inc()
}

// SetInterval notes the interval in force, where it is fixed.
func (m *metrics) SetInterval(account string, d time.Duration) {
	m.intervals.WithLabelValues(account).Set(d.Seconds())
}

// AddWindow counts a change by the window in which it happened.
func (m *metrics) AddWindow(account, resource string, d time.Duration) {
	m.windows.WithLabelValues(account, resource).Observe(d.Seconds())
}

// SetPlan notes the plan in force, where intervals are learned.
func (m *metrics) SetPlan(account string, p schedule.Plan) {
	m.budget.WithLabelValues(account).Set(p.PerHour)
	m.price.WithLabelValues(account).Set(p.Price)
	m.stretch.WithLabelValues(account).Set(p.Stretch)
}

// boardCollector exports the status board as it is when it is scraped.
type boardCollector struct{ b *Board }

// What boardCollector exports, by account and resource.
var (
	ageDesc = prometheus.NewDesc("seachange_age_seconds",
		"Time since the oldest of a resource's watched collections was last seen whole; +Inf if one never was.",
		[]string{"account", "resource"}, nil)
	collectionsDesc = prometheus.NewDesc("seachange_collections",
		"Collections by status: whole, partial, failed, stopped, unreadable, unwatched, not_offered; empty: not read yet.",
		[]string{"account", "resource", "status"}, nil)
	heldDesc = prometheus.NewDesc("seachange_held",
		"Missing records that nothing has confirmed, and fields that can't be read.", []string{"account", "resource"}, nil)
	quarantinedDesc = prometheus.NewDesc("seachange_quarantined",
		"Records that can't be taken: duplicate names or bad UTF-8.", []string{"account", "resource"}, nil)
	recordsDesc = prometheus.NewDesc("seachange_records", "Live records.", []string{"account", "resource"}, nil)
	unknownDesc = prometheus.NewDesc("seachange_unknown_members",
		"Members of records, or beside them, that were seen and that no document of DigitalOcean's has.",
		[]string{"account", "resource"}, nil)
)

// Describe implements prometheus.Collector.
func (c boardCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{ageDesc, collectionsDesc, heldDesc, quarantinedDesc, recordsDesc, unknownDesc} {
		ch <- d
	}
}

// tally sums a resource's collections.
type tally struct {
	age                        float64
	held, quarantined, records int
	unknown                    int
	status                     map[state.Status]int
}

// Collect implements prometheus.Collector.
func (c boardCollector) Collect(ch chan<- prometheus.Metric) {
	for _, a := range c.b.Report(time.Now()).Accounts {
		if a.AccountID == "" {
			continue
		}
		for resource, t := range tallies(a) {
			gauge := func(d *prometheus.Desc, v float64, labels ...string) {
				ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v,
					append([]string{a.AccountID, resource}, labels...)...)
			}
			gauge(unknownDesc, float64(t.unknown))
			gauge(ageDesc, t.age)
			gauge(heldDesc, float64(t.held))
			gauge(quarantinedDesc, float64(t.quarantined))
			gauge(recordsDesc, float64(t.records))
			for s, n := range t.status {
				gauge(collectionsDesc, float64(n), string(s))
			}
		}
	}
}

func tallies(a Account) map[string]*tally {
	m := map[string]*tally{}
	for _, r := range a.Collections {
		t := m[r.Resource]
		if t == nil {
			t = &tally{status: map[state.Status]int{}}
			m[r.Resource] = t
		}
		switch {
		case r.Status == state.NotOffered, r.Status == state.Unwatched: // nothing is to be seen, or nobody looks
		case r.AgeMS < 0:
			t.age = math.Inf(1)
		default:
			t.age = max(t.age, float64(r.AgeMS)/1000)
		}
		t.held += r.HeldCount
		t.quarantined += r.Quarantined
		t.records += r.Records
		t.status[r.Status]++
	}
	for _, u := range a.Unknown {
		if t := m[u.Resource]; t != nil {
			t.unknown++
		}
	}
	return m
}
