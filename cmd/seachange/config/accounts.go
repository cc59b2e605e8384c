package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"

	"github.com/seachange/seachange/schema"
)

// Account is one of several accounts. Secrets are named, never written down.
type Account struct {
	Name      string `yaml:"name" help:"What seachange calls the account in its log and metrics."`
	TokenEnv  string `yaml:"token_env" help:"Variable that holds the account's token."`
	TokenFile string `yaml:"token_file" help:"File that holds the account's token; read again each minute."`
	Team      string `yaml:"team" help:"UUID of the team that the token must be for."`
	SpacesKey `yaml:",inline"`
	Selection `yaml:",inline"`
	MaxAge    []string `yaml:"max_age" help:"${max_age}"`
}

// SpacesKey says where the two halves of an account's Spaces key are: each in a variable or in a file. None: there is
// no key.
type SpacesKey struct {
	IDEnv      string `yaml:"spaces_access_key_id_env" help:"Variable that holds a Spaces key's id."`
	IDFile     string `yaml:"spaces_access_key_id_file" help:"File that holds a Spaces key's id."`
	SecretEnv  string `yaml:"spaces_secret_access_key_env" help:"Variable that holds the Spaces key's secret."`
	SecretFile string `yaml:"spaces_secret_access_key_file" help:"File that holds the Spaces key's secret."`
}

func checkAccounts(accounts []Account) error {
	seen := map[string]bool{}
	for i, a := range accounts {
		switch {
		case a.Name == "":
			return fmt.Errorf("accounts: number %d has no name", i+1)
		case seen[a.Name]:
			return fmt.Errorf("accounts: two are named %q: give each its own name", a.Name)
		case (a.TokenEnv == "") == (a.TokenFile == ""):
			return fmt.Errorf("account %q: say where its token is, with either token_env or token_file", a.Name)
		case !a.SpacesKey.whole():
			return fmt.Errorf("account %q: say where both halves of its Spaces key are: one of spaces_access_key_id_env and "+
				"spaces_access_key_id_file, and one of spaces_secret_access_key_env and spaces_secret_access_key_file", a.Name)
		}
		seen[a.Name] = true
	}
	return nil
}

// Watched is an account to watch, with what its settings mean.
type Watched struct {
	Name      string
	Token     func() (string, error)
	Team      string
	Resources []*schema.Resource
	Public    bool                                  // it stands for everybody: what is the same for every account
	TokenOf   string                                // the account whose token a public one uses
	SpacesKey func() (id, secret string, err error) // nil: there is none
	MaxAge    []string                              // its own, as --max-age has it
	Said      string                                // what was said of it, and what that means: no secret
}

// Accounts are those of the --config file; without any, the one whose token the environment or --token-file has.
func Accounts(e *Environment, api API, all Selection) ([]Watched, error) {
	list := e.Accounts
	switch {
	case len(list) == 0:
		key, err := api.spacesKey(e)
		if err != nil {
			return nil, err
		}
		list = []Account{{
			Name: "default", TokenEnv: tokenVariable(e), TokenFile: api.TokenFile, Team: api.Team,
			SpacesKey: key,
		}}
	case api.TokenFile != "" || api.Team != "" || api.SpacesKeyIDFile != "" || api.SpacesSecretFile != "":
		return nil, Errorf("--token-file, --team and the files of a Spaces key are for a single account: the " +
			"configuration file has accounts, say it there")
	}
	var result []Watched
	for _, s := range list {
		a, err := watch(e, s, all)
		if err != nil && len(e.Accounts) > 0 {
			err = Errorf("account %q: %w", s.Name, err)
		}
		if err != nil {
			return nil, err
		}
		result = append(result, a)
	}
	return apart(result), nil
}

// PublicName is what the public catalogues are called beside the accounts.
const PublicName = "public catalogues"

// apart takes what is the same for every account out of them all, and has it read once, with the first one's token.
func apart(all []Watched) []Watched {
	public := Watched{
		Name: PublicName, Token: all[0].Token, Team: schema.GlobalAccount, Public: true, TokenOf: all[0].Name,
		Said: all[0].Said, // where its token is; that account may have nothing else to watch
	}
	for _, a := range all {
		public.MaxAge = append(public.MaxAge, a.MaxAge...)
	}
	global := func(r *schema.Resource) bool { return r.Global }
	for _, r := range Union(all) {
		if r.Global {
			public.Said += " " + r.Name
			public.Resources = append(public.Resources, r)
		}
	}
	if len(public.Resources) == 0 {
		return all
	}
	for i := range all {
		all[i].Resources = slices.DeleteFunc(all[i].Resources, global)
	}
	all = slices.DeleteFunc(all, func(a Watched) bool { return len(a.Resources) == 0 })
	return append(all, public)
}

