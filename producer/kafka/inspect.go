package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka/client"
)

// Report is what Inspect found.
type Report struct {
	Cluster     string
	Brokers     []string // host:port of all of them
	Version     string   // a guess, such as "v4.1"
	ExactlyOnce bool
	Topics      []TopicReport
	// Faults keep seachange from running; each says what to do. Warnings don't.
	Faults, Warnings []string
}

// TopicReport is what is known of a topic that seachange needs.
type TopicReport struct {
	Name   string
	State  TopicState
	Faults []string // how it differs from what it must be, or why it can't be made
}

// TopicState sums up a TopicReport.
type TopicState string

const (
	TopicOK        TopicState = "ok"
	TopicMissing   TopicState = "missing" // Prepare makes it, unless Faults say why it can't
	TopicWrong     TopicState = "wrong"
	TopicForbidden TopicState = "forbidden"
)

// Inspect looks at everything that Prepare and Run need, and changes nothing. An error means that no broker answered.
func (l *Log) Inspect(ctx context.Context) (Report, error) {
	var r Report
	cl, err := l.opts.Client.Open(kgo.RetryTimeout(client.AnswerTime / 3))
	if err != nil {
		return r, err
	}
	defer cl.Close()
	err = client.Bounded(ctx, client.AnswerTime, func(ctx context.Context) error { return l.inspect(ctx, cl, &r) })
	return r, err
}

// inspect goes through the same steps as prepare, and notes what that would refuse, where it would stop at the
// first. What prepare would make it only asks for.
func (l *Log) inspect(ctx context.Context, cl *kgo.Client, r *Report) error {
	adm, topics := kadm.NewClient(cl), Topics(l.opts)
	var v view
	version, err := l.greet(ctx, cl, &v)
	if err != nil {
		return err
	}
	r.Cluster, r.Version, r.ExactlyOnce = v.cluster, version, v.exactlyOnce
	switch {
	case len(v.lacking) > 0:
		r.fault("%s", noTransactions(v.lacking))
		return nil
	case !v.exactlyOnce:
		r.warn("at least once only: exactly once needs Kafka 4.0 or newer with transaction.version=2, this is %s", version)
	}
	m, err := adm.Metadata(kadm.WithAuthorizedOps(ctx), names(topics)...)
	if err != nil {
		return l.opts.Client.Explain(err)
	}
	for _, b := range m.Brokers {
		r.Brokers = append(r.Brokers, fmt.Sprintf("%s:%d", b.Host, b.Port))
	}
	settings, err := client.TopicSettings(ctx, adm, names(existing(topics, m.Topics))...)
	if err != nil {
		r.warn("the topics' settings can't be read, so they aren't verified: grant DescribeConfigs on the topics: %v", err)
	}
	for _, t := range topics {
		r.topic(ctx, l, adm, t, m.Topics[t.Name], settings[t.Name])
	}
	r.replication(topics, m, settings)
	r.groupRights(ctx, cl, l)
	r.transactionRights(ctx, cl, l)
	if err := l.refuseLostState(ctx, adm, topics, keep(existing(topics, m.Topics), m.Topics)); err != nil {
		r.fault("%v", err)
	}
	if err := l.refuseStale(ctx, adm); err != nil {
		r.fault("%v", err)
	}
	if _, err := l.refuseFormat(ctx, adm, keep(existing(topics, m.Topics), m.Topics)); err != nil {
		r.fault("%v", err)
	}
	return nil
}

func (r *Report) fault(format string, args ...any) {
	r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
}

func (r *Report) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

func existing(topics []Topic, found kadm.TopicDetails) []Topic {
	return slices.DeleteFunc(slices.Clone(topics), func(t Topic) bool { return found[t.Name].Err != nil })
}

func keep(topics []Topic, found kadm.TopicDetails) kadm.TopicDetails {
	kept := kadm.TopicDetails{}
	for _, t := range topics {
		kept[t.Name] = found[t.Name]
	}
	return kept
}

