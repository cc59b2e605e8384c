package main

import (
	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/schema"
)

type resourcesCmd struct {
	config.Prefix
	outputFlag
}

// listedResource is a row of the catalogue.
type listedResource struct {
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
	var all []listedResource
	for _, r := range schema.Catalog {
		all = append(all, listedResource{
			Name: r.Name, Path: r.Path, Kind: r.Kind.String(), API: r.API, Scope: r.Scope, Topic: schema.TopicOf(c.TopicPrefix, r.Name),
			Group: r.Group, Parent: r.Parent(), Embed: r.Embed, ID: r.ID, Absent: r.Absent.String(),
		})
	}
	if c.Output == "json" {
		return e.printJSON(all)
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
	return e.printTable([]string{"RESOURCE", "KIND", "SCOPE", "PATH", "TOPIC"}, rows)
}
