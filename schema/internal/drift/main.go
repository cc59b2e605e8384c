// Command drift tells what a newer release of godo, DigitalOcean's client for Go, or a newer OpenAPI document has that
// the catalogue knows nothing of: listings without a row or a reason, members without a decision, values that may mean
// something new, scopes that moved. Run it in the root of the repository:
//
//	go run ./schema/internal/drift
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/seachange/seachange/schema/internal/apidoc"
)

// taken is where the release of godo lies that was last taken in.
const taken = "schema/internal/apidoc/client.txt.gz"

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "drift:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	godo, document, against, output string
	take                            bool
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("drift", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.godo, "godo", "latest", "`release` of godo, v1.240.0, or the folder of its source; \"\" to leave "+
		"it out")
	f.StringVar(&o.document, "document", "", "newer OpenAPI document: a `file` or an address, in JSON or YAML")
	f.StringVar(&o.against, "against", "", "compare with this `release` of godo and not with what the catalogue knows: "+
		"to look at the past")
	f.StringVar(&o.output, "output", "text", "`format`: text, json, or pr, the body of a pull request")
	f.BoolVar(&o.take, "take", false, "take the release of godo in: what it has is known from then on, and the contract "+
		"test asks for the decisions")
	switch err := f.Parse(args); {
	case err != nil:
		return o, err
	case f.NArg() > 0:
		return o, fmt.Errorf("%q is no flag", f.Arg(0))
	case !slices.Contains([]string{"text", "json", "pr"}, o.output):
		return o, fmt.Errorf("-output %s: text, json or pr", o.output)
	}
	return o, nil
}

func run(args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	was, err := known(o.against)
	if err != nil {
		return err
	}
	r := new(Report)
	if o.document != "" {
		doc, err := readDocument(o.document)
		if err != nil {
			return err
		}
		r.Document = o.document
		r.compare(was, ofDocument(doc))
	}
	if o.godo == "" {
		return r.print(stdout, o.output)
	}
	c, day, err := readGodo(o.godo)
	if err != nil {
		return err
	}
	r.Godo, r.Day, r.Unread = c.Version, day, c.Unread
	r.compare(was, ofClient(c))
	if o.take {
		if err := take(c); err != nil {
			return err
		}
	}
	return r.print(stdout, o.output)
}

// take writes what a release of godo has, so that it is known from then on. A path keeps the release it is known since.
func take(c *apidoc.Client) error {
	old, err := apidoc.Godo()
	if err != nil {
		return err
	}
	for i := range c.Endpoints {
		e := &c.Endpoints[i]
		e.Since = c.Version
		if before := old.Endpoint(e.Path); before != nil {
			e.Since = before.Since
		}
	}
	text, err := c.Gzip()
	if err != nil {
		return err
	}
	if _, err := os.Stat(taken); err != nil {
		return fmt.Errorf("run it in the root of the repository: %w", err)
	}
	return os.WriteFile(taken, text, 0o644)
}
