package apidoc

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Client is what a release of godo, DigitalOcean's client for Go, knows of the API.
type Client struct {
	Version   string // "1.240.0"; empty of a folder
	Endpoints []Endpoint
	Enums     map[string][]string // the constants of each type of string, sorted
	// Unread are the methods that ask for something, while their source doesn't show for what.
	Unread []string
}

// Endpoint is a path that godo GETs, and what it decodes of the answer.
type Endpoint struct {
	Path    string   // "/v2/droplets/{dropletID}"
	Since   string   // the first release that has it, of those that were taken in
	Methods []string // "Droplets.Get", sorted
	Query   []string // the names of the parameters it may send, sorted
	Fields  []Field  // of the whole answer, sorted by path
}

// client is the release of godo that was last taken in: go run ./schema/internal/drift -take.
//
//go:embed client.txt.gz
var client []byte

// Godo returns what the release of godo that was last taken in knows.
func Godo() (*Client, error) {
	text, err := unzip(client)
	if err != nil {
		return nil, fmt.Errorf("client.txt.gz: %w", err)
	}
	c, err := parseClient(text)
	if err != nil {
		return nil, fmt.Errorf("client.txt.gz: %w", err)
	}
	return c, nil
}

// Endpoint returns the endpoint of a path, whatever its parameters are called, nil if godo has none.
func (c *Client) Endpoint(path string) *Endpoint {
	for i := range c.Endpoints {
		if Blank(c.Endpoints[i].Path) == Blank(path) {
			return &c.Endpoints[i]
		}
	}
	return nil
}

// Blank takes the names out of a path's parameters: "/v2/droplets/{}".
func Blank(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}") {
			parts[i] = "{}"
		}
	}
	return strings.Join(parts, "/")
}

// Gzip returns the client as client.txt.gz holds it.
func (c *Client) Gzip() ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := bufio.NewWriter(z)
	fmt.Fprintln(w, "godo", c.Version)
	for _, name := range slices.Sorted(maps.Keys(c.Enums)) {
		fmt.Fprintf(w, "enum %s\t%s\n", name, strings.Join(c.Enums[name], "\t"))
	}
	for _, e := range c.Endpoints {
		fmt.Fprintf(w, "GET %s\t%s\t%s\t%s\n", e.Path, e.Since, strings.Join(e.Methods, " "), strings.Join(e.Query, " "))
		for _, f := range e.Fields {
			fmt.Fprintf(w, "%s\t%s\n", f.Path, f.Type)
		}
	}
	if err := cmp.Or(w.Flush(), z.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// parseClient reads what Gzip wrote.
func parseClient(text []byte) (*Client, error) {
	c := &Client{Enums: map[string][]string{}}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		parts := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		kind, rest, _ := strings.Cut(parts[0], " ")
		switch {
		case kind == "godo":
			c.Version = rest
		case kind == "enum":
			c.Enums[rest] = parts[1:]
		case kind == "GET" && len(parts) == 4:
			c.Endpoints = append(c.Endpoints, Endpoint{
				Path: rest, Since: parts[1], Methods: strings.Fields(parts[2]),
				Query: strings.Fields(parts[3]),
			})
		case len(parts) == 2 && len(c.Endpoints) > 0:
			e := &c.Endpoints[len(c.Endpoints)-1]
			e.Fields = append(e.Fields, Field{Path: parts[0], Type: parts[1]})
		default:
			return nil, fmt.Errorf("line %d is neither a release, an enumeration, a GET nor a member", n)
		}
	}
	return c, nil
}
