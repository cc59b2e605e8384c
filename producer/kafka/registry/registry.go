// Package registry registers schemas with whatever has the API of Confluent's Schema Registry.
package registry

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/sr"

	"github.com/seachange/seachange/schema/wire"
)

// Options of a Registry.
type Options struct {
	URL            string // http or https; a path may follow
	User, Password string // basic authentication, unless both are empty
	Token          string // a bearer's; "": none
	TLS            *tls.Config
	// Strategy names subjects: "topic", the default: <topic>-key and <topic>-value; or "record": the schema's name.
	Strategy string
	Logger   *slog.Logger // nil discards
}

// Registry is a schema registry. Safe for many goroutines.
type Registry struct {
	opts   Options
	client *sr.Client
}

// AwayError means that nobody answered, or with a fault of its own: it may be back later.
type AwayError struct{ error }

// Unwrap returns what went wrong.
func (e AwayError) Unwrap() error { return e.error }

// answerTime is how long a registry may take to answer a request.
const answerTime = 10 * time.Second

// New makes a Registry. It asks nothing yet.
func New(o Options) (*Registry, error) {
	u, err := url.Parse(o.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return nil, errors.New("schema registry: want a URL such as https://registry.example.com, with no password in it")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	opts := []sr.ClientOpt{sr.URLs(o.URL), sr.UserAgent("seachange"), sr.HTTPClient(&http.Client{Timeout: answerTime})}
	if o.User != "" || o.Password != "" {
		opts = append(opts, sr.BasicAuth(o.User, o.Password))
	}
	if o.Token != "" {
		opts = append(opts, sr.BearerToken(o.Token))
	}
	if o.TLS != nil {
		opts = append(opts, sr.DialTLSConfig(o.TLS))
	}
	cl, err := sr.NewClient(opts...)
	if err != nil {
		return nil, fmt.Errorf("schema registry %s: %w", o.URL, err)
	}
	return &Registry{o, cl}, nil
}

// URL is where the registry is.
func (r *Registry) URL() string { return r.opts.URL }

// Subject is the name under which a schema is registered.
func (r *Registry) Subject(s wire.Schema) string {
	if r.opts.Strategy == "record" {
		return s.Name
	}
	return s.Topic + "-" + string(s.Part)
}

// Register returns the id of a schema, which it registers unless it is there. A subject that it makes is given the
// compatibility BACKWARD_TRANSITIVE: whoever has the newest schema reads everything. An error says what to do; an
// AwayError may pass.
func (r *Registry) Register(ctx context.Context, f wire.Format, s wire.Schema) (id int, err error) {
	subject, schema := r.Subject(s), sr.Schema{Schema: s.Text, Type: sr.TypeJSON}
	if f == wire.Avro {
		schema.Type = sr.TypeAvro
	}
	versions, err := r.client.SubjectVersions(ctx, subject)
	if err != nil && !isStatus(err, http.StatusNotFound) {
		return 0, r.explain(subject, err)
	}
	if len(versions) == 0 {
		r.compatible(ctx, subject)
	}
	id, err = r.client.RegisterSchema(ctx, subject, schema, -1, -1)
	if err != nil {
		return 0, r.explain(subject, err)
	}
	return id, nil
}

// compatible sets a subject's compatibility. Some registries leave that to their operators: what they have holds.
func (r *Registry) compatible(ctx context.Context, subject string) {
	backward := sr.SetCompatibility{Level: sr.CompatBackwardTransitive}
	for _, result := range r.client.SetCompatibility(ctx, backward, subject) {
		if result.Err != nil {
			r.opts.Logger.Warn("compatibility BACKWARD_TRANSITIVE not set: the registry's default holds", "subject", subject,
				"err", result.Err)
		}
	}
}

// explain says what a registry's error means, in one line.
func (r *Registry) explain(subject string, err error) error {
	var answer *sr.ResponseError
	at := fmt.Sprintf("schema registry %s: subject %s", r.opts.URL, subject)
	if !errors.As(err, &answer) {
		return AwayError{fmt.Errorf("%s: nobody answers: %w", at, err)}
	}
	said := strings.Join(strings.Fields(answer.Error()), " ")
	said = said[:min(len(said), 300)]
	switch code := answer.StatusCode; {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return fmt.Errorf("%s: the login is refused (status %d: %s): give one that may read and write subjects",
			at, code, said)
	case code == http.StatusConflict:
		return fmt.Errorf("%s: the schema is not compatible with those before it (%s): was something else registered there? "+
			"Delete the subject, or choose another --topic-prefix", at, said)
	case code == http.StatusUnprocessableEntity:
		return fmt.Errorf("%s: the schema is not accepted (%s): does this registry know its type?", at, said)
	case code == http.StatusNotFound:
		return fmt.Errorf("%s: nothing is there (status 404): is the URL that of the API of Confluent's Schema Registry?", at)
	case code == http.StatusTooManyRequests || code >= http.StatusInternalServerError:
		return AwayError{fmt.Errorf("%s: status %d: %s", at, code, said)}
	default:
		return fmt.Errorf("%s: status %d: %s", at, code, said)
	}
}

func isStatus(err error, code int) bool {
	var answer *sr.ResponseError
	return errors.As(err, &answer) && answer.StatusCode == code
}
