package schema_test

import (
	"testing"

	"github.com/seachange/seachange/schema"
)

func TestFindsNoParent(t *testing.T) {
	for _, c := range []struct {
		row  string
		text string
		want bool
	}{
		{"database_users", "cluster not found", true},
		{"database_users", "Database cluster not found.", true},
		{"database_users", "The cluster you requested could not be found", true},
		{"database_users", "could not find cluster", true},
		{"database_users", "no such cluster", true},
		{"database_users", "cannot get user: cluster not found", true},
		{"database_users", "ClusterNotFound", true},
		{"database_users", "CLUSTER_NOT_FOUND", true},
		{"database_users", "user not found", false},
		{"database_users", "user not found in cluster", false},
		{"database_users", "no such user in this cluster", false},
		{"database_users", "cluster 9cc: user not found", false},
		{"database_users", `user "cluster" not found`, false},
		{"database_users", "user prod cluster not found", false}, // its name
		{"database_users", "The resource you were accessing could not be found.", false},
		{"database_users", "not_found", false},
		{"database_users", "", false},
		{"database_dbs", "database not found", false},
		{"database_dbs", "database cluster not found", true},
		{"kubernetes_node_pools", "cluster doesn't exist", true},
		{"kubernetes_node_pools", "node pool doesn't exist", false},
		{"domain_records", "domain not found", true},
		{"domain_records", "record not found", false},
		{"registry_manifests", "repository not found", true},
		{"registry_manifests", "registry not found", true},
		{"droplets", "droplet not found", false},
		{"droplets", "cluster not found", false},
	} {
		row := schema.Lookup(c.row)
		if row == nil {
			t.Errorf("no resource %s", c.row)
			continue
		}
		if got := row.FindsNoParent([]string{"prod cluster"}, c.text); got != c.want {
			t.Errorf("%s: %q: %t, want %t", c.row, c.text, got, c.want)
		}
	}
	if users := schema.Lookup("database_users"); users.FindsNoParent(nil, "user not found", "CLUSTER_NOT_FOUND") {
		t.Error("a code is asked though the message names the user")
	} else if !users.FindsNoParent(nil, "no such thing", "CLUSTER_NOT_FOUND") {
		t.Error("a code is not asked though the message names nothing")
	}
}
