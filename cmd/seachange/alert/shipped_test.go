package alert_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/seachange/seachange/cmd/seachange/alert"
)

// A case is what happens, a record's change a line; a rule is asked about the last one.
type example struct{ fires, silent []string }

func lines(all ...string) []string { return all }

// attached is a Droplet behind a firewall whose rules change from ssh from one address.
func attached(rules ...string) []string {
	office := tagged("web", rule("22", "203.0.113.5/32"))
	return lines("r droplets 1 "+machine, "r firewalls f "+office, "u firewalls f "+tagged("web", rules...))
}

func ported(protocol, ports string, sources ...string) string {
	return strings.Replace(rule(ports, sources...), `"tcp"`, `"`+protocol+`"`, 1)
}

func changedTo(resource, before, after string) []string {
	return lines("r "+resource+" 1 "+before, "u "+resource+" 1 "+after)
}

// examples has a firing and a silent case of each rule that is shipped.
func examples() map[string]example {
	all := map[string]example{
		"droplet-unprotected":    {lines("c droplets 1 " + machine), lines("c droplets 1 " + strings.Replace(machine, `"public"`, `"private"`, 1))},
		"droplet-all-ports-open": {attached(rule("all", "0.0.0.0/0")), attached(rule("all", "203.0.113.0/24"))},
		"droplet-icmp-open": {
			attached(ported("icmp", "0", "0.0.0.0/0")),
			attached(ported("icmp", "0", "203.0.113.0/24")),
		},
		"droplet-other-port-open":       {attached(rule("12345", "0.0.0.0/0")), attached(rule("22", "0.0.0.0/0"))},
		"droplet-much-of-the-internet":  {attached(rule("22", "0.0.0.0/1")), attached(rule("22", "0.0.0.0/0"))},
		"droplet-wider-network":         {attached(rule("22", "203.0.0.0/16")), attached(rule("22", "203.0.113.0/24"))},
		"droplet-let-in-by-chain":       {attached(`{"protocol":"tcp","ports":"5432","sources":{"tags":["jump"]}}`), attached(`{"protocol":"tcp","ports":"5432","sources":{"tags":["inner"]}}`)},
		"load-balancer-opens":           {lines(`c load_balancers 1 {"forwarding_rules":[{"entry_protocol":"https","entry_port":443}]}`), lines(`c load_balancers 1 {"network":"INTERNAL","forwarding_rules":[{"entry_protocol":"https","entry_port":443}]}`)},
		"load-balancer-other-port-open": {lines(`c load_balancers 1 {"forwarding_rules":[{"entry_protocol":"tcp","entry_port":5432}]}`), lines(`c load_balancers 1 {"forwarding_rules":[{"entry_protocol":"http3","entry_port":443}]}`)},
		"load-balancer-allow-list-gone": {
			changedTo("load_balancers", `{"firewall":{"allow":["ip:203.0.113.5"]},"forwarding_rules":[{"entry_protocol":"https","entry_port":443}]}`, `{"firewall":{"allow":[]},"forwarding_rules":[{"entry_protocol":"https","entry_port":443}]}`),
			changedTo("load_balancers", `{"firewall":{"allow":["ip:203.0.113.5"]},"forwarding_rules":[{"entry_protocol":"https","entry_port":443}]}`, `{"firewall":{"allow":["ip:203.0.113.6"]},"forwarding_rules":[{"entry_protocol":"https","entry_port":443}]}`),
		},
		"database-open-to-the-world":  {lines(`c databases 1 {"connection":{"port":25060},"rules":[]}`), lines(`c databases 1 {"rules":[{"uuid":"r","type":"tag","value":"web"}]}`)},
		"database-wider-network":      {lines(`r databases 1 {"rules":[{"uuid":"r","type":"tag","value":"web"}]}`, `c database_firewall_rules 1/s {"uuid":"s","type":"ip_addr","value":"203.0.113.0/24"}`), lines(`r databases 1 {"rules":[{"uuid":"r","type":"tag","value":"web"}]}`, `c database_firewall_rules 1/s {"uuid":"s","type":"droplet","value":"7"}`)},
		"control-plane-open":          {changedTo("kubernetes_clusters", `{"control_plane_firewall":{"enabled":true,"allowed_addresses":["203.0.113.5"]}}`, `{"control_plane_firewall":{"enabled":false}}`), changedTo("kubernetes_clusters", `{"control_plane_firewall":{"enabled":true,"allowed_addresses":["203.0.113.5"]}}`, `{"control_plane_firewall":{"enabled":true,"allowed_addresses":["203.0.113.6"]}}`)},
		"control-plane-wider-network": {changedTo("kubernetes_clusters", `{"control_plane_firewall":{"enabled":true,"allowed_addresses":["203.0.113.5"]}}`, `{"control_plane_firewall":{"enabled":true,"allowed_addresses":["203.0.113.0/24"]}}`), changedTo("kubernetes_clusters", `{"control_plane_firewall":{"enabled":true,"allowed_addresses":["203.0.113.0/24"]}}`, `{"control_plane_firewall":{"enabled":true,"allowed_addresses":["203.0.113.5"]}}`)},
		"bucket-becomes-public":       {changedTo("spaces_buckets", `{}`, `{"policy":{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"r"}]}}`), changedTo("spaces_buckets", `{}`, `{"policy":{"Statement":[{"Effect":"Allow","Principal":{"AWS":"7"},"Action":"s3:GetObject","Resource":"r"}]}}`)},
		"bucket-wider-network": {
			changedTo("spaces_buckets", `{}`, `{"policy":{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"r","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}]}}`),
			changedTo("spaces_buckets", `{}`, `{"policy":{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"r","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}}`),
		},
		"firewall-opens-to-the-world": {lines("r firewalls f "+tagged("web"), "u firewalls f "+
			tagged("web", rule("22", "0.0.0.0/0"))), attached(rule("22", "0.0.0.0/0"))},
		"firewall-deleted": {
			lines("r firewalls f "+tagged("web"), "d firewalls f "),
			lines("r firewalls f "+tagged("web"), "u firewalls f "+tagged("other")),
		},
		"firewall-outbound-opens": {
			changedTo("firewalls", `{"outbound_rules":[]}`, `{"outbound_rules":[{"protocol":"tcp","ports":"0","destinations":{"addresses":["0.0.0.0/0"]}}]}`),
			changedTo("firewalls", `{"outbound_rules":[]}`, `{"outbound_rules":[{"protocol":"tcp","ports":"443","destinations":{"addresses":["0.0.0.0/0"]}}]}`),
		},
		"vpc-peering-appears":                {lines(`c vpc_peerings 1 {"vpc_ids":["a","b"]}`), changedTo("vpc_peerings", `{"name":"a"}`, `{"name":"b"}`)},
		"nat-gateway-appears":                {lines(`c vpc_nat_gateways 1 {"name":"a"}`), changedTo("vpc_nat_gateways", `{"name":"a"}`, `{"name":"b"}`)},
		"partner-attachment-appears":         {changedTo("partner_attachments", `{"vpc_ids":["a"]}`, `{"vpc_ids":["a","b"]}`), changedTo("partner_attachments", `{"name":"a"}`, `{"name":"b"}`)},
		"route-changes":                      {changedTo("vpc_routes", `{"target_urns":["a"]}`, `{"target_urns":["b"]}`), lines(`c vpc_routes 1 {"modifiable":false}`)},
		"reserved-ip-moves":                  {changedTo("reserved_ips", `{"droplet":{"id":1}}`, `{"droplet":{"id":2}}`), changedTo("reserved_ips", `{"droplet":{"id":1}}`, `{"droplet":{"id":1},"project_id":"p"}`)},
		"reserved-ip-moves-between-projects": {changedTo("reserved_ips", `{"project_id":"p"}`, `{"project_id":"q"}`), changedTo("reserved_ips", `{"droplet":null,"project_id":"p"}`, `{"droplet":{"id":1},"project_id":"p"}`)},
		"load-balancer-loses-tls":            {changedTo("load_balancers", `{"forwarding_rules":[{"entry_protocol":"https","entry_port":443}]}`, `{"forwarding_rules":[{"entry_protocol":"http","entry_port":80}]}`), changedTo("load_balancers", `{"forwarding_rules":[{"entry_protocol":"https","entry_port":443}]}`, `{"forwarding_rules":[{"entry_protocol":"http2","entry_port":443}]}`)},
		"load-balancer-without-redirect": {
			changedTo("load_balancers", `{"redirect_http_to_https":true,"forwarding_rules":[{"entry_protocol":"https"},{"entry_protocol":"http"}]}`, `{"redirect_http_to_https":false,"forwarding_rules":[{"entry_protocol":"https"},{"entry_protocol":"http"}]}`),
			changedTo("load_balancers", `{"redirect_http_to_https":false,"forwarding_rules":[{"entry_protocol":"https"}]}`, `{"redirect_http_to_https":true,"forwarding_rules":[{"entry_protocol":"https"},{"entry_protocol":"http"}]}`),
		},
		"load-balancer-certificate-changes": {
			changedTo("load_balancers", `{"forwarding_rules":[{"entry_port":443,"certificate_id":"a"}]}`, `{"forwarding_rules":[{"entry_port":443,"certificate_id":"b"}]}`),
			changedTo("load_balancers", `{"forwarding_rules":[{"entry_port":443,"certificate_id":""}]}`, `{"forwarding_rules":[{"entry_port":443,"certificate_id":"b"}]}`),
		},
		"certificate-custom-appears":      {lines(`c certificates 1 {"type":"custom"}`), lines(`c certificates 1 {"type":"lets_encrypt"}`)},
		"cdn-endpoint-origin-changes":     {changedTo("cdn_endpoints", `{"origin":"a"}`, `{"origin":"b"}`), changedTo("cdn_endpoints", `{"ttl":1}`, `{"ttl":2}`)},
		"domain-delegation-changes":       {changedTo("domain_records", `{"type":"MX","data":"a"}`, `{"type":"MX","data":"b"}`), lines(`c domain_records 1 {"type":"NS","data":"ns1.digitalocean.com"}`)},
		"domain-appears":                  {lines(`c domains example.com {"name":"example.com"}`), lines(`r domains example.com {"name":"example.com"}`)},
		"domain-deleted":                  {lines(`r domains example.com {}`, `d domains example.com `), lines(`c domains example.com {}`)},
		"domain-apex-changes":             {changedTo("domain_records", `{"type":"A","name":"@","data":"203.0.113.1"}`, `{"type":"A","name":"@","data":"203.0.113.2"}`), changedTo("domain_records", `{"type":"A","name":"www","data":"203.0.113.1"}`, `{"type":"A","name":"www","data":"203.0.113.2"}`)},
		"domain-cname-changes":            {lines(`c domain_records 1 {"type":"CNAME","name":"a","data":"b"}`), changedTo("domain_records", `{"type":"CNAME","ttl":1,"data":"b"}`, `{"type":"CNAME","ttl":2,"data":"b"}`)},
		"domain-wildcard-appears":         {lines(`c domain_records 1 {"type":"A","name":"*.dev"}`), lines(`c domain_records 1 {"type":"A","name":"dev"}`)},
		"domain-caa-removed":              {lines(`r domain_records 1 {"type":"CAA"}`, `d domain_records 1 `), lines(`r domain_records 1 {"type":"A"}`, `d domain_records 1 `)},
		"domain-spf-too-open":             {changedTo("domain_records", `{"type":"TXT","data":"v=spf1 mx -all"}`, `{"type":"TXT","data":"v=spf1 mx +all"}`), lines(`c domain_records 1 {"type":"TXT","data":"v=spf1 mx -all"}`)},
		"domain-mail-policy-removed":      {lines(`r domain_records 1 {"type":"TXT","name":"_dmarc","data":"v=DMARC1; p=reject"}`, `d domain_records 1 `), lines(`r domain_records 1 {"type":"TXT","name":"x","data":"y"}`, `d domain_records 1 `)},
		"database-trusted-source-appears": {lines(`c database_firewall_rules 1/r {"uuid":"r","type":"tag","value":"web"}`), changedTo("database_firewall_rules", `{"uuid":"r","description":"a"}`, `{"uuid":"r","description":"b"}`)},
		"database-user-appears":           {lines(`c database_users 1/x {"name":"x","role":"normal"}`), lines(`r database_users 1/x {"name":"x","role":"normal"}`)},
		"database-admin-appears":          {changedTo("database_users", `{"name":"x","role":"normal"}`, `{"name":"x","role":"primary"}`), lines(`c database_users 1/x {"name":"x","role":"normal"}`)},
		"database-logs-go-elsewhere":      {changedTo("database_logsinks", `{"config":{"server":"a"}}`, `{"config":{"server":"b"}}`), changedTo("database_logsinks", `{"sink_name":"a"}`, `{"sink_name":"b"}`)},
		"database-deleted":                {lines(`r databases 1 {}`, `d databases 1 `), lines(`c databases 1 {}`)},
		"kubernetes-cluster-deleted":      {lines(`r kubernetes_clusters 1 {}`, `d kubernetes_clusters 1 `), lines(`c kubernetes_clusters 1 {}`)},
		"database-mysql-legacy-password":  {lines(`c database_users 1/x {"mysql_settings":{"auth_plugin":"mysql_native_password"}}`), lines(`c database_users 1/x {"mysql_settings":{"auth_plugin":"caching_sha2_password"}}`)},
		"kubernetes-auto-upgrade-off":     {changedTo("kubernetes_clusters", `{"auto_upgrade":true}`, `{"auto_upgrade":false}`), lines(`c kubernetes_clusters 1 {"auto_upgrade":true}`)},
		"kubernetes-ha-off":               {lines(`c kubernetes_clusters 1 {"ha":false}`), lines(`c kubernetes_clusters 1 {"ha":true}`)},
		"app-secret-in-clear":             {changedTo("apps", `{"spec":{"envs":[{"key":"K","type":"SECRET"}]}}`, `{"spec":{"envs":[{"key":"K","type":"GENERAL"}]}}`), changedTo("apps", `{"spec":{"envs":[{"key":"K","type":"GENERAL"}]}}`, `{"spec":{"envs":[{"key":"K","type":"SECRET"}]}}`)},
		"app-source-changes":              {changedTo("apps", `{"spec":{"services":[{"name":"a","github":{"repo":"x/y"}}]}}`, `{"spec":{"services":[{"name":"a","github":{"repo":"z/y"}}]}}`), changedTo("apps", `{"spec":{"services":[{"name":"a","instance_count":1}]}}`, `{"spec":{"services":[{"name":"a","instance_count":2}]}}`)},
		"app-component-appears":           {changedTo("apps", `{"spec":{"services":[{"name":"a"}]}}`, `{"spec":{"services":[{"name":"a"},{"name":"b"}]}}`), changedTo("apps", `{"spec":{"services":[{"name":"a"}]}}`, `{"spec":{"services":[{"name":"a","http_port":1}]}}`)},
		"app-domain-appears":              {changedTo("apps", `{"spec":{"domains":[]}}`, `{"spec":{"domains":[{"domain":"example.com"}]}}`), changedTo("apps", `{"spec":{"domains":[{"domain":"example.com"}]}}`, `{"spec":{"domains":[]}}`)},
		"droplet-password-instead-of-key": {lines(`c actions 1 {"type":"password_reset"}`), lines(`c actions 1 {"type":"reboot"}`)},
		"droplet-restored":                {lines(`c actions 1 {"type":"restore"}`), lines(`c actions 1 {"type":"reboot"}`)},
		"droplet-ipv6-enabled":            {lines(`c actions 1 {"type":"enable_ipv6"}`), lines(`c actions 1 {"type":"reboot"}`)},
		"microvm-egress-unrestricted":     {changedTo("microvms", `{"egress_policy":{"default_action":"DENY"}}`, `{"egress_policy":{"default_action":"ALLOW"}}`), lines(`c microvms 1 {"egress_policy":{"default_action":"DENY"}}`)},
		"agent-trigger-appears":           {lines(`c hosted_agent_triggers 1 {"kind":"cron"}`), changedTo("hosted_agent_triggers", `{"name":"a"}`, `{"name":"b"}`)},
		"mcp-server-appears":              {lines(`c action_gateway_mcp_servers 1 {"endpoint":"a"}`), changedTo("action_gateway_mcp_servers", `{"description":"a"}`, `{"description":"b"}`)},
		"ssh-key-appears":                 {lines(`c ssh_keys 1 {"name":"a"}`), changedTo("ssh_keys", `{"name":"a"}`, `{"name":"b"}`)},
		"spaces-key-full-access":          {lines(`c spaces_keys 1 {"grants":[{"bucket":"","permission":"fullaccess"}]}`), lines(`c spaces_keys 1 {"grants":[{"bucket":"b","permission":"read"}]}`)},
		"spaces-key-appears":              {lines(`c spaces_keys 1 {"grants":[{"bucket":"b","permission":"read"}]}`), changedTo("spaces_keys", `{"name":"a"}`, `{"name":"b"}`)},
		"secret-appears":                  {changedTo("secrets", `{"version":1}`, `{"version":2}`), changedTo("secrets", `{"region":"a"}`, `{"region":"b"}`)},
		"access-key-appears":              {lines(`c gen_ai_openai_keys 1 {"name":"a"}`), changedTo("gen_ai_openai_keys", `{"name":"a"}`, `{"name":"b"}`)},
		"connection-appears":              {lines(`c action_gateway_connections 1 {"provider":"a"}`), changedTo("action_gateway_connections", `{"status":"a"}`, `{"status":"b"}`)},
		"team-joins":                      {lines(`c organization_teams 1 {"name":"a"}`), changedTo("organization_teams", `{"name":"a"}`, `{"name":"b"}`)},
		"bucket-cors-open":                {changedTo("spaces_buckets", `{}`, `{"cors":{"CORSRule":[{"AllowedOrigin":["*"]}]}}`), changedTo("spaces_buckets", `{}`, `{"cors":{"CORSRule":[{"AllowedOrigin":["https://example.com"]}]}}`)},
		"alert-policy-off":                {changedTo("alert_policies", `{"enabled":true}`, `{"enabled":false}`), changedTo("alert_policies", `{"value":1}`, `{"value":2}`)},
		"uptime-check-off":                {lines(`r uptime_checks 1 {"enabled":true}`, `d uptime_checks 1 `), changedTo("uptime_checks", `{"enabled":false}`, `{"enabled":true}`)},
		"uptime-alert-removed":            {lines(`r uptime_alerts 1 {"name":"a"}`, `d uptime_alerts 1 `), lines(`c uptime_alerts 1 {"name":"a"}`)},
		"log-sink-removed":                {lines(`r monitoring_sinks 1 {"destination":{}}`, `d monitoring_sinks 1 `), lines(`c monitoring_sinks 1 {"destination":{}}`)},
		"droplet-monitoring-off":          {changedTo("droplets", `{"features":["monitoring"]}`, `{"features":[]}`), changedTo("droplets", `{"features":[]}`, `{"features":["monitoring"]}`)},
		"droplet-backups-off":             {changedTo("droplet_backup_policies", `{"backup_enabled":true}`, `{"backup_enabled":false}`), changedTo("droplets", `{"features":[]}`, `{"features":["backups"]}`)},
		"volume-snapshot-deleted":         {lines(`r snapshots 1 {"resource_type":"volume"}`, `d snapshots 1 `), lines(`r snapshots 1 {"resource_type":"droplet"}`, `d snapshots 1 `)},
		"image-made-public":               {changedTo("images", `{"type":"snapshot","public":false}`, `{"type":"snapshot","public":true}`), lines(`c images 1 {"type":"snapshot","public":false}`)},
		"security-scan-critical":          {lines(`c security_scans 1 {"findings":[{"rule_uuid":"a","severity":"CRITICAL"}]}`), changedTo("security_scans", `{"status":"a","findings":[{"rule_uuid":"a","severity":"CRITICAL"}]}`, `{"status":"b","findings":[{"rule_uuid":"a","severity":"CRITICAL"}]}`)},
		"project-environment-changes":     {changedTo("projects", `{"environment":"Production"}`, `{"environment":"Development"}`), changedTo("projects", `{"name":"a"}`, `{"name":"b"}`)},
		"tag-deleted":                     {lines(`r tags web {"name":"web"}`, `d tags web `), lines(`c tags web {"name":"web"}`)},
		"burst-of-deletes":                {deletes("volumes"), deletes("snapshots")},
	}
	front := `{"name":"front","forwarding_rules":[{"entry_protocol":"https","entry_port":443}]}`
	chain := all["droplet-let-in-by-chain"]
	jump := strings.NewReplacer("web-1", "jump", `"web"`, `"jump"`, `"id":1`, `"id":2`).Replace(machine)
	chain.fires = slices.Insert(chain.fires, 0, "r load_balancers lb "+front, "r droplets 2 "+jump)
	all["droplet-let-in-by-chain"] = chain
	for name, port := range services() {
		protocol, port, udp := "tcp", port, false
		if port, udp = strings.CutPrefix(port, "udp "); udp {
			protocol = "udp"
		}
		all[name] = example{
			attached(ported(protocol, port, "0.0.0.0/1", "128.0.0.0/1")),
			attached(ported(protocol, port, "203.0.113.0/24")),
		}
	}
	return all
}

