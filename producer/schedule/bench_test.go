package schedule_test

import (
	"testing"

	"github.com/seachange/seachange/producer/schedule/internal/play"
)

func fleet(tb testing.TB, name string) []*play.Trace {
	tb.Helper()
	folder, err := play.Folder(".")
	if err != nil {
		tb.Skip(err)
	}
	fleets, err := play.Fleets(folder)
	if err != nil {
		tb.Skip(err)
	}
	var all []*play.Trace
	for _, file := range fleets[name] {
		t, err := play.Load(file)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, t)
	}
	return all
}

// BenchmarkFreshness plays the traces through the schedule and through uniform polling with the same requests.
func BenchmarkFreshness(b *testing.B) {
	for _, name := range []string{"small", "medium", "large"} {
		traces := fleet(b, name)
		for _, how := range []struct {
			name string
			play play.Options
		}{
			{"gates", play.Options{Gates: true}},
			{"learning", play.Options{}},
			{"recall70", play.Options{Gates: true, Recall: 0.7}},
		} {
			b.Run(name+"/"+how.name, func(b *testing.B) {
				for b.Loop() {
					compare(b, traces, how.play)
				}
			})
		}
	}
}

// BenchmarkFreshnessBounds plays the traces with what nobody can know, to see what it could win at most.
func BenchmarkFreshnessBounds(b *testing.B) {
	for _, name := range []string{"small", "medium", "large"} {
		traces := fleet(b, name)
		related := play.MovingTogether(traces)
		for _, how := range []struct {
			name string
			play play.Options
		}{
			{"gates/together", play.Options{Gates: true, Together: related}},
			{"learning/together", play.Options{Together: related}},
			{"gates/counts", play.Options{Gates: true, Counts: true}},
			{"learning/counts", play.Options{Counts: true}},
		} {
			b.Run(name+"/"+how.name, func(b *testing.B) {
				for b.Loop() {
					compare(b, traces, how.play)
				}
			})
		}
	}
}

func compare(b *testing.B, traces []*play.Trace, o play.Options) {
	b.Helper()
	const planned = play.PerHour * play.Share
	var ours, uniform, five, oracle, warm, warmOracle []*play.Result
	later := o
	later.From = 12 * 3600
	var perHour, oldest float64
	var hour, minute int
	for _, t := range traces {
		r := play.Learned(t, o)
		ours = append(ours, r)
		uniform = append(uniform, play.Uniform(t, planned))
		five = append(five, play.Every(t, 300))
		if o.Recall == 0 {
			oracle = append(oracle, play.Oracle(t, o))
			warm, warmOracle = append(warm, play.Learned(t, later)), append(warmOracle, play.Oracle(t, later))
		}
		perHour += r.PerHour(t.Measured) / float64(len(traces))
		hour, minute = max(hour, r.Most(3600)), max(minute, r.Most(60))
		oldest = max(oldest, r.LongestS/play.UniformInterval(t, planned))
	}
	us, them := play.Join(ours), play.Join(uniform)
	b.ReportMetric(us.Mean()/them.Mean(), "mean_ratio")
	b.ReportMetric(us.Quantile(.95)/them.Quantile(.95), "p95_ratio")
	b.ReportMetric(us.Quantile(.99)/them.Quantile(.99), "p99_ratio")
	b.ReportMetric(us.WeightedMean()/them.WeightedMean(), "weighted_ratio")
	b.ReportMetric(us.Mean()/play.Join(five).Mean(), "to_5min")
	b.ReportMetric(us.StaleS/them.StaleS, "stale_ratio")
	if o.Recall == 0 {
		b.ReportMetric(us.Mean()/play.Join(oracle).Mean(), "to_oracle")
		b.ReportMetric(play.Join(warm).Mean()/play.Join(warmOracle).Mean(), "to_oracle_2nd_half")
	}
	b.ReportMetric(us.Mean(), "mean_s")
	b.ReportMetric(perHour, "requests/h")
	b.ReportMetric(float64(hour), "most/h")
	b.ReportMetric(float64(minute), "most/min")
	b.ReportMetric(oldest, "oldest/uniform")
	b.ReportMetric(0, "ns/op")
}
