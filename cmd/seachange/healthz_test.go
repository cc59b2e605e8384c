package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealthzTellsWhatTheRunningProgramSays(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		want   string // in the error; empty: none
	}{
		"alive":      {http.StatusOK, ""},
		"not alive":  {http.StatusServiceUnavailable, "503"},
		"redirected": {http.StatusFound, "302"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/healthz" {
					t.Errorf("asked for %s, want /healthz", r.URL.Path)
				}
				w.WriteHeader(tt.status)
			}))
			defer srv.Close()
			c := &healthzCmd{Listen: srv.Listener.Addr().String()}
			checkHealthz(t, c.Run(t.Context()), tt.want)
		})
	}
}

func TestHealthzReachesOneThatListensEverywhere(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer srv.Close()
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	for _, host := range []string{"0.0.0.0", ""} {
		c := &healthzCmd{Listen: net.JoinHostPort(host, port)}
		checkHealthz(t, c.Run(t.Context()), "")
	}
}

func TestHealthzWithoutAnAnswerSaysWhatToDo(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	c := &healthzCmd{Listen: srv.Listener.Addr().String()}
	srv.Close()
	checkHealthz(t, c.Run(t.Context()), "was seachange run with --listen?")
}

func TestHealthzRefusesAnAddressWithoutAPort(t *testing.T) {
	err := (&healthzCmd{Listen: "localhost"}).Run(t.Context())
	checkHealthz(t, err, "want HOST:PORT")
	if got := exitCode(err); got != 2 {
		t.Errorf("exit code %d, want 2", got)
	}
}

func checkHealthz(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("error: %v, want none", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("error: %v, want one with %q", err, want)
	}
}
