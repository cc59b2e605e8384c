package client

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Away reports whether an error of a request may pass by itself: no broker can be reached, or they are starting. What
// the settings cause is none: a certificate, a login, a right, and a broker that hangs up although it is there, since
// it is spoken to in another way than it wants.
func (c Client) Away(ctx context.Context, err error) bool {
	var (
		answer *kerr.Error
		rec    tls.RecordHeaderError
		cert   *tls.CertificateVerificationError
		op     *net.OpError
	)
	switch {
	case errors.As(err, &rec), errors.As(err, &cert):
		return false
	case errors.As(err, &answer):
		return answer.Retriable
	case HungUp(err):
		return !c.present(ctx)
	}
	return errors.As(err, &op) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, kgo.ErrRecordTimeout)
}

// HungUp reports whether a broker, or what stands before it, ended the connection.
func HungUp(err error) bool {
	var eof *kgo.ErrFirstReadEOF
	return errors.As(err, &eof) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
}

// probeTime is how long a port may take to answer.
const probeTime = 3 * time.Second

// present reports whether one of the brokers answers, in whatever way: a proxy that has nothing behind it doesn't.
func (c Client) present(ctx context.Context) bool {
	for _, addr := range c.Brokers {
		if c.answersTLS(ctx, addr) || c.answersPlain(ctx, addr) {
			return true
		}
	}
	return false
}

func (c Client) answersTLS(ctx context.Context, addr string) bool {
	if c.Dialer != nil {
		return false
	}
	// nothing is said there
	d := tls.Dialer{NetDialer: &net.Dialer{Timeout: probeTime}, Config: &tls.Config{InsecureSkipVerify: true}}
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// answersPlain asks what every broker tells everyone, before any login.
func (c Client) answersPlain(ctx context.Context, addr string) bool {
	dial := c.Dialer
	if dial == nil {
		dial = (&net.Dialer{Timeout: probeTime}).DialContext
	}
	conn, err := dial(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(probeTime))
	if _, err := conn.Write(kmsg.NewRequestFormatter().AppendRequest(nil, kmsg.NewPtrApiVersionsRequest(),
		1)); err != nil {
		return false
	}
	_, err = io.ReadFull(conn, make([]byte, 8)) // the size, and our number
	return err == nil
}
