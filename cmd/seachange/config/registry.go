package config

import (
	"github.com/seachange/seachange/producer/kafka/registry"
	"github.com/seachange/seachange/schema/wire"
)

// RegistryToken is the variable of a bearer token for the schema registry.
const RegistryToken = "SEACHANGE_REGISTRY_TOKEN"

// Open returns the schema registry; nil where the format needs none and nothing is to be registered.
func (r *Registry) Open(e *Environment, t *Topics) (*registry.Registry, error) {
	if err := r.Check(t); err != nil || r.SchemaRegistry == "" {
		return nil, err
	}
	o := registry.Options{
		URL: r.SchemaRegistry, User: r.RegistryUser, Strategy: r.SubjectStrategy, Logger: e.Logger,
	}
	var err error
	if r.RegistryUser != "" {
		if o.Password, err = e.Secret(r.RegistryPasswordEnv, r.RegistryPasswordFile)(); err != nil {
			return nil, Errorf("schema registry's password: %w", err)
		}
	}
	if r.RegistryTokenFile != "" || e.Getenv(RegistryToken) != "" {
		if o.Token, err = e.Secret(RegistryToken, r.RegistryTokenFile)(); err != nil {
			return nil, Errorf("schema registry's token: %w", err)
		}
	}
	tls := TLS{CAFile: r.RegistryCAFile, CertFile: r.RegistryCertFile, KeyFile: r.RegistryKeyFile}
	if o.TLS, err = tls.config(); err != nil {
		return nil, Errorf("schema registry: %w", err)
	}
	made, err := registry.New(o)
	if err != nil {
		return nil, Error{err}
	}
	return made, nil
}

// Check refuses what can't be together.
func (r *Registry) Check(t *Topics) error {
	f := t.Format()
	switch {
	case t.InlineSchema && t.Encoding != string(wire.JSON):
		return Errorf("--inline-schema and --format %s: the schema stands around the event, or in a registry: give one of "+
			"them", t.Encoding)
	case t.NoData && f == wire.JSON:
		return Errorf("--no-data: plain JSON has no data: it comes with --format avro or json-schema, or --inline-schema")
	case f.Registered() && r.SchemaRegistry == "":
		return Errorf("--format %s needs a registry for its schemas: give --schema-registry URL", f)
	case r.RegisterSchemas && (f != wire.JSON || r.SchemaRegistry == ""):
		return Errorf("--register-schemas is for --format json and needs --schema-registry URL")
	case r.SchemaRegistry != "" && !f.Registered() && !r.RegisterSchemas:
		return Errorf("--schema-registry: what is it for? give --format avro or json-schema, or --register-schemas")
	}
	return nil
}
