package kafka

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seachange/seachange/producer/kafka/client"
)

// coordinatorTime is how long a coordinator may be loading: a cluster's first one makes its topic first.
const coordinatorTime = 10 * time.Second

// topicRights are checked where the broker tells them. What is denied is not told, as what was never granted.
func (r *Report) topicRights(report *TopicReport, t Topic, d kadm.TopicDetail) {
	if len(d.AuthorizedOperations) == 0 {
		return
	}
	wanted := []kadm.ACLOperation{kadm.OpDescribe, kadm.OpWrite}
	if !t.events && !t.current {
		wanted = append(wanted, kadm.OpRead)
	}
	for _, op := range wanted {
		if !granted(d.AuthorizedOperations, op) {
			report.State = TopicForbidden
			report.Faults = append(report.Faults, fmt.Sprintf("%s is not granted, or denied", op))
			r.fault("topic %s: this user may not %s: grant it, and deny it nowhere", t.Name, op)
		}
	}
}

func granted(ops []kadm.ACLOperation, op kadm.ACLOperation) bool {
	return slices.Contains(ops, op) || slices.Contains(ops, kadm.OpAll)
}

// groupRights tells whether the group may be joined. Its coordinator is waited for.
func (r *Report) groupRights(ctx context.Context, cl *kgo.Client, l *Log) {
	group := GroupID(l.opts.Prefix)
	var ops []kadm.ACLOperation
	err := patiently(ctx, func() error {
		req := kmsg.NewPtrDescribeGroupsRequest()
		req.Groups, req.IncludeAuthorizedOperations = []string{group}, true
		resp, err := req.RequestWith(ctx, cl)
		if err != nil {
			return err
		}
		for _, g := range resp.Groups {
			ops, err = kadm.DecodeACLOperations(g.AuthorizedOperations), kerr.ErrorForCode(g.ErrorCode)
		}
		return err
	})
	switch {
	case err != nil && !errors.Is(err, kerr.GroupIDNotFound):
		r.fault("group %s: %v", group, client.WithMessage(err, client.Denied(err)))
	case len(ops) > 0 && !granted(ops, kadm.OpRead):
		r.fault("group %s: this user may not READ: grant it, and deny it nowhere", group)
	}
}

// transactionRights asks to end a transaction of nobody's: that needs the same right as a commit, and changes nothing.
func (r *Report) transactionRights(ctx context.Context, cl *kgo.Client, l *Log) {
	id := l.transactionalID(0)
	err := patiently(ctx, func() error {
		req := kmsg.NewPtrEndTxnRequest()
		req.TransactionalID, req.ProducerID = id, math.MaxInt64
		resp, err := req.RequestWith(ctx, cl)
		if err != nil {
			return err
		}
		return kerr.ErrorForCode(resp.ErrorCode)
	})
	if errors.Is(err, kerr.TransactionalIDAuthorizationFailed) || (err != nil && kerr.IsRetriable(err)) {
		r.fault("transactional id %s: %v", id, client.WithMessage(err, client.Denied(err)))
	}
}

// patiently tries again what fails since a coordinator is loading.
func patiently(ctx context.Context, try func() error) error {
	for began := time.Now(); ; {
		err := try()
		if !kerr.IsRetriable(err) || time.Since(began) > coordinatorTime || !client.Sleep(ctx, 500*time.Millisecond) {
			return err
		}
	}
}
