package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/seachange/seachange/producer/kafka/client"
)

// Prepare asks the brokers who they are, makes the topics that are missing, and verifies all of them. It must have
// returned nil before Run. Its error says what to do.
func (l *Log) Prepare(ctx context.Context) error {
	cl, err := l.opts.Client.Open(kgo.RetryTimeout(10 * time.Second))
	if err != nil {
		return err
	}
	defer cl.Close()
	return client.Bounded(ctx, client.AnswerTime, func(ctx context.Context) error { return l.prepare(ctx, cl) })
}

// prepare does what Prepare promises. What can be refused by what is there is refused before anything is made: a
// process that is not to run here leaves no topic behind. The format is written once the state topic is known to be
// there and empty.
func (l *Log) prepare(ctx context.Context, cl *kgo.Client) error {
	adm := kadm.NewClient(cl)
	v := view{maxBytes: client.MaxRecordBytes}
	version, err := l.greet(ctx, cl, &v)
	if err != nil {
		return err
	}
	l.log.Info("brokers answer", "brokers", l.opts.Client.Brokers, "version", version, "exactly_once", v.exactlyOnce)
	if len(v.lacking) > 0 {
		return refuse("%s", noTransactions(v.lacking))
	}
	if !v.exactlyOnce {
		l.log.Warn("at least once only: exactly once needs Kafka 4.0 or newer with transaction.version=2", "version", version)
	}
	topics := l.topics()
	found, err := l.describe(ctx, adm, topics)
	if err != nil {
		return err
	}
	if err := l.refuseLostState(ctx, adm, topics, found); err != nil {
		return err
	}
	if err := l.refuseStale(ctx, adm); err != nil {
		return err
	}
	fresh, err := l.refuseFormat(ctx, adm, found)
	if err != nil {
		return err
	}
	if found, err = l.make(ctx, adm, topics, found); err != nil {
		return err
	}
	if fresh {
		if err := l.writeFormat(ctx); err != nil {
			return err
		}
	}
	if err := l.verify(ctx, adm, topics, found, &v); err != nil {
		return err
	}
	l.see(v)
	return nil
}

// greet learns whom we talk to: the cluster's id, which the barriers carry, and what it can do.
func (l *Log) greet(ctx context.Context, cl *kgo.Client, v *view) (version string, err error) {
	if err := cl.Ping(ctx); err != nil {
		return "", l.opts.Client.Explain(err)
	}
	m, err := kadm.NewClient(cl).BrokerMetadata(ctx)
	if err != nil {
		return "", l.opts.Client.Explain(err)
	}
	v.cluster = m.Cluster
	resp, err := kmsg.NewPtrApiVersionsRequest().RequestWith(ctx, cl)
	if err != nil {
		return "", l.opts.Client.Explain(err)
	}
	version, v.exactlyOnce = versionOf(resp)
	v.lacking = lacking(resp)
	if l.opts.Embedded != nil {
		version = "embedded" // its own guess misleads
	}
	return version, nil
}

// describe returns the topics that exist.
func (l *Log) describe(ctx context.Context, adm *kadm.Client, topics []Topic) (kadm.TopicDetails, error) {
	details, err := adm.ListTopics(ctx, names(topics)...)
	if err != nil {
		return nil, l.opts.Client.Explain(err)
	}
	for name, d := range details {
		switch {
		case errors.Is(d.Err, kerr.UnknownTopicOrPartition):
			delete(details, name)
		case d.Err != nil && !kerr.IsRetriable(d.Err): // a topic that was made a moment ago has no leader yet
			return nil, fmt.Errorf("describe topic %s: %w", name, l.opts.Client.Explain(d.Err))
		}
	}
	return details, nil
}

func names(topics []Topic) []string {
	var names []string
	for _, t := range topics {
		names = append(names, t.Name)
	}
	return names
}

// refuseLostState refuses an empty state beside events: everything would be published a second time.
func (l *Log) refuseLostState(ctx context.Context, adm *kadm.Client, topics []Topic, found kadm.TopicDetails) error {
	var events []string
	for _, t := range topics {
		if found.Has(t.Name) && t.events {
			events = append(events, t.Name)
		}
	}
	// The events first: a process that starts beside us commits a barrier to the state before its first event.
	full, err := l.firstFull(ctx, adm, events...)
	if err != nil || full == "" {
		return err
	}
	state := l.stateTopic()
	if found.Has(state) {
		if empty, err := l.empty(ctx, adm, state); err != nil || !empty {
			return err
		}
	}
	return fmt.Errorf("topic %s has events, and the state topic %s has nothing: the state was lost, "+
		"and everything would be published again: make it anew with seachange rebuild, or choose another --topic-prefix",
		full, state)
}

