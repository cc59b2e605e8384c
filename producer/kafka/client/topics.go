package client

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
)

// Existing returns those of topics that exist, in their order. It makes none.
func (c Client) Existing(ctx context.Context, topics ...string) ([]string, error) {
	details, err := c.topics(ctx, topics...)
	return slices.DeleteFunc(slices.Clone(topics), func(t string) bool {
		d, ok := details[t]
		return !ok || d.Err != nil
	}), err
}

// WithPrefix returns the topics whose names begin with one of some texts, in order.
func (c Client) WithPrefix(ctx context.Context, prefixes ...string) ([]string, error) {
	details, err := c.topics(ctx)
	return slices.DeleteFunc(details.Names(), func(name string) bool {
		return !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
	}), err
}

// topics returns what the brokers know of some topics; none named: of all.
func (c Client) topics(ctx context.Context, names ...string) (details kadm.TopicDetails, err error) {
	cl, err := c.Open()
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	err = Bounded(ctx, AnswerTime, func(ctx context.Context) (err error) {
		details, err = kadm.NewClient(cl).ListTopics(ctx, names...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.TrimSpace("list topics "+strings.Join(names, ", ")), c.Explain(err))
	}
	return details, nil
}

// TopicSettings returns each topic's settings.
func TopicSettings(ctx context.Context, adm *kadm.Client, topics ...string) (map[string]map[string]string, error) {
	described, err := adm.DescribeTopicConfigs(ctx, topics...)
	if err != nil {
		return nil, err
	}
	settings := map[string]map[string]string{}
	for _, d := range described {
		if d.Err != nil {
			return nil, fmt.Errorf("settings of topic %s: %w", d.Name, WithMessage(d.Err, d.ErrMessage))
		}
		m := map[string]string{}
		for _, c := range d.Configs {
			m[c.Key] = c.MaybeValue()
		}
		settings[d.Name] = m
	}
	return settings, nil
}

// Some names not more than three.
func Some(names []string) string {
	if len(names) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), len(names)-3)
	}
	return strings.Join(names, ", ")
}