// topic adds what is known of one topic: whether it is there or may be made, what we may do with it, and how it is
// set.
func (r *Report) topic(
	ctx context.Context, l *Log, adm *kadm.Client, t Topic, d kadm.TopicDetail, settings map[string]string,
) {
	report := TopicReport{Name: t.Name, State: TopicOK}
	switch {
	case errors.Is(d.Err, kerr.UnknownTopicOrPartition):
		report.State = TopicMissing
		if err := tryCreate(ctx, adm, t); err != nil {
			report.Faults = append(report.Faults, err.Error())
			r.fault("topic %s is missing, and can't be made: %v", t.Name, client.WithMessage(err, client.Denied(err)))
		}
	case errors.Is(d.Err, kerr.TopicAuthorizationFailed):
		report.State = TopicForbidden
		r.fault("topic %s: %s", t.Name, client.Denied(d.Err))
	case d.Err != nil:
		report.State = TopicWrong
		report.Faults = append(report.Faults, d.Err.Error())
		r.fault("topic %s: %v", t.Name, d.Err)
	default:
		r.topicRights(&report, t, d)
		r.verify(ctx, l, &report, t, len(d.Partitions), settings)
	}
	r.Topics = append(r.Topics, report)
}

// tryCreate has the brokers report whether they would make the topic.
func tryCreate(ctx context.Context, adm *kadm.Client, t Topic) error {
	config := maps.Clone(t.Config)
	err := validate(ctx, adm, t, config)
	for refusesSetting(err) && leaveOut(config, err) != "" { // as Prepare does
		err = validate(ctx, adm, t, config)
	}
	return err
}

func validate(ctx context.Context, adm *kadm.Client, t Topic, config map[string]string) error {
	values := map[string]*string{}
	for k, v := range config {
		values[k] = &v
	}
	replicas := t.ReplicationFactor
	if replicas == 0 {
		replicas = -1
	}
	made, err := adm.ValidateCreateTopics(ctx, int32(t.Partitions), int16(replicas), values, t.Name)
	if err != nil {
		return err
	}
	return client.WithMessage(made[t.Name].Err, made[t.Name].ErrMessage)
}

func (r *Report) verify(
	ctx context.Context, l *Log, report *TopicReport, t Topic, partitions int, settings map[string]string,
) {
	faults := t.faults(partitions, settings)
	if len(faults) == 0 {
		return
	}
	report.Faults = append(report.Faults, faults...)
	if report.State == TopicOK {
		report.State = TopicWrong
	}
	var err error
	if t.Strict {
		err = l.refuseTopic(ctx, t, partitions, settings)
	}
	if err != nil {
		r.fault("%v", err)
		return
	}
	advice := ""
	if len(t.differing(settings)) > 0 {
		advice = " (seachange topics --apply changes retention and --topic-config)"
	}
	r.warn("topic %s is not as seachange would make it: %s%s", t.Name, strings.Join(faults, "; "), advice)
}

// replication warns where the loss of brokers loses records that they acknowledged.
func (r *Report) replication(topics []Topic, m kadm.Metadata, settings map[string]map[string]string) {
	if len(m.Brokers) < 3 {
		return
	}
	var few, one []string
	for _, t := range topics {
		d := m.Topics[t.Name]
		n := d.Partitions.NumReplicas()
		if (n > 0 && n < 3) || (n == 0 && t.ReplicationFactor > 0 && t.ReplicationFactor < 3) {
			few = append(few, t.Name)
		}
		if settings[t.Name]["min.insync.replicas"] == "1" {
			one = append(one, t.Name)
		}
	}
	if len(few) > 0 {
		r.warn("fewer than 3 replicas on %d brokers: %s: set --replication-factor 3 before they are made, or reassign them",
			len(m.Brokers), client.Some(few))
	}
	if len(one) > 0 {
		r.warn("min.insync.replicas=1, so that what one broker acknowledged is lost with it: %s: set it to 2",
			client.Some(one))
	}
}
