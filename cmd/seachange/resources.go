package main

import (
	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/document"
	"github.com/seachange/seachange/schema"
)

type resourcesCmd struct {
	config.Prefix
	outputFlag
}

// Run prints the catalogue.
func (c *resourcesCmd) Run(e *env) error {
	var all []document.Resource
	for i := range schema.Catalog {
		all = append(all, document.NewResource(&schema.Catalog[i], c.TopicPrefix))
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
