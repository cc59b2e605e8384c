package digitaloceantest

import (
	"context"
	"io"
	"net/http"
	"sync"
)

// RoundTrip serves the request in the process, without a socket: so it works in simulated time. It honours the
// request's context, while the headers are awaited and while the body is read.
func (a *Account) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	pr, pw := io.Pipe()
	w := &pipeWriter{header: http.Header{}, body: pw, ready: make(chan struct{})}
	go func() {
		defer func() {
			if e := recover(); e == http.ErrAbortHandler { //nolint:errorlint // panics carry exactly this value
				pw.CloseWithError(io.ErrUnexpectedEOF)
			} else if e != nil {
				panic(e)
			}
			w.WriteHeader(http.StatusOK)
			pw.CloseWithError(context.Cause(ctx)) // a handler that was interrupted has not ended its body; nil: EOF
		}()
		a.ServeHTTP(w, req.WithContext(ctx))
	}()
	stop := context.AfterFunc(ctx, func() { pw.CloseWithError(context.Cause(ctx)) })
	select {
	case <-w.ready:
	case <-ctx.Done():
		cancel()
		pr.Close()
		return nil, req.Context().Err()
	}
	if err := req.Context().Err(); err != nil {
		cancel()
		return nil, err
	}
	done := func() { stop(); cancel(); pr.Close() }
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Header: w.header, Request: req, ContentLength: -1,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: pipeBody{pr, done},
	}, nil
}

// pipeWriter is a ResponseWriter whose body is read while it is written.
type pipeWriter struct {
	header http.Header
	body   *io.PipeWriter
	once   sync.Once
	ready  chan struct{}
	status int
}

func (w *pipeWriter) Header() http.Header { return w.header }

func (w *pipeWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.status = status
		close(w.ready)
	})
}

func (w *pipeWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

type pipeBody struct {
	*io.PipeReader

	done func()
}

func (b pipeBody) Close() error {
	b.done()
	return nil
}
