package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
)

type releaseCmd struct {
	config.Kafka
	Resource string `arg:"" help:"The resource whose held deletes may go."`
	Account  string `help:"${release_account}" placeholder:"ID"`
}

// Run asks the owners of the accounts, through the requests topic, to publish the deletes that they hold back.
func (c *releaseCmd) Run(ctx context.Context, e *env) error {
	if _, err := config.Named([]string{c.Resource}); err != nil {
		return err
	}
	cl, done, err := c.Reach(&e.Environment)
	if err != nil {
		return err
	}
	defer done()
	held, err := c.held(ctx, cl)
	if err != nil {
		return err
	}
	accounts, err := c.asked(held)
	if err != nil {
		return err
	}
	if len(accounts) == 0 {
		_, err := fmt.Fprintf(e.stdout, "nothing of %s is held back%s\n", c.Resource, c.of())
		return err
	}
	for _, a := range accounts {
		r := producer.Request{AccountID: a, Resource: c.Resource, Kind: "release", AtMS: time.Now().UnixMilli()}
		if err := kafka.Ask(ctx, cl, c.TopicPrefix, r); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(e.stdout, "asked account %s to let %d deletes of %s go\n", a, held[a],
			c.Resource); err != nil {
			return err
		}
	}
	return nil
}

// asked returns the accounts that are meant and hold something back.
func (c *releaseCmd) asked(held map[string]int) ([]string, error) {
	var holders []string
	for _, a := range slices.Sorted(maps.Keys(held)) {
		if held[a] > 0 {
			holders = append(holders, a)
		}
	}
	n, known := held[c.Account]
	switch {
	case c.Account == "":
		return holders, nil
	case !known && len(holders) == 0:
		return nil, fmt.Errorf("release: no account %q under %s; nothing of %s is held back", c.Account, c.TopicPrefix,
			c.Resource)
	case !known:
		return nil, fmt.Errorf("release: no account %q under %s; %s is held back by %s", c.Account, c.TopicPrefix,
			c.Resource, strings.Join(holders, ", "))
	case n == 0:
		return nil, nil
	}
	return []string{c.Account}, nil
}

// of says whose, in a sentence about one account.
func (c *releaseCmd) of() string {
	if c.Account == "" {
		return ""
	}
	return " by account " + c.Account
}

// held reads from the newest statuses how many deletes of the resource each account holds back: 0 with the others that
// are known.
func (c *releaseCmd) held(ctx context.Context, cl client.Client) (map[string]int, error) {
	statuses, err := history.ReadStatuses(ctx, cl, c.TopicPrefix, &history.BadInput{})
	held := map[string]int{}
	for k, s := range statuses {
		held[k.AccountID] += 0 // it is known
		if k.Resource == c.Resource {
			held[k.AccountID] += s.HeldRecords()
		}
	}
	return held, err
}
