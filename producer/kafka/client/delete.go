package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// DeleteTopics deletes topics. One that doesn't exist is no error.
func (c Client) DeleteTopics(ctx context.Context, topics ...string) error {
	return c.administer(ctx, func(ctx context.Context, adm *kadm.Client) error {
		deleted, err := adm.DeleteTopics(ctx, topics...)
		if err != nil {
			return err
		}
		for _, d := range deleted.Sorted() {
			if d.Err != nil && !errors.Is(d.Err, kerr.UnknownTopicOrPartition) {
				return fmt.Errorf("delete topic %s: %w", d.Topic, WithMessage(d.Err, d.ErrMessage))
			}
		}
		return nil
	})
}

// DeleteGroup deletes a consumer group, once the last member that was killed has been given up. One that doesn't exist
// is no error.
func (c Client) DeleteGroup(ctx context.Context, group string) error {
	return c.administer(ctx, func(ctx context.Context, adm *kadm.Client) error {
		for {
			deleted, err := adm.DeleteGroup(ctx, group)
			if err == nil {
				err = deleted.Err
			}
			switch {
			case err == nil || errors.Is(err, kerr.GroupIDNotFound):
				return nil
			case !errors.Is(err, kerr.NonEmptyGroup) || !Sleep(ctx, 500*time.Millisecond):
				return fmt.Errorf("delete group %s: %w", group, err)
			}
		}
	})
}

func (c Client) administer(ctx context.Context, do func(context.Context, *kadm.Client) error) error {
	cl, err := c.Open()
	if err != nil {
		return err
	}
	defer cl.Close()
	err = Bounded(ctx, AnswerTime, func(ctx context.Context) error { return do(ctx, kadm.NewClient(cl)) })
	if err != nil {
		return c.Explain(err)
	}
	return nil
}
