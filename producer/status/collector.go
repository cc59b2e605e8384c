package status

import (
	"cmp"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seachange/seachange/producer/state"
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
	for _, a := range c.b.Report(time.Now()).Accounts {
		if a.AccountID == "" {
			continue
		}
		gauge := func(d *prometheus.Desc, v float64, labels ...string) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, append([]string{a.AccountID}, labels...)...)
		}
		if a.Owned {
			gauge(infoDesc, 1, cmp.Or(a.Name, a.AccountName))
		}
		if a.Remaining >= 0 {
			gauge(remainingDesc, float64(a.Remaining))
		}
		rows := tallies(a)
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
	for s, n := range t.status {
		gauge(collectionsDesc, float64(n), resource, string(s))
	}
}

// tally sums a resource's collections, or an account's.
type tally struct {
	collections                         int
	age                                 float64
	records, held, quarantined, unknown int
	status                              map[state.Status]int
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
		t.collections++
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

// mostNamed is how many resources are named for one status: what is wrong with more is wrong with the account.
const mostNamed = 10

// gather sums an account up, under "". A resource keeps what somebody has to look at.
func gather(all map[string]*tally) map[string]*tally {
	resources := map[state.Status]int{}
	for _, t := range all {
		for s := range t.status {
			resources[s]++
		}
	}
	sum := &tally{status: map[state.Status]int{}}
	rows := map[string]*tally{"": sum}
	for resource, t := range all {
		row := &tally{held: t.held, quarantined: t.quarantined, unknown: t.unknown, status: map[state.Status]int{}}
		rows[resource] = row
		sum.collections += t.collections
		sum.age = max(sum.age, t.age)
		sum.records += t.records
		for s, n := range t.status {
			if named(s) && resources[s] <= mostNamed {
				row.status[s] = n
			} else {
				sum.status[s] += n
			}
		}
	}
	return rows
}

// named reports whether a resource is named that has collections of this status.
func named(s state.Status) bool {
	return s == state.Partial || s == state.Failing || s == state.NoScope || s == state.Unwatched
}
