package alert

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strings"
	"time"
)

// mailer sends alerts as mail.
type mailer struct {
	output   *Output
	server   *url.URL
	password string
	from     *mail.Address
	to       []*mail.Address
}

// mailer reads the addresses of a mail output. The password is the key, or stands in the address; its errors show
// neither.
func (o *Output) mailer(address, key string) (*mailer, error) {
	server, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the address can't be read")
	}
	m := &mailer{output: o, server: server, password: key}
	if p, ok := server.User.Password(); ok && key == "" {
		m.password = p
	}
	if m.from, err = mail.ParseAddress(o.From); err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	for _, text := range o.To {
		to, err := mail.ParseAddress(text)
		if err != nil {
			return nil, fmt.Errorf("to: %w", err)
		}
		m.to = append(m.to, to)
	}
	return m, nil
}

// UnreachedError is a mail that the server took for some of its recipients, and refused for good for the others.
type UnreachedError struct{ Refused []string } // each recipient, and why

func (e *UnreachedError) Error() string {
	return "the other recipients have it, and not " + strings.Join(e.Refused, "; ")
}

// send hands an alert to the server. What it refuses for good, a reply of 5yz, is a *RefusedError, or an
// *UnreachedError if that is so of some recipients only.
func (m *mailer) send(ctx context.Context, a *Alert) error {
	ctx, cancel := context.WithTimeout(ctx, deliveryTime)
	defer cancel()
	c, err := m.open(ctx)
	if err != nil {
		return refusedMail(err)
	}
	defer c.Close() //nolint:errcheck // Quit has closed it, or the mail was not taken
	err = m.write(c, a)
	if _, taken := errors.AsType[*UnreachedError](err); err != nil && !taken {
		return refusedMail(err)
	}
	_ = c.Quit() // the mail is taken: it would come twice if it were sent again
	return err
}

// open connects, with TLS where the server has it, and logs in where there is a user.
func (m *mailer) open(ctx context.Context) (*smtp.Client, error) {
	host, port := m.server.Hostname(), m.server.Port()
	settings := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	var conn net.Conn
	var err error
	if m.server.Scheme == "smtps" {
		conn, err = (&tls.Dialer{Config: settings}).DialContext(ctx, "tcp", net.JoinHostPort(host, cmp.Or(port, "465")))
	} else {
		conn, err = new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(host, cmp.Or(port, "587")))
	}
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline) // a connection that has none fails at the first byte
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if err := m.greet(c, settings); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// greet turns to TLS where the server offers it, and logs in where there is a user. The password is never sent in
// the clear: without TLS the login fails, but for a server on this machine.
func (m *mailer) greet(c *smtp.Client, settings *tls.Config) error {
	if ok, _ := c.Extension("STARTTLS"); ok && m.server.Scheme == "smtp" {
		if err := c.StartTLS(settings); err != nil {
			return err
		}
	}
	if user := m.server.User.Username(); user != "" { // which refuses to be sent in the clear
		return c.Auth(smtp.PlainAuth("", user, m.password, m.server.Hostname()))
	}
	return nil
}

// write hands over one mail. Recipients that are refused for good are left out as long as one is left: the others
// are to have it, and *UnreachedError names those that don't.
func (m *mailer) write(c *smtp.Client, a *Alert) error {
	if err := c.Mail(m.from.Address); err != nil {
		return err
	}
	unreached := &UnreachedError{}
	for _, to := range m.to {
		err := c.Rcpt(to.Address)
		reply, ok := errors.AsType[*textproto.Error](err)
		switch {
		case err == nil:
		case ok && reply.Code >= 500 && len(unreached.Refused) < len(m.to)-1: // somebody may be left
			unreached.Refused = append(unreached.Refused, to.Address+": "+reply.Error())
		default:
			return err
		}
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	_, err = w.Write(m.message(a, time.Now()))
	if err == nil {
		err = w.Close()
	}
	if err != nil || len(unreached.Refused) == 0 {
		return err
	}
	return unreached
}

// message is the mail. What begins and what ends is one thread.
func (m *mailer) message(a *Alert, now time.Time) []byte {
	var b bytes.Buffer
	label := a.Severity
	if a.Status == Resolved {
		label = Resolved
	}
	id := func(s string) string { return fmt.Sprintf("<%x@seachange>", sha256.Sum256([]byte(s))) }
	for _, h := range [][2]string{
		{"From", m.from.String()},
		{"To", addresses(m.to)},
		{"Date", now.Format(time.RFC1123Z)},
		{"Subject", mime.QEncoding.Encode("utf-8", "["+label+"] "+m.output.title(a))},
		{"Message-ID", id(a.ID)},
		{"References", id(a.Finding())},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(&b)
	_, _ = q.Write([]byte(m.output.text(a) + "\n")) // a buffer takes everything
	_ = q.Close()
	return b.Bytes()
}

func addresses(all []*mail.Address) string {
	var texts []string
	for _, a := range all {
		texts = append(texts, a.String())
	}
	return strings.Join(texts, ", ")
}

// refusedMail makes a refusal of a server's reply.
func refusedMail(err error) error {
	reply, ok := errors.AsType[*textproto.Error](err)
	if !ok {
		return err
	}
	return &RefusedError{Status: reply.Error(), Code: reply.Code, mail: true}
}
