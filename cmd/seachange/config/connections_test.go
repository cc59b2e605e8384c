package config

import (
	"crypto/tls"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/producer/kafka/client"
)

func TestTLSSettings(t *testing.T) {
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	defer srv.Close()
	dir := t.TempDir()
	ca, empty := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "empty.pem")
	write(t, ca, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})))
	write(t, empty, "nothing\n")

	if c, err := (TLS{}).config(); c != nil || err != nil {
		t.Errorf("no settings: %v, %v, want no TLS", c, err)
	}
	c, err := TLS{CAFile: ca, ServerName: "example.com"}.config() // a CA alone says TLS too
	if err != nil {
		t.Fatal(err)
	}
	conn, err := (&tls.Dialer{Config: c}).DialContext(t.Context(), "tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatalf("a server of that CA is refused: %v", err)
	}
	conn.Close()
	c, err = TLS{Enabled: true}.config()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (&tls.Dialer{Config: c}).DialContext(t.Context(), "tcp", srv.Listener.Addr().String()); err == nil {
		t.Error("a server of an unknown CA is trusted")
	}
	if _, err := (TLS{CAFile: empty}).config(); !isFault(err) || !strings.Contains(err.Error(), "no PEM certificate") {
		t.Errorf("a CA file without a certificate: %v", err)
	}
	if _, err := (TLS{CertFile: ca, KeyFile: empty}).config(); !isFault(err) {
		t.Errorf("a key file without a key: %v", err)
	}
}

func TestSASLSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	write(t, file, "from the file\n")
	e := &Environment{Getenv: func(k string) string { return map[string]string{"PASSWORD": "from the variable"}[k] }}
	for _, tt := range []struct {
		settings SASL
		want     *client.SASL
	}{
		{SASL{PasswordEnv: "PASSWORD"}, nil},
		{
			SASL{Mechanism: "plain", User: "u", PasswordEnv: "PASSWORD"},
			&client.SASL{Mechanism: "PLAIN", User: "u", Password: "from the variable"},
		},
		{
			SASL{Mechanism: "scram-sha-512", User: "u", PasswordEnv: "PASSWORD", PasswordFile: file},
			&client.SASL{Mechanism: "SCRAM-SHA-512", User: "u", Password: "from the file"},
		},
		{SASL{Mechanism: "aws-msk-iam", PasswordEnv: "PASSWORD"}, &client.SASL{Mechanism: "AWS_MSK_IAM"}},
		{
			SASL{
				Mechanism: "oauthbearer", User: "u", PasswordEnv: "PASSWORD", TokenURL: "https://login.example.com/token",
				Scopes: []string{"kafka"},
			},
			&client.SASL{
				Mechanism: "OAUTHBEARER", User: "u", Password: "from the variable",
				Issuer: &client.Issuer{URL: "https://login.example.com/token", Scopes: []string{"kafka"}},
			},
		},
	} {
		got, err := tt.settings.login(e)
		if d := cmp.Diff(tt.want, got); d != "" || err != nil {
			t.Errorf("%+v: %v\n%s", tt.settings, err, d)
		}
	}
}

// A password goes in clear only where nobody else can listen, or where somebody says so.
func TestPasswordsGoInClearOnlyWhereSomebodySaysSo(t *testing.T) {
	plain := SASL{Mechanism: "plain", User: "u", PasswordEnv: "PASSWORD"}
	for _, tt := range []struct {
		k       Kafka
		refused bool
	}{
		{Kafka{Brokers: []string{"localhost:9092", "127.0.0.1:9092", "[::1]:9092"}, SASL: plain}, false},
		{Kafka{Brokers: []string{"127.0.0.1:9092", "192.0.2.1:9092"}, SASL: plain}, true},
		{Kafka{Brokers: []string{"kafka.example.com:9092"}, SASL: plain}, true},
		{Kafka{Brokers: []string{"kafka.example.com:9092"}, SASL: plain, TLS: TLS{Enabled: true}}, false},
		{Kafka{Brokers: []string{"kafka.example.com:9092"}, SASL: plain, InsecureSASL: true}, false},
		{Kafka{
			Brokers: []string{"kafka.example.com:9092"},
			SASL:    SASL{Mechanism: "scram-sha-512", User: "u", PasswordEnv: "PASSWORD"},
		}, false},
	} {
		e := &Environment{Getenv: func(string) string { return "example" }}
		if _, err := tt.k.Client(e); (err != nil) != tt.refused {
			t.Errorf("%v: got %v, want it refused: %t", tt.k, err, tt.refused)
		}
	}
}

func TestLoginsThatLackAPartAreRefused(t *testing.T) {
	e := &Environment{Getenv: func(string) string { return "example" }}
	for want, s := range map[string]SASL{
		"--sasl-mechanism is missing": {TokenURL: "https://login.example.com/token"},
		"belong together":             {Mechanism: "oauthbearer", User: "u"},
		"give both": {
			Mechanism: "scram-sha-512", User: "u",
			TokenURL: "https://login.example.com/token",
		},
		"--sasl-user is missing": {Mechanism: "oauthbearer", TokenURL: "https://login.example.com/token"},
		"want a URL":             {Mechanism: "oauthbearer", User: "u", TokenURL: "login.example.com"},
		"sends the client's secret in clear": {
			Mechanism: "oauthbearer", User: "u",
			TokenURL: "http://login.example.com/token",
		},
		"takes AWS's credentials": {Mechanism: "aws-msk-iam", User: "u"},
	} {
		if _, err := s.login(e); !isFault(err) || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", s, err, want)
		}
	}
}
