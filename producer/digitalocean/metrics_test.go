package digitalocean_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
)

// gathered returns the counters and gauges of a registry, and of histograms how much they hold.
func gathered(t *testing.T, reg prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := []string{f.GetName()}
			for _, l := range m.GetLabel() {
				name = append(name, l.GetValue())
			}
			all[strings.Join(name, " ")] = m.GetCounter().GetValue() + m.GetGauge().GetValue() +
				float64(m.GetHistogram().GetSampleCount())
		}
	}
	return all
}

func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	metrics, err := digitalocean.NewMetrics(reg, true)
	if err != nil {
		t.Fatal(err)
	}
	account := digitaloceantest.Example(digitaloceantest.Options{})
	c := client(t, account, func(o *digitalocean.Options) { o.Metrics = metrics })
	account.Fault(digitaloceantest.Fault{Resource: "vpcs", Effect: digitaloceantest.Status(500)})
	list(t.Context(), c, row(t, "droplets"), "")
	list(t.Context(), c, row(t, "vpcs"), "")
	want := map[string]float64{
		"seachange_api_requests_total  failed vpcs": 1,
		"seachange_api_requests_total  ok droplets": 2,
		"seachange_api_request_seconds":             3,
	}
	if d := cmp.Diff(want, gathered(t, reg)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// The clients of a process share their metrics: each account has its id, once that is known, and no resource.
func TestClientsShareTheirMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	metrics, err := digitalocean.NewMetrics(reg, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, team := range []string{"team-1", "team-2"} {
		account := digitaloceantest.Example(digitaloceantest.Options{TeamID: team})
		c := client(t, account, func(o *digitalocean.Options) { o.Metrics = metrics })
		if _, err := c.Identify(t.Context()); err != nil {
			t.Fatal(err)
		}
		list(t.Context(), c, row(t, "droplets"), "")
		list(t.Context(), c, row(t, "vpcs"), "")
	}
	want := map[string]float64{
		"seachange_api_requests_total  ok ":       2, // whose tokens they are
		"seachange_api_requests_total team-1 ok ": 3,
		"seachange_api_requests_total team-2 ok ": 3,
		"seachange_api_request_seconds":           8,
	}
	if d := cmp.Diff(want, gathered(t, reg)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if _, err := digitalocean.NewMetrics(reg, false); err == nil {
		t.Error("the same metrics twice: no error")
	}
}
