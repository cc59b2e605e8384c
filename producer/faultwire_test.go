package producer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/state"
)

// wireFaults are those between this machine and the API, and in what carries an answer.
var wireFaults = []fault{
	{
		name:   "the name server doesn't know the host",
		strike: breaks(&net.DNSError{Err: "no such host", Name: "api.digitalocean.com", IsNotFound: true}),
		status: state.Failing, says: "no such host",
	},
	{
		name: "a certificate of an unknown authority", strike: breaks(x509.UnknownAuthorityError{}),
		status: state.Failing, says: "certificate signed by unknown authority",
	},
	{
		name:   "a certificate for another host",
		strike: breaks(x509.HostnameError{Certificate: new(x509.Certificate), Host: "api.digitalocean.com"}),
		status: state.Failing, says: "certificate is not valid",
	},
	{
		name: "the connection is refused", strike: breaks(&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}),
		status: state.Failing, says: "connection refused",
	},
	{
		name: "the connection is reset", strike: breaks(&net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}),
		status: state.Failing, says: "connection reset",
	},
	{
		name: "a gzip bomb", status: state.Failing, says: "the response is larger than 67108864 bytes",
		strike: overHTTP(func() http.HandlerFunc {
			bomb := bombOfGzip(128 << 20)
			return func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", "gzip")
				_, _ = w.Write(bomb) // the client has had enough
			}
		}),
	},
	{
		name: "headers without end", status: state.Failing, says: "server response headers exceeded",
		strike: overHTTP(func() http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Endless", strings.Repeat("x", 20<<20)) }
		}),
	},
	{
		name: "what is not HTTP", status: state.Failing, says: "malformed HTTP",
		strike: overHTTP(func() http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := w.(http.Hijacker).Hijack()
				if err == nil {
					_, _ = fmt.Fprint(conn, "220 mail.example.com ESMTP\r\n\r\n")
					conn.Close()
				}
			}
		}),
	},
}

// breaks has requests of Droplets end with an error of the network.
func breaks(err error) func(*faultEnvironment) {
	return droplets(func(*http.Request) (*http.Response, error) { return nil, err })
}

// droplets sends requests of Droplets elsewhere.
func droplets(elsewhere tripper) func(*faultEnvironment) {
	return func(f *faultEnvironment) {
		f.set(digitaloceantest.Token, func(req *http.Request) (*http.Response, error) {
			if strings.HasPrefix(req.URL.Path, "/v2/droplets") {
				return elsewhere(req)
			}
			return nil, nil // goes on to the account
		})
	}
}

// overHTTP has requests of Droplets go to a server through the transport that is used for the real API.
func overHTTP(handler func() http.HandlerFunc) func(*faultEnvironment) {
	return func(f *faultEnvironment) {
		network := new(kfake.VirtualNetwork)
		listener, err := network.Listen("tcp", "127.0.0.1:80")
		if err != nil {
			f.t.Fatal(err)
		}
		server := &http.Server{Handler: handler()} // in memory
		go func() { _ = server.Serve(listener) }()
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.DialContext = func(ctx context.Context, n, _ string) (net.Conn, error) {
			return network.DialContext(ctx, n, listener.Addr().String())
		}
		f.t.Cleanup(func() {
			transport.CloseIdleConnections()
			server.Close()
		})
		droplets(transport.RoundTrip)(f)
	}
}

// bombOfGzip is so many spaces, compressed.
func bombOfGzip(size int) []byte {
	var bomb bytes.Buffer
	z, spaces := gzip.NewWriter(&bomb), bytes.Repeat([]byte{' '}, 1<<20)
	for range size / len(spaces) {
		_, _ = z.Write(spaces) // to memory
	}
	z.Close()
	return bomb.Bytes()
}
