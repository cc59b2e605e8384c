package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strings"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
)

// Place checks that the settings name one place for the topics, and says both ways if they don't.
func (k *Kafka) Place() error {
	switch {
	case len(k.Brokers) == 0 && k.DataDir == "":
		return Errorf("where are the topics? give --brokers HOST:PORT for Kafka, or --data-dir DIR for the embedded broker")
	case len(k.Brokers) > 0 && k.DataDir != "":
		return Errorf("--brokers and --data-dir: give one of them, Kafka or the embedded broker")
	case k.DataDir != "" && (k.TLS.wanted() || k.SASL.Mechanism != ""):
		return Errorf("--data-dir: the embedded broker knows neither TLS nor SASL: leave those settings out")
	}
	return nil
}

// Client says how to reach the brokers.
func (k *Kafka) Client(e *Environment) (client.Client, error) {
	c := client.Client{Brokers: k.Brokers, ID: "seachange", Logger: e.Logger}
	var err error
	if c.TLS, err = k.TLS.config(); err != nil {
		return c, err
	}
	if c.SASL, err = k.SASL.login(e); err != nil {
		return c, err
	}
	return c, k.exposes()
}

// exposes refuses a password that would go over a network as it is. SCRAM shows none.
func (k *Kafka) exposes() error {
	if k.SASL.Mechanism != "plain" || k.TLS.wanted() || k.InsecureSASL {
		return nil
	}
	for _, addr := range k.Brokers {
		if !loopback(addr) {
			return Errorf("--sasl-mechanism plain without TLS sends the password in clear to %s: turn TLS on (--tls), take "+
				"scram-sha-512, "+
				"or say --insecure-sasl if nobody can listen on the way", addr)
		}
	}
	return nil
}

// loopback reports whether an address is on this machine.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Reach returns a client for a command that only reads: of Kafka, or of the embedded broker, which is started for it
// unless it runs already. The caller calls done.
func (k *Kafka) Reach(e *Environment) (c client.Client, done func(), err error) {
	if err := k.Place(); err != nil {
		return c, nil, err
	}
	if k.DataDir == "" {
		c, err = k.Client(e)
		return c, func() {}, err
	}
	addr, done, err := embedded.Attach(k.DataDir, e.Logger)
	if errors.Is(err, fs.ErrNotExist) {
		err = Error{err} // a typo
	}
	return client.Client{Brokers: []string{addr}, ID: "seachange", Logger: e.Logger}, done, err
}

func (t TLS) wanted() bool { return t != TLS{} }

// config is nil without TLS.
func (t TLS) config() (*tls.Config, error) {
	if !t.wanted() {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, Errorf("--tls-ca-file: %w", err)
		}
		if c.RootCAs = x509.NewCertPool(); !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, Errorf("--tls-ca-file %s: no PEM certificate in it", t.CAFile)
		}
	}
	if (t.CertFile == "") != (t.KeyFile == "") {
		return nil, Errorf("--tls-cert-file and --tls-key-file belong together: give both")
	}
	if t.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, Errorf("--tls-cert-file %s, --tls-key-file %s: %w", t.CertFile, t.KeyFile, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// login is nil without SASL.
func (s SASL) login(e *Environment) (*client.SASL, error) {
	if s.Mechanism == "" {
		if s.User != "" || s.PasswordFile != "" {
			return nil, Errorf("--sasl-mechanism is missing: plain, scram-sha-256 or scram-sha-512")
		}
		return nil, nil
	}
	if s.User == "" {
		return nil, Errorf("--sasl-user is missing")
	}
	password, err := e.secret(s.PasswordEnv, s.PasswordFile)()
	if err != nil {
		return nil, Errorf("SASL password: %w", err)
	}
	return &client.SASL{Mechanism: strings.ToUpper(s.Mechanism), User: s.User, Password: password}, nil
}
