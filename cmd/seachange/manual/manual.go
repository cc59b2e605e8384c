// Package manual makes what a package manager installs beside the program from its commands and flags: man pages, and
// the completions of shells.
package manual

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Page is a file to install.
type Page struct {
	Name string // of the file
	Text string
}

// Pages are a program's man pages: one for it, and one for each of its commands.
func Pages(app *kong.Application, date string) []Page {
	pages := []Page{{app.Name + ".1", program(app, date)}}
	for _, c := range app.Leaves(true) {
		pages = append(pages, Page{name(app, c) + ".1", command(app, c, date)})
	}
	return pages
}

func name(app *kong.Application, n *kong.Node) string {
	return app.Name + "-" + strings.ReplaceAll(words(n), " ", "-")
}

// words are a command's, less the program's and its arguments.
func words(n *kong.Node) string {
	var all []string
	for ; n != nil && n.Type == kong.CommandNode; n = n.Parent {
		all = append(all, n.Name)
	}
	slices.Reverse(all)
	return strings.Join(all, " ")
}

func program(app *kong.Application, date string) string {
	var b strings.Builder
	heading(&b, app.Name, date, app.Help)
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n.I command\n[\\fIflags\\fR]\n.SH DESCRIPTION\n%s\n.SH COMMANDS\n",
		roff(app.Name), roff(app.Help))
	for _, c := range app.Leaves(true) {
		fmt.Fprintf(&b, ".TP\n.BR %s (1)\n%s\n", roff(name(app, c)), roff(c.Help))
	}
	options(&b, app.Flags)
	return b.String()
}

func command(app *kong.Application, c *kong.Node, date string) string {
	var b strings.Builder
	heading(&b, name(app, c), date, c.Help)
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s %s\n[\\fIflags\\fR]", roff(app.Name), roff(words(c)))
	for _, p := range c.Positional {
		fmt.Fprintf(&b, " %s", roff(p.Summary()))
	}
	fmt.Fprintf(&b, "\n.SH DESCRIPTION\n%s\n", roff(c.Help))
	if len(c.Positional) > 0 {
		b.WriteString(".SH ARGUMENTS\n")
		for _, p := range c.Positional {
			fmt.Fprintf(&b, ".TP\n.I %s\n%s\n", roff(p.Name), roff(p.Help))
		}
	}
	options(&b, c.Flags)
	fmt.Fprintf(&b, ".SH SEE ALSO\n.BR %s (1)\n", roff(app.Name))
	return b.String()
}

func heading(b *strings.Builder, name, date, help string) {
	first, _, _ := strings.Cut(help, ".")
	fmt.Fprintf(b, ".TH %s 1 %s\n.SH NAME\n%s \\- %s\n", strings.ToUpper(roff(name)), roff(date), roff(name), roff(first))
}

func options(b *strings.Builder, flags []*kong.Flag) {
	b.WriteString(".SH OPTIONS\n")
	for _, f := range flags {
		if f.Hidden {
			continue
		}
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(spelled(f)), roff(f.Help))
		if f.Default != "" && f.Default != "false" {
			fmt.Fprintf(b, "Default: %s.\n", roff(f.Default))
		}
	}
}

// spelled is how a flag is written.
func spelled(f *kong.Flag) string {
	s := "--" + f.Name
	if f.Short != 0 {
		s = "-" + string(f.Short) + ", " + s
	}
	if !f.IsBool() {
		s += "=" + f.FormatPlaceHolder()
	}
	return s
}

var control = regexp.MustCompile(`(?m)^[.']`)

// roff quotes what has a meaning in a man page.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	return control.ReplaceAllString(s, `\&$0`)
}
