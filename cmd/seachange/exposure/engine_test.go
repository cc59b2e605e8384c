package exposure_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/cmd/seachange/exposure"
	"github.com/seachange/seachange/schema"
)

// feed takes records in, each "resource id body", or "-resource id" for one that goes, and returns what began and
// ended.
func feed(e *exposure.Engine, records ...string) string {
	var said []string
	for _, line := range records {
		words := strings.SplitN(line, " ", 3)
		resource, gone := strings.CutPrefix(words[0], "-")
		ev := &schema.Event{Op: schema.Updated, Source: schema.Source{DB: "team", Table: resource, LSN: 1}}
		if gone {
			ev.Op, ev.Before = schema.Deleted, &schema.Row{ID: words[1]}
		} else {
			ev.After = &schema.Row{ID: words[1], Body: &words[2]}
		}
		for _, c := range e.Take(ev) {
			for _, x := range c.Began {
				said = append(said, fmt.Sprintf("%s: %s", c.Target, x))
			}
			for _, x := range c.Ended {
				said = append(said, fmt.Sprintf("%s no longer: %s", c.Target, x.Door()))
			}
		}
	}
	return strings.Join(said, "\n")
}

const (
	web   = `droplets 1 {"name":"web-1","tags":["web"],"networks":{"v4":[{"type":"public"}],"v6":[]}}`
	bare  = `droplets 1 {"name":"web-1","tags":[],"networks":{"v4":[{"type":"public"}],"v6":[]}}`
	inner = `droplets 1 {"name":"web-1","tags":["web"],"networks":{"v4":[{"type":"private"}],"v6":[]}}`
)

func wall(name, droplets, tags string, rules ...string) string {
	return fmt.Sprintf(`firewalls %s {"name":"%s","droplet_ids":[%s],"tags":[%s],"inbound_rules":[%s]}`, name, name, droplets, tags, strings.Join(rules, ","))
}

func from(protocol, ports string, addresses ...string) string {
	return fmt.Sprintf(`{"protocol":"%s","ports":"%s","sources":{"addresses":["%s"]}}`, protocol, ports, strings.Join(addresses, `","`))
}

func deny(rule string) string { return strings.Replace(rule, "{", `{"action":"deny",`, 1) }

