package main

import (
	"errors"
	"net"
	"net/url"
	"os"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/schema"
)

// watched is an account to watch, with what its settings mean.
type watched struct {
	name      string
	token     func() (string, error)
	team      string
	resources []*schema.Resource
	public    bool                                  // it stands for everybody: what is the same for every account
	tokenOf   string                                // the account whose token a public one uses
	spacesKey func() (id, secret string, err error) // nil: there is none
	maxAge    []string                              // its own, as --max-age has it
}

// accounts are those of the --config file; without any, the one whose token the environment or --token-file has.
func accounts(e *env, api APISettings, all Selection) ([]watched, error) {
	list := e.accounts
	switch {
	case len(list) == 0:
		key, err := api.spacesKey(e)
		if err != nil {
			return nil, err
		}
		list = []accountSettings{{Name: "default", TokenEnv: tokenVariable(e), TokenFile: api.TokenFile, Team: api.Team, SpacesKey: key}}
	case api.TokenFile != "" || api.Team != "" || api.SpacesKeyIDFile != "" || api.SpacesSecretFile != "":
		return nil, usagef("--token-file, --team and the files of a Spaces key are for a single account: the configuration file has accounts, say it there")
	}
	var result []watched
	for _, s := range list {
		a, err := account(e, s, all)
		if err != nil && len(e.accounts) > 0 {
			err = usagef("account %q: %w", s.Name, err)
		}
		if err != nil {
			return nil, err
		}
		result = append(result, a)
	}
	return apart(result), nil
}

// publicName is what the public catalogues are called beside the accounts.
const publicName = "public catalogues"

// apart takes what is the same for every account out of them all, and has it read once, with the first one's token.
func apart(all []watched) []watched {
	public := watched{name: publicName, token: all[0].token, team: schema.GlobalAccount, public: true, tokenOf: all[0].name}
	for _, a := range all {
		public.maxAge = append(public.maxAge, a.maxAge...)
	}
	global := func(r *schema.Resource) bool { return r.Global }
	for _, r := range union(all) {
		if r.Global {
			public.resources = append(public.resources, r)
		}
	}
	if len(public.resources) == 0 {
		return all
	}
	for i := range all {
		all[i].resources = slices.DeleteFunc(all[i].resources, global)
	}
	all = slices.DeleteFunc(all, func(a watched) bool { return len(a.resources) == 0 })
	return append(all, public)
}

// tokenVariable is seachange's own name for the token, or doctl's where only that is set.
func tokenVariable(e *env) string {
	if e.getenv("DIGITALOCEAN_TOKEN") == "" && e.getenv("DIGITALOCEAN_ACCESS_TOKEN") != "" {
		return "DIGITALOCEAN_ACCESS_TOKEN"
	}
	return "DIGITALOCEAN_TOKEN"
}

func account(e *env, s accountSettings, all Selection) (watched, error) {
	own := all
	if s.Only != nil || s.Skip != nil || s.With != nil {
		own = s.Selection
	}
	a := watched{name: s.Name, token: secret(e, s.TokenEnv, s.TokenFile), team: s.Team, spacesKey: s.SpacesKey.read(e), maxAge: s.MaxAge}
	own, err := own.withSpaces(a.spacesKey)
	if err != nil {
		return watched{}, err
	}
	if a.resources, err = own.resources(); err != nil {
		return watched{}, err
	}
	if _, err := a.token(); err != nil {
		return watched{}, usagef("no token: %w; a read-only one is enough (in --token-file FILE, or DIGITALOCEAN_TOKEN)", err)
	}
	for _, file := range []string{s.TokenFile, s.SecretFile} {
		if info, err := os.Stat(file); err == nil && info.Mode().Perm()&0o004 != 0 {
			e.log.Warn("everybody on this machine can read a secret: chmod 600", "name", s.Name, "file", file)
		}
	}
	return a, nil
}

// resources are the rows that a selection means, parents before children.
func (s Selection) resources() ([]*schema.Resource, error) {
	if err := errors.Join(noGroups("--only", s.Only), noGroups("--skip", s.Skip)); err != nil {
		return nil, err
	}
	rows, err := schema.Enabled(s.With, s.Only, s.Skip)
	if err != nil {
		return nil, usageError{err}
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
			return usagef("--skip %s: %s is a group of resources, which is off unless --with %s names it", name, name, name)
		default:
			return usagef("%s %s: %s is a group of resources: --with %s watches it beside the others", flag, name, name, name)
		}
	}
	return nil
}

// sources makes the accounts' APIs.
type sources struct {
	e       *env
	api     APISettings
	metrics prometheus.Registerer
	clients map[string]*digitalocean.Client // by account
}

func newSources(e *env, api APISettings, metrics prometheus.Registerer) *sources {
	return &sources{e: e, api: api, metrics: metrics, clients: map[string]*digitalocean.Client{}}
}

// of returns an account's API. A public one spends from the budget of the account whose token it uses.
func (s *sources) of(a watched) (producer.Source, error) {
	metrics := s.metrics
	if metrics != nil {
		metrics = prometheus.WrapRegistererWith(prometheus.Labels{"name": a.name}, metrics)
	}
	o := digitalocean.Options{
		BaseURL: s.api.APIURL, Token: a.token, Account: a.team, PerMinute: s.api.PerMinute,
		Version: buildVersion(), Logger: s.e.log.With("name", a.name), Registerer: metrics,
	}
	if a.public {
		o.Account, o.Beside = "", s.clients[a.tokenOf]
	}
	c, err := digitalocean.New(o)
	switch {
	case err != nil:
		return nil, err
	case a.public:
		return c.Public(), nil
	}
	s.clients[a.name] = c
	return a.besideSpaces(s.e, c, s.api.SpacesRegions, metrics)
}

// checkAPI refuses what isn't a URL, and to send a token over a network in the clear.
func (api APISettings) check() error {
	u, err := url.Parse(api.APIURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return usagef("--api-url %q: want https://host[:port]", redacted(u))
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && !ip.IsLoopback() {
		return usagef("--api-url %q: the token would cross the network in the clear: use https", redacted(u))
	}
	if api.PerMinute == 1 {
		return usagef("--per-minute 1: want at least 2, or 0")
	}
	return atLeast("--per-minute", api.PerMinute, 0)
}

func redacted(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.Redacted()
}
