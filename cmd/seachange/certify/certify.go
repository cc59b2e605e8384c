// Package certify holds a Kafka, and seachange on it, to the promise of exactly once under all that goes wrong at once:
// real processes between simulated accounts that change all the time. They are killed and paused, and their
// connections are cut and slowed, while a strict consumer reads what they publish.
package certify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/schema"
)

// shards of the processes: more than they are.
const shards = 8

// Options say where, for how long, and what may be done.
type Options struct {
	// Kafka says how the topics are made, and how the brokers are reached past what is cut. Run adds the resources.
	Kafka    kafka.Options
	Settings map[string]any // of the processes, as in a configuration file: how they reach the brokers
	Env      []string       // of the processes
	// Command starts a process: it is given --through, the address of a tunnel, and --config, a file, and ends with its
	// stdin.
	Command   []string
	Dir       string        // for configurations and logs
	For       time.Duration // begin no round after so long
	Processes int
	Accounts  int
	Interval  string // between two looks: a time, or learned
	Seed      uint64 // of what happens; when it happens is left to the machine
	// KillBroker kills a broker, waits and starts it again; nil leaves the brokers alone.
	KillBroker func(ctx context.Context, wait time.Duration) error
	Progress   func(format string, args ...any)
}

// Verdict is what was seen, until the first violation.
type Verdict struct {
	Passed bool `json:"passed"`
	// Violation is the promise that was not kept; "": none.
	Violation string `json:"violation"`

	Cluster     string `json:"cluster"`
	Version     string `json:"version"`      // of the brokers, a guess
	ExactlyOnce bool   `json:"exactly_once"` // whether they show transaction.version 2, and so seachange claims it

	DurationMS     int64  `json:"duration_ms"` // from the first fault to the last judgement
	Rounds         int    `json:"rounds"`      // after each of them everything was judged
	Faults         Faults `json:"faults"`
	Events         Events `json:"events"`
	RecoveryMeanMS int64  `json:"recovery_mean_ms"` // from the last fault of a round to every account's next event
	RecoveryMostMS int64  `json:"recovery_most_ms"` // the longest
}

// Faults are how often something was done.
type Faults struct {
	Kills         int `json:"kills"`          // of a process, with SIGKILL
	Pauses        int `json:"pauses"`         // of a process, with SIGSTOP, for 3 to 20 s
	PausesOfAll   int `json:"pauses_of_all"`  // at once, for 4 to 10 s
	Stops         int `json:"stops"`          // of a process, with SIGTERM
	Cuts          int `json:"cuts"`           // of a process's network, for 1 to 13 s
	Slows         int `json:"slows"`          // of a process's network, for 10 s
	Stalls        int `json:"stalls"`         // of the brokers' answers to all, by 2 s, for 15 s
	ConfigChanges int `json:"config_changes"` // that were rolled out
	BrokerKills   int `json:"broker_kills"`   // with SIGKILL
	API           int `json:"api"`            // of DigitalOcean's simulated API
}

// Events counts what was published.
type Events struct {
	Total    int `json:"total"`
	Observed int `json:"observed"` // seen first
	Created  int `json:"created"`
	Updated  int `json:"updated"`
	Deleted  int `json:"deleted"`
}

// Run makes the topics, and plays rounds on them. The error is nil where a verdict could be reached, also where it is
// not passed. The topics stay: see Remove.
func Run(ctx context.Context, o Options) (Verdict, error) {
	var v Verdict
	o.Kafka.Shards, o.Kafka.Resources = shards, resources()
	if err := o.prepare(ctx, &v); err != nil {
		return v, err
	}
	w, err := newWorld(rand.New(rand.NewPCG(o.Seed, 0)), o.Accounts, o.Interval)
	if err != nil {
		return v, err
	}
	defer w.close()
	f, err := newFleet(&o, w)
	defer f.stop()
	if err != nil {
		return v, err
	}
	r := &rounds{
		o: &o, rng: rand.New(rand.NewPCG(o.Seed, 1)), world: w, fleet: f,
		judge: newJudge(w, o.Kafka.Prefix, topics(o.Kafka)),
	}
	w.published = r.judge.published
	err = r.play(ctx)
	r.tell(&v)
	if broken, ok := errors.AsType[violation](err); ok {
		v.Violation = broken.text
		return v, nil
	}
	v.Passed = err == nil
	return v, err
}

