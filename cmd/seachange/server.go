package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/status"
)

// handler serves monitors: /healthz (a restart would not help), /readyz (the process works or stands by), /status and
// /metrics; the console's pages; and POST /look, if look isn't nil.
//
// A process that stands by, without a shard, is ready: it takes over if another one fails, and a rollout must not
// wait for it to own something.
func handler(
	p *producer.Producer, log *kafka.Log, metrics prometheus.Gatherer, pages, look http.Handler,
) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { reply(w, log.Alive()) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { reply(w, log.Ready(r.Context())) })
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = writeJSON(w, shown(p, r.URL.Query())) // the reader has gone
	})
	mux.Handle("GET /", pages)
	if look != nil {
		mux.Handle("POST /look", look)
	}
	return mux
}

// shown is what /status shows: an overview; with ?account= one account, by its name or id; with ?all everything.
func shown(p *producer.Producer, query url.Values) status.Report {
	switch account := query.Get("account"); {
	case account != "":
		return p.Status().Of(account)
	case query.Has("all"):
		return p.Status()
	}
	return p.Overview()
}

func reply(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// server holds no connection open for nothing, and reads little: nothing that it serves takes a body.
func server(h http.Handler) *http.Server {
	return &http.Server{
		Handler: http.MaxBytesHandler(h, 0), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
}

// serve serves h at addr, if there is one, until stop. The log tells what it is.
func serve(ctx context.Context, e *env, addr, what string, h http.Handler) (stop func(), err error) {
	if addr == "" {
		return func() {}, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("--listen: %w", err)
	}
	s := server(h)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			e.Logger.Error("serve monitors", "err", err)
		}
	}()
	e.Logger.Info("serving "+what, "listen", listener.Addr().String())
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = s.Shutdown(ctx) // what is still being read is cut
		<-done
	}, nil
}
