package alert

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seachange/seachange/cmd/seachange/hint"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// WatchOptions say what is watched, and who is alerted.
type WatchOptions struct {
	Client   client.Client
	Prefix   string // of the topics
	Rules    *Rules
	Since    time.Time // where an output begins that is new; zero is now
	Rollouts bool      // judge DigitalOcean's own changes, too
	Skip     bool      // a record that is no event or status is reported and set aside; else it ends the watch
	Getenv   func(string) string
	Stdout   io.Writer // of the output terminal
	Secrets  []string  // variables that no command gets
	Logger   *slog.Logger
	Metrics  *Metrics // nil: none
}

// Watch tells the outputs when an event meets a rule. Each output has a watcher, with a consumer group of its own:
// its offsets say what it was sent, and an endpoint that is down delays nobody else. The vigil, beside them, notices
// what no event says: that nothing comes any more.
type Watch struct {
	o         WatchOptions
	watchers  []*watcher
	heartbeat string       // the address to ask; "" is none
	reach     atomic.Int64 // when the topics were read last, in Unix milliseconds
	unread    *Alert       // that they can't be; the vigil's
	silences  *Silences
	notes     *hint.Notes
}

// NewWatch finds whatever is wrong with the outputs. It reaches nothing yet, so that a reload can try new rules
// while the old ones are still watched.
func NewWatch(o WatchOptions) (*Watch, error) {
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	w := &Watch{o: o, silences: &Silences{}, notes: &hint.Notes{}}
	if h := o.Rules.Heartbeat; h.set() {
		address, err := (&Output{URL: h.URL, URLEnv: h.URLEnv, URLFile: h.URLFile}).address(o.Getenv)
		if err != nil {
			return nil, fmt.Errorf("heartbeat: %w", err)
		}
		w.heartbeat = address
	}
	secrets := Secrets(o.Secrets, o.Rules)
	for i := range o.Rules.Outputs {
		out := &o.Rules.Outputs[i]
		send, err := out.Sender(o.Getenv, o.Stdout, secrets...)
		if err != nil {
			return nil, err
		}
		one := &watcher{
			pacer: pacer{}, outbox: newOutbox(out.forPeople()), told: map[string]time.Time{}, chain: chain{},
			silences: w.silences, muted: map[string]*Alert{}, actions: &hint.Actions{}, notes: w.notes,
			prefix: o.Prefix, judge: o.Rules.NewJudge(out.Name), bad: history.BadInput{Skip: o.Skip, Logger: o.Logger},
			delivery: &Delivery{Output: out.Name, Send: send, Logger: o.Logger, Metrics: o.Metrics}, metrics: o.Metrics,
			group:    o.Prefix + "-alert-" + out.Name,
			rollouts: history.Rollouts{Show: o.Rollouts, Logger: o.Logger}, log: o.Logger,
		}
		one.delivery.Refused = w.refused(one)
		if one.topics = one.needed(); len(one.topics) == 0 {
			return nil, fmt.Errorf("output %q: no rule sends it anything", out.Name)
		}
		w.watchers = append(w.watchers, one)
	}
	return w, nil
}

// Secrets adds the variables in which the outputs' addresses and keys are.
func Secrets(names []string, rules *Rules) []string {
	for _, o := range rules.Outputs {
		names = append(names, o.URLEnv, o.KeyEnv)
	}
	return append(names, rules.Heartbeat.URLEnv)
}

// RefusedTopic has the alerts that an output refused for good, as JSON, with the output's name as their key.
func RefusedTopic(prefix string) string { return prefix + "-meta.alerts-refused" }

