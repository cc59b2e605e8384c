package config

import (
	"errors"
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/producer/spaces"
	"github.com/seachange/seachange/schema"
)

// Sources makes the accounts' APIs.
type Sources struct {
	e       *Environment
	api     API
	clients map[string]*digitalocean.Client // by account

	apiMetrics    *digitalocean.Metrics // nil: none
	spacesMetrics *spaces.Metrics
}

// NewSources makes none yet. r takes their metrics, with detail those of each resource; it may be nil.
func NewSources(e *Environment, api API, r prometheus.Registerer, detail bool) (*Sources, error) {
	s := &Sources{e: e, api: api, clients: map[string]*digitalocean.Client{}}
	if r == nil {
		return s, nil
	}
	var err1, err2 error
	s.apiMetrics, err1 = digitalocean.NewMetrics(r, detail)
	s.spacesMetrics, err2 = spaces.NewMetrics(r, detail)
	return s, errors.Join(err1, err2)
}

// With returns the same with other settings: the accounts that Of is not called for keep what they have.
func (s *Sources) With(e *Environment, api API) *Sources {
	next := *s
	next.e, next.api, next.clients = e, api, maps.Clone(s.clients)
	return &next
}

// Forget returns what takes the metrics away of an account that Of was called for; nil if they are another one's.
func (s *Sources) Forget(name string) func() {
	c := s.clients[name]
	if c == nil || s.apiMetrics == nil {
		return nil
	}
	return func() {
		if id := c.AccountID(); id != "" {
			s.apiMetrics.Drop(id)
			s.spacesMetrics.Drop(id)
		}
	}
}

// Of returns an account's API, with its buckets where they are watched. A public one spends from the budget of the
// account whose token it uses, and so comes after it.
func (s *Sources) Of(a Watched) (producer.Source, error) {
	o := digitalocean.Options{
		BaseURL: s.api.APIURL, Token: a.Token, Account: a.Team, PerMinute: s.api.PerMinute,
		Version: s.e.Version, Logger: s.e.Logger.With("name", a.Name), Metrics: s.apiMetrics,
	}
	if a.Public {
		o.Account, o.Beside = "", s.clients[a.TokenOf]
	}
	c, err := digitalocean.New(o)
	switch {
	case err != nil:
		return nil, err
	case a.Public:
		return c.Public(), nil
	}
	s.clients[a.Name] = c
	return s.besideSpaces(a, c)
}

func (s *Sources) besideSpaces(a Watched, api *digitalocean.Client) (producer.Source, error) {
	if !slices.ContainsFunc(a.Resources, func(r *schema.Resource) bool { return r.API == schema.Spaces }) {
		return api, nil
	}
	c, err := spaces.New(spaces.Options{
		Key: a.SpacesKey, Regions: s.api.SpacesRegions, Transport: s.e.Spaces, Version: s.e.Version,
		Logger: s.e.Logger.With("name", a.Name), Metrics: s.spacesMetrics, Account: api.AccountID,
	})
	if err != nil {
		return nil, err
	}
	return spaces.Beside(api, c), nil
}
