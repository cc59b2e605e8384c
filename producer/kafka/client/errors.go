package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Explain adds to an error of a request what the operator can do about it.
func (c Client) Explain(err error) error {
	if hint := c.hint(err); hint != "" {
		return fmt.Errorf("brokers %s: %w: %s", strings.Join(c.Brokers, ","), err, hint)
	}
	return fmt.Errorf("brokers %s: %w", strings.Join(c.Brokers, ","), err)
}

func (c Client) hint(err error) string {
	var (
		eof  *kgo.ErrFirstReadEOF
		rec  tls.RecordHeaderError
		cert *tls.CertificateVerificationError
		dial *net.OpError
	)
	switch {
	case errors.As(err, &rec):
		return "the broker does not speak TLS on this port: leave TLS out, or use its TLS port"
	case errors.As(err, &cert):
		return "the broker's certificate is not trusted: give its CA"
	case c.TLS == nil && (errors.As(err, &eof) || strings.Contains(err.Error(), "tls alert")):
		// The client has no error of its own for a TLS alert that answers plain text.
		return "does the broker speak TLS (turn TLS on), or want a login (give SASL)?"
	case errors.As(err, &eof):
		return "does this port speak TLS (else leave TLS out), and does it want a login (give SASL)?"
	case errors.Is(err, kerr.IllegalSaslState):
		return "this port wants no login: leave SASL out"
	case errors.Is(err, kerr.UnsupportedSaslMechanism):
		return "give a SASL mechanism that the broker has"
	case errors.Is(err, kerr.SaslAuthenticationFailed) || (c.SASL != nil && errors.Is(err, io.EOF)):
		return "the broker refuses the login: check mechanism, user and password"
	case c.TLS != nil && (errors.Is(err, io.EOF) || errors.Is(err, context.DeadlineExceeded) ||
		(errors.As(err, &dial) && dial.Op != "dial")):
		return "no broker answers there, or it does not speak TLS on this port: check the addresses, and whether TLS " +
			"belongs there"
	case errors.As(err, &dial) || errors.Is(err, context.DeadlineExceeded):
		return "no broker answers there: check the addresses, and that they are reachable from here"
	}
	return Denied(err)
}

// Denied says which right, or which topic, is missing.
func Denied(err error) string {
	switch {
	case errors.Is(err, kerr.TopicAuthorizationFailed):
		return "grant this user Describe, Read and Write on the topics, and Create or make them beforehand"
	case errors.Is(err, kerr.GroupAuthorizationFailed):
		return "grant this user Read on the group"
	case errors.Is(err, kerr.TransactionalIDAuthorizationFailed):
		return "grant this user Describe and Write on the transactional ids"
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return "is --topic-prefix right, and has seachange run with it?"
	case errors.Is(err, kerr.ClusterAuthorizationFailed):
		return "grant this user Create on the topics, or make them beforehand"
	}
	return ""
}

// WithMessage adds a broker's own words to an error, if there are any.
func WithMessage(err error, message string) error {
	if err == nil || message == "" {
		return err
	}
	return fmt.Errorf("%w (%s)", err, message)
}
