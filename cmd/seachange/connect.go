package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
)

// place checks that the settings name one place for the topics, and says both ways if they don't.
func (k *KafkaSettings) place() error {
	switch {
	case len(k.Brokers) == 0 && k.DataDir == "":
		return usagef("where are the topics? give --brokers HOST:PORT for Kafka, or --data-dir DIR for the embedded broker")
	case len(k.Brokers) > 0 && k.DataDir != "":
		return usagef("--brokers and --data-dir: give one of them, Kafka or the embedded broker")
	case k.DataDir != "" && (k.TLS.wanted() || k.SASL.Mechanism != ""):
		return usagef("--data-dir: the embedded broker knows neither TLS nor SASL: leave those settings out")
	}
	return nil
}

// client says how to reach the brokers.
func (k *KafkaSettings) client(e *env) (client.Client, error) {
	c := client.Client{Brokers: k.Brokers, ID: "seachange", Logger: e.log}
	var err error
	if c.TLS, err = k.TLS.config(); err != nil {
		return c, err
	}
	c.SASL, err = k.SASL.login(e)
	return c, err
}

// reach answers a client for a command that only reads: of Kafka, or of the embedded broker, which is started for it
// unless it runs already. The caller calls done.
func (k *KafkaSettings) reach(e *env) (c client.Client, done func(), err error) {
	if err := k.place(); err != nil {
		return c, nil, err
	}
	if k.DataDir == "" {
		c, err = k.client(e)
		return c, func() {}, err
	}
	addr, done, err := embedded.Attach(k.DataDir, e.log)
	if errors.Is(err, fs.ErrNotExist) {
		err = usageError{err} // a typo
	}
	return client.Client{Brokers: []string{addr}, ID: "seachange", Logger: e.log}, done, err
}

func (t tlsSettings) wanted() bool { return t != tlsSettings{} }

// config is nil without TLS.
func (t tlsSettings) config() (*tls.Config, error) {
	if !t.wanted() {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, usagef("--tls-ca-file: %w", err)
		}
		if c.RootCAs = x509.NewCertPool(); !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, usagef("--tls-ca-file %s: no PEM certificate in it", t.CAFile)
		}
	}
	if (t.CertFile == "") != (t.KeyFile == "") {
		return nil, usagef("--tls-cert-file and --tls-key-file belong together: give both")
	}
	if t.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, usagef("--tls-cert-file %s, --tls-key-file %s: %w", t.CertFile, t.KeyFile, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// login is nil without SASL.
func (s saslSettings) login(e *env) (*client.SASL, error) {
	if s.Mechanism == "" {
		if s.User != "" || s.PasswordFile != "" {
			return nil, usagef("--sasl-mechanism is missing: plain, scram-sha-256 or scram-sha-512")
		}
		return nil, nil
	}
	if s.User == "" {
		return nil, usagef("--sasl-user is missing")
	}
	password, err := secret(e, s.PasswordEnv, s.PasswordFile)()
	if err != nil {
		return nil, usagef("SASL password: %w", err)
	}
	return &client.SASL{Mechanism: strings.ToUpper(s.Mechanism), User: s.User, Password: password}, nil
}

// secret answers a function that reads a secret from a file if one is named, else from a variable, each time anew. Its
// errors say where, never what.
func secret(e *env, variable, file string) func() (string, error) {
	return func() (string, error) {
		text, where := e.getenv(variable), "$"+variable
		if file != "" {
			b, err := os.ReadFile(file)
			if err != nil {
				return "", err
			}
			text, where = string(b), file
		}
		text = strings.TrimSpace(text)
		switch {
		case text == "" && file == "":
			return "", fmt.Errorf("%s is not set", where)
		case text == "":
			return "", fmt.Errorf("%s is empty", where)
		case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
			return "", fmt.Errorf("%s has more than one line: put the secret alone in it", where)
		}
		return text, nil
	}
}
