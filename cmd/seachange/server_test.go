package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
)

// A profile holds the memory, and the memory the token: no such endpoint is there, nor any other that was not meant.
func TestTheServerHasItsFourEndpointsAndNoOther(t *testing.T) {
	h := handler(new(producer.Producer), new(kafka.Log), prometheus.NewRegistry(), http.NotFoundHandler(), nil)
	for path, want := range map[string]int{
		"/healthz": http.StatusOK, "/metrics": http.StatusOK,
		"/": http.StatusNotFound, "/debug/pprof/": http.StatusNotFound, "/debug/pprof/heap": http.StatusNotFound,
		"/debug/vars": http.StatusNotFound, "/config": http.StatusNotFound, "/look": http.StatusNotFound,
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != want {
			t.Errorf("%s answers %d, want %d", path, w.Code, want)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodConnect} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, "/status", strings.NewReader("x")))
		if w.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s of /status answers %d, want %d", method, w.Code, http.StatusMethodNotAllowed)
		}
	}
}

// Whoever sends slowly, reads slowly or sends much is cut off. Each client begins a request, and is asked what it got.
func TestTheServerCutsOffWhoIsSlowOrSendsMuch(t *testing.T) {
	large := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			return
		}
		_, _ = w.Write(make([]byte, 10<<20)) // the client may be gone
	})
	head := "GET /metrics HTTP/1.1\r\nHost: localhost\r\n"
	for _, tt := range []struct {
		name, sends string
		reads       bool
		within      time.Duration // the connection is closed
		answer      string
	}{
		{"a request that doesn't end", head, true, 6 * time.Second, ""},
		{"a body that doesn't come", head + "Content-Length: 10\r\n\r\n", true, 11 * time.Second, "HTTP/1.1 413 "},
		{"a header of 1 MB", head + "X: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", true, 6 * time.Second, "HTTP/1.1 431 "},
		{"a body", head + "Content-Length: 5\r\n\r\nhello", true, 61 * time.Second, "HTTP/1.1 413 "},
		{"a client that doesn't read", head + "\r\n", false, 31 * time.Second, ""},
		{"a connection without a request", "", true, 6 * time.Second, ""},
		{"an idle connection", head + "\r\n", true, 61 * time.Second, "HTTP/1.1 200 "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conn := dialed(t, server(large))
				began := time.Now()
				go func() { _, _ = fmt.Fprint(conn, tt.sends) }() // it may be cut off
				if !tt.reads {
					time.Sleep(tt.within)
				}
				answer, _ := io.ReadAll(conn)
				if took := time.Since(began); took > tt.within {
					t.Errorf("it was served for %v, want at most %v", took, tt.within)
				}
				if !strings.HasPrefix(string(answer), tt.answer) || (!tt.reads && len(answer) >= 10<<20) {
					t.Errorf("got %.60q and %d bytes in all, want %q", answer, len(answer), tt.answer)
				}
			})
		})
	}
}

// dialed returns a connection to a server on a network in memory.
func dialed(t *testing.T, s *http.Server) net.Conn {
	t.Helper()
	network := new(kfake.VirtualNetwork)
	listener, err := network.Listen("tcp", "127.0.0.1:80")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(listener) }()
	t.Cleanup(func() { s.Close() })
	conn, err := network.DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}
