package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/document"
)

type configCmd struct {
	Schema configSchemaCmd `cmd:"" help:"Print the JSON Schema of a configuration file, for editors."`
	Check  configCheckCmd  `cmd:"" help:"Find what is wrong with a configuration file. Asks no network."`
	Show   configShowCmd   `cmd:"" help:"Print the settings in force, and where each comes from."`
}

type configSchemaCmd struct{}

func (configSchemaCmd) Run(e *env) error { return e.printJSON(config.Schema()) }

type configCheckCmd struct {
	File string `arg:"" help:"The configuration file."`
}

// Run reads the file and the environment as run does, and makes nothing.
func (c *configCheckCmd) Run(_ context.Context, e *env) error {
	fresh := *e
	var all cli
	if _, err := parse(&all, &fresh, []string{"run", "--config", c.File}); err != nil {
		return err
	}
	made, err := all.Run.options(&fresh, all.Run.registry())
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	collections := 0
	for _, a := range made.producer.Accounts {
		collections += len(a.Resources)
	}
	_, err = fmt.Fprintf(e.stdout, "%s: accounts: %d, resources in all of them: %d; run would start with it\n", c.File,
		len(fresh.Accounts), collections)
	return err
}

type configShowCmd struct{ outputFlag }

// Run prints each setting of run as the environment and the file have it, and each account. Secrets stay where they
// are.
func (c *configShowCmd) Run(_ context.Context, e *env) error {
	settings, err := runSettings(e)
	if err != nil {
		return err
	}
	accounts := configuredAccounts(e)
	if c.Output == "json" {
		return e.printJSON(document.Configuration{Settings: settings, Accounts: accounts})
	}
	var rows [][]string
	for _, s := range settings {
		rows = append(rows, []string{s.Name, s.Value, s.From})
	}
	if err := e.printTable([]string{"SETTING", "VALUE", "FROM"}, rows); err != nil || len(accounts) == 0 {
		return err
	}
	rows = nil
	for _, a := range accounts {
		rows = append(rows, []string{a.Name, a.TokenFrom})
	}
	fmt.Fprintln(e.stdout)
	return e.printTable([]string{"ACCOUNT", "TOKEN FROM"}, rows)
}

// runSettings returns the settings of run in the order of its help.
func runSettings(e *env) ([]document.Setting, error) {
	parser, err := newParser(&cli{}, &env{stdout: io.Discard, stderr: io.Discard}, func(int) {})
	if err != nil {
		return nil, err
	}
	for _, c := range parser.Model.Leaves(true) {
		if c.Name == "run" {
			return flagSettings(e, c.Flags), nil
		}
	}
	return nil, errors.New("no command is named run")
}

func flagSettings(e *env, flags []*kong.Flag) []document.Setting {
	var all []document.Setting
	for _, f := range flags {
		s := document.Setting{Name: f.Name, Value: f.Default, From: "default"}
		if e.file != nil {
			if v, ok := e.file.Flag(f.Name); ok {
				s.Value, s.From = v, "file"
			}
		}
		if v := e.Getenv(envName(f.Name)); v != "" {
			s.Value, s.From = v, "$"+envName(f.Name)
		}
		if f.Name != "help" && f.Name != "output" && f.Name != "once" {
			all = append(all, s)
		}
	}
	return all
}

func configuredAccounts(e *env) []document.ConfiguredAccount {
	all := []document.ConfiguredAccount{}
	for _, a := range e.Accounts {
		from := a.TokenFile
		if a.TokenEnv != "" {
			from = "$" + a.TokenEnv
			if e.Getenv(a.TokenEnv) == "" {
				from += ", which is not set"
			}
		}
		all = append(all, document.ConfiguredAccount{Name: a.Name, TokenFrom: from})
	}
	return all
}
