package main

import (
	"fmt"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/views"
)

type viewsCmd struct {
	Engine    string   `help:"${views_engine}" enum:"bigquery,clickhouse,duckdb,flink,snowflake,spark,trino" required:""`
	Resources []string `arg:"" optional:"" help:"Of these resources only."`
	Events    string   `help:"The table of events." default:"bronze.events" placeholder:"TABLE"`
	Versions  string   `help:"${views_versions}" placeholder:"TABLE"`
	Schema    string   `help:"Where the views are made." default:"silver" placeholder:"SCHEMA"`
}

// Run prints SQL that makes the views.
func (c *viewsCmd) Run(e *env) error {
	if _, err := config.Named(c.Resources); err != nil {
		return err
	}
	sql, err := views.SQL(views.Options{
		Engine: c.Engine, Events: c.Events, Versions: c.Versions, Schema: c.Schema, Resources: c.Resources,
	})
	if err != nil {
		return config.Errorf("%v", err)
	}
	_, err = fmt.Fprint(e.stdout, sql)
	return err
}