func TestExposuresInWords(t *testing.T) {
	office, world := from("tcp", "22", "203.0.113.5/32"), from("tcp", "22", "0.0.0.0/0", "::/0")
	admits := func(source string) string { return `{"protocol":"tcp","ports":"5432","sources":{` + source + `}}` }
	for _, tt := range []struct {
		name   string
		before []string
		event  string
		want   string
	}{
		{"a Droplet without a firewall", nil, web, "Droplet web-1: icmp from everywhere, since no firewall protects it\n" +
			"Droplet web-1: tcp on every port from everywhere, since no firewall protects it\n" +
			"Droplet web-1: udp on every port from everywhere, since no firewall protects it"},
		{"one without a public address", nil, inner, ""},
		{"that gets a reserved one", []string{wall("ssh", "1", "", world), inner}, `reserved_ips 203.0.113.9 {"droplet":{"id":1}}`, "Droplet web-1: tcp 22 from everywhere, through firewall ssh"},
		{"whose reserved one goes", []string{wall("ssh", "1", "", world), inner, `reserved_ips 203.0.113.9 {"droplet":{"id":1}}`}, `reserved_ips 203.0.113.9 {"droplet":null}`, "Droplet web-1 no longer: tcp 22"},
		{
			"opened in pieces",
			[]string{wall("ssh", "1", "", office), web},
			wall("ssh", "1", "", from("tcp", "22", "0.0.0.0/1"), from("tcp", "22", "128.0.0.0/1")),
			"Droplet web-1: tcp 22 from everywhere, through firewall ssh",
		},
		{
			"another spelling",
			[]string{wall("all", "1", "", from("tcp", "1-65535", "0.0.0.0/0")), web},
			wall("all", "1", "", from("tcp", "all", "0.0.0.0/0")), "",
		},
		{
			"a wider network",
			[]string{wall("ssh", "1", "", office), web},
			wall("ssh", "1", "", from("tcp", "22", "203.0.113.4/31")),
			"Droplet web-1: tcp 22 from 203.0.113.4/32, through firewall ssh",
		},
		{
			"a source that can't be read",
			[]string{wall("ssh", "1", "", office), web},
			wall("ssh", "1", "", from("tcp", "22", "anybody")), "Droplet web-1: tcp 22 from everywhere, through firewall ssh",
		},
		{"an open firewall is attached by tag", []string{wall("office", "1", "", office), web, wall("open", "", "", world)}, wall("open", "", `"web"`, world), "Droplet web-1: tcp 22 from everywhere, through firewall open by tag web"},
		{"a Droplet gets the tag of an open one", []string{wall("office", "1", "", office), wall("open", "", `"web"`, world), bare}, web, "Droplet web-1: tcp 22 from everywhere, through firewall open by tag web"},
		{
			"a rule moves to another firewall",
			[]string{wall("a", "1", "", world), wall("b", "1", "", world), web},
			wall("a", "1", ""), "",
		},
		{
			"a firewall goes where another protects",
			[]string{wall("a", "1", "", office), wall("b", "1", "", office), web},
			"-firewalls a", "",
		},
		{"the Droplet goes", []string{wall("a", "1", "", world), web}, "-droplets 1", "Droplet web-1 no longer: tcp 22"},
		{
			"a deny that hid an allow goes",
			[]string{wall("a", "1", "", world, deny(world)), web},
			wall("a", "1", "", world),
			"Droplet web-1: tcp 22 from everywhere, through firewall a",
		},
		{
			"a deny that hid a part goes",
			[]string{wall("a", "1", "", world, deny(office)), web},
			wall("a", "1", "", world),
			"Droplet web-1: tcp 22 from 203.0.113.5/32, through firewall a",
		},
		{
			"an unknown protocol",
			[]string{wall("a", "1", ""), web},
			wall("a", "1", "", from("any", "9200", "0.0.0.0/0")),
			"Droplet web-1: icmp from everywhere, through firewall a\n" +
				"Droplet web-1: tcp 9200 from everywhere, through firewall a\n" +
				"Droplet web-1: udp 9200 from everywhere, through firewall a",
		},
		{
			"a load balancer is let in",
			[]string{wall("db", "1", ""), web, `load_balancers lb {"name":"front","forwarding_rules":[{"entry_protocol":"https","entry_port":443}]}`},
			wall("db", "1", "", admits(`"load_balancer_uids":["lb"]`)), "Droplet web-1: tcp 5432 from load balancer front, which everyone can reach, through firewall db",
		},
		{
			"what is let in becomes the world's",
			[]string{wall("db", "1", "", admits(`"droplet_ids":[2]`)), web, wall("office", "2", "", office), `droplets 2 {"name":"jump","networks":{"v4":[{"type":"public"}]}}`},
			wall("office", "2", "", world), "Droplet jump: tcp 22 from everywhere, through firewall office\n" +
				"Droplet web-1: tcp 5432 from Droplet jump, which everyone can reach, through firewall db",
		},
		{
			"a load balancer's allow is emptied",
			[]string{`load_balancers lb {"forwarding_rules":[{"entry_protocol":"http3","entry_port":443}],"firewall":{"allow":["ip:203.0.113.5"]}}`},
			`load_balancers lb {"forwarding_rules":[{"entry_protocol":"http3","entry_port":443}],"firewall":{"allow":[]}}`, "load balancer lb: udp 443 from everywhere",
		},
		{"a database is made without trusted sources", nil, `databases db {"name":"orders","connection":{"port":25060},"rules":[]}`, "database orders: tcp 25060 from everywhere"},
		{"its last trusted source goes", []string{`databases db {"name":"orders","rules":[{"uuid":"r","type":"tag","value":"web"}]}`}, "-database_firewall_rules db/r", "database orders: tcp on every port from everywhere"},
		{"a trusted source is the world", []string{`databases db {"name":"orders","connection":{"port":25060},"rules":[{"uuid":"r","type":"tag","value":"web"}]}`}, `database_firewall_rules db/r {"uuid":"r","type":"ip_addr","value":"0.0.0.0/0"}`, "database orders: tcp 25060 from everywhere"},
		{"a control plane's firewall is off", []string{`kubernetes_clusters c {"name":"prod","control_plane_firewall":{"enabled":true,"allowed_addresses":["203.0.113.5"]}}`}, `kubernetes_clusters c {"name":"prod","control_plane_firewall":{"enabled":false}}`, "control plane of cluster prod: tcp 443 from everywhere"},
		{"a bucket's ACL", nil, `spaces_buckets b {"name":"pictures","acl":{"AccessControlList":{"Grant":[{"Grantee":{"URI":"http://acs.amazonaws.com/groups/global/AllUsers"},"Permission":"READ"}]}}}`, "bucket pictures: ACL: READ to AllUsers from everywhere"},
		{
			"a bucket's wider aws:SourceIp",
			[]string{policied(`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"r","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.5/32"}}}`)},
			policied(`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"r","Condition":{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}}`), "bucket pictures: policy: s3:GetObject on r from everywhere",
		},
		{
			"a bucket's Deny goes",
			[]string{policied(`{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":["s3:GetObject"],"Resource":"r/*"},{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"r/*","Condition":{"NotIpAddress":{"aws:SourceIp":["203.0.113.5/32"]}}}`)},
			policied(`{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":["s3:GetObject"],"Resource":"r/*"}`), "bucket pictures: policy: s3:GetObject on r/* from everywhere",
		},
		{"a Deny that is not about addresses hides nothing", nil, policied(`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"r"},{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringLike":{"aws:Referer":"x"}}}`), "bucket pictures: policy: s3:GetObject on r from everywhere"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := exposure.New()
			feed(e, tt.before...)
			if diff := cmp.Diff(tt.want, feed(e, tt.event)); diff != "" {
				t.Error("-want +got:\n", diff)
			}
		})
	}
}

