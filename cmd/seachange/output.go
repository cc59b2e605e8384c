package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"github.com/seachange/seachange/cmd/seachange/config"
)

// env is what every command has: the process's surroundings, and what was read before it began.
type env struct {
	config.Environment
	args           []string
	file           *config.File      // of --config; nil without one
	settings       map[string]string // what each flag is in force, by name
	stdout, stderr io.Writer
}

// outputFlag is the choice between a table for people and JSON for programs.
type outputFlag struct {
	Output string `help:"Print a table or json." enum:"table,json" default:"table"`
}

// printJSON prints a document, a list of nothing as [].
func (e *env) printJSON(v any) error { return writeJSON(e.stdout, v) }

// writeJSON writes a list of nothing as [].
func writeJSON(w io.Writer, v any) error {
	if list := reflect.ValueOf(v); list.Kind() == reflect.Slice && list.IsNil() {
		v = []any{}
	}
	j := json.NewEncoder(w)
	j.SetEscapeHTML(false)
	j.SetIndent("", "  ")
	return j.Encode(v)
}

// printLine prints JSON on a line.
func (e *env) printLine(v any) error {
	j := json.NewEncoder(e.stdout)
	j.SetEscapeHTML(false)
	return j.Encode(v)
}

// printRaw prints a record's value on a line, as it stands in its topic.
func (e *env) printRaw(value []byte) error {
	_, err := e.stdout.Write(append(slices.Clip(value), '\n'))
	return err
}

// printTable aligns rows below a header.
func (e *env) printTable(header []string, rows [][]string) error {
	t := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		fmt.Fprintln(t, strings.TrimRight(strings.Join(row, "\t"), "\t"))
	}
	return t.Flush()
}

// coloured reports whether stdout is a terminal whose owner doesn't mind colours (no-color.org).
func (e *env) coloured() bool {
	return e.Getenv("NO_COLOR") == "" && e.Getenv("TERM") != "dumb" && e.terminal()
}

func (e *env) terminal() bool {
	f, ok := e.stdout.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
