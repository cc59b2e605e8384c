package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
)

// The fewest requests that show an account of 300 Droplets, 40 databases (20 PostgreSQL, 10 MySQL, 5 Valkey, 3 Kafka
// and 2 OpenSearch), 200 zones, 20 Kubernetes clusters and 50 apps, by the default list of resources:
//
//	droplets      3   2 pages of 200, and the GPUs' own listing
//	databases   309   1 listing, which holds users and databases, and of each cluster its configuration, firewall, log
//	                  sinks, autoscaling and certificate (5 x 40); backups (20+10+2), replicas (20+10), pools (20); SQL
//
// // modes (10), eviction policies (5), topics, schema subjects and registry settings (3 x 3), indexes (2)
//
//	domains     201   1 page of 200, and the records of each
//	clusters      1   which holds the node pools
//	apps        101   1 page, and deployments and alerts of each
//	the others   67   a listing each, here an empty one
const fewestOfMany = 3 + 309 + 201 + 1 + 101 + 67

// A second pass soon after saves what parents tell of: no zone file has moved, so no zone's records (200) are read, and
// no cluster's list of trusted sources has, so they aren't either (40). Nothing is asked of each Droplet: its
// firewalls, backups, snapshots and neighbours are told by account-wide listings. A peer needs 280 requests for 250
// Droplets alone; these are 3.
const fewestOfManyAgain = fewestOfMany - 200 - 40

func TestAPassOverParentsCostsLittleMoreThanTheFewestRequests(t *testing.T) {
	_, variables := simulated(t)
	delete(variables, "SEACHANGE_ONLY")
	a := digitaloceantest.New(digitaloceantest.Options{PerHour: 1_000_000})
	many(a)
	srv := httptest.NewServer(a)
	t.Cleanup(srv.Close)
	variables["SEACHANGE_API_URL"] = srv.URL
	for _, pass := range []struct {
		name         string
		fewest       int
		change       func()
		zonesRecords int
		told         bool // on the page of benchmarks
	}{
		{"first pass", fewestOfMany, func() {}, 200, true},
		{"second pass", fewestOfManyAgain, func() {}, 0, true},
		{"pass after a zone has moved", fewestOfManyAgain + 1, func() {
			a.Put("domains", "domains-7", `{"name":"domains-7","ttl":1800,"zone_file":"$ORIGIN domains-7. ;2"}`)
		}, 1, false},
	} {
		pass.change()
		before, records := a.Count(""), a.Count("domain_records")
		out, log, err := call(t, variables, "run", "--once")
		if err != nil {
			t.Fatalf("%v\n%s%s", err, out, log)
		}
		got := a.Count("") - before
		t.Logf("%s, over many parents: %d requests, %.3f of the fewest", pass.name, got, float64(got)/float64(pass.fewest))
		if pass.told {
			pageSays(t, "docs/explanation/benchmarks.md", fmt.Sprintf("× the fewest (%%d of %d)", pass.fewest), got)
		}
		if got < pass.fewest || got > pass.fewest*11/10 {
			t.Errorf("%s: %d requests, want at least %d and at most 1.1 times as many", pass.name, got, pass.fewest)
		}
		if n := a.Count("domain_records") - records; n != pass.zonesRecords {
			t.Errorf("%s: the records of %d zones were read, want %d", pass.name, n, pass.zonesRecords)
		}
		if !strings.Contains(out, " domain_records ") {
			t.Errorf("%s doesn't tell of domain_records:\n%s", pass.name, out)
		}
	}
}

