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
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
)

type releaseCmd struct {
	config.Kafka
	Resource string        `arg:"" help:"The resource whose held deletes may go."`
	Account  string        `help:"${release_account}" placeholder:"ID"`
	Wait     time.Duration `help:"How long to wait for the owners' answers. 0s: only ask those that are known to hold deletes back." default:"1m" placeholder:"DURATION"`
}

// Run asks the owners of the accounts, through the requests topic, to publish the deletes that they hold back, and
// waits for their answers. It decides nothing itself: an owner publishes after its next sweep, and only what that
// still lacks.
func (c *releaseCmd) Run(ctx context.Context, e *env) error {
	if _, err := config.Named([]string{c.Resource}); err != nil {
		return err
	}
	cl, done, err := c.Reach(&e.Environment)
	if err != nil {
		return err
	}
	defer done()
	held, watched, err := c.held(ctx, cl)
	if err != nil {
		return err
	}
	accounts, err := c.holders(held)
	if err != nil {
		return err
	}
	if c.Wait > 0 { // what is held back since a moment ago is not in the topics yet: the owner knows
		accounts = slices.DeleteFunc(watched, func(a string) bool { return c.Account != "" && a != c.Account })
	}
	if len(accounts) == 0 {
		_, err := fmt.Fprintf(e.stdout, "nothing of %s is held back%s\n", c.Resource, ofAccount(c.Account))
		return err
	}
	var requests []producer.Request
	for _, a := range accounts {
		requests = append(requests, producer.Request{AccountID: a, Resource: c.Resource, Kind: producer.KindRelease})
	}
	q, err := ask(ctx, cl, c.TopicPrefix, requests)
	if err != nil {
		return err
	}
	if c.Wait > 0 {
		return q.await(ctx, cl, c.TopicPrefix, c.Wait, func(a producer.Answer) error { return c.print(e, a) })
	}
	for _, a := range accounts {
		if _, err := fmt.Fprintf(e.stdout, "asked account %s to let %d deletes of %s go\n", a, held[a],
			c.Resource); err != nil {
			return err
		}
	}
	return nil
}

func (c *releaseCmd) print(e *env, a producer.Answer) (err error) {
	switch {
	case a.Released+a.Held == 0:
		_, err = fmt.Fprintf(e.stdout, "account %s: nothing of %s is held back\n", a.AccountID, c.Resource)
	case a.Held == 0:
		_, err = fmt.Fprintf(e.stdout, "account %s: %d deletes of %s released\n", a.AccountID, a.Released, c.Resource)
	default:
		_, err = fmt.Fprintf(e.stdout, "account %s: %d deletes of %s released, %d still held back; "+
			"seachange check tells more\n", a.AccountID, a.Released, c.Resource, a.Held)
	}
	return err
}

// holders returns the accounts that are meant and hold something back.
func (c *releaseCmd) holders(held map[string]int) ([]string, error) {
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

// held reads from the newest statuses how many deletes of the resource each account holds back, 0 with the others
// that are known, and which accounts are watched for it. These tell a name that is misspelt from an account that
// holds nothing back.
func (c *releaseCmd) held(ctx context.Context, cl client.Client) (held map[string]int, watched []string, err error) {
	statuses, err := history.ReadStatuses(ctx, cl, c.TopicPrefix, &history.BadInput{})
	held = map[string]int{}
	for k, s := range statuses {
		held[k.AccountID] += 0 // it is known
		if k.Resource != c.Resource {
			continue
		}
		held[k.AccountID] += s.HeldRecords()
		if s.Status != state.Unwatched {
			watched = append(watched, k.AccountID)
		}
	}
	slices.Sort(watched)
	return held, slices.Compact(watched), err
}
