package client

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const secret = "obviously-fake-secret"

// issuer answers with a token, or with what a test says, and counts how often it is asked.
func issuer(t *testing.T, expires int, answer string) (login SASL, asked *atomic.Int32) {
	t.Helper()
	asked = new(atomic.Int32)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		id, password, ok := r.BasicAuth()
		if !ok { // the other way that there is
			id, password = r.FormValue("client_id"), r.FormValue("client_secret")
		}
		switch {
		case id != "seachange" || password != secret:
			w.WriteHeader(http.StatusUnauthorized)
			w.Write([]byte(`{"error":"invalid_client","error_description":"` + password + `"}`)) //nolint:errcheck // a test's
		case answer != "":
			w.Header().Set("Content-Type", "application/json")
			w.Write([]byte(answer)) //nolint:errcheck // a test's
		default:
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]any{
				"access_token": "obviously.fake-" + r.FormValue("grant_type") + "-" + r.FormValue("scope"), "token_type": "bearer",
				"expires_in": expires,
			})
		}
	}))
	t.Cleanup(srv.Close)
	return SASL{
		Mechanism: "OAUTHBEARER", User: "seachange", Password: secret,
		Issuer: &Issuer{URL: srv.URL, Scopes: []string{"kafka"}},
	}, asked
}

func first(t *testing.T, s SASL) (string, error) {
	t.Helper()
	m, err := s.mechanism()
	if err != nil {
		t.Fatal(err)
	}
	_, message, err := m.Authenticate(t.Context(), "127.0.0.1:9092")
	return string(message), err
}

// A token is asked for with the client's credentials, kept while it lasts, and renewed before it ends.
func TestATokenIsRenewedInTime(t *testing.T) {
	for expires, want := range map[int]int32{3600: 1, 30: 3} { // 30 s are less than it is renewed before its end
		s, asked := issuer(t, expires, "")
		m, err := s.mechanism()
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			_, message, err := m.Authenticate(t.Context(), "127.0.0.1:9092")
			if err != nil || !strings.Contains(string(message), "auth=Bearer obviously.fake-client_credentials-kafka\x01") {
				t.Fatalf("%q, %v", message, err)
			}
		}
		if n := asked.Load(); n != want {
			t.Errorf("a token for %d s was asked for %d times, want %d", expires, n, want)
		}
	}
}

// An issuer that refuses, lies or is away is one line that names it, and tells no secret.
func TestAnIssuerThatLiesIsRefused(t *testing.T) {
	gone, _ := issuer(t, 60, "")
	gone.Issuer.URL = "http://127.0.0.1:1/token"
	stranger, _ := issuer(t, 60, "")
	stranger.Password = secret + "-of-somebody-else"
	for want, s := range map[string]SASL{
		"connection refused": gone, "the issuer refuses (status 401": stranger,
		"has no token":      lying(t, `{"access_token":"a\u0001b","token_type":"bearer"}`),
		"cannot parse json": lying(t, "<html>\nobviously-fake</html>"),
		"missing":           lying(t, `{"token_type":"bearer"}`),
	} {
		_, err := first(t, s)
		if !errors.As(err, new(*IssuerError)) || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), s.Issuer.URL) ||
			strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func lying(t *testing.T, answer string) SASL {
	t.Helper()
	s, _ := issuer(t, 60, answer)
	return s
}

// The login at Amazon MSK is AWS's own signature, with the credentials that AWS's tools would take.
func TestMSKIsLoggedInToWithAWSsCredentials(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "obviously-fake")
	t.Setenv("AWS_SESSION_TOKEN", "obviously-fake-session")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	m, err := SASL{Mechanism: "AWS_MSK_IAM"}.mechanism()
	if err != nil {
		t.Fatal(err)
	}
	_, message, err := m.Authenticate(t.Context(), "b-1.example.kafka.eu-west-1.amazonaws.com:9098")
	if err != nil {
		t.Fatal(err)
	}
	var signed map[string]string
	if err := json.Unmarshal(message, &signed); err != nil {
		t.Fatal(err)
	}
	day := time.Now().UTC().Format("20060102")
	if want := "AKIDEXAMPLE/" + day + "/eu-west-1/kafka-cluster/aws4_request"; signed["x-amz-credential"] != want &&
		!strings.HasSuffix(signed["x-amz-credential"], "/eu-west-1/kafka-cluster/aws4_request") {
		t.Errorf("credential %q, want %q", signed["x-amz-credential"], want)
	}
	if signed["x-amz-security-token"] != "obviously-fake-session" || len(signed["x-amz-signature"]) != 64 ||
		signed["action"] != "kafka-cluster:Connect" {
		t.Errorf("signed %v", signed)
	}
}
