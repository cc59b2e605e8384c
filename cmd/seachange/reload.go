package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// Run watches until a signal. SIGHUP, and another text of the configuration file, have the settings read again: where
// they are sound the watching ends, as at the end of the process, with everything committed and the group left, and
// begins again with them; otherwise it goes on as it was. SIGHUP ends a single pass.
func (c *runCmd) Run(ctx context.Context, e *env) error {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	for {
		next, err := c.watchUntil(ctx, e, hangups)
		if next == nil || ctx.Err() != nil {
			return err
		}
		c, e = next.command, next.env
		e.Logger.Info("settings read again")
	}
}

// reloaded is the command with the settings as they are now.
type reloaded struct {
	command *runCmd
	env     *env
}

// watchUntil watches until ctx ends, or the settings were read again: then it returns them.
func (c *runCmd) watchUntil(ctx context.Context, e *env, hangups <-chan os.Signal) (next *reloaded, err error) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		defer cancel()
		next = c.awaitReload(ctx, e, hangups)
	})
	err = c.begin(ctx, e)
	cancel()
	wg.Wait()
	return next, err
}

// fileInterval is the time between two looks at the configuration file.
const fileInterval = time.Second

// awaitReload returns the settings once they are asked for and sound, or nil when ctx ends.
func (c *runCmd) awaitReload(ctx context.Context, e *env, hangups <-chan os.Signal) *reloaded {
	looks := time.NewTicker(fileInterval)
	defer looks.Stop()
	changed := func() bool { return false }
	if e.file != nil && !c.Once {
		changed = e.file.Changes().Changed
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-looks.C:
			if !changed() {
				continue
			}
			e.Logger.Info("the configuration file has changed")
		case <-hangups:
		}
		if c.Once {
			return nil
		}
		next, err := reload(e)
		if err == nil {
			return next
		}
		e.Logger.Error("the settings can't be read again: the old ones stay", "err", err)
	}
}

func reload(e *env) (*reloaded, error) {
	fresh := *e
	var all cli
	command, err := parse(&all, &fresh, e.args)
	if err != nil {
		return nil, err
	}
	if command == nil {
		return nil, errors.New("no command")
	}
	_, _, err = all.Run.options(&fresh, all.Run.registry())
	return &reloaded{&all.Run, &fresh}, err
}
