package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/document"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
)

// asking is what look, snapshot, pause and resume share.
type asking struct {
	config.Kafka
	outputFlag
	Account string `help:"Of this account only, by its id. By default: of every account." placeholder:"ID"`
}

type lookCmd struct {
	asking
	Resources []string      `arg:"" optional:"" help:"The resources to read. By default: all that are watched."`
	ID        string        `help:"${look_id}" placeholder:"ID"`
	Wait      time.Duration `help:"${ask_wait}" default:"1m" placeholder:"DURATION"`
}

// Run has the owners of the accounts read resources now, and returns when what changed is in Kafka.
func (c *lookCmd) Run(ctx context.Context, e *env) error {
	if c.ID != "" && len(c.Resources) != 1 {
		return config.Errorf("--id %s: name the one resource that it is a record of", c.ID)
	}
	return c.ask(ctx, e, producer.Request{Kind: producer.KindLook, Record: c.ID}, c.Resources, c.Wait)
}

type snapshotCmd struct {
	asking
	Resources []string      `arg:"" help:"The resources to publish again."`
	Wait      time.Duration `help:"${ask_wait}" default:"5m" placeholder:"DURATION"`
}

// Run has every record of the resources published once more, with the operation r.
func (c *snapshotCmd) Run(ctx context.Context, e *env) error {
	return c.ask(ctx, e, producer.Request{Kind: producer.KindSnapshot}, c.Resources, c.Wait)
}

// ask asks like r for each of the resources in each account, and prints the answers.
func (c *asking) ask(ctx context.Context, e *env, r producer.Request, resources []string, wait time.Duration) error {
	if _, err := config.Named(resources); err != nil {
		return err
	}
	cl, done, err := c.Reach(&e.Environment)
	if err != nil {
		return err
	}
	defer done()
	requests, err := c.concerned(ctx, cl, r, resources)
	if err != nil {
		return err
	}
	return c.send(ctx, e, cl, requests, wait)
}

// send writes requests of one kind, and prints the answers that come in time.
func (c *asking) send(
	ctx context.Context, e *env, cl client.Client, requests []producer.Request, wait time.Duration,
) error {
	answers, err := answersTo(ctx, cl, c.TopicPrefix, requests, wait)
	if (err != nil && len(answers) == 0) || wait <= 0 {
		return err
	}
	return cmp.Or(c.print(e, answers), err, refused(requests[0].Kind, answers))
}

// answersTo writes requests and returns the answers that come in time, in order; an error beside them means that others
// did not.
func answersTo(
	ctx context.Context, cl client.Client, prefix string, requests []producer.Request, wait time.Duration,
) (answers []document.Answer, err error) {
	q, err := ask(ctx, cl, prefix, requests)
	if err != nil || wait <= 0 {
		return nil, err
	}
	err = q.await(ctx, cl, prefix, wait, func(a producer.Answer) error {
		answers = append(answers, document.NewAnswer(a))
		return nil
	})
	slices.SortFunc(answers, func(x, y document.Answer) int {
		return cmp.Or(strings.Compare(x.AccountID, y.AccountID), strings.Compare(x.Resource, y.Resource))
	})
	return answers, err
}

// concerned returns a request like r for each resource that an account watches, or has paused if that is to end, as the
// newest statuses tell.
func (c *asking) concerned(
	ctx context.Context, cl client.Client, r producer.Request, resources []string,
) ([]producer.Request, error) {
	statuses, err := history.ReadStatuses(ctx, cl, c.TopicPrefix, &history.BadInput{})
	if err != nil {
		return nil, err
	}
	var all []producer.Request
	for k, s := range statuses {
		wanted := len(resources) == 0 || slices.Contains(resources, k.Resource)
		if wanted && concerns(r.Kind, s) && (c.Account == "" || c.Account == k.AccountID) {
			r.AccountID, r.Resource = k.AccountID, k.Resource
			all = append(all, r)
		}
	}
	for _, name := range resources {
		if !slices.ContainsFunc(all, func(r producer.Request) bool { return r.Resource == name }) {
			return nil, fmt.Errorf("%s: nobody %s %s under %s%s: seachange check tells what is watched",
				r.Kind, doing(r.Kind), name, c.TopicPrefix, ofAccount(c.Account))
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: nothing is watched under %s%s: seachange run begins", r.Kind, c.TopicPrefix,
			ofAccount(c.Account))
	}
	slices.SortFunc(all, func(x, y producer.Request) int {
		return cmp.Or(strings.Compare(x.AccountID, y.AccountID), strings.Compare(x.Resource, y.Resource))
	})
	return slices.Compact(all), nil // a resource has several collections
}

// concerns reports whether a request can be about a collection.
func concerns(kind string, s state.CollectionStatus) bool {
	if kind == producer.KindResume {
		return s.Paused()
	}
	return s.Status != state.Unwatched || (kind == producer.KindPause && s.Paused())
}

func doing(kind string) string {
	if kind == producer.KindResume {
		return "has paused"
	}
	return "watches"
}

// ofAccount names the account that a sentence is about, if it is about one.
func ofAccount(id string) string {
	if id == "" {
		return ""
	}
	return " by account " + id
}

func (c *asking) print(e *env, answers []document.Answer) error {
	if c.Output == "json" {
		return e.printJSON(answers)
	}
	var rows [][]string
	for _, a := range answers {
		rows = append(rows, []string{
			a.AccountID, a.Resource, strconv.Itoa(a.Collections), strconv.Itoa(a.Changes), strconv.Itoa(a.Held), a.Reason,
		})
	}
	return e.printTable([]string{"ACCOUNT", "RESOURCE", "COLLECTIONS", "CHANGES", "HELD", "NOT DONE BECAUSE"}, rows)
}

// refused is the error of answers that say that something was not done.
func refused(kind string, answers []document.Answer) error {
	n := 0
	for _, a := range answers {
		if a.Reason != "" {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	what := "read whole"
	if kind == producer.KindPause {
		what = "paused"
	}
	return fmt.Errorf("%d of %d resources could not be %s", n, len(answers), what)
}
