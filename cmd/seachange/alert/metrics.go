package alert

import "github.com/prometheus/client_golang/prometheus"

// Metrics count what becomes of alerts. They outlive a Watch, so that rules can be read again.
type Metrics struct {
	told, refused, retried, silenced, setAside, faults *prometheus.CounterVec
	waiting, allTold                                   *prometheus.GaugeVec
	topicsRead                                         prometheus.Gauge
}

// NewMetrics registers them; nil registers them nowhere.
func NewMetrics(r prometheus.Registerer) *Metrics {
	newCounter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	newGauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	}
	m := &Metrics{
		told: newCounter("seachange_alerts_told_total",
			"Alerts that arrived, by output and status: firing, resolved.", "output", "status"),
		refused: newCounter("seachange_alerts_refused_total",
			"Alerts that an output refused for good and that were set aside.", "output"),
		retried: newCounter("seachange_alert_deliveries_failed_total",
			"Deliveries that failed and were tried again.", "output"),
		silenced: newCounter("seachange_alerts_silenced_total", "Alerts that a silence muted.", "output"),
		setAside: newCounter("seachange_alert_records_set_aside_total",
			"Records that are no events of seachange, or not as it writes them.", "output"),
		faults: newCounter("seachange_alert_rule_faults_total", "Times that a rule could not be asked.", "rule"),
		waiting: newGauge("seachange_alerts_waiting",
			"Alerts that wait to be sent.", "output"),
		allTold: newGauge("seachange_alert_all_told_timestamp_seconds",
			"When an output was last up to date.", "output"),
		topicsRead: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "seachange_alert_topics_read_timestamp_seconds", Help: "When alert read the topics last.",
		}),
	}
	if r != nil {
		r.MustRegister(m.told, m.refused, m.retried, m.silenced, m.setAside, m.faults, m.waiting, m.allTold, m.topicsRead)
	}
	return m
}
