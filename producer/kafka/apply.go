package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka/client"
)

// Setting is a topic's setting that was changed.
type Setting struct{ Topic, Key, Was, Now string }

// Apply changes the settings of topics that exist, where they differ from what was asked for: the retention of events,
// and Options.TopicConfig. Nothing else of a topic is changed, and none is made. It returns what was changed, also with
// an error, which names the topic at fault.
func (l *Log) Apply(ctx context.Context) (changed []Setting, err error) {
	cl, err := l.opts.Client.Open(kgo.RetryTimeout(client.AnswerTime / 3))
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	err = client.Bounded(ctx, client.AnswerTime, func(ctx context.Context) error {
		changed, err = l.apply(ctx, kadm.NewClient(cl))
		return err
	})
	return changed, err
}

func (l *Log) apply(ctx context.Context, adm *kadm.Client) (changed []Setting, err error) {
	topics := Topics(l.opts)
	found, err := l.describe(ctx, adm, topics)
	if err != nil {
		return nil, err
	}
	topics = existing(topics, found)
	if len(topics) == 0 {
		return nil, fmt.Errorf("no topic of prefix %s is there yet: run makes them as asked for", l.opts.Prefix)
	}
	settings, err := client.TopicSettings(ctx, adm, names(topics)...)
	if err != nil {
		return nil, fmt.Errorf("read the topics' settings: %w", l.opts.Client.Explain(err))
	}
	for _, t := range topics {
		differ := t.differing(settings[t.Name])
		if len(differ) == 0 {
			continue
		}
		if err := l.alter(ctx, adm, t.Name, differ); err != nil {
			return changed, err
		}
		changed = append(changed, differ...)
	}
	return changed, nil
}

// differing returns what must be changed of a topic. A broker that doesn't tell a setting may have it or not.
func (t Topic) differing(actual map[string]string) []Setting {
	var all []Setting
	for _, key := range t.Changeable() {
		if was, told := actual[key]; !told || was != t.Config[key] {
			all = append(all, Setting{t.Name, key, was, t.Config[key]})
		}
	}
	return all
}

func (l *Log) alter(ctx context.Context, adm *kadm.Client, topic string, settings []Setting) error {
	var all []kadm.AlterConfig
	for _, s := range settings {
		all = append(all, kadm.AlterConfig{Op: kadm.SetConfig, Name: s.Key, Value: &s.Now})
	}
	altered, err := adm.AlterTopicConfigs(ctx, all, topic)
	if err == nil {
		for _, r := range altered {
			err = errors.Join(err, client.WithMessage(r.Err, r.ErrMessage))
		}
	}
	if err != nil {
		return fmt.Errorf("change topic %s: %w", topic, l.opts.Client.Explain(err))
	}
	return nil
}
