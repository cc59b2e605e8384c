package kafka

import (
	"context"
	"errors"
	"net"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

const unreachable = "unreachable"

// kind is what errors have in common for whoever must do something about them.
type kind struct {
	name string
	of   []error
}

func known() []kind {
	return []kind{
		{"login", []error{kerr.SaslAuthenticationFailed, kerr.UnsupportedSaslMechanism, kerr.IllegalSaslState}},
		{"right", []error{
			kerr.TopicAuthorizationFailed, kerr.GroupAuthorizationFailed, kerr.ClusterAuthorizationFailed,
			kerr.TransactionalIDAuthorizationFailed,
		}},
		{"too_large", []error{kerr.MessageTooLarge, kerr.RecordListTooLarge}},
		{"timeout", []error{kerr.RequestTimedOut, context.DeadlineExceeded, kgo.ErrRecordTimeout, kgo.ErrRecordRetries}},
	}
}

// kinds returns the names of all kinds.
func kinds() []string {
	all := []string{unreachable, "fenced", "other"}
	for _, k := range known() {
		all = append(all, k.name)
	}
	return all
}

func kindOf(err error) string {
	for _, k := range known() {
		for _, e := range k.of {
			if errors.Is(err, e) {
				return k.name
			}
		}
	}
	_, network := errors.AsType[net.Error](err)
	switch {
	case fenced(err):
		return "fenced"
	case network:
		return unreachable
	}
	return "other"
}
