package check

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/state"
)

// Brokers tries the brokers. o is what run would be made with; an error means that it can't be.
func (r *Report) Brokers(ctx context.Context, o kafka.Options, embedded bool) error {
	l, err := kafka.New(o)
	if err != nil {
		return config.Error{Err: err}
	}
	found, err := l.Inspect(ctx)
	if err != nil {
		r.Fail("brokers", err)
		return nil
	}
	if embedded {
		found.Version = "embedded"
	}
	r.cluster(found)
	if !present(found, state.SweepsTopic(o.Prefix)) {
		return nil
	}
	statuses, err := history.ReadStatuses(ctx, o.Client, o.Prefix, &history.BadInput{})
	if err != nil {
		r.Fail("status", err)
		return nil
	}
	r.incomplete(statuses)
	if !present(found, state.SchemaChangesTopic(o.Prefix)) {
		return nil
	}
	changes, err := history.ReadUnknown(ctx, o.Client, o.Prefix, &history.BadInput{})
	if err != nil {
		r.Fail("unknown members", err)
		return nil
	}
	r.unknown(changes)
	if !present(found, state.HeartbeatTopic(o.Prefix)) {
		return nil
	}
	beat, err := history.ReadHeartbeat(ctx, o.Client, o.Prefix, &history.BadInput{})
	if err != nil {
		r.Fail("heartbeat", err)
		return nil
	}
	r.heartbeat(beat, time.Now())
	return nil
}

// present reports whether a topic is there.
func present(found kafka.Report, name string) bool {
	return slices.ContainsFunc(found.Topics, func(t kafka.TopicReport) bool {
		return t.Name == name &&
			t.State != kafka.TopicMissing
	})
}

func (r *Report) cluster(found kafka.Report) {
	r.add("brokers", Good, "%s, version %s, cluster %s", strings.Join(found.Brokers, " "), found.Version, found.Cluster)
	if found.ExactlyOnce {
		r.add("exactly once", Good, "transaction.version is 2 or newer")
	}
	missing := 0
	for _, t := range found.Topics {
		if t.State == kafka.TopicMissing {
			missing++
		}
	}
	switch n := len(found.Topics); {
	case missing == n:
		r.add("topics", Good, "run makes all %d", n)
	case missing > 0:
		r.add("topics", Good, "%d are there, run makes %d", n-missing, missing)
	default:
		r.add("topics", Good, "all %d are there", n)
	}
	for _, w := range found.Warnings {
		r.add("kafka", Doubt, "%s", w)
	}
	for _, f := range found.Faults {
		r.add("kafka", Bad, "%s", f)
	}
}