func policied(statements string) string {
	return `spaces_buckets b {"name":"pictures","policy":{"Statement":[` + statements + `]}}`
}

// A trusted source stands in its database's record, too, and what was seen last counts.
func TestATrustedSourceIsNotLostBetweenTwoTopics(t *testing.T) {
	e := exposure.New()
	if got := feed(e, `databases db {"rules":[{"uuid":"a","type":"tag","value":"x"},{"uuid":"b","type":"tag","value":"y"}]}`); got != "" {
		t.Errorf("a database that trusts tags is open: %s", got)
	}
	if got := feed(e, `database_firewall_rules db/a {"uuid":"a","type":"tag","value":"x"}`, "-database_firewall_rules db/a"); got != "" {
		t.Errorf("one that trusts another is open: %s", got)
	}
	if got := feed(e, "-database_firewall_rules db/b"); got == "" {
		t.Error("one that trusts nobody any more is closed")
	}
}

// Topics come one beside the other: what a cluster's record says may be older than a trusted source that was read
// before.
func TestAnOlderRecordOfADatabaseBringsNoTrustedSourceBack(t *testing.T) {
	e, body := exposure.New(), `{"rules":[{"uuid":"a","type":"ip_addr","value":"0.0.0.0/0"}]}`
	source := &schema.Event{Op: schema.Created, After: &schema.Row{ID: "db/b", Body: new(`{"uuid":"b","type":"tag","value":"x"}`)}, Source: schema.Source{DB: "team", Table: "database_firewall_rules", LSN: 9}}
	e.Take(source)
	e.Take(&schema.Event{
		Op: schema.Updated, After: &schema.Row{ID: "db", Body: &body},
		Source: schema.Source{DB: "team", Table: "databases", LSN: 8},
	})
	if got := e.Now("team", "databases", "db"); len(got) > 0 {
		t.Errorf("the older record counts: %s", got)
	}
	e.Take(&schema.Event{
		Op: schema.Updated, After: &schema.Row{ID: "db", Body: &body},
		Source: schema.Source{DB: "team", Table: "databases", LSN: 10},
	})
	if got := e.Now("team", "databases", "db"); len(got) != 1 {
		t.Errorf("the newer one doesn't: %s", got)
	}
}

// team is 5,000 Droplets, 500 firewalls and 200 tags.
func team(e *exposure.Engine) {
	for i := range 500 {
		feed(e, wall(fmt.Sprint("fw-", i), "", fmt.Sprintf(`"tag-%d"`, i%200), from("tcp", "443", "0.0.0.0/0", "::/0"), from("tcp", "22", fmt.Sprintf("198.51.100.%d/32", i%256)),
			fmt.Sprintf(`{"protocol":"tcp","ports":"5432","sources":{"tags":["tag-%d"]}}`, (i+1)%200)))
	}
	for i := range 5000 {
		feed(e, fmt.Sprintf(`droplets %d {"name":"d","tags":["tag-%d"],"networks":{"v4":[{"type":"public"}]}}`, i, i%200))
	}
}

// BenchmarkTake is a Droplet that moves between two tags of a large team.
func BenchmarkTake(b *testing.B) {
	e, n := exposure.New(), 0
	team(e)
	for b.Loop() {
		n++
		feed(e, fmt.Sprintf(`droplets 7 {"name":"d","tags":["tag-%d"],"networks":{"v4":[{"type":"public"}]}}`, n%200))
	}
}

// BenchmarkTeam is all events of a large team, as at a restart.
func BenchmarkTeam(b *testing.B) {
	for b.Loop() {
		team(exposure.New())
	}
}