// refused writes an alert that an output refuses for good to a topic, and tells the other outputs of it: the watcher
// goes on behind it, and an alert that nobody ever saw would be lost in silence.
func (w *Watch) refused(from *watcher) func(context.Context, *Alert, error) error {
	return func(ctx context.Context, a *Alert, cause error) error {
		to, err := w.o.Client.OpenWriter(ctx, RefusedTopic(w.o.Prefix))
		if err != nil {
			return err
		}
		err = to.Write(ctx, client.Record{Key: []byte(from.delivery.Output), Value: encode(a)})
		if err = errors.Join(err, to.Close(ctx)); err != nil {
			return err
		}
		if _, partly := errors.AsType[*UnreachedError](cause); partly && !from.due("output-refuses") {
			return nil
		}
		notice := &Alert{
			ID: a.ID + "/refused-by/" + from.delivery.Output, Key: "output-refuses/" + from.delivery.Output, Status: Firing,
			Rule: "output-refuses", Severity: "critical", Title: "An output refuses an alert for good", Account: a.Account,
			AccountName: a.AccountName, Resource: "output " + from.delivery.Output, Before: time.Now().UTC(),
			What:   fmt.Sprintf("%v; the alert %s is in topic %s", cause, a.ID, RefusedTopic(w.o.Prefix)),
			Advice: "See whether its address and key are right.",
		}
		for _, other := range w.watchers {
			if other != from {
				other.letters.put(notice)
			}
		}
		return nil
	}
}