// deletes are five of a resource within five minutes.
func deletes(resource string) (all []string) {
	for i := range 5 {
		all = append(all, fmt.Sprintf("r %s %d {}", resource, i))
	}
	for i := range 5 {
		all = append(all, fmt.Sprintf("d %s %d ", resource, i))
	}
	return all
}

// services are the rules that are each for some ports, with one of these.
func services() map[string]string {
	return map[string]string{
		"droplet-ssh-open": "22", "droplet-rdp-open": "3389", "droplet-vnc-open": "5900", "droplet-telnet-ftp-open": "20-24",
		"droplet-smb-rpc-open": "445", "droplet-winrm-open": "5985-5986", "droplet-mysql-open": "3306",
		"droplet-postgres-open": "5432", "droplet-mssql-oracle-open": "1433", "droplet-redis-open": "6379",
		"droplet-mongodb-open": "27017", "droplet-elasticsearch-open": "9200", "droplet-nosql-open": "9042",
		"droplet-docker-open": "2375", "droplet-kubernetes-open": "10250", "droplet-queue-open": "9092",
		"droplet-orchestration-open": "8200", "droplet-nfs-rsync-open": "2049", "droplet-admin-web-open": "3000",
		"droplet-mail-open": "25", "droplet-amplifier-open": "udp 53", "droplet-web-open": "443",
	}
}

