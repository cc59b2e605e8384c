package main

import (
	"slices"

	"github.com/seachange/seachange/schema"
)

// PrefixFlag is the one setting that a list of names needs.
type PrefixFlag struct {
	TopicPrefix string `yaml:"topic_prefix" help:"First part of every topic's name." default:"digitalocean" placeholder:"PREFIX"`
}

type resourcesCmd struct {
	PrefixFlag
	outputFlag
}

// resource is a row of the catalogue as JSON has it.
type resource struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	Kind   string `json:"kind"`
	API    string `json:"api"`   // "": DigitalOcean's; spaces: S3, with a Spaces key
	Scope  string `json:"scope"` // of the token
	Topic  string `json:"topic"`
	Group  string `json:"group"`  // "": on by default
	Parent string `json:"parent"` // "": top level
	Embed  string `json:"embed"`  // the parent's member that holds the records; "": they have a listing
	ID     string `json:"id"`     // members that identify a record; "": the resource's name, or a hash of the record
	Absent string `json:"absent"` // what confirms that a missing record was deleted
}

// Run prints the catalogue.
func (c *resourcesCmd) Run(e *env) error {
	var all []resource
	for _, r := range schema.Catalog {
		all = append(all, resource{
			Name: r.Name, Path: r.Path, Kind: r.Kind.String(), API: r.API, Scope: r.Scope, Topic: schema.TopicOf(c.TopicPrefix, r.Name),
			Group: r.Group, Parent: r.Parent(), Embed: r.Embed, ID: r.ID, Absent: r.Absent.String(),
		})
	}
	if c.Output == "json" {
		return writeJSON(e.stdout, all)
	}
	var rows [][]string
	for _, r := range all {
		name := r.Name
		if r.Group != "" {
			name += " (--with " + r.Group + ")"
		}
		if r.API == schema.Spaces {
			r.Scope = "a Spaces key"
		}
		rows = append(rows, []string{name, r.Kind, r.Scope, r.Path, r.Topic})
	}
	return writeTable(e.stdout, []string{"RESOURCE", "KIND", "SCOPE", "PATH", "TOPIC"}, rows)
}

// named are the names of resources that a command was given; all of them if it was given none.
func named(given []string) ([]string, error) {
	var all []string
	for i := range schema.Catalog {
		all = append(all, schema.Catalog[i].Name)
	}
	for _, n := range given {
		if !slices.Contains(all, n) {
			return nil, usagef("no resource %q: seachange resources lists them", n)
		}
	}
	if len(given) > 0 {
		return given, nil
	}
	return all, nil
}
