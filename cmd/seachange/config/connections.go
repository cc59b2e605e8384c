package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"regexp"
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
		return Errorf("--data-dir: the embedded broker knows no TLS, and its login is the key in the directory: " +
			"leave those settings out")
	}
	return nil
}

// Client says how to reach the brokers.
func (k *Kafka) Client(e *Environment) (client.Client, error) {
	c := client.Client{Brokers: k.Brokers, ID: k.ClientID, Dialer: e.Dialer, Logger: e.Logger}
	err := k.named()
	if err != nil {
		return c, err
	}
	if c.TLS, err = k.TLS.config(); err != nil {
		return c, err
	}
	if c.SASL, err = k.SASL.login(e); err != nil {
		return c, err
	}
	return c, k.exposes()
}

var clientIDs = regexp.MustCompile(`^[A-Za-z0-9._-]*$`)

// named refuses a client id that brokers can't count by.
func (k *Kafka) named() error {
	if !clientIDs.MatchString(k.ClientID) {
		return Errorf("--client-id %q: want letters, digits, dots, dashes and _", k.ClientID)
	}
	return nil
}

// exposes refuses a password that would go over a network as it is. SCRAM shows none.
func (k *Kafka) exposes() error {
	clear := k.SASL.Mechanism == "plain" || k.SASL.Mechanism == oauthBearer
	if !clear || k.TLS.wanted() || k.InsecureSASL {
		return nil
	}
	for _, addr := range k.Brokers {
		if !loopback(addr) {
			return Errorf("--sasl-mechanism %s without TLS sends the password in clear to %s: turn TLS on (--tls), take "+
				"scram-sha-512, or say --insecure-sasl if nobody can listen on the way", k.SASL.Mechanism, addr)
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
	return host == "localhost" || (err == nil && ip.IsLoopback())
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
	if err != nil {
		return c, nil, err
	}
	c = client.Client{Brokers: []string{addr}, ID: k.ClientID, Logger: e.Logger}
	if c.SASL, err = embedded.Login(k.DataDir); err != nil {
		done()
		return c, nil, err
	}
	return c, done, nil
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
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return t.pair() }
		_, err := t.pair()
		return c, err
	}
	return c, nil
}

// pair reads the client certificate: for each connection anew, as such certificates don't live long.
func (t TLS) pair() (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
	if err != nil {
		return nil, Errorf("--tls-cert-file %s, --tls-key-file %s: %w", t.CertFile, t.KeyFile, err)
	}
	return &pair, nil
}

// The mechanisms that take no password of a user's.
const (
	oauthBearer = "oauthbearer"
	mskIAM      = "aws-msk-iam"
)

// login is nil without SASL.
func (s SASL) login(e *Environment) (*client.SASL, error) {
	bearer := s.Mechanism == oauthBearer
	switch {
	case s.Mechanism == "" && (s.User != "" || s.PasswordFile != "" || s.TokenURL != ""):
		return nil, Errorf("--sasl-mechanism is missing: plain, scram-sha-256, scram-sha-512, oauthbearer or aws-msk-iam")
	case s.Mechanism == "":
		return nil, nil
	case bearer != (s.TokenURL != ""):
		return nil, Errorf("--sasl-mechanism oauthbearer and --sasl-token-url belong together: give both")
	case s.Mechanism == mskIAM && s.User == "" && s.PasswordFile == "":
		return &client.SASL{Mechanism: "AWS_MSK_IAM"}, nil
	case s.Mechanism == mskIAM:
		return nil, Errorf("--sasl-mechanism aws-msk-iam takes AWS's credentials: leave --sasl-user and the password out")
	case s.User == "":
		return nil, Errorf("--sasl-user is missing")
	}
	password, err := e.Secret(s.PasswordEnv, s.PasswordFile)()
	if err != nil {
		return nil, Errorf("SASL password: %w", err)
	}
	login := &client.SASL{Mechanism: strings.ToUpper(s.Mechanism), User: s.User, Password: password}
	if bearer {
		login.Issuer, err = s.issuer()
	}
	return login, err
}

func (s SASL) issuer() (*client.Issuer, error) {
	u, err := url.Parse(s.TokenURL)
	switch {
	case err != nil || u.Host == "" || u.User != nil || (u.Scheme != "https" && u.Scheme != "http"):
		return nil, Errorf("--sasl-token-url: want a URL such as https://login.example.com/oauth2/token, with " +
			"no password in it")
	case u.Scheme == "http" && !loopback(u.Host):
		return nil, Errorf("--sasl-token-url %s sends the client's secret in clear: take https", s.TokenURL)
	}
	trusted, err := TLS{CAFile: s.TokenCAFile}.config()
	return &client.Issuer{URL: s.TokenURL, Scopes: s.Scopes, TLS: trusted}, err
}