// firstFull returns the first of topics that anything was ever written to. Those that were made a moment ago have no
// leader yet that could be asked.
func (l *Log) firstFull(ctx context.Context, adm *kadm.Client, topics ...string) (string, error) {
	if len(topics) == 0 {
		return "", nil
	}
	ends, err := adm.ListEndOffsets(ctx, topics...)
	if err != nil {
		return "", l.opts.Client.Explain(err)
	}
	full := ""
	ends.Each(func(o kadm.ListedOffset) {
		if o.Err == nil && o.Offset > 0 && (full == "" || o.Topic < full) {
			full = o.Topic
		}
	})
	return full, nil
}

// empty reports whether nothing was ever written to a topic. If nothing is known to have been, a partition that can't
// be asked is an error: it may hold all.
func (l *Log) empty(ctx context.Context, adm *kadm.Client, topic string) (bool, error) {
	ends, err := adm.ListEndOffsets(ctx, topic)
	full := false
	ends.Each(func(o kadm.ListedOffset) { full = full || (o.Err == nil && o.Offset > 0) })
	if full {
		return false, nil
	}
	if _, err = client.Listed(ends, err); err != nil {
		return false, l.opts.Client.Explain(err)
	}
	return true, nil
}

// make makes the topics that are missing, and returns all of them as the brokers then know them. Another process may do
// the same.
func (l *Log) make(ctx context.Context, adm *kadm.Client, topics []Topic, found kadm.TopicDetails) (
	kadm.TopicDetails, error,
) {
	alike := map[string][]Topic{} // a request for each kind of topics, as there are a hundred of them
	for _, t := range topics {
		if !found.Has(t.Name) {
			kind := fmt.Sprint(t.Partitions, t.Config)
			alike[kind] = append(alike[kind], t)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(alike)) {
		if err := l.makeAlike(ctx, adm, alike[kind]); err != nil {
			return nil, err
		}
	}
	return l.await(ctx, adm, topics)
}

// makeAlike makes topics with the same settings. A setting that the broker refuses is left out, one at a time, as
// far as it can be done without.
func (l *Log) makeAlike(ctx context.Context, adm *kadm.Client, topics []Topic) error {
	config := maps.Clone(topics[0].Config)
	err := l.create(ctx, adm, topics, config)
	for refusesSetting(err) {
		less := leaveOut(config, err)
		if less == "" {
			break
		}
		l.log.Warn("the broker refuses a setting: trying without "+less, "topics", client.Some(names(topics)), "err", err)
		err = l.create(ctx, adm, topics, config)
	}
	if err != nil {
		return fmt.Errorf("%w (seachange topics --print sh shows the commands to make all topics)", err)
	}
	return nil
}

func refusesSetting(err error) bool {
	return errors.Is(err, kerr.InvalidConfig) || errors.Is(err, kerr.PolicyViolation)
}

// leaveOut takes a setting out of a config that can be done without, and returns its name; "" if there is none left.
// Managed clusters refuse what is above their limit, or not theirs to set: their own default is as large as they allow.
// The one that the broker's answer names goes first.
func leaveOut(config map[string]string, refusal error) string {
	var left []string
	for _, key := range []string{"max.message.bytes", "segment.bytes", "segment.ms", "message.timestamp.type"} {
		if _, has := config[key]; has {
			left = append(left, key)
		}
	}
	named := slices.IndexFunc(left, func(key string) bool { return strings.Contains(refusal.Error(), key) })
	if len(left) == 0 {
		return ""
	}
	less := left[max(named, 0)]
	delete(config, less)
	return less
}

func (l *Log) create(ctx context.Context, adm *kadm.Client, topics []Topic, config map[string]string) error {
	values := map[string]*string{}
	for k, v := range config {
		values[k] = &v
	}
	replicas := l.opts.ReplicationFactor
	if replicas == 0 {
		replicas = -1
	}
	made, err := adm.CreateTopics(ctx, int32(topics[0].Partitions), int16(replicas), values, names(topics)...)
	if err != nil {
		return fmt.Errorf("make topics: %w", l.opts.Client.Explain(err))
	}
	var fresh []string
	for _, r := range made.Sorted() {
		switch {
		case r.Err == nil:
			fresh = append(fresh, r.Topic)
		case !errors.Is(r.Err, kerr.TopicAlreadyExists):
			return fmt.Errorf("make topic %s: %w", r.Topic, l.opts.Client.Explain(client.WithMessage(r.Err, r.ErrMessage)))
		}
	}
	if len(fresh) > 0 {
		l.log.Info("topics made", "topics", len(fresh), "partitions", topics[0].Partitions)
		l.log.Debug("topics made", "names", fresh)
	}
	return nil
}

// await waits until the brokers know the topics that were made a moment ago: they learn of them one after the other,
// and a client that asks the wrong one is told that there is no such topic.
func (l *Log) await(ctx context.Context, adm *kadm.Client, topics []Topic) (kadm.TopicDetails, error) {
	for {
		found, err := l.describe(ctx, adm, topics)
		if err != nil {
			return nil, err
		}
		missing := slices.IndexFunc(topics, func(t Topic) bool { return len(found[t.Name].Partitions) == 0 })
		if missing < 0 {
			return found, nil
		}
		if !client.Sleep(ctx, 100*time.Millisecond) {
			return nil, fmt.Errorf("wait for topic %s to appear: %w", topics[missing].Name, ctx.Err())
		}
	}
}

// verify holds the topics against what they must be, and fills v with what they are. What would lose events or state
// is refused; anything else is the operator's choice, and a warning.
func (l *Log) verify(ctx context.Context, adm *kadm.Client, topics []Topic, found kadm.TopicDetails, v *view) error {
	v.partitions, v.ids = shape(found)
	settings, err := client.TopicSettings(ctx, adm, names(topics)...)
	if err != nil {
		l.log.Warn("the topics' settings can't be read, so they aren't verified: "+
			"grant DescribeConfigs on the topics", "err", err)
	}
	for _, t := range topics {
		if t.Strict {
			if err := l.refuseTopic(ctx, t, v.partitions[t.Name], settings[t.Name]); err != nil {
				return err
			}
		}
		if faults := t.faults(v.partitions[t.Name], settings[t.Name]); len(faults) > 0 {
			l.log.Warn("a topic is not as seachange would make it", "topic", t.Name, "faults", strings.Join(faults, "; "))
		}
	}
	limit, untold := limitOf(topics, settings)
	v.maxBytes = min(v.maxBytes, limit)
	if len(untold) > 0 {
		l.log.Warn("the brokers don't tell their limit (max.message.bytes): the default is assumed",
			"topics", len(untold), "first", untold[0], "bytes", defaultBytes)
	}
	if v.maxBytes < client.MaxRecordBytes {
		l.log.Warn("records above that limit lose their body", "max_bytes", v.maxBytes, "want", client.MaxRecordBytes)
	}
	return nil
}

func shape(found kadm.TopicDetails) (partitions map[string]int, ids map[string]string) {
	partitions, ids = map[string]int{}, map[string]string{}
	for name, d := range found {
		partitions[name] = len(d.Partitions)
		if d.ID != (kadm.TopicID{}) {
			ids[name] = d.ID.String()
		}
	}
	return partitions, ids
}

// transactional are the requests of a transaction.
var transactional = []kmsg.Key{kmsg.InitProducerID, kmsg.AddPartitionsToTxn, kmsg.EndTxn}

// lacking returns those of them that the brokers don't do.
func lacking(r *kmsg.ApiVersionsResponse) []string {
	var all []string
	for _, key := range transactional {
		if !slices.ContainsFunc(r.ApiKeys, func(k kmsg.ApiVersionsResponseApiKey) bool { return k.ApiKey == key.Int16() }) {
			all = append(all, key.Name())
		}
	}
	return all
}

func noTransactions(lacking []string) string {
	return fmt.Sprintf("the brokers have no transactions (they don't do %s), and seachange commits events and state "+
		"in one: take an engine that has them (docs/reference/engines.md)", strings.Join(lacking, ", "))
}

// versionOf guesses the brokers' version, and says whether they keep transactions of one producer apart (KIP-890):
// until then a delayed commit can reach a later transaction.
func versionOf(r *kmsg.ApiVersionsResponse) (version string, exactlyOnce bool) {
	for _, f := range r.FinalizedFeatures {
		if f.Name == "transaction.version" && f.MaxVersionLevel >= 2 {
			exactlyOnce = true
		}
	}
	return kversion.FromApiVersionsResponse(r).VersionGuess(), exactlyOnce
}
