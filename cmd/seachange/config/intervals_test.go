package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAnAccountsOwnMaxAgeGoesBefore(t *testing.T) {
	p := Intervals{Spending: Spending{MaxAge: []string{"firewalls=1m", "domains=2m"}}}
	got, err := p.MaxAges(Watched{Name: "a", MaxAge: []string{"firewalls=30s"}})
	want := map[string]time.Duration{"firewalls": 30 * time.Second, "domains": 2 * time.Minute}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	_, err = p.MaxAges(Watched{Name: "a", MaxAge: []string{"walls=30s"}})
	if !isFault(err) || !strings.Contains(err.Error(), `account "a"`) {
		t.Errorf("got %v, want a usage error that names the account", err)
	}
}
