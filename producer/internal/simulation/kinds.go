package simulation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
)

// secret stands in members that must never leave.
const secret = digitaloceantest.Marker + "simulation"

// kind is a resource of which the world has records.
type kind struct {
	resource string
	weight   int // how often one of it changes, beside the others
	most     int // records of a collection
	fixed    bool
	own      func(serial int, s stream) string
	text     string // of a record: its own id, its version, when it was born, when it was changed, a secret
	open     string // of an entry of a log that may still change
}

func number(serial int, _ stream) string { return fmt.Sprint(1000 + serial) }
func name(_ int, s stream) string {
	return pick(s, "ann", "bob", "eve", "joe", "kim", "liz", "max", "zoe")
}
func zone(_ int, s stream) string { return name(0, s) + ".example.com" }
func uuid(serial int, _ stream) string {
	return fmt.Sprintf("%08x-0000-4000-8000-000000000000", serial)
}

func urn(serial int, s stream) string {
	return pick(s, "do:droplet:", "do:volume:") + number(serial, s)
}

func self(resource string) func(int, stream) string {
	return func(int, stream) string { return resource }
}

// groups are kinds that belong together: a seed has all of a group, or none.
var groups = [][]kind{
	{
		{
			resource: "databases", weight: 2, most: 4, own: uuid,
			text: `{"id":%q,"name":"db","engine":"pg","num_nodes":%d,"created_at":%q,"rules":[],` +
				`"maintenance_window":{"day":%q},"connection":{"password":%q}}`,
		},
		{
			resource: "database_users", weight: 6, most: 6, own: name,
			text: `{"name":%q,"role":"r%d","comment":%q,"changed":%q,"password":%q}`,
		},
		{
			resource: "database_dbs", weight: 3, most: 5, own: name,
			text: `{"name":%q}`, fixed: true,
		},
		{
			resource: "database_replicas", weight: 2, most: 3, own: uuid,
			text: `{"id":%[1]q,"name":"replica-%[1]s","size":"s-%[2]d","created_at":%[3]q,"status":%[4]q,` +
				`"connection":{"password":%[5]q}}`,
		},
		{
			resource: "database_firewall_rules", weight: 2, most: 4, own: uuid,
			text: `{"uuid":%q,"type":"ip_addr","value":"192.0.2.%d","created_at":%q,"description":%q}`,
		},
		{
			resource: "database_configs", weight: 1, most: 1, own: self("database_configs"),
			text: `{"mode":%q,"backup_hour":%d}`,
		},
		{
			resource: "database_events", weight: 1, most: 100, own: number,
			text: `{"id":%q,"event_type":"e%d","create_time":%q}`, fixed: true,
		},
	},
	{
		{
			resource: "kubernetes_clusters", weight: 1, most: 3, own: uuid,
			text: `{"id":%q,"name":"k8s","version":"1.%d","created_at":%q,"updated_at":%q}`,
		},
		{
			resource: "kubernetes_node_pools", weight: 4, most: 4, own: uuid,
			text: `{"id":%q,"name":"pool","count":%d,"size":"s","labels":{"born":%q}}`,
		},
	},
	{
		{
			resource: "domains", weight: 1, most: 5, own: zone,
			text: `{"name":%q,"ttl":%d,"zone_file":"$ORIGIN %s"}`,
		},
		{
			resource: "domain_records", weight: 5, most: 8, own: number,
			text: `{"id":%s,"type":"A","name":"www","data":"192.0.2.%d","tag":%q}`,
		},
	},
	{
		{
			resource: "droplets", weight: 4, most: 12, own: number,
			text: `{"id":%s,"name":"web-%d","status":"active","created_at":%q,"tags":["b","a"],` +
				`"volume_ids":["v"],"vpc_uuid":%q,"user_data":%q}`,
		},
		{
			resource: "droplet_backup_policies", weight: 1, most: 4, own: number,
			text: `{"droplet_id":%s,"backup_policy":{"hour":%d}}`,
		},
		{
			resource: "volumes", weight: 1, most: 6, own: uuid,
			text: `{"id":%q,"name":"disk","size_gigabytes":%d,"created_at":%q,"droplet_ids":[1,2],"tags":["a"]}`,
		},
		{
			resource: "projects", weight: 1, most: 3, own: uuid,
			text: `{"id":%q,"name":"p%d","created_at":%q,"updated_at":%q}`,
		},
		{
			resource: "project_resources", weight: 3, most: 5, own: urn,
			text: `{"urn":%q,"links":{"self":"l%d"}}`,
		},
	},
	{
		{
			resource: "firewalls", weight: 3, most: 8, own: uuid,
			text: `{"id":%q,"name":"fw-%d","created_at":%q,"droplet_ids":[2,1],"tags":["x","y"],` +
				`"inbound_rules":[],"outbound_rules":[]}`,
		},
	},
	{
		{
			resource: "actions", weight: 3, most: 150, own: number, fixed: true,
			text: `{"id":%s,"status":"completed","type":"t%d",` +
				`"started_at":%q}`, open: `{"id":%s,"status":"in-progress","type":"t%d","started_at":%q}`,
		},
	},
	{
		{
			resource: "registries", weight: 1, most: 2, own: name,
			text: `{"name":%q,"region":"fra%d","created_at":%q}`,
		},
		{
			resource: "registry_repositories", weight: 1, most: 4, own: name,
			text: `{"name":%q,"registry_name":"r%d","latest_manifest":{"digest":%q},"tag_count":1}`,
		},
		{
			resource: "registry_tags", weight: 3, most: 4, own: name,
			text: `{"tag":%q,"compressed_size_bytes":%d,"manifest_digest":%q,"updated_at":%q}`,
		},
	},
	{
		{
			resource: "nfs_shares", weight: 2, most: 4, own: uuid,
			text: `{"id":%q,"name":"share","size_gib":%d,"created_at":%q,"region":"atl1","status":"ACTIVE"}`,
		},
	},
	{
		{
			resource: "balance", weight: 1, most: 1, own: self("balance"),
			text: `{"account_balance":"%[2]d.00","month_to_date_usage":"%[2]d.00"}`,
		},
	},
	{
		{
			resource: "ssh_keys", weight: 1, most: 6, own: number,
			text: `{"id":%s,"name":"k%d","fingerprint":%q,"public_key":"ssh-ed25519 AAAAFake"}`,
		},
		{
			resource: "tags", weight: 0, most: 0, own: name,
			text: `{"name":%q}`,
		},
	},
}

func kindOf(resource string) kind {
	for _, group := range groups {
		for _, k := range group {
			if k.resource == resource {
				return k
			}
		}
	}
	panic("no kind " + resource)
}

// someKinds returns a few groups' kinds.
func someKinds(s stream) []kind {
	var kinds []kind
	first := s.IntN(3) // one with embedded children or a parent that tells of them
	for i, group := range groups {
		p := 0.3
		if group[0].resource == "balance" { // it is read once an hour
			p = 0.08
		}
		if i == first || s.chance(p) {
			kinds = append(kinds, group...)
		}
	}
	return slices.Clip(kinds)
}

// record returns the text of a record.
func (k *kind) record(own string, version int, born, changed string) []byte {
	args := []any{own, version, born, changed, secret}
	text := k.text
	if version < 0 {
		text, args[1] = k.open, -version
	}
	if strings.Contains(text, "%[") {
		return fmt.Appendf(nil, text, args...)
	}
	return fmt.Appendf(nil, text, args[:strings.Count(text, "%")]...)
}
