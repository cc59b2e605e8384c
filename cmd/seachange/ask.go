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

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
)

// asked are the requests that are not answered yet, by their ids.
type asked map[string]producer.Request

// ask writes requests into the requests topic, in the order of accounts and resources.
func ask(ctx context.Context, cl client.Client, prefix string, requests []producer.Request) (asked, error) {
	all := asked{}
	for _, r := range requests {
		r.AtMS, r.ID = time.Now().UnixMilli(), rand.Text()
		if err := kafka.Ask(ctx, cl, prefix, r); err != nil {
			return nil, err
		}
		all[r.ID] = r
	}
	return all, nil
}

// errAnswered ends the reading once nobody is waited for any more.
var errAnswered = errors.New("everybody has answered")

// await passes on the owners' answers as they come, until all have answered or the time is over: then it returns an
// error.
func (q asked) await(
	ctx context.Context, cl client.Client, prefix string, wait time.Duration, take func(producer.Answer) error,
) error {
	if len(q) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	o := client.ReadOptions{Topics: []string{state.RequestsTopic(prefix)}, FromStart: true}
	err := cl.Read(ctx, o, func(r client.Record) error {
		var a producer.Answer
		if json.Unmarshal(r.Value, &a) != nil || a.Answered == "" {
			return nil
		}
		if err := q.answered(a, take); err != nil || len(q) > 0 {
			return err
		}
		return errAnswered
	})
	switch {
	case errors.Is(err, errAnswered):
		return nil
	case err == nil || errors.Is(ctx.Err(), context.DeadlineExceeded):
		return q.unanswered(wait)
	}
	return err
}

// answered passes on an answer for each request that it answers: its own, and earlier ones of its kind that it
// replaced.
func (q asked) answered(a producer.Answer, take func(producer.Answer) error) error {
	for id, r := range q {
		same := r.AccountID == a.AccountID && r.Resource == a.Resource && r.Kind == a.Answered
		if id != a.ID && (!same || a.AtMS < r.AtMS) {
			continue
		}
		delete(q, id)
		if err := take(a); err != nil {
			return err
		}
	}
	return nil
}

func (q asked) unanswered(wait time.Duration) error {
	accounts, kind := map[string]bool{}, ""
	for _, r := range q {
		accounts[r.AccountID], kind = true, r.Kind
	}
	return fmt.Errorf("%s: no answer within %s from the owner of %s: is seachange run at work there? "+
		"The request stays, and is done when it is", kind, wait, strings.Join(slices.Sorted(maps.Keys(accounts)), ", "))
}
