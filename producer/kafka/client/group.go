package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Members returns how many members a consumer group has: none if there is no such group.
func (c Client) Members(ctx context.Context, group string) (n int, err error) {
	cl, err := c.Open(kgo.RetryTimeout(10 * time.Second))
	if err != nil {
		return 0, err
	}
	defer cl.Close()
	err = Bounded(ctx, AnswerTime, func(ctx context.Context) error {
		groups, err := kadm.NewClient(cl).DescribeGroups(ctx, group)
		if err == nil {
			err = groups[group].Err
		}
		n = len(groups[group].Members)
		return err
	})
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return 0, fmt.Errorf("group %s: %w", group, c.Explain(err))
	}
	return n, nil
}
