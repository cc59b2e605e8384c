package kafka

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
)

// Existing answers those of topics that exist, in their order. It makes none.
func Existing(ctx context.Context, c Client, topics ...string) ([]string, error) {
	cl, err := c.open()
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	var found []string
	err = bounded(ctx, answerTime, func(ctx context.Context) error {
		details, err := kadm.NewClient(cl).ListTopics(ctx, topics...)
		if err != nil {
			return c.explain(err)
		}
		for _, t := range topics {
			if d, ok := details[t]; ok && d.Err == nil {
				found = append(found, t)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list topics: %w", err)
	}
	return found, nil
}
