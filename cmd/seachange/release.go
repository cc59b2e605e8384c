package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
)

type releaseCmd struct {
	KafkaSettings
	Resource string `arg:"" help:"The resource whose held deletes may go."`
	Account  string `help:"Of this account only, by its id. By default: of every account that holds some back." placeholder:"ID"`
}

// Run asks the owners of the accounts, through the requests topic, to publish the deletes that they hold back.
func (c *releaseCmd) Run(ctx context.Context, e *env) error {
	if _, err := named([]string{c.Resource}); err != nil {
		return err
	}
	cl, done, err := c.reach(e)
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
		_, err := fmt.Fprintf(e.stdout, "nothing of %s is held back%s\n", c.Resource, of(c.Account))
		return err
	}
	for _, a := range accounts {
		r := producer.Request{AccountID: a, Resource: c.Resource, Kind: "release", AtMS: time.Now().UnixMilli()}
		if err := kafka.Ask(ctx, cl, c.TopicPrefix, r); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(e.stdout, "asked account %s to let %d deletes of %s go\n", a, held[a], c.Resource); err != nil {
			return err
		}
	}
	return nil
}

// asked answers the accounts that are meant and hold something back.
func (c *releaseCmd) asked(held heldBack) ([]string, error) {
	holders := held.accounts()
	n, known := held[c.Account]
	switch {
	case c.Account == "":
		return holders, nil
	case !known && len(holders) == 0:
		return nil, fmt.Errorf("release: no account %q under %s; nothing of %s is held back", c.Account, c.TopicPrefix, c.Resource)
	case !known:
		return nil, fmt.Errorf("release: no account %q under %s; %s is held back by %s", c.Account, c.TopicPrefix, c.Resource, strings.Join(holders, ", "))
	case n == 0:
		return nil, nil
	}
	return []string{c.Account}, nil
}

func of(account string) string {
	if account == "" {
		return ""
	}
	return " by account " + account
}

// heldBack is how many deletes of the resource each account holds back: every account that is known, 0 with the others.
type heldBack map[string]int

func (h heldBack) accounts() []string {
	var all []string
	for a, n := range h {
		if n > 0 {
			all = append(all, a)
		}
	}
	slices.Sort(all)
	return all
}

// held reads from the newest marks what is held back of the resource.
func (c *releaseCmd) held(ctx context.Context, cl client.Client) (heldBack, error) {
	marks, err := newestMarks(ctx, cl, c.TopicPrefix)
	held := heldBack{}
	for k, m := range marks {
		held[k.AccountID] += 0 // it is known
		if k.Resource == c.Resource {
			held[k.AccountID] += m.HeldRecords()
		}
	}
	return held, err
}
