package main

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/document"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema/plain"
)

type requestsCmd struct {
	config.Kafka
	outputFlag
}

// Run lists what operators last asked for, of each kind, and what became of it.
func (c *requestsCmd) Run(ctx context.Context, e *env) error {
	cl, done, err := c.Reach(&e.Environment)
	if err != nil {
		return err
	}
	defer done()
	all, err := readRequests(ctx, cl, c.TopicPrefix)
	if err != nil {
		return err
	}
	if c.Output == "json" {
		return e.printJSON(all)
	}
	var rows [][]string
	for _, r := range all {
		what := "waits for its account's owner"
		if r.Answer != nil {
			what = cmp.Or(r.Answer.Reason, "done")
		}
		if r.Reason != "" {
			what += " (" + plain.Value(r.Reason) + ")"
		}
		rows = append(rows, []string{
			time.UnixMilli(r.AtMS).UTC().Format(time.DateTime), r.Kind, r.AccountID, r.Resource, r.RecordID, what,
		})
	}
	return e.printTable([]string{"ASKED (UTC)", "KIND", "ACCOUNT", "RESOURCE", "RECORD", "STATE"}, rows)
}

// readRequests returns the newest request of each account, resource and kind, with its answer; the oldest first. An
// answer is matched by its request's id: one to an earlier request of the kind stands under the same key until it is
// answered anew.
func readRequests(ctx context.Context, cl client.Client, prefix string) ([]document.Request, error) {
	requests, answers := map[state.RequestKey]producer.Request{}, map[string]producer.Answer{}
	o := client.ReadOptions{Topics: []string{state.RequestsTopic(prefix)}, FromStart: true, UntilEnd: true}
	err := cl.Read(ctx, o, func(r client.Record) error {
		var k state.RequestKey
		var q producer.Request
		var a producer.Answer
		switch {
		case json.Unmarshal(r.Key, &k) != nil || r.Value == nil:
		case k.Answer && json.Unmarshal(r.Value, &a) == nil:
			answers[a.ID] = a
		case !k.Answer && json.Unmarshal(r.Value, &q) == nil:
			requests[k] = q
		}
		return nil
	})
	var all []document.Request
	for _, q := range requests {
		r := document.Request{
			AccountID: q.AccountID, Resource: q.Resource, Kind: q.Kind, RecordID: q.Record, AtMS: q.AtMS,
			Reason: q.Reason,
		}
		if a, ok := answers[q.ID]; ok && q.ID != "" {
			d := document.NewAnswer(a)
			r.Answer = &d
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(x, y document.Request) int { return cmp.Compare(x.AtMS, y.AtMS) })
	return all, err
}
