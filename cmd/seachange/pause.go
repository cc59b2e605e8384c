package main

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer"
)

type pauseCmd struct {
	asking
	Resources []string      `arg:"" optional:"" help:"The resources to read no more. By default all of the one --account."`
	Reason    string        `help:"Why, for whoever finds it paused." placeholder:"TEXT"`
	Wait      time.Duration `help:"${ask_wait}" default:"1m" placeholder:"DURATION"`
}

// reasonRunes bounds --reason: it stands in the status of each collection.
const reasonRunes = 200

// Run has resources, or an account, read no more until they are resumed.
func (c *pauseCmd) Run(ctx context.Context, e *env) error {
	if len([]rune(c.Reason)) > reasonRunes || strings.ContainsFunc(c.Reason, unicode.IsControl) {
		return config.Errorf("--reason: want one line of at most %d characters", reasonRunes)
	}
	return c.control(ctx, e, producer.Request{Kind: producer.KindPause, Reason: c.Reason}, c.Resources, c.Wait)
}

type resumeCmd struct {
	asking
	Resources []string      `arg:"" optional:"" help:"The resources to read again. By default all of the one --account."`
	Wait      time.Duration `help:"${ask_wait}" default:"5m" placeholder:"DURATION"`
}

// Run has what is paused read again, and returns when what changed meanwhile is in Kafka.
func (c *resumeCmd) Run(ctx context.Context, e *env) error {
	return c.control(ctx, e, producer.Request{Kind: producer.KindResume}, c.Resources, c.Wait)
}

// control asks like r for resources, or for all of an account.
func (c *asking) control(
	ctx context.Context, e *env, r producer.Request, resources []string, wait time.Duration,
) error {
	if len(resources) > 0 {
		return c.ask(ctx, e, r, resources, wait)
	}
	if c.Account == "" {
		return config.Errorf("%s: name resources, or with --account the account that is meant as a whole", r.Kind)
	}
	cl, done, err := c.Reach(&e.Environment)
	if err != nil {
		return err
	}
	defer done()
	statuses, err := history.ReadStatuses(ctx, cl, c.TopicPrefix, &history.BadInput{})
	if err != nil {
		return err
	}
	for k, s := range statuses {
		if k.AccountID == c.Account && concerns(producer.KindPause, s) {
			r.AccountID = c.Account
			return c.send(ctx, e, cl, []producer.Request{r}, wait)
		}
	}
	return fmt.Errorf("%s: nothing of account %s is watched under %s: seachange check tells what is watched", r.Kind,
		c.Account, c.TopicPrefix)
}