// tokenVariable is seachange's own name for the token, or doctl's where only that is set.
func tokenVariable(e *Environment) string {
	if e.Getenv("DIGITALOCEAN_TOKEN") == "" && e.Getenv("DIGITALOCEAN_ACCESS_TOKEN") != "" {
		return "DIGITALOCEAN_ACCESS_TOKEN"
	}
	return "DIGITALOCEAN_TOKEN"
}

// watch finds whatever is wrong with an account's settings.
func watch(e *Environment, s Account, all Selection) (Watched, error) {
	own := all
	if s.Only != nil || s.Skip != nil || s.With != nil {
		own = s.Selection
	}
	a := Watched{
		Name: s.Name, Token: e.Secret(s.TokenEnv, s.TokenFile), Team: s.Team, SpacesKey: s.SpacesKey.read(e),
		MaxAge: s.MaxAge,
	}
	own, err := own.withSpaces(a.SpacesKey)
	if err != nil {
		return Watched{}, err
	}
	if a.Resources, err = own.Resources(); err != nil {
		return Watched{}, err
	}
	a.Said = fmt.Sprintf("%q", s)
	for _, r := range a.Resources {
		a.Said += " " + r.Name
	}
	if _, err := a.Token(); err != nil {
		return Watched{}, Errorf("no token: %w; a read-only one is enough (in --token-file FILE, or DIGITALOCEAN_TOKEN)", err)
	}
	for _, file := range []string{s.TokenFile, s.SecretFile} {
		if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o004 != 0 {
			e.Logger.Warn("everybody on this machine can read a secret: chmod 600", "name", s.Name, "file", file)
		}
	}
	return a, nil
}

// Resources are the rows that a selection means, parents before children.
func (s Selection) Resources() ([]*schema.Resource, error) {
	if err := errors.Join(noGroups("--only", s.Only), noGroups("--skip", s.Skip)); err != nil {
		return nil, err
	}
	rows, err := schema.Enabled(s.With, s.Only, s.Skip)
	if err != nil {
		return nil, Error{err}
	}
	return rows, nil
}

// noGroups refuses the name of a group where a resource is meant.
func noGroups(flag string, names []string) error {
	for _, name := range names {
		group := func(r schema.Resource) bool { return r.Group == name }
		switch {
		case schema.Lookup(name) != nil || !slices.ContainsFunc(schema.Catalog, group):
		case flag == "--skip":
			return Errorf("--skip %s: %s is a group of resources, which is off unless --with %s names it", name, name, name)
		default:
			return Errorf("%s %s: %s is a group of resources: --with %s watches it beside the others", flag, name, name, name)
		}
	}
	return nil
}

// Check refuses what isn't a URL, and to send a token over a network in the clear.
func (api API) Check() error {
	u, err := url.Parse(api.APIURL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil {
		return Errorf("--api-url %q: want https://host[:port]", redacted(u))
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && !ip.IsLoopback() {
		return Errorf("--api-url %q: the token would cross the network in the clear: use https", redacted(u))
	}
	if api.PerMinute == 1 {
		return Errorf("--per-minute 1: want at least 2, or 0")
	}
	return atLeast("--per-minute", api.PerMinute, 0)
}

func redacted(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.Redacted()
}

// Union is what any of the accounts watches, in the catalogue's order.
func Union(all []Watched) []*schema.Resource {
	wanted := map[string]bool{}
	for _, a := range all {
		for _, r := range a.Resources {
			wanted[r.Name] = true
		}
	}
	var rows []*schema.Resource
	for i := range schema.Catalog {
		if r := &schema.Catalog[i]; wanted[r.Name] {
			rows = append(rows, r)
		}
	}
	return rows
}

// Readable is Named for commands that only read topics: they know the resources that are computed from others, too.
func Readable(given []string) ([]string, error) {
	watched := slices.DeleteFunc(slices.Clone(given), func(n string) bool { return n == schema.Exposures.Name })
	if len(watched) < len(given) {
		_, err := Named(watched)
		return given, err
	}
	return Named(given)
}

// Named returns the names of resources that a command was given; all of them if it was given none.
func Named(given []string) ([]string, error) {
	var all []string
	for i := range schema.Catalog {
		all = append(all, schema.Catalog[i].Name)
	}
	for _, n := range given {
		if !slices.Contains(all, n) {
			return nil, Errorf("no resource %q: seachange resources lists them", n)
		}
	}
	if len(given) > 0 {
		return given, nil
	}
	return all, nil
}
