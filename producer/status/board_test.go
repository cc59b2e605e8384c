package status_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/producer/status"
)

func board(t *testing.T, names ...string) *status.Board {
	t.Helper()
	b, err := status.New(names, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNeverSeenWholeIsInfinitelyOld(t *testing.T) {
	registry := prometheus.NewRegistry()
	b, err := status.New([]string{"a"}, registry, false)
	if err != nil {
		t.Fatal(err)
	}
	b.SetIdentity("a", "team-1", "Fake Team")
	b.SetOwned("a")
	b.SetCollection("a", status.Collection{Resource: "domain_records", ParentID: "x", Status: state.NoScope})
	b.SetCollection("a", status.Collection{Resource: "domain_records", ParentID: "y", Status: state.Whole, WholeMS: 5})
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if got := f.GetMetric()[0].GetGauge().GetValue(); f.GetName() == "seachange_age_seconds" && !math.IsInf(got, 1) {
			t.Errorf("age %v of a resource of which a collection was never seen whole, want +Inf", got)
		}
	}
	if len(families) == 0 {
		t.Error("no metrics")
	}
}

// The end of a pass is the end of the ownership, too, and its summary is printed after both.
func TestASummaryOutlivesTheOwnership(t *testing.T) {
	b := board(t, "done", "lost", "elsewhere")
	for _, name := range []string{"done", "lost"} {
		b.SetIdentity(name, "team-"+name, "Fake Team")
		b.SetOwned(name)
		c := status.Collection{Resource: "firewalls", Status: state.Partial, Reason: "500", Records: 3}
		b.SetSwept(name, c, 2, status.Limits{})
		b.AddRequests(name, "firewalls", 4)
	}
	b.FinishPass("done")
	b.AddRequests("done", "firewalls", 1) // after its pass
	b.Drop("team-done")
	b.Drop("team-lost")
	b.SetError("elsewhere", errors.New("its shard is not ours"))
	want := []status.Line{
		{Account: "done", Resource: "firewalls", Records: 3, Changes: 2, Requests: 4, Status: state.Partial, Reason: "500"},
		{Account: "lost", Resource: "firewalls", Records: 3, Changes: 2, Requests: 4, Status: state.Partial, Reason: "500"},
	}
	if d := cmp.Diff(want, b.Summary()); d != "" {
		t.Errorf("summary (-want +got):\n%s", d)
	}
	text := "not everything could be read whole: account done: firewalls: partial: 500\n" +
		"account lost: firewalls: partial: 500\naccount elsewhere: its shard is not ours"
	if err := b.PassError(); !errors.Is(err, status.ErrNotWhole) || err.Error() != text {
		t.Errorf("error %q, want %q", err, text)
	}
}
