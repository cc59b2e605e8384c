package status

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// boardCollector exports the status board as it is when it is scraped.
type boardCollector struct {
	b      *Board
	detail bool
}

// What boardCollector exports.
var (
	infoDesc = prometheus.NewDesc("seachange_account_info",
		"1 for each account that this process works on, with its id and the name that the configuration gives it.",
		[]string{"account", "name"}, nil)
	remainingDesc = prometheus.NewDesc("seachange_api_requests_remaining",
		"Requests left in this hour, as the last response said; absent until one did.", []string{"account"}, nil)
	ageDesc = prometheus.NewDesc("seachange_age_seconds",
		"Time since the oldest of an account's watched collections was last seen whole; +Inf if one never was. "+
			"With --metrics-detail by resource.",
		[]string{"account", "resource"}, nil)
	collectionsDesc = prometheus.NewDesc("seachange_collections",
		"Collections by status: whole, partial, failed, stopped, unreadable, unwatched, not_offered; empty: not read yet. "+
			"Resources are named where some are partial, failed, unreadable or unwatched, but for more than ten at once.",
		[]string{"account", "resource", "status"}, nil)
	heldDesc = prometheus.NewDesc("seachange_held",
		"Missing records that nothing has confirmed, and fields that can't be read, of resources that have some.",
		[]string{"account", "resource"}, nil)
	quarantinedDesc = prometheus.NewDesc("seachange_quarantined",
		"Records that can't be taken: duplicate names or bad UTF-8, of resources that have some.",
		[]string{"account", "resource"}, nil)
	recordsDesc = prometheus.NewDesc("seachange_records", "Live records of an account; with --metrics-detail by resource.",
		[]string{"account", "resource"}, nil)
	unknownDesc = prometheus.NewDesc("seachange_unknown_members",
		"Members of records, or beside them, that were seen and that no document of DigitalOcean's has, of resources that "+
			"have some.",
		[]string{"account", "resource"}, nil)
)

// Describe implements prometheus.Collector.
func (c boardCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		infoDesc, remainingDesc, ageDesc, collectionsDesc, heldDesc, quarantinedDesc, recordsDesc, unknownDesc,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c boardCollector) Collect(ch chan<- prometheus.Metric) {
	for _, a := range c.b.tallied(time.Now()) {
		gauge := func(d *prometheus.Desc, v float64, labels ...string) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, append([]string{a.id}, labels...)...)
		}
		if a.owned {
			gauge(infoDesc, 1, a.name)
		}
		if a.remaining >= 0 {
			gauge(remainingDesc, float64(a.remaining))
		}
		rows := a.rows
		if !c.detail {
			rows = gather(rows)
		}
		for resource, t := range rows {
			c.collect(gauge, resource, t)
		}
	}
}

// export exports a value of an account, with what labels there are behind the account's.
type export func(d *prometheus.Desc, v float64, labels ...string)

// collect exports a resource's tally; without detail also an account's, which has no resource.
func (c boardCollector) collect(gauge export, resource string, t *tally) {
	if t.collections > 0 {
		gauge(ageDesc, t.age, resource)
		gauge(recordsDesc, float64(t.records), resource)
	}
	some := func(d *prometheus.Desc, n int) {
		if n > 0 || c.detail {
			gauge(d, float64(n), resource)
		}
	}
	some(heldDesc, t.held)
	some(quarantinedDesc, t.quarantined)
	some(unknownDesc, t.unknown)
	for _, s := range t.statuses {
		gauge(collectionsDesc, float64(s.Collections), resource, string(s.Status))
	}
}
