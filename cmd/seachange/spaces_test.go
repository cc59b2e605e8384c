package main

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/spaces/spacestest"
)

// buckets is a small account with two buckets, and the environment in which a command reaches both.
func buckets(t *testing.T) (*digitaloceantest.Account, *spacestest.Store, map[string]string) {
	t.Helper()
	a, variables := simulated(t)
	s := spacestest.New()
	s.Put("fra1", "pictures", spacestest.Bucket{})
	s.Put("ams3", "logs", spacestest.Bucket{})
	variables["SEACHANGE_ONLY"] = "account,spaces_keys,spaces_buckets"
	variables["SPACES_ACCESS_KEY_ID"], variables["SPACES_SECRET_ACCESS_KEY"] = spacestest.KeyID, spacestest.Secret
	return a, s, variables
}

// keyless takes the key away.
func keyless(variables map[string]string) {
	delete(variables, "SPACES_ACCESS_KEY_ID")
	delete(variables, "SPACES_SECRET_ACCESS_KEY")
	variables["SEACHANGE_ONLY"] = "account,spaces_keys"
}

// callSpaces is call, with a simulated Spaces for the network.
func callSpaces(t *testing.T, s http.RoundTripper, variables map[string]string,
	args ...string,
) (stdout, stderr string, err error) {
	t.Helper()
	var out, log bytes.Buffer
	e := &env{stdout: &out, stderr: &log}
	e.Getenv, e.Version, e.Spaces = func(k string) string { return variables[k] }, "test", s
	var c cli
	command, err := parse(&c, e, args)
	if err == nil {
		command.BindTo(t.Context(), (*context.Context)(nil))
		err = command.Run()
	}
	if strings.Contains(out.String()+log.String(), spacestest.Secret) {
		t.Error("the secret was printed")
	}
	return out.String(), log.String(), err
}