// pageSays holds a page's figure, the %d in what it says, to what was counted. With -update it writes the figure.
func pageSays(t *testing.T, page, what string, counted int) {
	t.Helper()
	page = "../../" + page
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	pattern := strings.Join(strings.Fields(regexp.QuoteMeta(what)), `\s+`) // a line may end anywhere
	before, after, _ := strings.Cut(pattern, "%d")
	at := regexp.MustCompile(before + `(\d+)` + after).FindSubmatchIndex(text)
	switch want := strconv.Itoa(counted); {
	case at == nil:
		t.Errorf("%s does not say %q", page, what)
	case string(text[at[2]:at[3]]) == want:
	case *update:
		if err := os.WriteFile(page, slices.Concat(text[:at[2]], []byte(want), text[at[3]:]), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s says %q where %s were counted: run go generate ./schema", page, text[at[0]:at[1]], want)
	}
}

func many(a *digitaloceantest.Account) {
	put := func(n int, resource, record string) {
		for i := range n {
			id := fmt.Sprintf("%s-%d", resource, i)
			a.Put(resource, id, fmt.Sprintf(record, id))
		}
	}
	for i := range 300 {
		a.Put("droplets", fmt.Sprint(1000+i), fmt.Sprintf(`{"id":%d,"name":"web-%d"}`, 1000+i, i))
	}
	engines := []string{}
	for engine, n := range map[string]int{"pg": 20, "mysql": 10, "valkey": 5, "kafka": 3, "opensearch": 2} {
		for range n {
			engines = append(engines, engine)
		}
	}
	const single = `{"eviction_policy":"noeviction","sql_mode":"ANSI","compatibility_level":"FULL"}` // one of them is the row's
	for i, engine := range engines {
		id := fmt.Sprint("db-", i)
		a.Put("databases", id, fmt.Sprintf(`{"id":%q,"name":%q,"engine":%q,"users":[{"name":"doadmin"}],"db_names":["defaultdb"],"rules":[]}`, id, id, engine))
		for _, name := range []string{"database_replicas", "database_pools"} {
			if schema.Lookup(name).When.Holds([]byte(`{"engine":"` + engine + `"}`)) {
				a.Put(name, schema.ChildID(id, "one"), `{"name":"one"}`)
			}
		}
		for _, r := range schema.Children("databases") {
			if r.Kind == schema.Single && r.When.Holds([]byte(`{"engine":"`+engine+`"}`)) {
				a.Put(r.Name, schema.ChildID(id, r.Name), single)
			}
		}
	}
	put(200, "domains", `{"name":%[1]q,"ttl":1800,"zone_file":"$ORIGIN %[1]s. ;1"}`)
	put(20, "kubernetes_clusters", `{"id":%q,"node_pools":[{"id":"pool","name":"pool","count":3,"nodes":[]}]}`)
	put(50, "apps", `{"id":%q,"spec":{"name":"app"}}`)
}

// TestAPassOverOneOfEverything runs the whole catalogue: a request for each listing of each parent that has such, and
// one for whose the token is, with each of the two clients.
func TestAPassOverOneOfEverything(t *testing.T) {
	_, variables := simulated(t)
	delete(variables, "SEACHANGE_ONLY")
	a := digitaloceantest.Example(digitaloceantest.Options{PerHour: 1_000_000})
	srv := httptest.NewServer(a)
	t.Cleanup(srv.Close)
	groups := slices.DeleteFunc(schema.GroupNames(), func(name string) bool { return name == schema.Spaces })
	variables["SEACHANGE_API_URL"], variables["SEACHANGE_WITH"] = srv.URL, strings.Join(groups, ",")
	want := 2
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		walks := len(strings.Split(r.Query, "|"))
		switch {
		case r.Embed != "" || r.API != "":
		case r.Parent() == "":
			want += walks
		default:
			for _, parent := range a.Records(r.Parent()) {
				if r.When.Holds(parent) {
					want += walks
				}
			}
		}
	}
	out, log, err := call(t, variables, "run", "--once")
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
	if got := a.Count(""); got != want {
		t.Errorf("%d requests, want %d", got, want)
	}
	pageSays(t, "README.md", "One sweep of everything takes %d requests", want)
	pageSays(t, "README.md", "[%d resources](docs/reference/resources.md)", len(schema.Catalog))
	for i := range schema.Catalog {
		if r := &schema.Catalog[i]; r.API == "" && !regexp.MustCompile(` `+r.Name+` +[1-9]`).MatchString(out) {
			t.Errorf("%s: nothing was read\n", r.Name)
		}
	}
	newestAreTold(t, a, variables)
}

// newestAreTold changes a record of what came since August, and asks the commands for it. Nothing that check tries
// fails.
func newestAreTold(t *testing.T, a *digitaloceantest.Account, variables map[string]string) {
	t.Helper()
	for id, record := range a.Records("microvms") {
		a.Put("microvms", id, strings.Replace(string(record), `"state":"fake-state"`, `"state":"paused"`, 1))
	}
	must(t, variables, "run", "--once")
	matches(t, must(t, variables, "history", "microvms", "fake-id"), `observed`, `updated .*state: fake-state → paused`)
	matches(t, must(t, variables, "at", "now", "action_gateway_connections", "--output", "json"), `action_gateway_connections`)
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	write(t, rules, "rules:\n  - {name: paused, title: A MicroVM was paused, resource: microvms, when: 'op == \"u\" && "+
		"after.body.state == \"paused\"'}\n")
	told, stop := start(t, variables, false, "alert", "--rules", rules, "--since", "1h")
	find(t, told, `(A MicroVM was paused: microvms .*fake-id)`)
	if err := stop(); err != nil {
		t.Errorf("alert: %v", err)
	}
	out, log, err := call(t, variables, "check")
	if err != nil || regexp.MustCompile(`(?m)^fail `).MatchString(out) {
		t.Errorf("check: %v\n%s%s", err, out, log)
	}
}

// TestTheLeastScopesAreEnough gives a token what docs and check say, and nothing else.
func TestTheLeastScopesAreEnough(t *testing.T) {
	t.Parallel()
	_, variables := simulated(t)
	delete(variables, "SEACHANGE_ONLY")
	a := digitaloceantest.Example(digitaloceantest.Options{PerHour: 1_000_000})
	rows, err := schema.Enabled(nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	a.Scopes(schema.Scopes(rows)...)
	srv := httptest.NewServer(a)
	t.Cleanup(srv.Close)
	variables["SEACHANGE_API_URL"] = srv.URL
	if out, log, err := call(t, variables, "run", "--once"); err != nil {
		t.Fatalf("%v\n%s%s", err, out, log)
	}
}
