package main

import (
	"context"
	"fmt"
	"net"

	"github.com/seachange/seachange/cmd/seachange/config"
)

type consoleCmd struct {
	config.Kafka
	config.Console
	Listen string `help:"${console_listen}" default:"127.0.0.1:8181" placeholder:"HOST:PORT"`
}

// Run serves the pages until a signal.
func (c *consoleCmd) Run(ctx context.Context, e *env) error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return config.Errorf("--listen %q: want HOST:PORT", c.Listen)
	}
	if err := c.Console.Check(); err != nil {
		return err
	}
	if !c.Closed(c.Listen) {
		return config.Errorf("--listen %s: beyond this machine the console shows itself to nobody unasked: give "+
			"--console-auth FILE or --console-auth-header NAME", c.Listen)
	}
	cl, done, err := c.Reach(&e.Environment)
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	failed := make(chan error, 2)
	web := &pages{
		ctx: ctx, env: e, settings: c.Console, client: cl, prefix: c.TopicPrefix,
		failed: func(err error) { failed <- err },
	}
	url, stop, err := web.serve(c.Listen)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Fprintf(e.stdout, "Look at it in a browser: %s\n", url)
	defer cancel()
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}
