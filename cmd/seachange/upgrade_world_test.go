package main

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
)

// The account of testdata/upgrade. .ci/upgrade compiles this file with the release that makes the directories, too, so
// it uses nothing that came later.

// pastAccount is what that release saw first.
func pastAccount() *digitaloceantest.Account {
	a := digitaloceantest.New(digitaloceantest.Options{})
	for i := range 3 {
		pastFirewall(a, i, "443")
	}
	for i := range 4 {
		id := fmt.Sprint("vpc-", i)
		a.Put("vpcs", id, fmt.Sprintf(`{"id":%q,"name":"net","region":"fra1","created_at":"2026-01-01T00:00:00Z"}`, id))
	}
	a.Put("domains", "example.com", `{"name":"example.com","ttl":1800,"zone_file":""}`)
	for i := range 3 {
		pastRecord(a, i, "203.0.113.1")
	}
	pastDatabase(a, "ann", "bob")
	pastCluster(a, 1)
	pastAction(a, 1, "completed")
	pastAction(a, 2, "in-progress")
	return a
}

func pastFirewall(a *digitaloceantest.Account, n int, ports string) {
	id := fmt.Sprint("fw-", n)
	a.Put("firewalls", id, fmt.Sprintf(`{"id":%q,"name":"web","status":"succeeded","created_at":"2026-01-01T00:00:00Z",
		"pending_changes":[],"droplet_ids":[],"tags":[],"outbound_rules":[],
		"inbound_rules":[{"protocol":"tcp","ports":%q,"sources":{"addresses":["0.0.0.0/0"]}}]}`, id, ports))
}

func pastRecord(a *digitaloceantest.Account, n int, data string) {
	a.Put("domain_records", fmt.Sprint("example.com/", n+1),
		fmt.Sprintf(`{"id":%d,"type":"A","name":"www","data":%q,"ttl":1800}`, n+1, data))
}

func pastDatabase(a *digitaloceantest.Account, users ...string) {
	list := ""
	for _, name := range users {
		list += fmt.Sprintf(`,{"name":%q,"role":"normal","password":"obviously-fake"}`, name)
	}
	a.Put("databases", "db-1", `{"id":"db-1","name":"main","engine":"pg","status":"online",
		"created_at":"2026-01-01T00:00:00Z","users":[`+list[1:]+`],"db_names":["defaultdb"]}`)
}

func pastCluster(a *digitaloceantest.Account, count int) {
	a.Put("kubernetes_clusters", "k8s-1", fmt.Sprintf(`{"id":"k8s-1","name":"main","region":"fra1",
		"created_at":"2026-01-01T00:00:00Z","status":{"state":"running"},
		"node_pools":[{"id":"pool-1","name":"pool","size":"s-1vcpu-2gb","count":%d,"nodes":[]}]}`, count))
}

func pastAction(a *digitaloceantest.Account, id int, status string) {
	completed := `"2026-01-01T00:01:00Z"`
	if status == "in-progress" {
		completed = "null"
	}
	a.Put("actions", fmt.Sprint(id), fmt.Sprintf(`{"id":%d,"status":%q,"type":"create","started_at":"2026-01-01T00:00:00Z",
		"completed_at":%s,"resource_id":1,"resource_type":"droplet","region_slug":"fra1"}`, id, status, completed))
}

// pastChanges is what happened before that release's second pass.
func pastChanges(a *digitaloceantest.Account) {
	pastFirewall(a, 0, "22")
	pastFirewall(a, 3, "443")
	a.Delete("firewalls", "fw-2")
	a.Delete("domain_records", "example.com/3")
	pastDatabase(a, "ann", "eve")
	pastAction(a, 3, "completed")
}

// nextChanges are what the release after it sees, and nextEvents what it says.
func nextChanges(a *digitaloceantest.Account) {
	pastFirewall(a, 1, "8080")
	a.Delete("firewalls", "fw-3")
	pastRecord(a, 1, "203.0.113.2")
	pastDatabase(a, "ann", "eve", "zoe")
	pastCluster(a, 2)
	pastAction(a, 2, "completed")
	pastAction(a, 4, "completed")
}

var nextEvents = []string{
	"c actions 4", "c database_users db-1/zoe", "d firewalls fw-3", "u actions 2", "u domain_records example.com/2",
	"u firewalls fw-1", "u kubernetes_node_pools k8s-1/pool-1",
}

// pastTrouble is what that release met in its last pass, in a directory of its own: what it has to remember.
func pastTrouble(a *digitaloceantest.Account) {
	a.Delete("firewalls", "fw-1") // gone, but nothing confirms it
	a.Fault(digitaloceantest.Fault{Resource: "firewalls", ByID: true, Effect: digitaloceantest.Status(500)})
	a.Delete("vpcs", "vpc-1")
	a.Fault(digitaloceantest.Fault{Resource: "vpcs", ByID: true, Effect: digitaloceantest.Status(500)})
	a.Fault(digitaloceantest.Fault{Resource: "domain_records", Effect: digitaloceantest.Status(500)})
	a.Fault(digitaloceantest.Fault{Resource: "kubernetes_clusters", Effect: digitaloceantest.Status(403)})
}

// pastSettings are the environment of the directories of testdata/upgrade.
func pastSettings(t *testing.T, a *digitaloceantest.Account, dir string) map[string]string {
	t.Helper()
	srv := httptest.NewServer(a)
	t.Cleanup(srv.Close)
	return map[string]string{
		"DIGITALOCEAN_TOKEN": digitaloceantest.Token, "SEACHANGE_API_URL": srv.URL, "SEACHANGE_SHARDS": "2",
		"SEACHANGE_TOPIC_PREFIX": "past", "SEACHANGE_MASK_KEY": "obviously-fake-key",
		"SEACHANGE_ONLY": "account,firewalls,vpcs,domains,domain_records,databases,database_users,database_dbs," +
			"kubernetes_clusters,kubernetes_node_pools,actions",
		"SEACHANGE_DATA_DIR": dir, "SEACHANGE_EMBEDDED_LISTEN": "127.0.0.1:0",
	}
}
