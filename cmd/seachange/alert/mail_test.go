package alert

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"
)

// mailServer takes one mail, or replies to its recipients with other codes, one after the other. It hangs up without a
// word when it is told QUIT, as some servers do.
func mailServer(t *testing.T, rcpt ...int) (address string, got <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	mails := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_ = l.Close() // who tries again finds nobody
		fmt.Fprint(conn, "220 ready\r\n")
		lines := bufio.NewReader(conn)
		for {
			line, err := lines.ReadString('\n')
			switch {
			case err != nil || strings.HasPrefix(line, "QUIT"):
				return
			case strings.HasPrefix(line, "RCPT"):
				fmt.Fprintf(conn, "%d so\r\n", rcpt[0])
				rcpt = rcpt[1:]
			case strings.HasPrefix(line, "DATA"):
				fmt.Fprint(conn, "354 go on\r\n")
				var text strings.Builder
				for line, err := lines.ReadString('\n'); err == nil && line != ".\r\n"; line, err = lines.ReadString('\n') {
					text.WriteString(line)
				}
				mails <- text.String()
				fmt.Fprint(conn, "250 taken\r\n")
			default:
				fmt.Fprint(conn, "250 fine\r\n")
			}
		}
	}()
	return "smtp://" + l.Addr().String(), mails
}

func mailOutput(t *testing.T, o Output) Sender {
	t.Helper()
	o.Name, o.Type, o.From = "mail", "smtp", "seachange <alerts@example.com>"
	if o.To == nil {
		o.To = words{"ops@example.com"}
	}
	if err := o.complete(); err != nil {
		t.Fatal(err)
	}
	send, err := o.Sender(func(string) string { return "" }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return send
}

func TestAnAlertIsAMailAndItsEndOneOfTheSameThread(t *testing.T) {
	threads := map[string]bool{}
	for _, status := range []string{Firing, Resolved} {
		address, got := mailServer(t, 250)
		a := finding(7, "critical")
		a.Status, a.Name, a.ID = status, "wëb\r\nBcc: all@example.com", status
		send := mailOutput(t, Output{URL: address, Title: "{{.Rule}} {{.Name}}"})
		if err := send(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		m, err := mail.ReadMessage(strings.NewReader(<-got))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(quotedprintable.NewReader(m.Body))
		subject := m.Header.Get("Subject")
		if m.Header.Get("Bcc") != "" || !strings.Contains(subject, "opens-critical_w=C3=ABb") {
			t.Errorf("the headers are %v", m.Header)
		}
		if !strings.Contains(string(body), "It opens: firewalls wëb") || m.Header.Get("To") != "<ops@example.com>" {
			t.Errorf("to %s: %s", m.Header.Get("To"), body)
		}
		threads[m.Header.Get("References")] = true
	}
	if len(threads) != 1 {
		t.Errorf("threads %v, want one", threads)
	}
}

func TestAMailThatIsRefusedForGoodIsTold(t *testing.T) {
	for code, final := range map[int]bool{550: true, 451: false} {
		address, _ := mailServer(t, code)
		err := mailOutput(t, Output{URL: address})(t.Context(), finding(1, "info"))
		if refusal, ok := errors.AsType[*RefusedError](err); (!ok && final) || (ok && refusal.Permanent() != final) {
			t.Errorf("%d: %v", code, err)
		}
	}
}

// One who is gone keeps the mail from nobody else, and is told of.
func TestARecipientThatIsRefusedKeepsTheMailFromNoOther(t *testing.T) {
	to := words{"gone@example.com", "ops@example.com"}
	address, got := mailServer(t, 550, 250)
	var aside error
	d := &Delivery{
		Output: "mail", Logger: discard, Metrics: NewMetrics(nil), Send: mailOutput(t, Output{URL: address, To: to}),
		Refused: func(_ context.Context, _ *Alert, cause error) error {
			aside = cause
			return nil
		},
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // it would try for ever
	defer cancel()
	err := d.Deliver(ctx, finding(1, "info"))
	select {
	case mail := <-got:
		if err != nil || !strings.Contains(mail, "It opens") {
			t.Errorf("the other one has %s, %v", mail, err)
		}
	default:
		t.Fatalf("the other one has no mail: %v", err)
	}
	if aside == nil || !strings.Contains(aside.Error(), "gone@example.com: 550") ||
		strings.Contains(aside.Error(), "ops@") {
		t.Errorf("told of %v", aside)
	}
	for codes, final := range map[[2]int]bool{{550, 550}: true, {550, 451}: false, {451, 250}: false} {
		address, _ := mailServer(t, codes[:]...)
		err := mailOutput(t, Output{URL: address, To: to})(t.Context(), finding(1, "info"))
		if refusal, ok := errors.AsType[*RefusedError](err); !ok || refusal.Permanent() != final {
			t.Errorf("%v: %v", codes, err)
		}
	}
}

func TestAnOutputHasWordsOfItsOwn(t *testing.T) {
	o := Output{Type: "slack", Body: "{{.Severity}}: {{.Title}} <{{.Record}}>{{if .Advice}}\n{{.Advice}}{{end}}"}
	if _, _, body := sent(t, o, finding(7, "critical")); body != `{"text":"critical: It opens &lt;7&gt;"}` {
		t.Errorf("sent %s", body)
	}
	o = Output{Type: "pagerduty", KeyEnv: "FAKE_KEY", Title: "{{.Rule}}"}
	if _, _, body := sent(t, o, finding(7, "critical")); !strings.Contains(body, `"summary":"opens-critical"`) {
		t.Errorf("sent %s", body)
	}
	for _, bad := range []Output{
		{Type: "slack", Body: "{{.Nobody}}"},
		{Type: "slack", Title: "{{"},
		{Type: "webhook", Body: "x"},
		{Type: "smtp"},
		{Type: "smtp", From: "a@example.com"},
	} {
		bad.Name, bad.URL = "out", "http://127.0.0.1"
		if err := bad.complete(); err == nil || !strings.Contains(err.Error(), `output "out": `) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
