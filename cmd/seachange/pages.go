package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/console"
	"github.com/seachange/seachange/cmd/seachange/history/index"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/status"
	"github.com/seachange/seachange/schema/plain"
)

// pages are the console over an index of its own, which is begun by the first who looks: a run that nobody looks at
// reads no topic for it.
type pages struct {
	*env
	ctx      context.Context // the process's: the index is followed until it ends
	settings config.Console
	client   client.Client
	prefix   string
	report   func() status.Report
	failed   func(error) // what ended the index; nil logs it

	once    sync.Once
	index   *index.Index
	handler http.Handler
	err     error
	running sync.WaitGroup
}

// at are the pages at an address, with who may look. Beyond this machine there are none, unless it is said who may:
// they show everything that was ever published, and /metrics at the same address may be open to all of a network.
func (p *pages) at(listen string) http.Handler {
	if listen == "" {
		return http.NotFoundHandler()
	}
	if !p.settings.Closed(listen) {
		p.Logger.Info("the console is not served: beyond this machine it wants --console-auth or --console-auth-header")
		return http.NotFoundHandler()
	}
	guard, err := p.guard()
	if err != nil {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "the console can't be served; the log says why", http.StatusServiceUnavailable)
		})
	}
	return guard.Protect(p)
}

func (p *pages) guard() (console.Guard, error) {
	g := console.Guard{Header: p.settings.AuthHeader}
	for _, h := range p.settings.Hosts {
		g.Hosts = append(g.Hosts, strings.ToLower(h))
	}
	if p.settings.Auth == "" {
		return g, nil
	}
	f, err := os.Open(p.settings.Auth)
	if err != nil {
		return g, config.Errorf("--console-auth: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	if g.Users, err = console.ReadUsers(f); err != nil {
		return g, config.Errorf("--console-auth %s: %w", p.settings.Auth, err)
	}
	return g, nil
}

// ServeHTTP begins the console if need be.
func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.once.Do(p.begin); p.err != nil {
		http.Error(w, plain.Error(p.err), http.StatusServiceUnavailable)
		return
	}
	p.handler.ServeHTTP(w, r)
}

// begin opens the index and follows the topics into it, at the first request. An error stays, and is what all later
// requests get: what is wrong with an index's directory doesn't pass by itself.
func (p *pages) begin() {
	p.index, p.err = index.Open(p.ctx, index.Options{
		Client: p.client, Prefix: p.prefix, Dir: p.settings.Index, MaxBytes: p.settings.IndexMiB << 20, Logger: p.Logger,
	})
	if p.err != nil {
		p.Logger.Error("console", "err", p.err)
		return
	}
	found, err := p.newFindings()
	if err != nil {
		p.err = err
		return
	}
	c := console.New(p.ctx, console.Options{
		Index: p.index, Prefix: p.prefix, Brokers: strings.Join(p.client.Brokers, ","), Version: p.Version, Report: p.report,
		Findings: found.list, Logger: p.Logger,
	})
	p.handler = c
	p.running.Go(func() { c.Run(p.ctx) })
	p.running.Go(func() {
		if err := p.index.Follow(p.ctx); err != nil && p.ctx.Err() == nil {
			p.Logger.Error("console", "err", err)
			if p.failed != nil {
				p.failed(err)
			}
		}
	})
}

// close ends the index, once the process's context has ended. A request that comes meanwhile begins nothing any
// more: it would be left open.
func (p *pages) close() {
	p.once.Do(func() {}) // nobody begins it any more
	if p.index == nil {
		return
	}
	p.running.Wait()
	if err := p.index.Close(); err != nil {
		p.Logger.Warn("close the index", "err", err)
	}
}

// serve begins the console at once, and serves it alone, until stop. The process's context must have ended by then.
// It takes the address before it opens the index, so that one that is taken is known at once.
func (p *pages) serve(listen string) (url string, stop func(), err error) {
	guard, err := p.guard()
	if err != nil {
		return "", nil, err
	}
	listener, err := new(net.ListenConfig).Listen(p.ctx, "tcp", listen)
	if err != nil {
		return "", nil, fmt.Errorf("--listen: %w", err)
	}
	if p.once.Do(p.begin); p.err != nil {
		_ = listener.Close()
		return "", nil, p.err
	}
	s := server(guard.Protect(p))
	p.running.Go(func() {
		if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) && p.failed != nil {
			p.failed(err)
		}
	})
	return "http://" + listener.Addr().String() + "/", func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), 2*time.Second)
		defer cancel()
		_ = s.Shutdown(ctx) // what is still being read is cut
		_ = s.Close()
		p.close()
	}, nil
}