// prepare makes the topics.
func (o *Options) prepare(ctx context.Context, v *Verdict) error {
	log, err := kafka.New(o.Kafka)
	if err != nil {
		return err
	}
	found, err := log.Inspect(ctx)
	if err != nil {
		return err
	}
	v.Cluster, v.Version, v.ExactlyOnce = found.Cluster, found.Version, found.ExactlyOnce
	if len(found.Faults) > 0 {
		return errors.New(strings.Join(found.Faults, "\n"))
	}
	return log.Prepare(ctx)
}

// Remove deletes the topics and the group of a prefix.
func Remove(ctx context.Context, o kafka.Options) error {
	o.Resources = resources()
	return errors.Join(o.Client.DeleteTopics(ctx, topics(o)...), o.Client.DeleteGroup(ctx, kafka.GroupID(o.Prefix)))
}

func resources() []*schema.Resource {
	var all []*schema.Resource
	for _, name := range watched {
		all = append(all, schema.Lookup(name))
	}
	return all
}

func topics(o kafka.Options) []string {
	var names []string
	for _, t := range kafka.Topics(o) {
		names = append(names, t.Name)
	}
	return names
}

// tell writes down what was seen.
func (r *rounds) tell(v *Verdict) {
	if !r.began.IsZero() {
		v.DurationMS = time.Since(r.began).Milliseconds()
	}
	v.Rounds, v.Faults, v.Events = r.count, r.faults, r.judge.count()
	v.Faults.API = r.world.faults
	var sum time.Duration
	for _, d := range r.recoveries {
		v.RecoveryMostMS = max(v.RecoveryMostMS, d.Milliseconds())
		sum += d
	}
	v.RecoveryMeanMS = (sum / time.Duration(max(1, len(r.recoveries)))).Milliseconds()
}

// Rows are the verdict for people: what, and how much of it.
func (v Verdict) Rows() [][]string {
	f, verdict, claim := v.Faults, "passed", "at least once: the brokers don't show transaction.version 2"
	if !v.Passed {
		first, _, _ := strings.Cut(v.Violation, "\n")
		verdict = "NOT PASSED: " + first
	}
	if v.ExactlyOnce {
		claim = "exactly once"
	}
	rows := [][]string{
		{"verdict", verdict},
		{"brokers", fmt.Sprintf("cluster %s, version %s", v.Cluster, v.Version)},
		{"run claims there", claim},
		{"time, rounds", fmt.Sprintf("%v, %d", milliseconds(v.DurationMS).Round(time.Second), v.Rounds)},
		{"killed (SIGKILL)", fmt.Sprint(f.Kills)},
		{"paused (SIGSTOP) for 3 to 20 s; all at once for 4 to 10 s", fmt.Sprintf("%d; %d", f.Pauses, f.PausesOfAll)},
		{"stopped (SIGTERM) and started again", fmt.Sprint(f.Stops)},
		{
			"a process's network cut, slowed; answers to all slowed by 2 s",
			fmt.Sprintf("%d, %d; %d", f.Cuts, f.Slows, f.Stalls),
		},
		{"rolling changes of the configuration", fmt.Sprint(f.ConfigChanges)},
		{"faults of the simulated API", fmt.Sprint(f.API)},
		{"events", v.Events.String()},
		{
			"from the last fault of a round to every account's next event",
			fmt.Sprintf("%v mean, %v at most", milliseconds(v.RecoveryMeanMS), milliseconds(v.RecoveryMostMS)),
		},
	}
	if f.BrokerKills > 0 {
		rows = append(rows, []string{"broker killed (SIGKILL) and started again", fmt.Sprint(f.BrokerKills)})
	}
	return rows
}

func milliseconds(n int64) time.Duration {
	return (time.Duration(n) * time.Millisecond).Round(100 * time.Millisecond)
}
