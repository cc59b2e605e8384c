package config

import (
	"slices"

	"github.com/seachange/seachange/schema"
)

// The variables of a Spaces key, as s3cmd's and Terraform's users know them.
const (
	SpacesKeyID  = "SPACES_ACCESS_KEY_ID"
	SpacesSecret = "SPACES_SECRET_ACCESS_KEY"
)

// spacesKey is the key of a single account: that of the environment, or of the files.
func (api API) spacesKey(e *Environment) (SpacesKey, error) {
	k := SpacesKey{IDFile: api.SpacesKeyIDFile, SecretFile: api.SpacesSecretFile}
	if k.IDFile == "" && e.Getenv(SpacesKeyID) != "" {
		k.IDEnv = SpacesKeyID
	}
	if k.SecretFile == "" && e.Getenv(SpacesSecret) != "" {
		k.SecretEnv = SpacesSecret
	}
	if !k.whole() {
		return k, Errorf("half a Spaces key: set both %s and %s, or name both files, or neither", SpacesKeyID, SpacesSecret)
	}
	return k, nil
}

func (k SpacesKey) none() bool { return k == SpacesKey{} }

// whole reports whether each half is in one place, or there is no key at all.
func (k SpacesKey) whole() bool {
	return k.none() || ((k.IDEnv == "") != (k.IDFile == "") && (k.SecretEnv == "") != (k.SecretFile == ""))
}

// read returns a function that reads the key anew each time, nil if there is none.
func (k SpacesKey) read(e *Environment) func() (id, secret string, err error) {
	if k.none() {
		return nil
	}
	readID, readSecret := e.Secret(k.IDEnv, k.IDFile), e.Secret(k.SecretEnv, k.SecretFile)
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
			return s, Errorf("buckets are read with a Spaces key: set %s and %s, or in the configuration file the account's "+
				"spaces_… settings", SpacesKeyID, SpacesSecret)
		}
		return s, nil
	}
	if _, _, err := key(); err != nil {
		return s, Errorf("Spaces key: %w", err)
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
