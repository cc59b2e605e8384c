package registry_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/seachange/seachange/producer/kafka/registry"
	"github.com/seachange/seachange/schema/wire"
)

const topic = "digitalocean.firewalls"

func made(t *testing.T, o registry.Options) *registry.Registry {
	t.Helper()
	r, err := registry.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRegisterNamesSubjectsAsItIsTold(t *testing.T) {
	for strategy, want := range map[string]string{
		"topic":  topic + "-key " + topic + "-value",
		"record": topic + ".Key " + topic + ".Envelope",
	} {
		fake := srfake.New(srfake.WithAuth("Bearer obviously-fake"))
		defer fake.Close()
		r := made(t, registry.Options{URL: fake.URL(), Strategy: strategy, Token: "obviously-fake"})
		var subjects []string
		for _, s := range wire.New(wire.Avro, "digitalocean").Schemas(topic) {
			id, err := r.Register(t.Context(), wire.Avro, s)
			again, err2 := r.Register(t.Context(), wire.Avro, s)
			if err != nil || err2 != nil || id == 0 || id != again {
				t.Errorf("%v %v: ids %d, %d", err, err2, id, again)
			}
			subjects = append(subjects, r.Subject(s))
			if got, ok := fake.GetSchema(r.Subject(s), 1); !ok || got.Schema.Schema != s.Text || got.Type != sr.TypeAvro {
				t.Errorf("%s has %+v", r.Subject(s), got)
			}
		}
		if got := strings.Join(subjects, " "); got != want {
			t.Errorf("%s: subjects %s, want %s", strategy, got, want)
		}
	}
}

// A subject that is made has the compatibility that lets a reader with the newest schema read everything.
func TestNewSubjectsAreBackwardTransitive(t *testing.T) {
	fake := srfake.New()
	defer fake.Close()
	r := made(t, registry.Options{URL: fake.URL()})
	s := wire.New(wire.JSONSchema, "digitalocean").Schemas(topic)[1]
	if _, err := r.Register(t.Context(), wire.JSONSchema, s); err != nil {
		t.Fatal(err)
	}
	cl, err := sr.NewClient(sr.URLs(fake.URL()))
	if err != nil {
		t.Fatal(err)
	}
	if got := cl.Compatibility(t.Context(), r.Subject(s))[0]; got.Err != nil || got.Level != sr.CompatBackwardTransitive {
		t.Errorf("compatibility %v, %v", got.Level, got.Err)
	}
}

// What a registry refuses is one line that says what to do; only what may pass is said to be away.
func TestRefusalsAreOneClearLine(t *testing.T) {
	s := wire.New(wire.Avro, "digitalocean").Schemas(topic)[0]
	for _, tt := range []struct {
		status int
		want   string
		away   bool
	}{
		{http.StatusUnauthorized, "the login is refused", false},
		{http.StatusForbidden, "the login is refused", false},
		{http.StatusConflict, "not compatible with those before it", false},
		{http.StatusUnprocessableEntity, "is not accepted", false},
		{http.StatusTooManyRequests, "status 429", true},
		{http.StatusInternalServerError, "status 500", true},
		{http.StatusServiceUnavailable, "status 503", true},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(tt.status)
			w.Write([]byte("{\"error_code\":1,\n \"message\":\"no\\nway\"}")) //nolint:errcheck // a test's
		}))
		_, err := made(t, registry.Options{URL: srv.URL}).Register(t.Context(), wire.Avro, s)
		srv.Close()
		refused(t, err, tt.want, tt.away)
	}
	srv := httptest.NewServer(http.NotFoundHandler())
	_, err := made(t, registry.Options{URL: srv.URL}).Register(t.Context(), wire.Avro, s)
	srv.Close()
	refused(t, err, "is the URL that of the API", false)
	_, err = made(t, registry.Options{URL: srv.URL}).Register(t.Context(), wire.Avro, s)
	refused(t, err, "nobody answers", true)
}

func refused(t *testing.T, err error, want string, away bool) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "subject "+topic+"-key") ||
		strings.Contains(err.Error(), "\n") || errors.As(err, new(registry.AwayError)) != away {
		t.Errorf("%v; want %q, away: %v", err, want, away)
	}
}

func TestAURLThatIsNoneIsRefused(t *testing.T) {
	for _, u := range []string{"", "registry:8081", "ftp://registry", "https://user:obviously-fake@registry"} {
		if _, err := registry.New(registry.Options{URL: u}); err == nil || strings.Contains(err.Error(), "obviously-fake") {
			t.Errorf("%q: %v", u, err)
		}
	}
}
