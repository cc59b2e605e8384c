package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/spaces"
	"github.com/seachange/seachange/schema"
)

// The variables of a Spaces key, as s3cmd's and Terraform's users know them.
const (
	spacesKeyID  = "SPACES_ACCESS_KEY_ID"
	spacesSecret = "SPACES_SECRET_ACCESS_KEY"
)

// spacesKey is the key of a single account: that of the environment, or of the files.
func (api APISettings) spacesKey(e *env) (SpacesKey, error) {
	k := SpacesKey{IDFile: api.SpacesKeyIDFile, SecretFile: api.SpacesSecretFile}
	if k.IDFile == "" && e.getenv(spacesKeyID) != "" {
		k.IDEnv = spacesKeyID
	}
	if k.SecretFile == "" && e.getenv(spacesSecret) != "" {
		k.SecretEnv = spacesSecret
	}
	if !k.whole() {
		return k, usagef("half a Spaces key: set both %s and %s, or name both files, or neither", spacesKeyID, spacesSecret)
	}
	return k, nil
}

func (k SpacesKey) none() bool { return k == SpacesKey{} }

// whole says whether each half is in one place, or there is no key at all.
func (k SpacesKey) whole() bool {
	return k.none() || (k.IDEnv == "") != (k.IDFile == "") && (k.SecretEnv == "") != (k.SecretFile == "")
}

// read answers a function that reads the key anew each time, nil if there is none.
func (k SpacesKey) read(e *env) func() (id, secret string, err error) {
	if k.none() {
		return nil
	}
	readID, readSecret := secret(e, k.IDEnv, k.IDFile), secret(e, k.SecretEnv, k.SecretFile)
	return func() (string, string, error) {
		id, err := readID()
		if err != nil {
			return "", "", err
		}
		text, err := readSecret()
		return id, text, err
	}
}

// withSpaces adds what is read with a Spaces key, where there is one, and refuses to read it without.
func (s Selection) withSpaces(key func() (string, string, error)) (Selection, error) {
	if key == nil {
		if slices.Contains(s.With, schema.Spaces) || slices.ContainsFunc(s.Only, ofSpaces) {
			return s, usagef("buckets are read with a Spaces key: set %s and %s, or in the configuration file the account's spaces_… settings", spacesKeyID, spacesSecret)
		}
		return s, nil
	}
	if _, _, err := key(); err != nil {
		return s, usagef("Spaces key: %w", err)
	}
	if !slices.Contains(s.With, schema.Spaces) {
		s.With = append(slices.Clone(s.With), schema.Spaces)
	}
	return s, nil
}

func ofSpaces(resource string) bool {
	r := schema.Lookup(resource)
	return r != nil && r.API == schema.Spaces
}

// besideSpaces adds the account's buckets to its API, where they are watched.
func (a watched) besideSpaces(e *env, api producer.Source, regions []string, metrics prometheus.Registerer) (producer.Source, error) {
	if !slices.ContainsFunc(a.resources, func(r *schema.Resource) bool { return r.API == schema.Spaces }) {
		return api, nil
	}
	c, err := spaces.New(spaces.Options{
		Key: a.spacesKey, Regions: regions, Transport: e.spaces, Version: buildVersion(), Logger: e.log.With("name", a.name), Registerer: metrics,
	})
	if err != nil {
		return nil, err
	}
	return spaces.Beside(api, c), nil
}

// buckets reads them all, and tells what of them the key may not read.
func (p *probe) buckets(ctx context.Context, r *schema.Resource) {
	subject, n := p.prefix+r.Name, 0
	hidden := map[string]int{}
	var fault error
	for page, err := range p.source.Pages(ctx, r, "") {
		if err != nil {
			fault = err
			break
		}
		for record, err := range page.Records {
			if err != nil {
				fault = err
				break
			}
			n++
			for _, member := range record.Unreadable {
				hidden[member]++
			}
		}
	}
	if fault != nil {
		p.add(subject, bad, "%s", oneLine(fault))
	}
	if fault == nil || n > 0 {
		p.add(subject, good, "%d in all regions", n)
	}
	if len(hidden) > 0 {
		p.add(subject, doubt, "unreadable: %s. A change of that is not seen: give the key more rights in those buckets, or live with it", counted(hidden))
	}
}

// counted writes "acl of 2, policy of 1".
func counted(members map[string]int) string {
	var parts []string
	for _, m := range slices.Sorted(maps.Keys(members)) {
		parts = append(parts, fmt.Sprintf("%s of %d", m, members[m]))
	}
	return strings.Join(parts, ", ")
}

// wholePage is how many Spaces keys the first page of their listing holds.
const wholePage = 200

// spacesKey says whether Spaces is watched, and whether the key is one of the account's: another team's buckets would stand
// under this account.
func (p *probe) spacesKey(a watched) {
	subject := "Spaces key of " + a.name
	switch {
	case a.public:
		return
	case a.spacesKey == nil:
		p.add(subject, skipped, "there is none, so buckets are not watched: set %s and %s to watch them", spacesKeyID, spacesSecret)
		return
	}
	keys, read := p.samples["spaces_keys"]
	id, _, err := a.spacesKey()
	own := slices.ContainsFunc(keys, func(s sample) bool { return s.id == schema.ChildID("", id) })
	switch {
	case err != nil:
		p.add(subject, bad, "%s", oneLine(err))
	case own:
		p.add(subject, good, "one of this account's. Grant it read in each bucket, no more: what is unreadable then takes fullaccess, which also writes")
	case read && len(keys) > 0 && len(keys) < wholePage:
		p.add(subject, doubt, "not among the account's spaces_keys: is it another team's? Its buckets would stand under this account")
	}
}
