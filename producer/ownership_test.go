package producer_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seachange/seachange/producer"
)

// lent is a fakeLog whose shard is this process's only while a test says so.
type lent struct {
	*fakeLog
	turns chan bool // true: the shard is given, false: it is taken away
}

func (l *lent) Run(ctx context.Context, open func(int) producer.Worker) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-l.turns:
		}
		owned, lose := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- l.fakeLog.Run(owned, open) }()
		select {
		case <-ctx.Done():
		case <-l.turns:
		}
		lose()
		if err := <-ended; err != nil {
			return err
		}
	}
}

// seriesOf lists the names of the metrics that have series of an account.
func seriesOf(t *testing.T, r *prometheus.Registry, account string) []string {
	t.Helper()
	families, err := r.Gather()
	must(t, err)
	var names []string
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetName() == "account" && l.GetValue() == account {
					names = append(names, f.GetName())
				}
			}
		}
	}
	return slices.Compact(names)
}

// What is known of an account is with the owner of its shard: a former owner would show it for ever as it was once.
func TestWhatIsKnownOfAnAccountGoesWithItsShard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry, log := prometheus.NewRegistry(), &lent{newFakeLog(), make(chan bool)}
		for _, a := range []string{"team-1", "team-without-a-token"} { // both are remembered
			log.Commit(producer.Batch{Records: []producer.Record{
				{Topic: "digitalocean-meta.state", Account: a, Key: []byte("account/" + a), Value: []byte(`{"name":"Fake Team"}`)},
				{
					Topic: "digitalocean-meta.state", Account: a, Key: []byte("collection/" + a + "/domains/"),
					Value: []byte(`{"status":"whole","first_ms":1,"whole_ms":1}`),
				},
			}}, func(error) {})
		}
		p, err := producer.New(producer.Options{
			Log: log, Registerer: registry, Interval: time.Minute,
			Accounts: []producer.Account{watching("a", oneFirewall("team-1"), "firewalls", "domains")},
		})
		must(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- p.Run(ctx) }()
		settle := func() { time.Sleep(2 * time.Minute); synctest.Wait() }

		var owned []string
		for turn := range 2 {
			log.turns <- true
			settle()
			r := p.Status()
			if len(r.Accounts) != 2 || !r.Accounts[0].Owned || len(r.Accounts[0].Collections) != 2 || !r.Accounts[1].Owned {
				t.Errorf("turn %d, owned: %+v, want two accounts that are owned, with their collections", turn, r.Accounts)
			}
			if owned = seriesOf(t, registry, "team-1"); !slices.Contains(owned, "seachange_age_seconds") ||
				!slices.Contains(owned, "seachange_sweeps_total") {
				t.Errorf("turn %d, owned: series %v", turn, owned)
			}
			log.turns <- false
			settle()
			r = p.Status()
			if len(r.Accounts) != 1 || r.Accounts[0].Owned || len(r.Accounts[0].Collections) != 0 {
				t.Errorf("turn %d, lost: %+v, want the configured account alone, with nothing known of it", turn, r.Accounts)
			}
			for _, account := range []string{"team-1", "team-without-a-token"} {
				if left := seriesOf(t, registry, account); len(left) > 0 {
					t.Errorf("turn %d, lost: series of %s are left: %v", turn, account, strings.Join(left, " "))
				}
			}
		}
		cancel()
		must(t, <-ended)
	})
}

// A second program's registry, or a metric that was registered before, is an error to report and no reason to panic.
func TestAMetricThatCannotBeRegisteredIsAnError(t *testing.T) {
	registry := prometheus.NewRegistry()
	o := producer.Options{
		Log: newFakeLog(), Registerer: registry,
		Accounts: []producer.Account{watching("a", newTables(), "firewalls")},
	}
	_, err := producer.New(o)
	must(t, err)
	if _, err := producer.New(o); err == nil || !strings.Contains(err.Error(), "metrics") {
		t.Errorf("error %v of metrics that are registered twice, want one that says metrics", err)
	}
}

// A shard that none of the accounts is of is closed, and nothing is read for it.
func TestAShardWithoutAccountsIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, log := oneFirewall("team-1"), newFakeLog()
		log.others = map[string]bool{"team-1": true}
		r := start(t, log, everyMinute(), watching("a", s, "firewalls"))
		time.Sleep(time.Hour)
		must(t, r.stop())
		if log.idle != 1 || len(s.at) != 0 || len(log.batches) != 0 {
			t.Errorf("closed %d times, %d listings, %d batches; want that it is closed once", log.idle, len(s.at),
				len(log.batches))
		}
	})
}
