// Command seachange watches DigitalOcean accounts and writes every change to Kafka, one topic a resource.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/schema/plain"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the first signal asks, the second kills
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "seachange:", plain.Error(err))
		if _, ok := errors.AsType[*kong.ParseError](err); ok {
			fmt.Fprintln(os.Stderr, "seachange: --help shows the commands and their flags")
		}
	}
	os.Exit(exitCode(err))
}

// run is the program, less its process: what main has from the operating system, it is given.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	e := &env{args: args, stdout: stdout, stderr: stderr}
	e.Getenv, e.Version, e.Logger = getenv, buildVersion(), slog.New(slog.DiscardHandler)
	var c cli
	command, err := parse(&c, e, args)
	if err != nil || command == nil {
		return err
	}
	command.BindTo(ctx, (*context.Context)(nil))
	return command.Run()
}

// exitCode is 0 without an error, 2 for a wrong call or configuration, 3 and 4 for findings, else 1.
func exitCode(err error) int {
	var wrong *kong.ParseError
	var usage config.Error
	var findings foundError
	switch {
	case errors.As(err, &findings):
		return findings.code()
	case err == nil:
		return 0
	case errors.As(err, &wrong), errors.As(err, &usage):
		return 2
	}
	return 1
}
