package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seachange/seachange/cmd/seachange/alert"
	"github.com/seachange/seachange/cmd/seachange/describe"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

type alertCmd struct {
	Watch alertWatchCmd `cmd:"" default:"withargs" help:"Tell when an event meets a rule, until a signal. This is what alert does by itself."`
	Test  alertTestCmd  `cmd:"" help:"Show which alerts events would make, and send none."`
	Rules alertRulesCmd `cmd:"" help:"Print the rules that come with seachange."`
}

type alertWatchCmd struct {
	KafkaSettings
	BadInput
	Rules string `help:"Take rules and outputs from this YAML file, instead of the rules that come with seachange, told in the terminal." placeholder:"FILE"`
	Since string `help:"An output that is new begins with the events of so long ago (90m, 30d), or since a date or time (RFC 3339), instead of now." placeholder:"TIME"`
}

// Run follows the topics, for each output by itself: one that is dead holds up no other.
func (c *alertWatchCmd) Run(ctx context.Context, e *env) error {
	rules, err := readRules(c.Rules)
	if err != nil {
		return err
	}
	since, err := parseSince(c.Since, time.Now())
	if err != nil {
		return err
	}
	cl, done, err := c.reach(e)
	if err != nil {
		return err
	}
	defer done()
	watchers, err := c.watchers(ctx, e, cl, rules)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, w := range watchers {
		g.Go(func() error { return w.follow(ctx, cl, since) })
	}
	if err := g.Wait(); ctx.Err() == nil || !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// watchers are one for each output. None has begun if one can't.
func (c *alertWatchCmd) watchers(ctx context.Context, e *env, cl client.Client, rules *alert.Rules) (all []*watcher, err error) {
	for i := range rules.Outputs {
		o := &rules.Outputs[i]
		send, err := o.Sender(e.getenv, e.stdout, c.secrets(e, rules)...)
		if err != nil {
			return nil, usageError{err}
		}
		w := &watcher{
			prefix: c.TopicPrefix, judge: rules.NewJudge(o.Name, inWords), bad: badInput{e: e, skip: c.OnError == "skip"}, e: e,
			delivery: &alert.Delivery{Output: o.Name, Send: send, Logger: e.log}, group: c.TopicPrefix + "-alert-" + o.Name,
		}
		if w.topics = w.needed(); len(w.topics) == 0 {
			return nil, usagef("output %q: no rule tells it of anything", o.Name)
		}
		if w.there, err = w.existing(ctx, cl); err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}

// secrets are the variables in which the configuration and the rules say that a secret is.
func (c *alertWatchCmd) secrets(e *env, rules *alert.Rules) []string {
	names := []string{c.SASL.PasswordEnv}
	for _, a := range e.accounts {
		names = append(names, a.TokenEnv, a.IDEnv, a.SecretEnv)
	}
	for _, o := range rules.Outputs {
		names = append(names, o.URLEnv)
	}
	return names
}

// readRules reads a rules file, or without one the rules that come with seachange.
func readRules(name string) (*alert.Rules, error) {
	known := func(resource string) bool { return schema.Lookup(resource) != nil }
	if name == "" {
		return alert.Parse(bytes.NewReader(alert.Shipped), known)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, usagef("rules: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	rules, err := alert.Parse(f, known)
	if err != nil {
		return nil, usagef("%s: %w", name, err)
	}
	return rules, nil
}

func inWords(ev *schema.Event) string { return describe.Event(ev) }

// watcher tells one output.
type watcher struct {
	prefix        string
	judge         *alert.Judge
	delivery      *alert.Delivery
	bad           badInput
	e             *env
	group         string
	topics, there []string // that the rules need, and those of them that were there at the start
}

// follow tells of what comes, until ctx ends.
func (w *watcher) follow(ctx context.Context, cl client.Client, since time.Time) error {
	w.e.log.Info("alerting; Ctrl-C ends it", "output", w.delivery.Output, "group", w.group, "topics", len(w.there), "not_made_yet", len(w.topics)-len(w.there))
	defer w.bad.sum()
	w.recall(ctx, cl)
	return cl.Consume(ctx, client.ConsumeOptions{Group: w.group, Topics: w.topics, Since: since}, func(r client.Record) (bool, error) {
		return w.take(ctx, r)
	})
}

// needed are the topics that the rules need.
func (w *watcher) needed() (topics []string) {
	resources, status := w.judge.Resources()
	if resources == nil {
		resources, _ = named(nil)
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
		err = fmt.Errorf("none of the topics %s.* that the rules need is there: is --topic-prefix right, and has seachange run with it?", w.prefix)
	}
	return found, err
}

// recalled is how many records back in each topic a burst may have begun before a restart.
const recalled = 1000

// recall counts again what the output was told of last: a burst that was under way at a stop goes on. It sends nothing, and
// what can't be read was said when it came first.
func (w *watcher) recall(ctx context.Context, cl client.Client) {
	if !w.judge.Counts() {
		return
	}
	err := cl.Recall(ctx, w.group, w.there, recalled, func(r client.Record) error {
		if in, err := w.input(r); err == nil {
			w.judge.Take(in)
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		w.e.log.Warn("bursts begin anew: what was read before the start can't be read again", "group", w.group, "err", err)
	}
}

// take tells what a record is worth to be told. It says whether anything was.
func (w *watcher) take(ctx context.Context, r client.Record) (told bool, err error) {
	in, err := w.input(r)
	if err != nil {
		return false, w.bad.take(err)
	}
	alerts, faults := w.judge.Take(in)
	for _, f := range faults {
		w.e.log.Warn("a rule could not be asked", "rule", f.Rule, "topic", r.Topic, "partition", r.Partition, "offset", r.Offset, "err", f.Err)
	}
	for _, a := range alerts {
		if err := w.delivery.Deliver(ctx, a); err != nil {
			return false, err
		}
	}
	return len(alerts) > 0, nil
}

func (w *watcher) input(r client.Record) (alert.Input, error) {
	if r.Topic == state.StatusTopic(w.prefix) {
		return statusInput(r)
	}
	ev, err := decodeEvent(r)
	if err != nil {
		return alert.Input{}, err
	}
	return eventInput(ev, header(r, "account_name")), nil
}

func eventInput(ev *schema.Event, account string) alert.Input {
	id := fmt.Sprintf("%s/%s/%d", ev.Source.DB, ev.Source.Table, ev.Source.LSN) // as in its ce_id
	return alert.Input{ID: id, AccountName: account, Event: ev, Account: ev.Source.DB, Resource: ev.Source.Table}
}

func statusInput(r client.Record) (alert.Input, error) {
	var k collectionID
	var m state.CollectionStatus
	err := json.Unmarshal(r.Key, &k)
	if err == nil {
		err = json.Unmarshal(r.Value, &m)
	}
	if err != nil {
		return alert.Input{}, fmt.Errorf("topic %s partition %d offset %d: not a status of seachange: %w", r.Topic, r.Partition, r.Offset, err)
	}
	return alert.Input{
		ID: fmt.Sprintf("%s/%s/%s/status/%d", k.AccountID, k.Resource, k.ParentID, m.SinceMS), Account: k.AccountID, Resource: k.Resource,
		Parent: k.ParentID, Status: string(m.Status), Reason: m.Reason, AtMS: cmp.Or(m.SinceMS, r.Time.UnixMilli()),
	}, nil
}

type alertTestCmd struct {
	Rules  string `arg:"" optional:"" help:"The rules' YAML file; by default the rules that come with seachange." placeholder:"FILE"`
	Events string `help:"Take events from this file, one a line, as tail --output json prints them; - is stdin." required:"" placeholder:"FILE"`
	outputFlagText
}

// outputFlagText is the choice between text and JSON.
type outputFlagText struct {
	Output string `help:"Print text, or json, an alert a line." enum:"text,json" default:"text"`
}

// Run prints the alerts of a file's events.
func (c *alertTestCmd) Run(e *env) error {
	rules, err := readRules(c.Rules)
	if err != nil {
		return err
	}
	var in io.Reader = os.Stdin
	if c.Events != "-" {
		f, err := os.Open(c.Events)
		if err != nil {
			return usagef("--events: %w", err)
		}
		defer f.Close() //nolint:errcheck // it was only read
		in = f
	}
	return c.judge(e, rules, in)
}

func (c *alertTestCmd) judge(e *env, rules *alert.Rules, in io.Reader) error {
	// The outputs don't count here: all rules are asked.
	for _, r := range rules.Rules {
		r.Outputs = nil
	}
	judge := rules.NewJudge("", inWords)
	lines := bufio.NewReader(in)
	events, fired := 0, 0
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			events++
			told, err := c.line(e, judge, client.Record{Topic: c.Events, Offset: int64(n), Value: line})
			if err != nil {
				return fmt.Errorf("--events %s line %d: %w", c.Events, n, err)
			}
			fired += told
		}
		if errors.Is(err, io.EOF) {
			e.log.Info("nothing was sent", "events", events, "alerts", fired)
			return nil
		}
		if err != nil {
			return fmt.Errorf("--events %s: %w", c.Events, err)
		}
	}
}

func (c *alertTestCmd) line(e *env, judge *alert.Judge, r client.Record) (int, error) {
	ev, err := parseEvent(r)
	if err != nil {
		return 0, err
	}
	alerts, faults := judge.Take(eventInput(ev, ""))
	for _, f := range faults {
		e.log.Warn("a rule could not be asked", "rule", f.Rule, "line", r.Offset, "err", f.Err)
	}
	for _, a := range alerts {
		if c.Output == "json" {
			err = writeLine(e.stdout, a)
		} else {
			_, err = fmt.Fprintln(e.stdout, a.Text())
		}
		if err != nil {
			return 0, err
		}
	}
	return len(alerts), nil
}

type alertRulesCmd struct{}

// Run prints the shipped rules.
func (c *alertRulesCmd) Run(e *env) error {
	_, err := e.stdout.Write(alert.Shipped)
	return err
}
