package client

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// A dialer carries TLS: the broker is trusted by the name under which it is dialled.
func TestTLSOverADialer(t *testing.T) {
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	defer srv.Close()
	trusted := x509.NewCertPool()
	trusted.AddCert(srv.Certificate())
	c := Client{Brokers: []string{"x"}, TLS: &tls.Config{RootCAs: trusted}}
	c.Dialer = (&net.Dialer{}).DialContext
	if _, err := c.Options(); err != nil {
		t.Fatal(err)
	}
	conn, err := c.dialTLS(t.Context(), "tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c.TLS.ServerName = "other.example.invalid"
	if _, err := c.dialTLS(t.Context(), "tcp", srv.Listener.Addr().String()); err == nil {
		t.Error("a certificate of another name is trusted")
	}
}
