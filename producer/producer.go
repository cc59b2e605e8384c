package producer

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer/status"
	"github.com/seachange/seachange/producer/tracing"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/wire"
)

// Options of a Producer.
type Options struct {
	Accounts []Account // at least one
	Log      Log       // required
	Prefix   string    // of the topics; "digitalocean" by default
	Version  string    // in source.version of each event; "dev" by default
	Diff     diff.Options
	// Interval and Share are those of the accounts that have none of their own.
	Interval time.Duration
	Share    float64
	// Current has each resource's records, as they are now, kept in a compacted topic beside its events:
	// <prefix>-current.<resource>.
	Current bool
	// ChunkBytes is how many bytes of changes a listing shows before they are published, and more of it is read; 8 MiB by
	// default. What a listing with less shows is published at its end.
	ChunkBytes int
	// Wire encodes keys, events and rows; nil: plain JSON.
	Wire *wire.Codec
	// Once makes Run end after one pass over everything.
	Once       bool
	Logger     *slog.Logger          // nil discards
	Registerer prometheus.Registerer // nil: no metrics
	// MetricsDetail has each account's resources counted one by one.
	MetricsDetail bool
	// Tracer makes the spans of sweeps, their requests and commits.
	Tracer tracing.Tracer
}

// Account is one account to watch.
type Account struct {
	Name   string // in the configuration, for messages
	Source Source
	// Expect is the account id that the token must be for; "" takes any. It stands in for /v2/account where the token may
	// not read that.
	Expect string
	// Resources are the rows to watch, parents before children.
	Resources []*schema.Resource
	// MaxAge is the longest time between two sweeps of a resource's collections, by its name, as far as the budget holds
	// it.
	MaxAge map[string]time.Duration
	// Interval is the time between two sweeps, for every collection alike. 0: each collection's is learned, within Share
	// of the token's hourly limit. A pass with Once knows no intervals.
	Interval time.Duration
	Share    float64 // 0.8 by default
	// Settings stands for all that the configuration says of the account: Reload leaves it alone while this stays.
	Settings string
	// Left is called once the account is worked for no more since it was taken out, or is configured otherwise; may be
	// nil.
	Left func()
}

// Producer watches accounts and has every change committed.
type Producer struct {
	opts     Options
	log      *slog.Logger
	compiled map[string]func() (*diff.Rules, error) // by resource, of the whole catalogue
	packs    map[string]*diff.Pack                  // the same: one for all accounts, whose records are much alike
	status   *status.Board
	ids      *identities
	reloads  chan reload
}

// New makes a Producer. It reads nothing and starts nothing.
func New(o Options) (*Producer, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	p := &Producer{opts: o, log: o.Logger.With("component", "producer"), compiled: compilers(o.Diff), packs: newPacks()}
	p.ids, p.reloads = newIdentities(), make(chan reload)
	p.ids.expect(len(o.Accounts))
	if err := p.compile(o.Accounts); err != nil {
		return nil, err
	}
	var err error
	if p.status, err = status.New(names(o.Accounts), o.Registerer, o.MetricsDetail); err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return p, nil
}

// compile refuses accounts with a resource whose rules are wrong.
func (p *Producer) compile(accounts []Account) error {
	for _, a := range accounts {
		for _, r := range a.Resources {
			if _, err := p.compiled[r.Name](); err != nil {
				return fmt.Errorf("catalogue: %w", err)
			}
		}
	}
	return nil
}

// compilers make each row's rules when they are needed first: few watch the whole catalogue.
func compilers(o diff.Options) map[string]func() (*diff.Rules, error) {
	all := map[string]func() (*diff.Rules, error){}
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		all[r.Name] = sync.OnceValues(func() (*diff.Rules, error) { return diff.Compile(r, o) })
	}
	return all
}

func newPacks() map[string]*diff.Pack {
	all := map[string]*diff.Pack{}
	for i := range schema.Catalog {
		all[schema.Catalog[i].Name] = diff.NewPack()
	}
	return all
}

// newState makes the state of a collection of an account.
func (p *Producer) newState(resource string) *diff.State {
	return diff.NewState(p.rules(resource), p.packs[resource])
}

// rules returns a resource's rules. compile has refused watched rows without them; of others only a state can tell.
func (p *Producer) rules(resource string) *diff.Rules {
	rules, err := p.compiled[resource]()
	if err != nil {
		panic(fmt.Errorf("catalogue: %w", err))
	}
	return rules
}

func (o *Options) complete() error {
	if o.Log == nil {
		return errors.New("producer: no log")
	}
	if len(o.Accounts) == 0 {
		return errNoAccount
	}
	if o.Prefix == "" {
		o.Prefix = "digitalocean"
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	o.ChunkBytes = cmp.Or(o.ChunkBytes, chunkBytes)
	o.Accounts = slices.Clone(o.Accounts)
	for i := range o.Accounts {
		a := &o.Accounts[i]
		a.Interval, a.Share = max(cmp.Or(a.Interval, o.Interval), 0), cmp.Or(a.Share, o.Share)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Run watches until ctx ends, and then returns nil. It returns an error only for what can't pass: two tokens of one
// account, a Log that can't run; with Options.Once also status.ErrNotWhole.
func (p *Producer) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	wg.Go(func() { p.keepAccounts(ctx, cancel) })
	if p.opts.Once {
		wg.Go(func() {
			p.status.WaitPass(ctx)
			cancel(errPassed)
		})
	}
	err := p.opts.Log.Run(ctx, p.open)
	cause := context.Cause(ctx)
	cancel(nil)
	wg.Wait()
	switch {
	case err != nil:
		return err
	case errors.Is(cause, errPassed):
		return p.status.PassError()
	case cause != nil && !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded):
		return cause
	}
	return nil
}

// errPassed ends a Run with Options.Once.
var errPassed = errors.New("one pass is done")

// Status is what is known of each account and collection, for people and monitors.
func (p *Producer) Status() status.Report { return p.status.Report(time.Now()) }

// Overview is Status, without what is in order where there are many accounts.
func (p *Producer) Overview() status.Report { return p.status.Overview(time.Now()) }

// Summary is what a pass with Options.Once did, a line per account and resource.
func (p *Producer) Summary() []status.Line { return p.status.Summary() }

// Settings is a short sum of what processes that share these accounts must have alike, or what is published would
// change with who has an account: the accounts, their resources, and the masks. It tells nothing of a token or the mask
// key.
func (o *Options) Settings() string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %t %t %x\n", o.Prefix, o.Diff.MaskPII, o.Diff.MaskUnknown, sha256.Sum256(o.Diff.MaskKey))
	if o.Current { // else the sum is that of older releases
		fmt.Fprintln(h, "current")
	}
	for _, a := range o.Accounts {
		fmt.Fprintf(h, "%q %q", a.Name, a.Expect)
		for _, r := range a.Resources {
			fmt.Fprintf(h, " %q", r.Name)
		}
		fmt.Fprintln(h)
	}
	return hex.EncodeToString(h.Sum(nil)[:4])
}