func TestBucketsAreWatchedWhereThereIsASpacesKey(t *testing.T) {
	t.Parallel()
	_, s, variables := buckets(t)
	out, log, err := callSpaces(t, s, variables, "run", "--once")
	if err != nil || !regexp.MustCompile(`default +spaces_buckets +2 +2 +0 +whole`).MatchString(out) {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	s.Refuse("ams3/logs?policy", http.StatusForbidden, "AccessDenied")
	s.Change("fra1", "pictures", func(b *spacestest.Bucket) { b.ACL = spacestest.PublicRead })
	if out, log, err = callSpaces(t, s, variables, "run", "--once"); err != nil ||
		!strings.Contains(out, "whole: not everything of each record can be read") {
		t.Errorf("with a policy that can't be read: %v\n%s%s", err, out, log)
	}
	if out, log, err = callSpaces(t, s, variables, "run", "--once"); err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	out, _, err = callSpaces(t, s, variables, "tail", "--no-follow", "--since", "1h", "--op", "u")
	if err != nil || !regexp.MustCompile(`updated +Fake Team spaces_buckets pictures \(fra1\+pictures\): .*AllUsers`).MatchString(out) {
		t.Errorf("%v\n%s", err, out)
	}

	keyless(variables)
	before := len(s.Requests())
	if out, log, err = callSpaces(t, s, variables, "run", "--once"); err != nil ||
		strings.Contains(out, "spaces_buckets") || len(s.Requests()) != before {
		t.Errorf("without the key: %v\n%s%s", err, out, log)
	}
	if faults := s.Faults(); len(faults) > 0 {
		t.Errorf("asked of Spaces: %q", faults)
	}
}

func TestTheListOfResourcesSaysThatBucketsNeedASpacesKey(t *testing.T) {
	out, _, err := call(t, nil, "resources")
	if err != nil || !regexp.MustCompile(`(?m)^spaces_buckets \(--with spaces\) +list +a Spaces key +/ +digitalocean.spaces_buckets$`).MatchString(out) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestCheckTellsWhatTheSpacesKeyMayRead(t *testing.T) {
	a, s, variables := buckets(t)
	a.Put("spaces_keys", spacestest.KeyID, `{"access_key":"`+spacestest.KeyID+`","name":"seachange","grants":[]}`)
	for _, tt := range []struct {
		name string
		act  func()
		want []string
		code int
	}{
		{"all is well", func() {}, []string{`ok +default/spaces_buckets +2 in all regions`, `ok +Spaces key of default +one of this account's`}, 0},
		{"aspects denied", func() {
			s.Refuse("fra1/pictures?acl", 403, "AccessDenied")
			s.Refuse("fra1/pictures?policy", 403, "AccessDenied")
			s.Refuse("ams3/logs?policy", 403, "AccessDenied")
		}, []string{`ok +default/spaces_buckets +2 in`, `warn +default/spaces_buckets +unreadable: acl of 1, policy of 2\.`}, 0},
		{"a region down", func() { s.Refuse("fra1", 503, "SlowDown") }, []string{`fail +default/spaces_buckets +list spaces_buckets in fra1: 503 SlowDown`, `ok +default/spaces_buckets +1 in`}, 1},
		{"another team's key", func() {
			s.Refuse("fra1", 0, "")
			a.Delete("spaces_keys", spacestest.KeyID)
			a.Put("spaces_keys", "DO00OTHER", `{"access_key":"DO00OTHER","name":"other","grants":[]}`)
		}, []string{`warn +Spaces key of default +not among the account's spaces_keys`}, 0},
		{"no key", func() { keyless(variables) }, []string{`skip +Spaces key of default +there is none, so buckets are not watched: set SPACES_ACCESS_KEY_ID`}, 0},
	} {
		tt.act()
		out, log, err := callSpaces(t, s, variables, "check")
		if exitCode(err) != tt.code {
			t.Errorf("%s: %v\n%s%s", tt.name, err, out, log)
		}
		for _, want := range tt.want {
			if !regexp.MustCompile(want).MatchString(out) {
				t.Errorf("%s: no %q in\n%s", tt.name, want, out)
			}
		}
	}
}

func TestASpacesKeyHasTwoHalves(t *testing.T) {
	t.Parallel()
	_, s, variables := buckets(t)
	file := filepath.Join(t.TempDir(), "half")
	if err := os.WriteFile(file, []byte(spacestest.Secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		set  map[string]string // beside the token; nothing of Spaces'
		args string
		code int
		says string
	}{
		{"only the id", map[string]string{"SPACES_ACCESS_KEY_ID": spacestest.KeyID}, "", 2, "half a Spaces key"},
		{"only the secret", map[string]string{"SPACES_SECRET_ACCESS_KEY": spacestest.Secret}, "", 2, "half a Spaces key"},
		{
			"the secret in a file",
			map[string]string{"SPACES_ACCESS_KEY_ID": spacestest.KeyID},
			"--spaces-secret-access-key-file " + file, 0, "",
		},
		{"no such file", map[string]string{"SPACES_ACCESS_KEY_ID": spacestest.KeyID}, "--spaces-secret-access-key-file " +
			file + "x", 2, "no such file"},
		{"asked for without a key", nil, "--with spaces", 2, "buckets are read with a Spaces key"},
		{"only it, without a key", nil, "--only account,spaces_buckets", 2, "buckets are read with a Spaces key"},
		{"a region that is none", map[string]string{"SPACES_ACCESS_KEY_ID": spacestest.KeyID, "SPACES_SECRET_ACCESS_KEY": spacestest.Secret}, "--spaces-regions fra1/x", 2, `region "fra1/x"`},
	} {
		keyless(variables)
		maps.Copy(variables, tt.set)
		if len(tt.set) > 0 {
			variables["SEACHANGE_ONLY"] = "account,spaces_buckets"
		}
		out, log, err := callSpaces(t, s, variables, append([]string{"run", "--once"}, strings.Fields(tt.args)...)...)
		if exitCode(err) != tt.code || (err != nil && !strings.Contains(err.Error(), tt.says)) {
			t.Errorf("%s: exit code %d, %v\n%s%s", tt.name, exitCode(err), err, out, log)
		}
		if err == nil && !strings.Contains(out, "spaces_buckets") {
			t.Errorf("%s: not watched:\n%s", tt.name, out)
		}
	}
}

func TestEachAccountHasItsOwnSpacesKey(t *testing.T) {
	t.Parallel()
	_, s, variables := buckets(t)
	keyless(variables)
	delete(variables, "SEACHANGE_ONLY")                                                           // by itself
	srv := httptest.NewServer(digitaloceantest.New(digitaloceantest.Options{PerHour: 1_000_000})) // nothing to wait for
	t.Cleanup(srv.Close)
	variables["SEACHANGE_API_URL"] = srv.URL
	variables["SEACHANGE_SKIP"] = "actions"
	variables["A_KEY"], variables["A_SECRET"] = spacestest.KeyID, spacestest.Secret
	variables["SEACHANGE_CONFIG"] = filepath.Join(t.TempDir(), "config.yaml")
	const text = `
spaces_regions: [fra1]
accounts:
  - {name: shop, token_env: DIGITALOCEAN_TOKEN, spaces_access_key_id_env: A_KEY, spaces_secret_access_key_env: A_SECRET}
`
	if err := os.WriteFile(variables["SEACHANGE_CONFIG"], []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, log, err := callSpaces(t, s, variables, "run", "--once")
	if err != nil || !regexp.MustCompile(`shop +spaces_buckets +1 +1 +0 +whole`).MatchString(out) {
		t.Errorf("%v\n%s%s", err, out, log)
	}
}
