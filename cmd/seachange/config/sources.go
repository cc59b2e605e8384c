package config

import (
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
	metrics prometheus.Registerer
	clients map[string]*digitalocean.Client // by account
}

// NewSources makes none yet. metrics may be nil.
func NewSources(e *Environment, api API, metrics prometheus.Registerer) *Sources {
	return &Sources{e: e, api: api, metrics: metrics, clients: map[string]*digitalocean.Client{}}
}

// Of returns an account's API, with its buckets where they are watched. A public one spends from the budget of the
// account whose token it uses, and so comes after it.
func (s *Sources) Of(a Watched) (producer.Source, error) {
	metrics := s.metrics
	if metrics != nil {
		metrics = prometheus.WrapRegistererWith(prometheus.Labels{"name": a.Name}, metrics)
	}
	o := digitalocean.Options{
		BaseURL: s.api.APIURL, Token: a.Token, Account: a.Team, PerMinute: s.api.PerMinute,
		Version: s.e.Version, Logger: s.e.Logger.With("name", a.Name), Registerer: metrics,
	}
	if a.Public {
		o.Account, o.Beside = "", s.clients[a.tokenOf]
	}
	c, err := digitalocean.New(o)
	switch {
	case err != nil:
		return nil, err
	case a.Public:
		return c.Public(), nil
	}
	s.clients[a.Name] = c
	return s.besideSpaces(a, c, metrics)
}

func (s *Sources) besideSpaces(a Watched, api producer.Source, metrics prometheus.Registerer) (producer.Source, error) {
	if !slices.ContainsFunc(a.Resources, func(r *schema.Resource) bool { return r.API == schema.Spaces }) {
		return api, nil
	}
	c, err := spaces.New(spaces.Options{
		Key: a.SpacesKey, Regions: s.api.SpacesRegions, Transport: s.e.Spaces, Version: s.e.Version,
		Logger: s.e.Logger.With("name", a.Name), Registerer: metrics,
	})
	if err != nil {
		return nil, err
	}
	return spaces.Beside(api, c), nil
}
