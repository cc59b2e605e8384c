package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seachange/seachange/producer"
)

// A profile holds the memory, and the memory the token: no such endpoint is there, nor any other that was not meant.
func TestTheServerHasItsFourEndpointsAndNoOther(t *testing.T) {
	h := handler(new(producer.Producer), prometheus.NewRegistry())
	for path, want := range map[string]int{
		"/healthz": http.StatusOK, "/metrics": http.StatusOK,
		"/": http.StatusNotFound, "/debug/pprof/": http.StatusNotFound, "/debug/pprof/heap": http.StatusNotFound,
		"/debug/vars": http.StatusNotFound, "/config": http.StatusNotFound,
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
