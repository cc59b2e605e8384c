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
	account := digitaloceantest.Example(digitaloceantest.Options{})
	c := client(t, account, func(o *digitalocean.Options) { o.Registerer = reg })
	if got := gathered(t, reg)["seachange_api_requests_remaining"]; got != -1 {
		t.Errorf("before the first response: got %v requests left, want -1", got)
	}
	account.Fault(digitaloceantest.Fault{Resource: "vpcs", Effect: digitaloceantest.Status(500)})
	list(t.Context(), c, row(t, "droplets"), "")
	list(t.Context(), c, row(t, "vpcs"), "")
	want := map[string]float64{
		"seachange_api_requests_total failed vpcs": 1,
		"seachange_api_requests_total ok droplets": 2,
		"seachange_api_requests_remaining":         4997,
		"seachange_api_request_seconds":            3,
	}
	if d := cmp.Diff(want, gathered(t, reg)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestTwoClientsNeedLabels(t *testing.T) {
	reg := prometheus.NewRegistry()
	o := digitalocean.Options{Token: func() (string, error) { return "x", nil }}
	for _, account := range []string{"a", "b"} {
		o.Registerer = prometheus.WrapRegistererWith(prometheus.Labels{"account": account}, reg)
		if _, err := digitalocean.New(o); err != nil {
			t.Errorf("account %s: %v", account, err)
		}
	}
	if _, err := digitalocean.New(o); err == nil {
		t.Error("a second client with the same labels: no error")
	}
}
