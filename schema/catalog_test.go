package schema_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/schema"
)

func names(rows []*schema.Resource) []string {
	var all []string
	for _, r := range rows {
		all = append(all, r.Name)
	}
	return all
}

func TestLookup(t *testing.T) {
	if got := schema.Lookup("droplets"); got == nil || got.Path != "/v2/droplets" {
		t.Errorf("droplets: got %+v", got)
	}
	if got := schema.Lookup("drops"); got != nil {
		t.Errorf("an unknown name: got %+v", got)
	}
}

func TestChildrenAndEmbedded(t *testing.T) {
	want := []string{
		"database_users", "database_replicas", "database_pools", "database_backups", "database_configs",
		"database_firewall_rules",
	}
	if d := cmp.Diff(want, names(schema.Children("databases"))[:len(want)]); d != "" {
		t.Errorf("children of databases (-want +got):\n%s", d)
	}
	if got := schema.Children(""); got != nil {
		t.Errorf("children of nothing: got %v", names(got))
	}
	for _, tc := range []struct {
		row  string
		want []string
	}{{"databases", []string{"users", "db_names"}}, {"kubernetes_clusters", []string{"node_pools"}}, {"droplets", nil}} {
		if d := cmp.Diff(tc.want, schema.Embedded(schema.Lookup(tc.row))); d != "" {
			t.Errorf("embedded in %s (-want +got):\n%s", tc.row, d)
		}
	}
}

func TestOfURN(t *testing.T) {
	for _, tc := range []struct{ urn, row, id string }{
		{"do:droplet:3164494", "droplets", "3164494"},
		{"do:dbaas:9cc10173", "databases", "9cc10173"},
		{"do:floatingip:45.55.96.47", "reserved_ips", "45.55.96.47"},
		{"do:reservedip:45.55.96.47", "reserved_ips", "45.55.96.47"},
		{"do:vpc:e0fe0f4d", "vpcs", "e0fe0f4d"},
		{"do:microvm:m-1", "microvms", "m-1"},
		{"do:nat_gateway:n-1", "vpc_nat_gateways", "n-1"},
		{"do:vpc_subnet:s-1", "vpc_subnets", "s-1"},
		{"do:space:backups", "", ""},
		{"do:=urn:x", "", ""},
		{"aws:droplet:1", "", ""},
		{"do:droplet", "", ""},
		{"do::x", "", ""},
		{"", "", ""},
	} {
		row, id := schema.OfURN(tc.urn)
		name := ""
		if row != nil {
			name = row.Name
		}
		if name != tc.row || id != tc.id {
			t.Errorf("%q: got %q %q, want %q %q", tc.urn, name, id, tc.row, tc.id)
		}
	}
}

func TestEnabled(t *testing.T) {
	all, err := schema.Enabled(nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		if on := slices.Contains(all, r); on != (r.Group == "") {
			t.Errorf("%s of the group %q: by default on is %v", r.Name, r.Group, on)
		}
	}
	for _, tc := range []struct {
		name             string
		with, only, skip []string
		want             []string
	}{
		{"only", nil, []string{"vpcs", "droplets"}, nil, []string{"droplets", "vpcs"}},
		{"only, of a group", nil, []string{"balance"}, nil, []string{"balance"}},
		{"a child with its parent", nil, []string{"domain_records", "domains"}, nil, []string{"domains", "domain_records"}},
		{"skip", nil, []string{"vpcs", "droplets"}, []string{"vpcs"}, []string{"droplets"}},
		{
			"skip takes the children along", nil,
			[]string{"vpcs", "domains", "domain_records"},
			[]string{"domains"},
			[]string{"vpcs"},
		},
	} {
		got, err := schema.Enabled(tc.with, tc.only, tc.skip)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		if d := cmp.Diff(tc.want, names(got)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, d)
		}
	}
	everything, err := schema.Enabled(schema.GroupNames(), nil, nil)
	if err != nil {
		t.Errorf("with every group: %v", err)
	}
	for i := range schema.Catalog {
		if r := &schema.Catalog[i]; !slices.Contains(everything, r) {
			t.Errorf("%s is in group %q, which is not one of Groups", r.Name, r.Group)
		}
	}
}

func TestEnabledRefusesWhatItCantMean(t *testing.T) {
	for _, tc := range []struct {
		name             string
		with, only, skip []string
		want             []string
	}{
		{"unknown group", []string{"biling"}, nil, nil, []string{`--with: no group "biling"; did you mean "billing"?`}},
		{"unknown resource", nil, []string{"drolpets"}, nil, []string{`--only: no resource "drolpets"; did you mean "droplets"?`}},
		{"singular", nil, nil, []string{"load_balancer"}, []string{`--skip: no resource "load_balancer"; did you mean "load_balancers"?`}},
		{"a child without its parent", nil, []string{"database_users"}, nil, []string{`"database_users"`, `add "databases" to --only`}},
		{"every fault", nil, []string{"x"}, []string{"y"}, []string{`--only: no resource "x"`, `--skip: no resource "y"`}},
		{"nothing left", nil, []string{"vpcs"}, []string{"vpcs"}, []string{"no resource is left"}},
	} {
		_, err := schema.Enabled(tc.with, tc.only, tc.skip)
		if err == nil {
			t.Errorf("%s: no error", tc.name)
			continue
		}
		for _, want := range tc.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %q, want it to say %q", tc.name, err, want)
			}
		}
	}
}

func TestTopicOf(t *testing.T) {
	if got, want := schema.TopicOf("digitalocean", "droplets"), "digitalocean.droplets"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
