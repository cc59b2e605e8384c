package producer_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/producer/status"
)

func TestAPassEndsAtOnceWhereTheTokenIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := oneFirewall("team-1")
		s.fail["firewalls"] = refused
		p, err := producer.New(producer.Options{
			Log: newFakeLog(), Once: true,
			Accounts: []producer.Account{watching("a", s, "firewalls")},
		})
		must(t, err)
		began := time.Now()
		err = p.Run(t.Context())
		if d := time.Since(began); d > 5*time.Second {
			t.Errorf("a pass with a refused token takes %v (%v)", d, err)
		}
	})
}

func TestOncePassesOverEverythingOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := oneFirewall("team-1")
		s.put("domains", "example.com", `{"name":"example.com"}`)
		s.put("domain_records", "example.com/1", `{"id":1}`)
		p, err := producer.New(producer.Options{
			Log: newFakeLog(), Once: true,
			Accounts: []producer.Account{watching("a", s, "firewalls", "domains", "domain_records")},
		})
		must(t, err)
		must(t, p.Run(t.Context()))
		want := []status.Line{
			{Account: "a", Resource: "firewalls", Records: 1, Changes: 1, Requests: 1, Status: state.Whole},
			{Account: "a", Resource: "domains", Records: 1, Changes: 1, Requests: 1, Status: state.Whole},
			{Account: "a", Resource: "domain_records", Records: 1, Changes: 1, Requests: 1, Status: state.Whole},
		}
		if d := cmp.Diff(want, p.Summary()); d != "" {
			t.Errorf("summary (-want +got):\n%s", d)
		}
	})
}

// What the API does not offer is no reason for a pass to fail.
func TestOncePassesOverWhatIsNotOffered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTables()
		s.put("databases", "db", `{"id":"db","engine":"valkey"}`)
		s.fail["database_firewall_rules"] = notFound
		p, err := producer.New(producer.Options{
			Log: newFakeLog(), Once: true,
			Accounts: []producer.Account{watching("a", s, "databases", "database_users", "database_firewall_rules")},
		})
		must(t, err)
		began := time.Now()
		must(t, p.Run(t.Context()))
		if d := time.Since(began); d > 5*time.Second {
			t.Errorf("a pass takes %v", d)
		}
	})
}

func TestOnceIsAnErrorUnlessAllWasWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := oneFirewall("team-1")
		s.fail["domains"] = forbidden
		p, err := producer.New(producer.Options{
			Log: newFakeLog(), Once: true,
			Accounts: []producer.Account{watching("a", s, "firewalls", "domains")},
		})
		must(t, err)
		err = p.Run(t.Context())
		if !errors.Is(err, status.ErrNotWhole) || !strings.Contains(err.Error(), "domain:read") {
			t.Errorf("error %v, want one that names the scope", err)
		}
		s.failID = errors.New("status 500")
		p, err = producer.New(producer.Options{
			Log: newFakeLog(), Once: true,
			Accounts: []producer.Account{watching("a", s, "firewalls")},
		})
		must(t, err)
		if err := p.Run(t.Context()); !errors.Is(err, status.ErrNotWhole) || !strings.Contains(err.Error(), "status 500") {
			t.Errorf("error %v, want one that says why the account is unknown", err)
		}
	})
}

// check may have spent the minute's requests: a pass that comes right after it waits, and reads what it waited for.
func TestOnceReadsAgainWhatItWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := oneFirewall("team-1")
		s.fail["firewalls"] = &producer.SourceError{
			Kind: producer.Throttled, RetryAfter: 30 * time.Second, Err: errors.New("status 429"),
		}
		time.AfterFunc(40*time.Second, func() { s.now(func() { clear(s.fail) }) })
		p, err := producer.New(producer.Options{
			Log: newFakeLog(), Once: true, Accounts: []producer.Account{watching("a", s, "firewalls")},
		})
		must(t, err)
		if err := p.Run(t.Context()); err != nil {
			t.Errorf("a pass that waited for its turn: %v", err)
		}
		if lines := p.Summary(); len(lines) != 1 || lines[0].Status != state.Whole || lines[0].Records != 1 {
			t.Errorf("summary %+v, want the firewall", lines)
		}
	})
}

// noShard is a Log that never works on a shard.
type noShard struct{ failure error }

func (l noShard) Run(ctx context.Context, _ func(int) producer.Worker) error {
	<-ctx.Done()
	return nil
}
func (l noShard) ShardOf(string) int   { return 0 }
func (l noShard) Failure(string) error { return l.failure }
func (l noShard) Wake()                {}

// A single pass that can't begin ends with what is wrong, and not with a guess.
func TestASinglePassEndsWithTheLastRealError(t *testing.T) {
	for _, tt := range []struct {
		failure error
		want    string
	}{
		{
			errors.New("open transactional id x-meta.shard-0: TRANSACTIONAL_ID_AUTHORIZATION_FAILED"),
			"TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
		},
		{nil, "another seachange works on these topics"},
	} {
		synctest.Test(t, func(t *testing.T) {
			p, err := producer.New(producer.Options{
				Log: noShard{tt.failure}, Once: true,
				Accounts: []producer.Account{watching("a", oneFirewall("team-1"), "firewalls")},
			})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			err = p.Run(t.Context())
			if !errors.Is(err, status.ErrNotWhole) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error that says %q", err, tt.want)
			}
			if took := time.Since(began); took > 2*time.Minute {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// A single pass reads what it had to wait for, and then ends well. It sets no interval, and speaks of none.
func TestASinglePassReadsAgainWhatItWaitedFor(t *testing.T) {
	for name, fault := range map[string]digitaloceantest.Fault{
		"429 to one listing":  {Resource: "firewalls", Times: 1, Effect: digitaloceantest.Throttle(30 * time.Second)},
		"429 to everything":   {Times: 5, Effect: digitaloceantest.Throttle(30 * time.Second)},
		"429 to the children": {Resource: "domain_records", Times: 2, Effect: digitaloceantest.Throttle(45 * time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			inSimulatedTime(t)
			everywhere(t, 1, func(r *environment) {
				r.accounts[0].Fault(fault)
				p := r.start(func(o *producer.Options) { o.Once, o.Interval = true, 0 })
				if err := p.wait(); err != nil {
					t.Error(err)
				}
				if log := r.log.String(); strings.Contains(log, "interval") {
					t.Errorf("it speaks of intervals: %s", log)
				}
			})
		})
	}
}
