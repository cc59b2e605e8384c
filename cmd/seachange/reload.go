package main

import (
	"cmp"
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka"
)

// Run watches until a signal. SIGHUP, and another text of the configuration file, have the settings read again: where
// they are sound the accounts that they say something else of than before come, go, or begin again, each alone;
// otherwise everything goes on as it was. SIGHUP ends a single pass.
func (c *runCmd) Run(ctx context.Context, e *env) error {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	if c.Once {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		go func() {
			select {
			case <-ctx.Done():
			case <-hangups:
				cancel()
			}
		}()
	}
	return c.begin(ctx, e, hangups)
}

// reloading runs the producer, and reloads its settings beside it.
func (c *runCmd) reloading(ctx context.Context, hangups <-chan os.Signal, r *reloader) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	if !c.Once {
		wg.Go(func() { r.run(ctx, hangups) })
	}
	err := r.producer.Run(ctx)
	cancel()
	wg.Wait()
	return err
}

// reloader has the settings read again, and owns those that are in force.
type reloader struct {
	env      *env
	sources  *config.Sources
	options  producer.Options
	log      *kafka.Log
	producer *producer.Producer
}

// fileInterval is the time between two looks at the configuration file.
const fileInterval = time.Second

// run reloads whenever it is asked for, until ctx ends.
func (r *reloader) run(ctx context.Context, hangups <-chan os.Signal) {
	looks := time.NewTicker(fileInterval)
	defer looks.Stop()
	changed := r.changes()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			return
		case <-looks.C:
			if !changed() {
				continue
			}
			r.env.Logger.Info("the configuration file has changed")
		case <-hangups:
		}
		switch err := r.reload(ctx); {
		case err == nil:
			changed = r.changes()
		case ctx.Err() == nil:
			r.env.Logger.Error("the settings can't be read again: the old ones stay", "err", err)
		}
	}
}

// changes returns what tells when the file says something else than the settings in force.
func (r *reloader) changes() (changed func() bool) {
	if r.env.file == nil {
		return func() bool { return false }
	}
	return r.env.file.Changes().Changed
}

// reload reads the settings and takes them over.
func (r *reloader) reload(ctx context.Context) error {
	fresh := *r.env
	var all cli
	command, err := parse(&all, &fresh, r.env.args)
	switch {
	case err != nil:
		return err
	case command == nil:
		return errors.New("no command")
	}
	next := &all.Run
	if err := cmp.Or(sameSettings(r.env.settings, fresh.settings), next.check()); err != nil {
		return err
	}
	watched, err := config.Accounts(&fresh.Environment, next.API, next.Selection)
	if err != nil {
		return err
	}
	sources, o := r.sources.With(&fresh.Environment, next.API), r.options
	if o.Accounts, err = next.accounts(watched, sources, r.options.Accounts); err != nil {
		return err
	}
	if err := r.log.Extend(ctx, config.Union(watched), o.Settings()); err != nil {
		return err
	}
	if err := next.register(ctx, &fresh, r.log, o.Wire); err != nil {
		return err
	}
	if err := r.producer.Reload(ctx, o.Accounts); err != nil {
		return err
	}
	fresh.Logger.Info("settings read again", accountChanges(r.options.Accounts, o.Accounts)...)
	r.env, r.sources, r.options = &fresh, sources, o
	return nil
}

// adaptable are the settings that may be others when they are read again. All of them are accounts' own.
var adaptable = []string{
	"only", "skip", "with", "max-age", "interval", "budget", "per-minute", "token-file", "team",
	"spaces-access-key-id-file", "spaces-secret-access-key-file", "spaces-regions",
}

// sameSettings refuses other values of settings that need a restart.
func sameSettings(before, now map[string]string) error {
	var others []string
	for name, value := range now {
		if value != before[name] && !slices.Contains(adaptable, name) {
			others = append(others, "--"+name)
		}
	}
	if len(others) == 0 {
		return nil
	}
	slices.Sort(others)
	return config.Errorf("%s can't change while seachange runs: restart it", strings.Join(others, ", "))
}

// accountChanges names the accounts that came, went and changed, for the log.
func accountChanges(before, now []producer.Account) []any {
	was := map[string]string{}
	for _, a := range before {
		was[a.Name] = a.Settings
	}
	added, changed, removed := []string{}, []string{}, []string{}
	for _, a := range now {
		settings, ok := was[a.Name]
		switch {
		case !ok:
			added = append(added, a.Name)
		case settings != a.Settings:
			changed = append(changed, a.Name)
		}
		delete(was, a.Name)
	}
	for _, a := range before {
		if _, ok := was[a.Name]; ok {
			removed = append(removed, a.Name)
		}
	}
	return []any{"accounts", len(now), "added", added, "changed", changed, "removed", removed}
}
