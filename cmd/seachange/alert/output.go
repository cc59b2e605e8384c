package alert

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Output says where alerts go. Its address may be a secret: name a variable or a file that holds it.
type Output struct {
	Name    string `yaml:"name"` // its consumer group is <prefix>-alert-<name>
	Type    string `yaml:"type"` // terminal, command, cloudevents or one of presets; its name by default
	URL     string `yaml:"url"`
	URLEnv  string `yaml:"url_env"`
	URLFile string `yaml:"url_file"`
	// KeyEnv names a variable with a secret: of pagerduty the routing key, of opsgenie the API key, of webhook what signs.
	KeyEnv  string `yaml:"key_env"`
	KeyFile string `yaml:"key_file"` // a file with it
	Chat    string `yaml:"chat"`     // of telegram: the chat's id
	// Headers go along with each request; none of them may be secret.
	Headers map[string]string `yaml:"headers"`
	Mode    string            `yaml:"mode"` // of cloudevents: structured (the default) or binary
	// Command is of command: it gets the alert as JSON on stdin, and has it if it exits with 0.
	Command []string `yaml:"command"`
	// Title and Body are templates (text/template) over the Alert, of what people read; by default Title and Where, and
	// Text.
	Title string `yaml:"title"`
	Body  string `yaml:"body"`
	From  string `yaml:"from"` // of smtp: the sender's address
	To    words  `yaml:"to"`   // of smtp: one address or several

	words templates
}

var outputName = regexp.MustCompile(`^[a-z0-9-]+$`)

func (o *Output) complete() error {
	if o.Type == "" {
		o.Type = o.Name
	}
	if o.Mode == "" {
		o.Mode = "structured"
	}
	addresses := 0
	for _, s := range []string{o.URL, o.URLEnv, o.URLFile} {
		if s != "" {
			addresses++
		}
	}
	kind, known := presets()[o.Type]
	if addresses == 0 && kind.url != "" {
		o.URL, addresses = kind.url, 1
	}
	wantsURL := known || o.Type == "cloudevents" || o.Type == "smtp"
	switch {
	case !outputName.MatchString(o.Name):
		return fmt.Errorf("output %q: a name of lower-case letters, digits and dashes is needed", o.Name)
	case !wantsURL && o.Type != "terminal" && o.Type != "command":
		return fmt.Errorf("output %q: type %q: there are terminal, command, cloudevents, smtp, %s", o.Name, o.Type,
			strings.Join(slices.Sorted(maps.Keys(presets())), ", "))
	case wantsURL && addresses != 1:
		return fmt.Errorf("output %q: say where, with one of url, url_env and url_file", o.Name)
	case kind.keyed && o.KeyEnv == "" && o.KeyFile == "":
		return fmt.Errorf("output %q: the key is missing: name it with key_env or key_file", o.Name)
	case kind.chat && o.Chat == "":
		return fmt.Errorf("output %q: chat is missing", o.Name)
	case o.Type == "smtp" && (o.From == "" || len(o.To) == 0):
		return fmt.Errorf("output %q: from and to are missing: addresses of mail", o.Name)
	case o.Type == "command" && len(o.Command) == 0:
		return fmt.Errorf("output %q: command is missing", o.Name)
	case o.Mode != "structured" && o.Mode != "binary":
		return fmt.Errorf("output %q: mode %q: there are structured and binary", o.Name, o.Mode)
	}
	return o.compile()
}

// Sender delivers an alert. Its error means that it may not have arrived.
type Sender func(ctx context.Context, a *Alert) error

// deliveryTime is how long a delivery may take before it is tried again.
const deliveryTime = 10 * time.Second

