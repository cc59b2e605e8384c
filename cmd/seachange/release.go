package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
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
	"github.com/seachange/seachange/producer/state"
)

type releaseCmd struct {
	config.Kafka
	Resource string        `arg:"" help:"The resource whose held deletes may go."`
	Account  string        `help:"${release_account}" placeholder:"ID"`
	Wait     time.Duration `help:"How long to wait for the owners' answers. 0s: only ask those that are known to hold deletes back." default:"1m" placeholder:"DURATION"`
}

// Run asks the owners of the accounts, through the requests topic, to publish the deletes that they hold back, and waits for
// their answers.
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
	accounts, err := c.asked(held)
	if err != nil {
		return err
	}
	if c.Wait > 0 { // what is held back since a moment ago is not in the topics yet: the owner knows
		accounts = slices.DeleteFunc(watched, func(a string) bool { return c.Account != "" && a != c.Account })
	}
	if len(accounts) == 0 {
		_, err := fmt.Fprintf(e.stdout, "nothing of %s is held back%s\n", c.Resource, c.of())
		return err
	}
	asked := map[string]string{} // account, by the request's id
	for _, a := range accounts {
		r := producer.Request{AccountID: a, Resource: c.Resource, Kind: "release", AtMS: time.Now().UnixMilli(), ID: rand.Text()}
		if err := kafka.Ask(ctx, cl, c.TopicPrefix, r); err != nil {
			return err
		}
		asked[r.ID] = a
	}
	if c.Wait > 0 {
		return c.await(ctx, e, cl, asked)
	}
	for _, a := range accounts {
		if _, err := fmt.Fprintf(e.stdout, "asked account %s to let %d deletes of %s go\n", a, held[a], c.Resource); err != nil {
			return err
		}
	}
	return nil
}

// errAnswered ends the reading once nobody is waited for any more.
var errAnswered = errors.New("everybody has answered")

// await prints the owners' answers as they come.
func (c *releaseCmd) await(ctx context.Context, e *env, cl client.Client, asked map[string]string) error {
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	o := client.ReadOptions{Topics: []string{state.RequestsTopic(c.TopicPrefix)}, FromStart: true}
	err := cl.Read(ctx, o, func(r client.Record) error {
		var a producer.Answer
		if json.Unmarshal(r.Value, &a) != nil || a.Answered == "" || asked[a.ID] == "" {
			return nil
		}
		delete(asked, a.ID)
		if err := c.print(e, a); err != nil || len(asked) > 0 {
			return err
		}
		return errAnswered
	})
	switch {
	case errors.Is(err, errAnswered):
		return nil
	case len(asked) > 0 && (err == nil || errors.Is(ctx.Err(), context.DeadlineExceeded)):
		return fmt.Errorf("release: no answer within %s from the owner of %s: is seachange run at work there? The request stays, and is done when it is",
			c.Wait, strings.Join(slices.Sorted(maps.Values(asked)), ", "))
	}
	return err
}

func (c *releaseCmd) print(e *env, a producer.Answer) (err error) {
	switch {
	case a.Released+a.Held == 0:
		_, err = fmt.Fprintf(e.stdout, "account %s: nothing of %s is held back\n", a.AccountID, c.Resource)
	case a.Held == 0:
		_, err = fmt.Fprintf(e.stdout, "account %s: %d deletes of %s released\n", a.AccountID, a.Released, c.Resource)
	default:
		_, err = fmt.Fprintf(e.stdout, "account %s: %d deletes of %s released, %d still held back; seachange check tells more\n",
			a.AccountID, a.Released, c.Resource, a.Held)
	}
	return err
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

// held reads from the newest statuses how many deletes of the resource each account holds back, 0 with the others that are
// known, and which accounts are watched for it.
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
