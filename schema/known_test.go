package schema_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/seachange/seachange/schema"
)

func TestKnownHas(t *testing.T) {
	for _, tc := range []struct {
		resource, path string
		want           bool
	}{
		{"droplets", "", true},
		{"droplets", "id", true},
		{"droplets", "networks.v4[].ip_address", true},
		{"droplets", "networks.v4[]", true},
		{"droplets", "networks.v4", true},
		{"droplets", "networks", true},
		{"droplets", "networks.v5", false},
		{"droplets", "networks.v4[][]", false},
		{"droplets", "networks[]", false},
		{"droplets", "id.x", false},
		{"droplets", "*", false},
		{"droplets", "quantum_bits", false},
		{"vpcs", "urn", true},
		{"tags", "resources.images.count", true}, // only in the example
		{"kubernetes_node_pools", "labels.anything", true},
		{"kubernetes_node_pools", "labels.doks.digitalocean.com/version", true},
		{"kubernetes_node_pools", "label.x", false},
		{"load_balancers", "glb_settings.region_priorities.nyc1", true},
		{"load_balancers", "glb_settings.region.nyc1", false},
		{"database_configs", "autovacuum_naptime", true},       // PostgreSQL's
		{"database_configs", "pg_stat_statements.track", true}, // a name with a dot
		{"database_configs", "pg_stat_statements.trick", false},
		{"database_configs", "sql_require_primary_key", true},              // MySQL's
		{"apps", "pinned_deployment.spec.services[].envs[].value", true},   // behind many references
		{"apps", "spec.services[].envs[].worth", false},                    //
		{"kubernetes_clusters", "node_pools[].nodes[].status.state", true}, //
		{"balance", "month_to_date_balance", true},                         // the response itself
		{"account", "team.uuid", true},                                     // a single object
		{"no_such_resource", "whatever", true},                             // nothing is known of it
	} {
		if got := schema.Known(tc.resource).Has(tc.path); got != tc.want {
			t.Errorf("%s %s: got %v, want %v", tc.resource, tc.path, got, tc.want)
		}
	}
}

func TestKnownPathsHaveThemselves(t *testing.T) {
	for i := range schema.Catalog {
		known := schema.Known(schema.Catalog[i].Name)
		if known == nil {
			t.Errorf("%s: nothing is known: run go generate ./schema", schema.Catalog[i].Name)
			continue
		}
		paths := known.Paths()
		if len(paths) == 0 || !slices.IsSorted(paths) {
			t.Errorf("%s: got paths %q", schema.Catalog[i].Name, paths)
		}
		for _, p := range paths {
			if !known.Has(p) {
				t.Errorf("%s: %s is not known", schema.Catalog[i].Name, p)
			}
			if !strings.Contains(p, "*") && known.Has(p+"_x") {
				t.Errorf("%s: everything beside %s is known", schema.Catalog[i].Name, p)
			}
		}
	}
}

func FuzzKnownHas(f *testing.F) {
	f.Add("a.b[].c")
	f.Add("glb_settings.region_priorities.[[]].")
	f.Fuzz(func(_ *testing.T, path string) {
		for i := range schema.Catalog {
			schema.Known(schema.Catalog[i].Name).Has(path)
		}
	})
}
