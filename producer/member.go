package producer

import (
	"context"
	"errors"
	"slices"
	"sync"
)

var errNoAccount = errors.New("producer: no account")

// member is a configured account, from when it is to be watched until it is taken out or configured otherwise.
type member struct {
	config Account
	late   bool            // it came with a reload
	ctx    context.Context // ends when it is taken out, and not with Run: what ends then is not taken out
	leave  context.CancelFunc
	asking sync.WaitGroup // whose token it has
	work   sync.WaitGroup // the account's; waited for once it is taken out, as until then it may begin
	id     string         // once it is identified; guarded by identities
}

// reload asks keepAccounts for other accounts.
type reload struct {
	accounts []Account
	done     chan struct{} // closed when they are in
}

// Reload has these accounts watched from now on, while Run runs. One whose Settings are what they were goes on
// undisturbed. One that is not among them ends: what is pending of it is committed, then its Left is called, and what
// it has published stays. One with other Settings ends so, too, and begins again from what it knows. Reload returns
// when those that end have ended and those that are new have begun to be identified. After an error nothing has
// changed.
func (p *Producer) Reload(ctx context.Context, accounts []Account) error {
	if len(accounts) == 0 {
		return errNoAccount
	}
	if err := p.compile(accounts); err != nil {
		return err
	}
	r := reload{accounts, make(chan struct{})}
	select {
	case p.reloads <- r:
		<-r.done
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// keepAccounts owns the list of configured accounts, and has each worked for until ctx ends. Two that begin with tokens
// of one account can't be meant, and fail; one that comes later with another's token waits until that is taken out.
func (p *Producer) keepAccounts(ctx context.Context, fail func(error)) {
	members := map[string]*member{}
	for _, a := range p.opts.Accounts {
		members[a.Name] = p.join(ctx, a, fail)
	}
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case r := <-p.reloads:
			p.exchange(ctx, members, r.accounts)
			close(r.done)
		}
	}
	for _, m := range members {
		m.asking.Wait()
	}
}

// join has an account worked for. It comes with a reload if fail is nil.
func (p *Producer) join(ctx context.Context, a Account, fail func(error)) *member {
	m := &member{config: a, late: fail == nil}
	m.ctx, m.leave = context.WithCancel(context.WithoutCancel(ctx))
	m.asking.Go(func() {
		asking, stop := context.WithCancel(ctx)
		defer stop()
		defer context.AfterFunc(m.ctx, stop)()
		if err := p.identify(asking, m); err != nil {
			fail(err)
		}
	})
	return m
}

// exchange has other accounts worked for. Those that leave have ended before others begin: they may be the same ones.
func (p *Producer) exchange(ctx context.Context, members map[string]*member, accounts []Account) {
	next := map[string]string{}
	for _, a := range accounts {
		next[a.Name] = a.Settings
	}
	var leaving []*member
	for name, m := range members {
		if settings, ok := next[name]; !ok || settings != m.config.Settings {
			leaving = append(leaving, m)
			delete(members, name)
		}
	}
	fresh := slices.DeleteFunc(slices.Clone(accounts), func(a Account) bool { return members[a.Name] != nil })
	p.ids.expect(len(fresh)) // before those go, so that none that comes back is called unwatched
	for _, m := range leaving {
		p.ids.remove(m)
	}
	for _, m := range leaving {
		m.asking.Wait()
		m.work.Wait()
		if m.config.Left != nil {
			m.config.Left()
		}
	}
	p.status.Configure(names(accounts))
	for _, a := range fresh {
		members[a.Name] = p.join(ctx, a, nil)
	}
	p.opts.Log.Wake()
}

func names(accounts []Account) []string {
	var all []string
	for _, a := range accounts {
		all = append(all, a.Name)
	}
	return all
}