// Sender returns how to deliver to an output. stdout is the terminal; secrets are variables that no command gets,
// besides those that are seachange's by their names.
func (o *Output) Sender(getenv func(string) string, stdout io.Writer, secrets ...string) (Sender, error) {
	switch o.Type {
	case "terminal":
		return func(_ context.Context, a *Alert) error {
			_, err := fmt.Fprintln(stdout, o.text(a))
			return err
		}, nil
	case "command":
		return func(ctx context.Context, a *Alert) error { return o.run(ctx, a, secrets) }, nil
	}
	address, err := o.address(getenv)
	if err != nil {
		return nil, fmt.Errorf("output %q: %w", o.Name, err)
	}
	key, err := o.key(getenv)
	if err != nil {
		return nil, fmt.Errorf("output %q: %w", o.Name, err)
	}
	if o.Type == "smtp" {
		m, err := o.mailer(address, key)
		if err != nil {
			return nil, fmt.Errorf("output %q: %w", o.Name, err)
		}
		return m.send, nil
	}
	stay := func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // the alert and the address's secret stay where they were sent to
	}
	return (&endpoint{output: o, url: address, key: key, client: &http.Client{CheckRedirect: stay}}).send, nil
}

// key is the output's secret beside its address; "" if it has none.
func (o *Output) key(getenv func(string) string) (string, error) {
	text, where := "", ""
	switch {
	case o.KeyEnv != "":
		text, where = getenv(o.KeyEnv), "$"+o.KeyEnv
	case o.KeyFile != "":
		b, err := os.ReadFile(o.KeyFile)
		if err != nil {
			return "", err
		}
		text, where = string(b), o.KeyFile
	}
	text = strings.TrimSpace(text)
	if where != "" && text == "" {
		return "", fmt.Errorf("%s is empty", where)
	}
	return text, nil
}

// address is the output's URL. Its errors don't show it.
func (o *Output) address(getenv func(string) string) (string, error) {
	text, where := o.URL, "url"
	switch {
	case o.URLEnv != "":
		text, where = getenv(o.URLEnv), "$"+o.URLEnv
	case o.URLFile != "":
		b, err := os.ReadFile(o.URLFile)
		if err != nil {
			return "", err
		}
		text, where = string(b), o.URLFile
	}
	text = strings.TrimSpace(text)
	u, err := url.Parse(text)
	schemes := []string{"http", "https"}
	if o.Type == "smtp" {
		schemes = []string{"smtp", "smtps"}
	}
	if err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme) {
		return "", fmt.Errorf("%s holds no %s or %s address", where, schemes[0], schemes[1])
	}
	if o.Type == "alertmanager" && !strings.HasSuffix(u.Path, "/api/v2/alerts") {
		u = u.JoinPath("api/v2/alerts")
	}
	return u.String(), nil
}

// run starts the operator's command with the alert on its stdin. It has deliveryTime, and no secret of seachange's
// in its environment: it is somebody else's program.
func (o *Output) run(ctx context.Context, a *Alert, secrets []string) error {
	ctx, cancel := context.WithTimeout(ctx, deliveryTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, o.Command[0], o.Command[1:]...) // the operator's own command
	cmd.Stdin, cmd.Env = bytes.NewReader(encode(a)), withoutSecrets(os.Environ(), secrets)
	cmd.Stderr = os.Stderr // the file itself: what the command leaves running holds nothing up
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("command %s: %w", o.Command[0], err)
	}
	return nil
}

// withoutSecrets is the environment for somebody else's program: without seachange's settings, the variables that are
// named as secrets, and what is a token of DigitalOcean's whatever it is called.
func withoutSecrets(environ, secrets []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(s string) bool {
		name, value, _ := strings.Cut(s, "=")
		return slices.Contains(secrets, name) || strings.HasPrefix(name, "SEACHANGE_") ||
			strings.HasPrefix(name, "DIGITALOCEAN_") || strings.HasPrefix(name, "SPACES_") ||
			strings.HasPrefix(value, "dop_v1_") || strings.HasPrefix(value, "doo_v1_")
	})
}

// endpoint sends alerts over HTTP. It follows no redirect: the alert and the address's secret stay where they were
// sent to.
type endpoint struct {
	output   *Output
	url, key string
	client   *http.Client
}

// RefusedError is an endpoint's response that is no success.
type RefusedError struct {
	Status     string
	Code       int
	RetryAfter time.Duration // it asked for so long a pause; 0: it did not say
	mail       bool          // Code is one of SMTP's
}

func (e *RefusedError) Error() string { return "the endpoint returned " + e.Status }

