package describe_test

import (
	"strings"
	"testing"

	"github.com/seachange/seachange/cmd/seachange/describe"
	"github.com/seachange/seachange/schema"
)

func updated(changes string) *schema.Event {
	return &schema.Event{Op: schema.Updated, Before: &schema.Row{}, After: &schema.Row{}, Changes: &changes}
}

func observed(op schema.Op, body string) *schema.Event {
	r := &schema.Row{Body: &body}
	if op == schema.Deleted {
		return &schema.Event{Op: op, Before: r}
	}
	return &schema.Event{Op: op, After: r}
}

func TestEventInWords(t *testing.T) {
	tooLarge := updated("")
	tooLarge.Changes = nil
	withParent := observed(schema.Deleted, `{"type":"A","data":"203.0.113.7"}`)
	withParent.Source.Cause = new("parent")

	for _, tt := range []struct {
		name, resource string
		ev             *schema.Event
		want           string
	}{
		{
			"a firewall opens port 22", "firewalls",
			updated(`[{"op":"add","path":"/inbound_rules/1","value":{"ports":"22","protocol":"tcp","sources":{"addresses":["0.0.0.0/0","::/0"]}}}]`),
			"added: inbound tcp 22 from 0.0.0.0/0, ::/0",
		},
		{
			"a firewall rule is replaced", "firewalls",
			updated(`[{"op":"remove","path":"/outbound_rules/0","old":{"protocol":"icmp","destinations":{"addresses":["10.0.0.0/8"]}}},
				{"op":"add","path":"/outbound_rules/0","value":{"ports":"0","protocol":"udp","destinations":{"tags":["web"],"droplet_ids":[7],"load_balancer_uids":["lb-1"],"kubernetes_ids":["k-1"]}}}]`),
			"removed: outbound icmp to 10.0.0.0/8; added: outbound udp all ports to tag web, droplet 7, load balancer " +
				"lb-1, cluster k-1",
		},
		{"a rule for nobody", "firewalls", updated(`[{"op":"add","path":"/inbound_rules/-","value":{"ports":"all","protocol":"tcp","sources":{}}}]`), "added: inbound tcp all ports from nobody"},
		{"a rule that denies", "firewalls", updated(`[{"op":"add","path":"/inbound_rules/-","value":{"action":"deny","ports":"22","protocol":"tcp","sources":{"addresses":["0.0.0.0/0"]}}}]`), "added: deny inbound tcp 22 from 0.0.0.0/0"},
		{"an address in a rule", "firewalls", updated(`[{"op":"add","path":"/inbound_rules/0/sources/addresses/1","value":"::/0"}]`), "added: inbound_rules[0].sources.addresses ::/0"},
		{"a droplet is resized", "droplets", updated(`[{"op":"replace","path":"/size/slug","value":"s-1vcpu-2gb","old":"s-1vcpu-1gb"}]`), "size.slug: s-1vcpu-1gb → s-1vcpu-2gb"},
		{"a droplet gets a tag", "droplets", updated(`[{"op":"add","path":"/tags/0","value":"web"}]`), "added: tags web"},
		{"a network's member", "droplets", updated(`[{"op":"replace","path":"/networks/v4/0/ip_address","value":"203.0.113.8","old":null}]`), "networks.v4[0].ip_address: null → 203.0.113.8"},
		{"a DNS record moves", "domain_records", updated(`[{"op":"replace","path":"/data","value":"203.0.113.8","old":"203.0.113.7"},{"op":"replace","path":"/ttl","value":60,"old":1800}]`), "data: 203.0.113.7 → 203.0.113.8; ttl: 1800 → 60"},
		{"a database grows", "databases", updated(`[{"op":"replace","path":"/num_nodes","value":2,"old":1},{"op":"add","path":"/maintenance_window","value":{"day":"monday"}}]`), `num_nodes: 1 → 2; added: maintenance_window {"day":"monday"}`},
		{"a load balancer's rule", "load_balancers", updated(`[{"op":"remove","path":"/forwarding_rules/0","old":{"entry_protocol":"http","entry_port":80,"target_protocol":"http","target_port":8080}}]`), "removed: http 80 to http 8080"},
		{"a bucket's grant", "spaces_buckets", updated(`[{"op":"add","path":"/acl/AccessControlList/Grant/1","value":{"Grantee":{"type":"Group","URI":"http://acs.amazonaws.com/groups/global/AllUsers"},"Permission":"READ"}}]`), "added: ACL: READ to AllUsers"},
		{"a bucket's grant to one", "spaces_buckets", updated(`[{"op":"remove","path":"/acl/AccessControlList/Grant/1","old":{"Grantee":{"type":"CanonicalUser","ID":"7"},"Permission":"WRITE"}}]`), "removed: ACL: WRITE to 7"},
		{"a whole ACL", "spaces_buckets", updated(`[{"op":"add","path":"/acl","value":{"AccessControlList":{}}}]`), `added: acl {"AccessControlList":{}}`},
		{"members with odd names", "apps", updated(`[{"op":"replace","path":"/spec/a~1b~0c","value":"","old":true}]`), `spec.a/b~c: true → ""`},
		{"nothing known before", "apps", updated(`[{"op":"replace","path":"/x","value":1}]`), "x: nothing → 1"},
		{
			"many changes are counted", "apps",
			updated(`[` + strings.TrimSuffix(strings.Repeat(`{"op":"replace","path":"/x","value":1,"old":0},`, 9), ",") + `]`),
			strings.Repeat("x: 0 → 1; ", 6) + "and 3 more",
		},
		{"too large", "apps", tooLarge, "too large to say what changed"},
		{"unreadable changes are shown as they are", "apps", updated("nonsense\n"), `nonsense\u000a`},
		{"a value that would drive the terminal", "droplets", updated(`[{"op":"replace","path":"/name","value":"\u001b[2Jx\u202e","old":"y"}]`), `name: y → \u001b[2Jx\u202e`},
		{"a long value", "droplets", updated(`[{"op":"add","path":"/note","value":"` + strings.Repeat("é", 200) + `"}]`), "added: note " + strings.Repeat("é", 120) + "…"},

		{"a droplet is created", "droplets", observed(schema.Created, `{"size_slug":"s-1vcpu-1gb","region":{"slug":"nyc3"},"networks":{"v4":[{"ip_address":"10.0.0.2"},{"ip_address":"203.0.113.7"}]}}`), "s-1vcpu-1gb in nyc3, 10.0.0.2, 203.0.113.7"},
		{"a firewall is seen", "firewalls", observed(schema.Read, `{"inbound_rules":[{"protocol":"tcp","ports":"443","sources":{"addresses":["0.0.0.0/0"]}}],"outbound_rules":[]}`), "inbound tcp 443 from 0.0.0.0/0"},
		{"a reserved ip without a droplet", "reserved_ips", observed(schema.Created, `{"region":{"slug":"nyc3"},"droplet":null}`), "in nyc3, droplet none"},
		{"a record is deleted", "domain_records", observed(schema.Deleted, `{"type":"A","data":"203.0.113.7"}`), "A → 203.0.113.7"},
		{"a record goes with its parent", "domain_records", withParent, "gone with its parent; A → 203.0.113.7"},
		{"a resource without a summary", "tomorrows_resource", observed(schema.Created, `{"a":1}`), ""},
		{"a body that was too large", "droplets", &schema.Event{Op: schema.Created, After: &schema.Row{}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.ev.Source.Table = tt.resource
			if got := describe.Event(tt.ev); got != tt.want {
				t.Errorf("\ngot  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestLine(t *testing.T) {
	ev := updated(`[{"op":"replace","path":"/status","value":"off","old":"active"}]`)
	ev.TsMS, ev.Source.Table = 1764031743000, "droplets"
	ev.After = &schema.Row{ID: "3164444", Name: new("web-1")}
	want := "2025-11-25T00:49:03Z updated  acme droplets web-1 (3164444): status: active → off"
	if got := describe.Line(ev, "acme", false); got != want {
		t.Errorf("\ngot  %s\nwant %s", got, want)
	}
	if got, want := describe.Line(ev, "acme", true), "\x1b[33mupdated \x1b[0m"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
	ev.After.Name = new("3164444")
	if got := describe.Line(ev, "acme", false); !strings.Contains(got, " droplets 3164444: ") {
		t.Errorf("a name that is the id is said twice: %s", got)
	}
	empty := &schema.Event{Op: schema.Deleted}
	if got := describe.Line(empty, "", false); !strings.Contains(got, "deleted") {
		t.Errorf("an event without rows: %q", got)
	}
}
