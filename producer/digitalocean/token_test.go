package digitalocean_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
)

// tokens sends each request to the account of its token.
type tokens map[string]*digitaloceantest.Account

func (ts tokens) RoundTrip(req *http.Request) (*http.Response, error) {
	if a := ts[strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")]; a != nil {
		return a.RoundTrip(req)
	}
	return answer{status: 401, body: `{"id":"unauthorized","message":"Unable to authenticate you"}`}.response(req), nil
}

func accountOf(token, team string) *digitaloceantest.Account {
	return digitaloceantest.Example(digitaloceantest.Options{Token: token, TeamID: team, TeamName: "Team " + team})
}

func TestIdentify(t *testing.T) {
	for _, tc := range []struct {
		name    string
		o       digitaloceantest.Options
		account string
		effect  func(*digitaloceantest.Response)
		want    producer.Identity
		kind    string
		says    string
	}{
		{name: "a team", want: producer.Identity{ID: "team-1", Name: "Fake Team"}},
		{name: "the expected team", account: "team-1", want: producer.Identity{ID: "team-1", Name: "Fake Team"}},
		{
			name: "no team", o: digitaloceantest.Options{TeamID: "-"},
			want: producer.Identity{ID: "user:user-1", Name: "Some One"},
		},
		{name: "another team", account: "team-2", kind: "refused", says: `the token is for team-1 ("Fake Team"), this account is team-2`},
		{name: "no scope", effect: digitaloceantest.Status(403), kind: "unreadable", says: "account:read"},
		{name: "not valid", effect: digitaloceantest.Status(401), kind: "refused", says: "put a valid one"},
		{name: "no account in it", effect: digitaloceantest.Text(`{"account":{}}`), kind: "failed", says: "neither account.team.uuid nor account.uuid"},
		{name: "not JSON", effect: digitaloceantest.HTML(200), kind: "failed", says: "not the JSON of an account"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			account := digitaloceantest.New(tc.o)
			account.Fault(digitaloceantest.Fault{Effect: tc.effect})
			c := client(t, account, func(o *digitalocean.Options) { o.Account = tc.account })
			got, err := c.Identify(t.Context())
			if kind(t, err) != tc.kind || (err != nil && !strings.Contains(err.Error(), tc.says)) {
				t.Fatalf("got %v, want %s %q", err, tc.kind, tc.says)
			}
			if err == nil && got != tc.want {
				t.Errorf("got %+v, want %+v", got, tc.want)
			}
			if got, want := c.Budget().Verified, tc.kind == ""; got != want {
				t.Errorf("verified: got %v, want %v", got, want)
			}
		})
	}
}

func TestARotatedTokenIsTakenUp(t *testing.T) {
	for _, tc := range []struct {
		name    string
		revoked bool          // the old one answers 401 at once
		wait    time.Duration // until the next request
	}{
		{"after a minute", false, time.Minute},
		{"after a 401, at once", true, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				present, old, fresh := "old", accountOf("old", "t"), accountOf("new", "t")
				reads := 0
				c := client(t, tokens{"old": old, "new": fresh}, func(o *digitalocean.Options) {
					o.Token = func() (string, error) { reads++; return present + "\n", nil }
				})
				if _, err := c.Identify(t.Context()); err != nil {
					t.Fatal(err)
				}
				present = "new"
				if tc.revoked {
					old.SetToken("other")
					if got := list(t.Context(), c, row(t, "vpcs"), ""); kind(t, got.err) != "refused" {
						t.Fatalf("got %v, want refused", got.err)
					}
				}
				time.Sleep(tc.wait)
				if got := list(t.Context(), c, row(t, "vpcs"), ""); got.err != nil {
					t.Fatal(got.err)
				}
				if got, want := strings.Join(fresh.Requests(), " "), "/v2/account /v2/vpcs?per_page=200"; got != want {
					t.Errorf("asked with the new token: got %s, want %s", got, want)
				}
				if got := c.Budget(); got.TokenReads != 1 || !got.Verified {
					t.Errorf("got %+v, want 1 other token, verified", got)
				}
				if reads != 2 {
					t.Errorf("the token was read %d times, want 2", reads)
				}
			})
		})
	}
}

func TestAnotherTeamsTokenIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		present, ours, theirs := "ours", accountOf("ours", "team-1"), accountOf("theirs", "team-2")
		c := client(t, tokens{"ours": ours, "theirs": theirs}, func(o *digitalocean.Options) {
			o.Token = func() (string, error) { return present, nil }
		})
		if _, err := c.Identify(t.Context()); err != nil {
			t.Fatal(err)
		}
		present = "theirs"
		time.Sleep(time.Minute)
		_, err := c.Get(t.Context(), row(t, "droplets"), "412001001", nil)
		if want := `the token is for team-2 ("Team team-2"), this account is team-1`; kind(t, err) != "refused" || !strings.Contains(err.Error(), want) {
			t.Errorf("get: got %v, want %q", err, want)
		}
		if got := list(t.Context(), c, row(t, "vpcs"), ""); kind(t, got.err) != "refused" {
			t.Errorf("list: got %v, want refused", got.err)
		}
		if got, want := strings.Join(theirs.Requests(), " "), "/v2/account"; got != want {
			t.Errorf("the other team was asked for %s, want only %s", got, want)
		}
		if c.Budget().Verified {
			t.Error("the other team's token is verified")
		}
		present = "ours"
		time.Sleep(time.Minute)
		if got := list(t.Context(), c, row(t, "vpcs"), ""); got.err != nil {
			t.Errorf("with our token again: %v", got.err)
		}
	})
}

// What a token shows of its account proves whose it is, also where the first question was refused.
func TestAnotherTeamsAccountIsRefusedThoughItsTokenMightNotSaySoAtFirst(t *testing.T) {
	theirs := accountOf("theirs", "team-2")
	theirs.Fault(digitaloceantest.Fault{Resource: "account", Times: 1, Effect: digitaloceantest.Status(403)})
	c := client(t, theirs, func(o *digitalocean.Options) {
		o.Account, o.Token = "team-1", func() (string, error) { return "theirs", nil }
	})
	got := list(t.Context(), c, row(t, "account"), "")
	if kind(t, got.err) != "refused" || len(got.ids) > 0 {
		t.Errorf("got %v, %v; want refused", got.ids, got.err)
	}
}

func TestATokenThatMayNotSayWhoseItIs(t *testing.T) {
	account := digitaloceantest.Example(digitaloceantest.Options{})
	account.Scopes(digitaloceantest.AllScopes("account:read")...)
	c := client(t, account, func(o *digitalocean.Options) { o.Account = "team-1" })
	for range 2 {
		if got := list(t.Context(), c, row(t, "vpcs"), ""); got.err != nil {
			t.Fatal(got.err)
		}
	}
	if c.Budget().Verified {
		t.Error("it is verified")
	}
	if got, want := account.Count("account"), 1; got != want {
		t.Errorf("asked %d times whose it is, want %d", got, want)
	}
}

func TestWhoseATokenIsIsAskedAgainAfterAFailure(t *testing.T) {
	account := digitaloceantest.Example(digitaloceantest.Options{})
	account.Fault(digitaloceantest.Fault{Resource: "account", Times: 1, Effect: digitaloceantest.Status(500)})
	c := client(t, account, func(o *digitalocean.Options) { o.Account = "team-1" })
	if got := list(t.Context(), c, row(t, "vpcs"), ""); kind(t, got.err) != "failed" {
		t.Errorf("got %v, want failed", got.err)
	}
	if got, want := account.Count("vpcs"), 0; got != want {
		t.Errorf("vpcs were asked for %d times, want %d", got, want)
	}
	if got := list(t.Context(), c, row(t, "vpcs"), ""); got.err != nil || !c.Budget().Verified {
		t.Errorf("got %v, verified %v", got.err, c.Budget().Verified)
	}
}

func TestTokensThatCantBeUsed(t *testing.T) {
	for want, token := range map[string]func() (string, error){
		"read token: no such file": func() (string, error) { return "", errors.New("no such file") },
		"it is empty":              func() (string, error) { return " \n", nil },
		"spaces or characters":     func() (string, error) { return "hunter2\nhunter3", nil },
	} {
		account := digitaloceantest.New(digitaloceantest.Options{})
		c := client(t, account, func(o *digitalocean.Options) { o.Token = token })
		_, err := c.Identify(t.Context())
		if kind(t, err) != "refused" || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter") {
			t.Errorf("got %v, want %q", err, want)
		}
		if n := account.Count(""); n != 0 {
			t.Errorf("%s: %d requests, want none", want, n)
		}
	}
}

func TestATokenFileThatIsGoneForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var gone error
		c := client(t, digitaloceantest.Example(digitaloceantest.Options{}), func(o *digitalocean.Options) {
			o.Token = func() (string, error) { return digitaloceantest.Token, gone }
		})
		for _, gone = range []error{nil, errors.New("no such file")} {
			if got := list(t.Context(), c, row(t, "vpcs"), ""); got.err != nil {
				t.Error(got.err)
			}
			time.Sleep(time.Minute)
		}
	})
}