// Permanent reports whether the same alert would be refused again: it, or the address, is not as the endpoint wants it.
func (e *RefusedError) Permanent() bool {
	if e.mail {
		return e.Code >= 500
	}
	return e.Code >= 400 && e.Code <= 499 && !slices.Contains([]int{408, 425, 429}, e.Code)
}

// send sends one alert. Any response but a success is a *RefusedError; no error shows the address, which may be a
// secret.
func (e *endpoint) send(ctx context.Context, a *Alert) error {
	ctx, cancel := context.WithTimeout(ctx, deliveryTime)
	defer cancel()
	address, body, header := e.encode(a)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return errors.New("the address can't be asked")
	}
	for name, value := range e.output.Headers {
		header.Set(name, value)
	}
	if e.output.Type == "webhook" && e.key != "" {
		header.Set("X-Seachange-Signature", signature(e.key, body, time.Now()))
	}
	req.Header = header
	resp, err := e.client.Do(req)
	if err != nil {
		return withoutAddress(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection is used again
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		refused := &RefusedError{Status: resp.Status, Code: resp.StatusCode}
		if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
			refused.RetryAfter = time.Duration(s) * time.Second
		}
		return refused
	}
	return nil
}

// withoutAddress is a request's error without its address, which may be a secret.
func withoutAddress(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// forPeople reports whether people read what is sent, and not programs that keep each finding apart.
func (o *Output) forPeople() bool {
	return slices.Contains([]string{"terminal", "slack", "teams", "discord", "telegram", "smtp"}, o.Type)
}

// encode makes the request of an output: a preset's, which may change the address and the headers, or a CloudEvent.
func (e *endpoint) encode(a *Alert) (address string, body []byte, header http.Header) {
	kind, ok := presets()[e.output.Type]
	if !ok {
		body, header = cloudEvent(a, e.output.Mode)
		return e.url, body, header
	}
	header = contentType("application/json")
	to, err := url.Parse(e.url)
	if err != nil {
		return e.url, nil, header // it was parsed before
	}
	body = encode(kind.encode(e, a, to, header))
	return to.String(), body, header
}

func contentType(t string) http.Header { return http.Header{"Content-Type": {t}} }

// slackText escapes what Slack would take for markup: names are chosen by others.
func slackText(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// alertmanagerAlerts is a list of one alert of Alertmanager's API v2. Labels identify it, so that the same again is the
// same alert.
func alertmanagerAlerts(e *endpoint, a *Alert, _ *url.URL, _ http.Header) any {
	when := "startsAt"
	if a.Status == Resolved {
		when = "endsAt"
	}
	return []any{map[string]any{
		"labels": map[string]string{
			"alertname": a.Rule, "severity": a.Severity, "account": a.Account, "resource": a.Resource, "id": a.Record,
		},
		"annotations": map[string]string{
			"summary": e.output.title(a), "description": render(e.output.words.body, a, a.What+". "+a.Window()),
			"advice": a.Advice, "runbook_url": a.RunbookURL, "event": a.ID,
		},
		when: a.Before.Format(time.RFC3339Nano),
	}}
}

// cloudEvent is the alert as a CloudEvent 1.0 in HTTP.
func cloudEvent(a *Alert, mode string) ([]byte, http.Header) {
	attributes := map[string]any{
		"specversion": "1.0", "id": a.ID, "source": fmt.Sprintf("/seachange/%s/%s", a.Account, a.Resource),
		"type": "seachange.alert.v1", "subject": a.Record, "time": a.Before.Format(time.RFC3339Nano),
	}
	if a.Record == "" {
		delete(attributes, "subject") // an empty one is not allowed
	}
	if mode == "binary" {
		h := contentType("application/json")
		for name, v := range attributes {
			h.Set("ce-"+name, percent(fmt.Sprint(v)))
		}
		return encode(a), h
	}
	attributes["datacontenttype"], attributes["data"] = "application/json", a
	return encode(attributes), contentType("application/cloudevents+json")
}

// percent encodes what the HTTP binding of CloudEvents doesn't let into a header.
func percent(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || c == '"' || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// encode returns JSON without HTML's escapes, as people read it, too.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // only our own types come here
	}
	return bytes.TrimSpace(b.Bytes())
}
