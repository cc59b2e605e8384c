package describe

import (
	"regexp"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/seachange/seachange/schema/plain"
)

// summaries say in a few words what a record is: {x} is a path into its body. A resource without one is known by its
// name and id alone.
var summaries = map[string]string{
	"account":                 "{status}, {droplet_limit} droplets allowed",
	"actions":                 "{type} of {resource_type} {resource_id}: {status}",
	"apps":                    "{live_url} in {region.slug}",
	"cdn_endpoints":           "{endpoint} for {origin}",
	"certificates":            "{type} for {dns_names}, until {not_after}",
	"database_backups":        "{size_gigabytes} GB of {created_at}",
	"database_firewall_rules": "{type} {value}",
	"database_pools":          "{mode} pool of {size} on {db}",
	"database_replicas":       "{size} in {region}",
	"database_users":          "{role}",
	"databases":               "{engine} {version}, {num_nodes} × {size} in {region}",
	"domain_records":          "{type} → {data}",
	"domains":                 "ttl {ttl}",
	"droplets":                "{size_slug} in {region.slug}, {networks.v4.#.ip_address}",
	"images":                  "{distribution} {type}, at least {min_disk_size} GB",
	"kubernetes_clusters":     "{version} in {region}",
	"kubernetes_node_pools":   "{count} × {size}",
	"load_balancers":          "{ip} in {region.slug}, {droplet_ids.#} droplets",
	"project_resources":       "{status}, since {assigned_at}",
	"projects":                "{environment}: {purpose}",
	"reserved_ips":            "in {region.slug}, droplet {droplet.id}",
	"snapshots":               "{size_gigabytes} GB of {resource_type} {resource_id}",
	"spaces_buckets":          "in {region}",
	"ssh_keys":                "{fingerprint}",
	"tags":                    "on {resources.count} resources",
	"volumes":                 "{size_gigabytes} GB in {region.slug}, on droplet {droplet_ids}",
	"vpcs":                    "{ip_range} in {region}",
}

var placeholder = regexp.MustCompile(`\{[^}]+\}`)

// Record says in a few words what a record is, from its body; "" if there are none for its resource, or no body.
func Record(resource string, body *string) string {
	if body == nil {
		return ""
	}
	if resource == "firewalls" {
		return firewallSummary(gjson.Parse(*body))
	}
	return placeholder.ReplaceAllStringFunc(summaries[resource], func(p string) string {
		return plain.Value(words(gjson.Get(*body, strings.Trim(p, "{}"))))
	})
}

// words is a value for people: a list is joined, nothing is "none".
func words(r gjson.Result) string {
	if r.IsArray() {
		var all []string
		for _, e := range r.Array() {
			all = append(all, e.String())
		}
		r = gjson.Result{Type: gjson.String, Str: strings.Join(all, ", ")}
	}
	if r.String() == "" {
		return "none"
	}
	return r.String()
}

func firewallSummary(r gjson.Result) string {
	var all []string
	for _, list := range []string{"inbound_rules", "outbound_rules"} {
		for _, rule := range r.Get(list).Array() {
			all = append(all, firewallRule(list, rule))
		}
	}
	return sentence(all)
}
