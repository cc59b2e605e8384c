package producer

import (
	"errors"
	"testing"
	"time"

	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/producer/status"
)

func TestEmbeddedCollectionsFollowTheirParentsTrouble(t *testing.T) {
	play(t, func(b *bench) {
		b.w.put("databases", "db", `{"id":"db","engine":"pg","users":[{"name":"ann"}]}`)
		b.sweeps(2)
		b.said()
		age := func() int64 { return b.p.Status().Accounts[0].Collections[0].AgeMS } // database_users comes first
		if got := age(); got > 2*61_000 {
			t.Errorf("age %d ms though the parents' page was read again", got)
		}
		b.w.fail["databases"] = &SourceError{Trouble: Failed, Err: errors.New("status 500")}
		b.sweeps(5)
		if c := b.collection("database_users", "db"); c.checkpoint.Status != state.Failing {
			t.Errorf("status %q while the parents can't be read, want failed", c.checkpoint.Status)
		}
		if got := age(); got < 4*61_000 {
			t.Errorf("age %d ms though nothing was read for five minutes", got)
		}
		clear(b.w.fail)
		b.sweeps(1) // the page is the same as before the trouble
		if c := b.collection("database_users", "db"); c.checkpoint.Status != state.Whole {
			t.Errorf("status %q after the parents were read, want whole", c.checkpoint.Status)
		}
		b.wants()
	}, "databases", "database_users")
}

func TestAStatusIsKnownFromTheStart(t *testing.T) {
	play(t, func(b *bench) {
		b.firewalls(3)
		b.sweeps(1)
		must(t, b.a.close())
		time.Sleep(time.Hour)
		board, err := status.New([]string{b.p.opts.Accounts[0].Name}, nil)
		must(t, err)
		b.p.status = board
		b.open()
		r := b.p.Status().Accounts[0].Collections
		if len(r) != 1 || r[0].Records != 3 || r[0].Status != state.Whole || r[0].AgeMS < time.Hour.Milliseconds() {
			t.Errorf("before the first sweep: %+v, want what was known an hour ago", r)
		}
	}, "firewalls")
}
