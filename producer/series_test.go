package producer_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/schema"
)

// Fifty accounts in which every resource is there, two of them with an API that fails everywhere, are no more than
// 5,000 series, at each moment from the first read on.
func TestFiftyAccountsAreFewSeries(t *testing.T) {
	rows, err := schema.Enabled(nil, nil, nil)
	must(t, err)
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		var accounts []producer.Account
		for i := range 50 {
			s := newTables()
			s.team = fmt.Sprintf("team-%d", i)
			for _, r := range rows {
				if r.Parent() == "" {
					s.put(r.Name, "1", `{"id":"1"}`)
				}
				if i < 2 {
					s.fail[r.Name] = failed
				}
			}
			accounts = append(accounts, producer.Account{Name: fmt.Sprintf("account-%d", i), Source: s, Resources: rows})
		}
		log := newFakeLog()
		p := start(t, log, producer.Options{Registerer: registry, Interval: time.Hour}, accounts...)
		most := 0
		for range 5 {
			time.Sleep(time.Minute)
			synctest.Wait()
			most = max(most, countSeries(t, registry))
		}
		must(t, p.stop())
		const others = 150 + 50*5 // of Kafka, Go and the process; requests by outcome
		t.Logf("%d series, and at most %d of the process", most, others)
		if most < 50*10 || most+others > 5000 {
			t.Errorf("%d series, want at most %d", most, 5000-others)
		}
	})
}

// countSeries counts as Prometheus does: a histogram is a series for each bucket, and two more.
func countSeries(t *testing.T, r prometheus.Gatherer) (n int) {
	t.Helper()
	families, err := r.Gather()
	must(t, err)
	for _, f := range families {
		for _, m := range f.Metric {
			n++
			if h := m.GetHistogram(); h != nil {
				n += len(h.Bucket) + 2
			}
		}
	}
	return n
}
