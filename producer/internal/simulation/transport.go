package simulation

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// transport is a process's way to an account's API: it takes time, and ends with the process.
type transport struct {
	process *process
	world   *world

	underWay atomic.Int32
}

// mostUnderWay is how many requests of an account a process may make at a time.
const mostUnderWay = 4

var errKilled = errors.New("the process is killed")

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if n := t.underWay.Add(1); n > mostUnderWay {
		t.process.sim.judge.violate("%d requests of %s are under way at %s", n, t.world.id, t.process)
	}
	defer t.underWay.Add(-1)
	s := t.process.sim.requestStream(t.process, t.world, req.URL.RequestURI())
	if err := t.travel(req.Context(), s); err != nil {
		return nil, err
	}
	resp, hang := t.world.serve(req, s)
	if hang {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	if err := t.travel(req.Context(), s); err != nil {
		return nil, err
	}
	return resp, nil
}

// travel is one way of a request. A process that is paused waits until it goes on.
func (t *transport) travel(ctx context.Context, s stream) error {
	sleep(ctx, s.about(t.process.sim.plan.latency/2))
	t.process.gate(s)
	if t.process.dead.Load() {
		return errKilled
	}
	return ctx.Err()
}

// serve has the account answer a request, and the API spoil the answer.
func (w *world) serve(req *http.Request, s stream) (resp *http.Response, hang bool) {
	w.api.mu.Lock()
	defer w.api.mu.Unlock()
	w.api.request, w.api.hang, w.api.vanish = s, false, nil
	account := w.account
	if strings.HasSuffix(req.Header.Get("Authorization"), foreignToken) {
		account = w.other
	}
	r := &recorder{header: http.Header{}, status: http.StatusOK}
	r.serve(account, req)
	if v := w.api.vanish; v != nil && s.chance(0.7) {
		w.later(s.between(0, 5*time.Second), v.resource, v.id)
	}
	w.skew(r.header)
	w.sim.story.note(w.id, req.URL.RequestURI(), strconv.Itoa(r.status), strconv.Itoa(r.body.Len()))
	switch {
	case r.err != nil || w.api.hang:
	case r.status == http.StatusOK:
		w.sim.judge.read(w, req.URL.Path, cmp.Or(req.URL.Query().Get("page"), "1") == "1")
	case r.status == http.StatusNotFound:
		w.sim.judge.nothing(w, req.URL.Path)
	}
	return &http.Response{
		Status: http.StatusText(r.status), StatusCode: r.status, Header: r.header, Request: req, ContentLength: -1,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: io.NopCloser(io.MultiReader(&r.body, failing{r.err})),
	}, w.api.hang
}

// skew has the answer dated by the API's clock.
func (w *world) skew(h http.Header) {
	ahead := w.sim.plan.clock
	if time.Since(w.sim.began) > w.sim.plan.active/2 {
		ahead += w.sim.plan.jump
	}
	h.Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
}

// recorder is a ResponseWriter that keeps what it is given.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
	err    error // how the body ends; nil: well
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }
func (r *recorder) Flush()                      {}

func (r *recorder) serve(h http.Handler, req *http.Request) {
	defer func() {
		if e := recover(); e == http.ErrAbortHandler { //nolint:errorlint // panics carry exactly this value
			r.err = io.ErrUnexpectedEOF
		} else if e != nil {
			panic(e)
		}
	}()
	h.ServeHTTP(r, req)
}

// failing is the end of a body.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

// sleep waits, and reports false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
