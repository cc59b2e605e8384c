package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/alecthomas/kong"

	"github.com/seachange/seachange/cmd/seachange/manual"
)

type completionCmd struct {
	Shell string `arg:"" help:"bash, zsh or fish." enum:"bash,zsh,fish"`
}

// Run prints a shell's completion.
func (c *completionCmd) Run(e *env) error {
	app, err := application()
	if err != nil {
		return err
	}
	text, err := manual.Completion(app, c.Shell)
	if err != nil {
		return err
	}
	_, err = io.WriteString(e.stdout, text)
	return err
}

type manCmd struct {
	Dir string `arg:"" help:"Where to write them; it is made." type:"path"`
}

// Run writes the man pages. They bear the program's version and no date, so that a build can be repeated.
func (c *manCmd) Run(e *env) error {
	app, err := application()
	if err != nil {
		return err
	}
	err = os.MkdirAll(c.Dir, 0o755)
	pages := manual.Pages(app, buildVersion())
	for _, p := range pages {
		err = errors.Join(err, os.WriteFile(filepath.Join(c.Dir, p.Name), []byte(p.Text), 0o644)) // public
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "wrote %d pages to %s\n", len(pages), c.Dir)
	return err
}

// application is the program as its command line describes it.
func application() (*kong.Application, error) {
	parser, err := newParser(&cli{}, &env{stdout: io.Discard, stderr: io.Discard}, func(int) {})
	if err != nil {
		return nil, err
	}
	return parser.Model, nil
}