// Of a door that opens wholly, the rules of its parts say nothing.
func TestWhatOpensWhollyIsToldOnce(t *testing.T) {
	rules := parse(t, string(alert.Shipped))
	for want, happens := range map[string][]string{
		"droplet-all-ports-open": attached(rule("1-65535", "0.0.0.0/0")),
		"droplet-unprotected":    lines("c droplets 1 " + machine),
	} {
		s, told := storyOf(t, rules), []string{}
		for i, line := range happens {
			told = append(told, s.on(int64(i), line)...)
		}
		told = append(told, s.settled()...)
		if len(told) != 1 || !strings.HasPrefix(told[0], "firing "+want+"/") {
			t.Errorf("want %s alone, told %q", want, told)
		}
	}
}

func TestEachShippedRuleFiresAndIsSilent(t *testing.T) {
	rules, all := parse(t, string(alert.Shipped)), examples()
	if n := len(rules.Rules); n < 60 {
		t.Errorf("only %d rules", n)
	}
	told := func(t *testing.T, name string, happens []string) bool {
		s := storyOf(t, rules)
		var last []string
		for i, line := range happens {
			last = s.on(int64(i), line)
		}
		last = append(last, s.settled()...)
		return slices.ContainsFunc(last, func(text string) bool { return strings.HasPrefix(text, "firing "+name+"/") })
	}
	for _, r := range rules.Rules {
		e, ok := all[r.Name]
		if r.On == "status" {
			continue // TestWhatBefallsManyCollectionsIsToldOnce
		}
		if !ok || len(e.fires) == 0 || len(e.silent) == 0 {
			t.Errorf("%s has no firing and no silent case", r.Name)
			continue
		}
		if r.Title == "" || r.Advice == "" || len(r.Tags) == 0 || !strings.HasSuffix(r.RunbookURL, "#"+r.Name) {
			t.Errorf("%s lacks a title, advice, tags or its runbook", r.Name)
		}
		if !told(t, r.Name, e.fires) {
			t.Errorf("%s does not fire on %q", r.Name, e.fires)
		}
		if told(t, r.Name, e.silent) {
			t.Errorf("%s fires on %q", r.Name, e.silent)
		}
	}
}
