package producer

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seachange/seachange/producer/status"
)

// noShard is a Log that never works on a shard.
type noShard struct{ failure error }

func (l noShard) Run(ctx context.Context, _ func(int) Worker) error { <-ctx.Done(); return nil }
func (l noShard) ShardOf(string) int                                { return 0 }
func (l noShard) Failure(string) error                              { return l.failure }

// A single pass that can't begin ends with what is wrong, and not with a guess.
func TestASinglePassEndsWithTheLastRealError(t *testing.T) {
	for _, tt := range []struct {
		failure error
		want    string
	}{
		{errors.New("open transactional id x-meta.shard-0: TRANSACTIONAL_ID_AUTHORIZATION_FAILED"), "TRANSACTIONAL_ID_AUTHORIZATION_FAILED"},
		{nil, "another seachange works on these topics"},
	} {
		synctest.Test(t, func(t *testing.T) {
			p, err := New(Options{Log: noShard{tt.failure}, Once: true, Accounts: []Account{watching("a", oneFirewall("team-1"), "firewalls")}})
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
