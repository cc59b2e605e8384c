package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/seachange/seachange/cmd/seachange/config"
)

// healthzCmd asks a running seachange whether it is alive. It is for a container's health check: the image has no shell
// and no curl.
type healthzCmd struct {
	Listen string `help:"${healthz_listen}" default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
}

// Run returns nil when /healthz says 200 within 3 s.
func (c *healthzCmd) Run(ctx context.Context) error {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return config.Errorf("--listen %q: want HOST:PORT", c.Listen)
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1" // all interfaces, so this one too
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	url := "http://" + net.JoinHostPort(host, port) + "/healthz"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return config.Errorf("--listen %q: %w", c.Listen, err)
	}
	resp, err := (&http.Transport{}).RoundTrip(req) // no proxy, and no redirect followed
	if err != nil {
		return fmt.Errorf("health: %s doesn't answer; was seachange run with --listen? %w", url, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("health: %s says %s", url, resp.Status)
	}
	return nil
}
