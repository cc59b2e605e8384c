package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/internal/apidoc"
)

// TestThePinnedGodoHasNothingNew reads the source of the release that go.mod pins.
func TestThePinnedGodoHasNothingNew(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := run([]string{"-godo", strings.TrimSpace(string(out))}, &text, &text); err != nil {
		t.Fatal(err)
	}
	if want := "godo's source: nothing that the catalogue doesn't know\n"; text.String() != want {
		t.Errorf("%s\nwant %s\nTake it in with -take, and decide what the contract test then asks for.", text.String(), want)
	}
}

// TestTheDocumentHasNothingNew reads the document that lies in the repository.
func TestTheDocumentHasNothingNew(t *testing.T) {
	doc, err := apidoc.Original()
	if err != nil {
		t.Fatal(err)
	}
	var r Report
	r.compare(mustKnow(t), ofDocument(doc))
	if d := cmp.Diff(Report{Scopes: r.Scopes}, r); d != "" {
		t.Errorf("want nothing new (-want +got):\n%s", d)
	}
	for _, s := range r.Scopes {
		t.Errorf("%s: the document says scope %v, the row %q", s.Resource, s.Is, s.Was)
	}
}

func mustKnow(t *testing.T) *knowledge {
	t.Helper()
	k, err := known("")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// tomorrow is a release of godo of our making: the Droplets that everybody knows, with news of each kind.
const tomorrow = `package godo

import ("context"; "net/http"; "net/url"; "fmt"; "time")

const (
	base  = "/v2/gliders"
	fresh = State("shredded")
	grown = RuleAction("mirror")
)

type State string
type RuleAction string
type Client struct{}
type Response struct{}
func (c *Client) NewRequest(ctx context.Context, method, path string, body any) (*http.Request, error) { return nil, nil }
func (c *Client) Do(ctx context.Context, req *http.Request, v any) (*Response, error) { return nil, nil }
func addOptions(s string, opt any) (string, error) { return s, nil }

type ListOptions struct { Page int ` + "`url:\"page\"`" + ` }
type TokenOptions struct { PageToken string ` + "`url:\"page_token\"`" + ` }
type Droplet struct {
	ID       int               ` + "`json:\"id\"`" + `
	Wings    []string          ` + "`json:\"wings\"`" + `
	AirKey   string            ` + "`json:\"air_api_key\"`" + `
	LastSeen time.Time         ` + "`json:\"last_seen\"`" + `
	Tail     *Tail             ` + "`json:\"tail\"`" + `
}
type Tail struct { Length int ` + "`json:\"length\"`" + ` }
type dropletsRoot struct { Droplets []Droplet ` + "`json:\"droplets\"`" + `; Unreachable []string ` + "`json:\"unreachable\"`" + ` }
type Glider struct {
	UUID      string    ` + "`json:\"uuid\"`" + `
	CreatedAt time.Time ` + "`json:\"created_at\"`" + `
	UpdatedAt time.Time ` + "`json:\"updated_at\"`" + `
	Token     string    ` + "`json:\"token\"`" + `
	Pilots    []Pilot   ` + "`json:\"pilots\"`" + `
}
type Pilot struct { ID string ` + "`json:\"id\"`" + `; Email string ` + "`json:\"email\"`" + ` }
type glidersRoot struct { Gliders []Glider ` + "`json:\"gliders\"`" + ` }
type gliderRoot struct { Glider *Glider ` + "`json:\"glider\"`" + ` }
type flightsRoot struct { Flights []Glider ` + "`json:\"flights\"`" + ` }
type firewallsRoot struct { Firewalls []Firewall ` + "`json:\"firewalls\"`" + ` }
type Firewall struct { InboundRules []Rule ` + "`json:\"inbound_rules\"`" + `; Status string ` + "`json:\"status\"`" + ` }
type Rule struct { Action RuleAction ` + "`json:\"action\"`" + ` }

type DropletsServiceOp struct{ client *Client }
type GlidersServiceOp struct{ client *Client }
type FirewallsServiceOp struct{ client *Client }

func (s *DropletsServiceOp) List(ctx context.Context, opt *ListOptions) ([]Droplet, error) {
	path := "/v2/droplets"
	if opt != nil {
		path += "?only=some"
	}
	req, _ := s.client.NewRequest(ctx, http.MethodGet, path, nil)
	root := new(dropletsRoot)
	_, err := s.client.Do(ctx, req, root)
	return root.Droplets, err
}

func (s *GlidersServiceOp) List(ctx context.Context, opt *TokenOptions) ([]Glider, error) {
	path, _ := addOptions(base, opt)
	root, err := get[glidersRoot](ctx, s.client, path)
	return root.Gliders, err
}

func (s *GlidersServiceOp) Get(ctx context.Context, id string) (*Glider, error) {
	path, _ := url.JoinPath(base, id)
	root, err := get[gliderRoot](ctx, s.client, path)
	return root.Glider, err
}

func (s *GlidersServiceOp) Flights(ctx context.Context, id string) ([]Glider, error) {
	root, err := get[flightsRoot](ctx, s.client, fmt.Sprintf("%s/%s/flights", base, url.PathEscape(id)))
	return root.Flights, err
}

func (s *GlidersServiceOp) Delete(ctx context.Context, id string) error {
	_, err := s.client.NewRequest(ctx, http.MethodDelete, base+"/other/"+id, nil)
	return err
}

func (s *GlidersServiceOp) Somewhere(ctx context.Context) error {
	_, err := s.client.NewRequest(ctx, http.MethodGet, somewhere(), nil)
	return err
}

func somewhere() string { return <-make(chan string) }

func get[T any](ctx context.Context, c *Client, path string) (*T, error) {
	req, _ := c.NewRequest(ctx, http.MethodGet, path, nil)
	root := new(T)
	_, err := c.Do(ctx, req, root)
	return root, err
}

func (s *FirewallsServiceOp) List(ctx context.Context) ([]Firewall, error) {
	root, err := get[firewallsRoot](ctx, s.client, "/v2/firewalls")
	return root.Firewalls, err
}
`

func tomorrows(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "godo.go"), []byte(tomorrow), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestWhatAReleaseBrings(t *testing.T) {
	var text bytes.Buffer
	if err := run([]string{"-godo", tomorrows(t), "-output", "json"}, &text, &text); err != nil {
		t.Fatal(err)
	}
	var got Report
	if err := json.Unmarshal(text.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	got.Gone = slices.DeleteFunc(got.Gone, func(g Gone) bool { return g.Resource != "vpcs" }) // it has three paths
	want := Report{
		Listings: []Listing{
			{"/v2/gliders", "gliders", []string{"Gliders.List"}, `{
	Name: "gliders", Path: "/v2/gliders", Items: "gliders", Absent: ByGet,
	Scope: "", /* not said: look it up, or leave it empty and put the row into a Group */ Paging: Tokens,
	ID: "uuid", Born: "created_at", Clock: "updated_at",
	Mask: "token",
	Sets: "pilots[id]",
	Ignore: "updated_at",
	PII: "pilots[].email",
},`},
			{"/v2/gliders/{id}/flights", "flights", []string{"Gliders.Flights"}, `{
	Name: "gliders_flights", Path: "/v2/gliders/{id}/flights", Items: "flights", Absent: Twice,
	Scope: "", /* not said: look it up, or leave it empty and put the row into a Group */ PerPage: -1,
	ID: "uuid", Born: "created_at", Clock: "updated_at",
	Mask: "token",
	Sets: "pilots[id]",
	Ignore: "updated_at",
	PII: "pilots[].email",
},`},
		},
		Others: []Other{{"/v2/gliders/{id}", []string{"Gliders.Get"}}},
		Members: []Member{
			{"droplets", "air_api_key", "string", "secret"},
			{"droplets", "last_seen", "Time", "noise"},
			{"droplets", "tail", "object", ""},
			{"droplets", "tail.length", "int", ""},
			{"droplets", "wings", "array", "set"},
			{"droplets", "/unreachable", "array", "partial"},
		},
		Values: []Values{{"firewalls", "inbound_rules[].action", []string{"mirror"}, ""}},
		Gone:   []Gone{{"vpcs", "/v2/vpcs", "godo"}},
		Unread: []string{"Gliders.Somewhere"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// document is a small one: one path that is new, one whose scope moved and that has a new value, and one with a value
// that its children go by.
const document = `openapi: 3.0.0
paths:
  /v2/gliders:
    get:
      security: [{bearer_auth: ["glider:read"]}]
      parameters: [{name: page, in: query}]
      responses:
        "200":
          content:
            application/json:
              schema:
                type: object
                properties:
                  gliders:
                    type: array
                    items: {type: object, properties: {id: {type: string}, secret: {type: string}}}
  /v2/actions:
    get:
      security: [{bearer_auth: ["action:list"]}]
      responses:
        "200":
          content:
            application/json:
              schema:
                type: object
                properties:
                  actions:
                    type: array
                    items: {type: object, properties: {id: {type: integer}, status: {type: string, enum: [completed, "in-progress", paused]}}}
  /v2/databases:
    get:
      responses:
        "200":
          content:
            application/json:
              schema:
                type: object
                properties:
                  databases:
                    type: array
                    items: {type: object, properties: {id: {type: string}, engine: {type: string, enum: [pg, cassandra]}}}
`

func TestWhatADocumentBrings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "document.yaml")
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	doc, err := readDocument(file)
	if err != nil {
		t.Fatal(err)
	}
	var got Report
	got.compare(mustKnow(t), ofDocument(doc))
	got.Gone = nil // all but two
	want := Report{
		Listings: []Listing{{"/v2/gliders", "gliders", nil, `{
	Name: "gliders", Path: "/v2/gliders", Items: "gliders", Absent: Twice,
	Scope: "glider:read",
	ID: "id",
	Mask: "secret",
},`}},
		Values: []Values{
			{"actions", "status", []string{"paused"}, "Open: status=in-progress"},
			{"databases", "engine", []string{"cassandra"}, "When of its children"},
		},
		Scopes: []Scope{{"actions", "actions:read", []string{"action:list"}}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestThePullRequestSaysWhatToDo(t *testing.T) {
	var text bytes.Buffer
	if err := run([]string{"-godo", tomorrows(t), "-output", "pr"}, &text, &text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"- [ ] /v2/gliders · gliders · Gliders.List\n", "- [ ] droplets · air_api_key · string · secret\n", "```go\n{\n\tName: \"gliders\"",
		"- [ ] firewalls · inbound_rules[].action · mirror\n", "go generate ./schema",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the body lacks %q:\n%s", want, text.String())
		}
	}
}

func TestBadSourcesAreToldInOneLine(t *testing.T) {
	empty, broken := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "godo.go"), []byte("package godo\nfunc {"), 0o600); err != nil {
		t.Fatal(err)
	}
	none := filepath.Join(t.TempDir(), "none.yaml")
	if err := os.WriteFile(none, []byte("openapi: 3.0.0\npaths: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"a folder without source", []string{"-godo", empty}, "name the folder of a release of godo"},
		{"source that doesn't parse", []string{"-godo", broken}, "godo.go:2:6"},
		{"no such file", []string{"-godo", "", "-document", none + "x"}, "none.yamlx"},
		{"a document without a GET", []string{"-godo", "", "-document", none}, "is it an OpenAPI document in one file?"},
		{"a format that isn't", []string{"-output", "xml"}, "text, json or pr"},
		{"a word too many", []string{"now"}, `"now" is no flag`},
	} {
		err := run(tc.args, new(bytes.Buffer), new(bytes.Buffer))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want it to say %q", tc.name, err, tc.want)
		}
	}
}

// TestARowsRootsAreRead holds what the report compares against the rows' own words.
func TestARowsRootsAreRead(t *testing.T) {
	for _, tc := range []struct{ row, path, want string }{
		{"droplets", "droplets[].id", "id"},
		{"droplets", "links", "/links"},
		{"balance", "generated_at", "generated_at"},
		{"database_autoscale", "storage.enabled", "enabled"},
		{"signals_exports", "edges[].node.status", "status"},
		{"droplet_backup_policies", "policies.*.droplet_id", "droplet_id"},
	} {
		if got := apidoc.Within(schema.Lookup(tc.row), tc.path); got != tc.want {
			t.Errorf("%s %s: got %q, want %q", tc.row, tc.path, got, tc.want)
		}
	}
}