// Run follows the topics until ctx ends, for each output by itself: one that is dead holds up no other. None begins if
// one can't.
func (w *Watch) Run(ctx context.Context) (err error) {
	for _, one := range w.watchers {
		if one.there, err = one.existing(ctx, w.o.Client); err != nil {
			return err
		}
	}
	known := func(r client.Record) { w.takeSilence(r, false) } // before the first alert is sent
	if err := w.o.Client.Each(ctx, SilencesTopic(w.o.Prefix), known); err != nil {
		return err
	}
	if err := w.o.Client.Each(ctx, hint.Topic(w.o.Prefix), w.takeNote); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, one := range w.watchers {
		g.Go(func() error { return one.follow(ctx, w.o.Client, w.o.Since) })
	}
	g.Go(func() error { return w.keepVigil(ctx) })
	if w.heartbeat != "" {
		g.Go(func() error { return w.beat(ctx, w.heartbeat) })
	}
	if err := g.Wait(); ctx.Err() == nil || !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// watcher tells one output. Its fields are one goroutine's, that of follow, but for what others put in or read as
// well: letters, silences, notes and alive.
type watcher struct {
	prefix        string
	judge         *Judge
	delivery      *Delivery
	bad           history.BadInput
	decoder       *history.Decoder
	rollouts      history.Rollouts
	group         string
	topics, there []string // that the rules need, and those of them that were there at the start
	actions       *hint.Actions
	notes         *hint.Notes
	log           *slog.Logger
	metrics       *Metrics
	queue         []*Alert // of the records that came together
	pacer         pacer
	outbox        *outbox
	letters       mailbox // what others have to say of themselves
	chain         chain
	silences      *Silences
	muted         map[string]*Alert    // findings that last, by Finding, which a silence kept back
	told          map[string]time.Time // what is wrong with rules and records: when it was reported
	alive         atomic.Int64         // when it had last sent all that there was, in Unix milliseconds
}

// follow reports what comes, until ctx ends.
func (w *watcher) follow(ctx context.Context, cl client.Client, since time.Time) error {
	w.log.Info("alerting; Ctrl-C ends it",
		"output", w.delivery.Output, "group", w.group, "topics", len(w.there), "not_made_yet", len(w.topics)-len(w.there))
	defer w.bad.Sum()
	defer w.rollouts.Sum()
	o := client.ConsumeOptions{
		Group: w.group, Topics: w.read(), Since: since,
		Tick: w.settle, Flush: func() (done, remember bool, err error) { return w.flush(ctx) }, Lapsed: w.lapsed,
	}
	if err := cl.Begin(ctx, o); err != nil {
		return err
	}
	w.decoder = history.NewDecoder(ctx, cl, w.prefix)
	w.recall(ctx, cl)
	return cl.Consume(ctx, o, w.take)
}

// settle queues what others have to say, and what a silence kept back until now.
func (w *watcher) settle() {
	w.queue = append(w.queue, w.letters.empty()...)
	w.queue = append(w.queue, w.unmuted(time.Now())...)
}

// turnTime is how long alerts are sent before it is looked whether a more severe one has come.
const turnTime = time.Second

// flush sends what came. It reports whether that is all sent, and whether anything was. Only then are offsets
// committed: a crash has the same sent again, and nothing lost. It returns after turnTime, so that what came
// meanwhile is put in order with what still waits.
func (w *watcher) flush(ctx context.Context) (done, told bool, err error) {
	began := time.Now()
	w.queue = append(w.queue, w.judge.Settle(began.UnixMilli())...)
	w.hint(w.queue)
	w.outbox.add(began, w.pacer.take(began, w.loud(w.queue, began))...)
	w.outbox.add(began, w.pacer.settle(began)...)
	w.queue = nil
	for time.Since(began) < turnTime || !told {
		a := w.outbox.next(time.Now())
		if a == nil {
			break
		}
		if err := w.delivery.Deliver(ctx, a); err != nil {
			return false, told, err
		}
		told = true
	}
	w.metrics.waiting.WithLabelValues(w.delivery.Output).Set(float64(w.outbox.len()))
	if !w.outbox.empty() {
		return false, told, nil
	}
	w.metrics.allTold.WithLabelValues(w.delivery.Output).SetToCurrentTime()
	w.alive.Store(time.Now().UnixMilli())
	return !w.judge.Waits(), told, nil
}

// quiet is how long what is wrong with a rule, or with a topic's records, is not reported again.
const quiet = time.Hour

// due reports whether it is time to report what is wrong, and takes it for reported.
func (w *watcher) due(key string) bool {
	now := time.Now()
	if last, ok := w.told[key]; ok && now.Sub(last) < quiet {
		return false
	}
	w.told[key] = now
	return true
}

// complain reports what is wrong with the watching itself, once in a while.
func (w *watcher) complain(rule, about, title, what, advice string) {
	key, now := rule+"/"+about, time.Now()
	if !w.due(key) {
		return
	}
	w.queue = append(w.queue, &Alert{
		ID: fmt.Sprintf("%s/%d", key, now.UnixMilli()), Key: key, Status: Firing, Rule: rule, Severity: "warning",
		Title: title, Advice: advice, Resource: about, Account: "seachange", What: what, Before: now.UTC(),
	})
}

// lapsed reports that the output goes on elsewhere than where it was. Both are reasons to distrust the silence: what
// was cut was never judged, and who moves offsets can hide a change.
func (w *watcher) lapsed(l client.Lapse) {
	where := fmt.Sprintf("%s partition %d", l.Topic, l.Partition)
	if l.Cut {
		w.complain("records-lost", where, "Retention deleted events before they were read",
			fmt.Sprintf("offsets %d to %d of topic %s are gone", l.From, l.To, where),
			"Look at seachange posture, and give the topics a longer retention.")
		return
	}
	w.complain("offsets-moved", where, "Somebody moved the offsets of an output",
		fmt.Sprintf("group %s goes on at offset %d of topic %s, and did not set it itself", w.group, l.To, where),
		"What was skipped is not reported: seachange posture shows what is risky now. See who may write to the group.")
}

// read are the topics that are read: those that the rules need, and the actions, which are hints beside other alerts
// even if no rule is about them.
func (w *watcher) read() []string {
	if slices.Contains(w.topics, w.actionsTopic()) {
		return w.topics
	}
	return append(slices.Clone(w.topics), w.actionsTopic())
}

// actionsTopic has DigitalOcean's actions, which are hints.
func (w *watcher) actionsTopic() string { return schema.TopicOf(w.prefix, hint.ActionsResource) }

// hint adds to alerts of changes what happened beside them, as far as it is known by now. It is done when the alert
// is sent, as an action's end is often seen after the change.
func (w *watcher) hint(alerts []*Alert) {
	for _, a := range alerts {
		if a.Event == nil || a.Status != Firing {
			continue
		}
		changed := hint.Record{Resource: a.Event.Source.Table, ID: a.Event.ID()}
		if changed.Resource == hint.ActionsResource { // which is the change itself
			continue
		}
		a.Hints = hint.Of(w.actions, w.notes, hint.Change{
			Account: a.Account, Records: []hint.Record{changed, {Resource: a.Resource, ID: a.Record}},
			After: a.After, Before: a.Before,
		})
	}
}

// needed are the topics that the rules need.
func (w *watcher) needed() (topics []string) {
	resources, status := w.judge.Resources()
	if resources == nil {
		for i := range schema.Catalog {
			resources = append(resources, schema.Catalog[i].Name)
		}
	}
	for _, n := range resources {
		topics = append(topics, schema.TopicOf(w.prefix, n))
	}
	if status {
		topics = append(topics, state.StatusTopic(w.prefix))
	}
	return topics
}

// existing are those of the topics that are there now; none is an error.
func (w *watcher) existing(ctx context.Context, cl client.Client) ([]string, error) {
	found, err := cl.Existing(ctx, w.topics...)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("none of the topics %s.* that the rules need is there: "+
			"is --topic-prefix right, and has seachange run with it?", w.prefix)
	}
	return found, err
}

// recalled is how many records back in each topic a burst may have begun before a restart.
const recalled = 1000

// lately is how long ago something happened that is judged again at a start.
const lately = 24 * time.Hour

// recall takes again what the output was sent: a burst that was under way at a stop goes on, and what the world can
// reach is what all events say. It sends nothing, and what can't be read was said when it came first.
func (w *watcher) recall(ctx context.Context, cl client.Client) {
	began := time.Now()
	whole, rest := w.recollected()
	err := cl.Recall(ctx, w.group, whole, math.MaxInt64, w.remember(began))
	if err == nil {
		err = w.recallSome(ctx, cl, rest, began)
	}
	if err != nil && ctx.Err() == nil {
		w.log.Warn("what was read before the start can't be read again: bursts begin anew, and what the world can reach "+
			"is known only as far as what comes says it", "group", w.group, "err", err)
	}
	w.judge.Forget(began)
}

// recallSome takes the last records of topics again where a rule counts them, and the last actions.
func (w *watcher) recallSome(ctx context.Context, cl client.Client, topics []string, began time.Time) error {
	if !w.judge.Counts() {
		topics = nil
	}
	actions, err := cl.Existing(ctx, w.actionsTopic())
	for _, topic := range actions {
		if !slices.Contains(topics, topic) {
			topics = append(topics, topic)
		}
	}
	if err != nil {
		return err
	}
	return cl.Recall(ctx, w.group, topics, recalled, w.remember(began))
}

// recollected are the topics of which all events count, since they say what the world can reach, and the others.
func (w *watcher) recollected() (whole, rest []string) {
	for _, topic := range w.there {
		if w.judge.Reaches(schema.TopicOf(w.prefix, ""), topic) {
			whole = append(whole, topic)
		} else {
			rest = append(rest, topic)
		}
	}
	return whole, rest
}

// remember takes a record for what it says of the past. What is older than lately is known and not judged: a burst
// that ended a day ago is none that goes on.
func (w *watcher) remember(now time.Time) func(client.Record) error {
	return func(r client.Record) error {
		in, err := w.input(r)
		if err == nil && in.Event != nil {
			w.chain.take(&in.Event.Source)
			w.takeAction(&in)
		}
		rollout := in.Event != nil && in.Event.Source.CausedBy(schema.CauseRollout)
		switch {
		case err != nil:
		case now.UnixMilli()-in.at() > lately.Milliseconds() || (rollout && !w.rollouts.Show):
			w.judge.Restore(in)
		default:
			w.judge.Take(in)
		}
		return nil
	}
}

// take queues what a record is worth to be sent. It reports whether anything is. What can't be read, or is not as
// seachange writes it, is reported as well: else whoever may write to a topic could have alerts stop by writing
// nonsense.
func (w *watcher) take(r client.Record) (told bool, err error) {
	in, err := w.input(r)
	if err != nil {
		if err := w.bad.Take(err); err != nil {
			return false, err
		}
		w.metrics.setAside.WithLabelValues(w.delivery.Output).Inc()
		w.complain("record-set-aside", r.Topic, "A record that is no event of seachange was set aside", err.Error(),
			"See who may write to the topic.")
		return false, nil
	}
	if in.Event != nil {
		w.takeAction(&in)
		if wrong := w.chain.take(&in.Event.Source); wrong != "" {
			w.log.Warn("an event is missing, or not seachange's", "topic", r.Topic, "partition", r.Partition, "offset", r.Offset,
				"err", wrong)
			w.complain("event-out-of-order", r.Topic, "An event is missing, or somebody else wrote one",
				fmt.Sprintf("topic %s partition %d offset %d: %s", r.Topic, r.Partition, r.Offset, wrong),
				"See who may write to the topic, and whether its retention is shorter than alert was away.")
		}
	}
	if in.Event != nil && !w.rollouts.Wanted(in.Event) {
		w.judge.Restore(in)
		w.rollouts.Tell()
		return false, nil
	}
	in.SeenMS = time.Now().UnixMilli()
	alerts, faults := w.judge.Take(in)
	for _, f := range faults {
		w.log.Warn("a rule could not be asked",
			"rule", f.Rule, "topic", r.Topic, "partition", r.Partition, "offset", r.Offset, "err", f.Err)
		w.metrics.faults.WithLabelValues(f.Rule).Inc()
		w.complain("rule-fails", f.Rule, "A rule can't be asked", f.Err.Error(),
			"Mend its condition: test for what a body may lack.")
	}
	w.queue = append(w.queue, alerts...)
	return len(alerts) > 0, nil
}

func (w *watcher) takeAction(in *Input) {
	if in.Resource == hint.ActionsResource {
		w.actions.Take(in.Event)
	}
}

// input reads a record: a status, or an event, which must be as seachange writes it (genuine).
func (w *watcher) input(r client.Record) (Input, error) {
	if r.Topic == state.StatusTopic(w.prefix) {
		return statusInput(r)
	}
	ev, err := w.decoder.ParseEvent(r)
	if err != nil {
		return Input{}, err
	}
	if err := genuine(w.decoder, w.prefix, r, &ev.Event); err != nil {
		return Input{}, fmt.Errorf("topic %s partition %d offset %d: not as seachange writes it: %w", r.Topic, r.Partition,
			r.Offset, err)
	}
	return EventInput(ev), nil
}

// EventInput is what there is to judge of an event.
func EventInput(ev *history.Event) Input {
	id := fmt.Sprintf("%s/%s/%d", ev.Source.DB, ev.Source.Table, ev.Source.LSN) // as in its ce_id
	return Input{
		ID: id, AccountName: ev.AccountName(), Event: &ev.Event, Account: ev.Source.DB, Resource: ev.Source.Table,
	}
}

func statusInput(r client.Record) (Input, error) {
	c, s, err := state.ParseStatus(r.Key, r.Value)
	if err == nil && s == nil {
		err = errors.New("a tombstone: seachange writes none to this topic, so somebody else did")
	}
	if err != nil {
		return Input{}, fmt.Errorf("topic %s partition %d offset %d: %w", r.Topic, r.Partition, r.Offset, err)
	}
	return Input{
		ID: fmt.Sprintf("%s/%s/%s/status/%d", c.AccountID, c.Resource, c.ParentID, s.SinceMS), Account: c.AccountID,
		Resource: c.Resource, Parent: c.ParentID, Status: string(s.Status), Reason: s.Reason,
		AtMS: cmp.Or(s.SinceMS, r.Time.UnixMilli()),
	}, nil
}
