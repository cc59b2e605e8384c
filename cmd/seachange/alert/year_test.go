package alert_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/cmd/seachange/alert"
)

// year is a story of ordinary life, and what was told of it: how often, by severity and rule.
type year struct {
	*story
	second int64
	rules  map[string]*alert.Rule
	told   map[string]int
}

// do lets something happen, seven seconds after what was before.
func (y *year) do(format string, args ...any) {
	y.second += 7
	y.tell(y.on(y.second, fmt.Sprintf(format, args...)))
}

func (y *year) tell(all []string) {
	for _, text := range all {
		if name, ok := strings.CutPrefix(text, "firing "); ok {
			name, _, _ = strings.Cut(name, "/")
			y.told[y.rules[name].Severity+" "+name]++
		}
	}
}

func (y *year) wait(seconds int64) { y.second += seconds }

// node is a Droplet with tags, behind whichever firewall has one of them.
func node(id int, tags ...string) string {
	quoted := `"` + strings.Join(tags, `","`) + `"`
	return strings.NewReplacer(`"id":1`, fmt.Sprintf(`"id":%d`, id), `"web"`, quoted).Replace(machine)
}

const appSpec = `{"spec":{"services":[{"name":"a","instance_count":%d,"envs":[{"key":"K","type":"SECRET"}],` +
	`"github":{"repo":"x/y","branch":"main"}}]}}`

func (y *year) begin() {
	y.do("r firewalls web %s", tagged("web", rule("443", "0.0.0.0/0", "::/0")))
	y.do("r firewalls k8s %s", strings.Replace(tagged("k8s", rule("443", "0.0.0.0/0")), `"web"`, `"k8s:c-1"`, 1))
	y.do(`r databases db {"connection":{"port":25060},"rules":[{"uuid":"r","type":"tag","value":"web"}]}`)
	y.do("r apps app "+appSpec, 0)
	y.do(`r domains example.com {"name":"example.com"}`)
	y.do(`r ssh_keys k-0 {"name":"deploy"}`)
	y.do(`r reserved_ips 203.0.113.77 {"ip":"203.0.113.77","droplet":{"id":1}}`)
}

// scale lets a pool grow and shrink again, and a cluster replace its nodes, each new Droplet seen before anything else.
func (y *year) scale(week int) {
	for i := range 6 {
		y.do("c droplets %d %s", 100*week+i, node(100*week+i, "web"))
		y.do("c droplets %d %s", 100*week+50+i, node(100*week+50+i, "k8s", "k8s:c-1", "k8s:worker"))
	}
	for i := range 6 {
		y.do("d droplets %d ", 100*week+50+i)
	}
	for i := range 6 {
		y.wait(300)
		y.do("d droplets %d ", 100*week+i)
	}
}

// deploy is a new version of an app, and a Droplet that takes over its address.
func (y *year) deploy(week int) {
	y.do("u apps app "+appSpec, week+1)
	y.do(`c app_deployments app/d-%d {"id":"d-%d","phase":"ACTIVE","cause":"commit abc pushed to github"}`, week, week)
	y.do(`u reserved_ips 203.0.113.77 {"ip":"203.0.113.77","droplet":{"id":%d}}`, week+2)
	y.do(`c actions %d {"type":"reboot","resource_type":"droplet","resource_id":1}`, week)
}

// rotate replaces what is replaced by itself: backups, snapshots, certificates and their challenges.
func (y *year) rotate(week int) {
	for i := range 7 {
		y.do(`c snapshots s-%d-%d {"resource_type":"droplet"}`, week, i)
		y.do(`c database_backups db/b-%d-%d {"size_gigabytes":1}`, week, i)
	}
	for i := range 7 {
		y.do("d snapshots s-%d-%d ", week, i)
		y.do("d database_backups db/b-%d-%d ", week, i)
	}
	y.do(`c domain_records example.com/acme-%d {"type":"TXT","name":"_acme-challenge","data":"token"}`, week)
	y.do(`c certificates c-%d {"type":"lets_encrypt","state":"verified"}`, week)
	y.do("d domain_records example.com/acme-%d ", week)
	if week > 0 {
		y.do("d certificates c-%d ", week-1)
	}
}

// grow is what a team adds: names, people and machines, and what it takes away again.
func (y *year) grow(month int) {
	y.do(`c domain_records example.com/a-%d {"type":"A","name":"app%d","data":"203.0.113.9"}`, month, month)
	y.do(`c domain_records example.com/c-%d {"type":"CNAME","name":"docs%d","data":"docs.example.net"}`, month, month)
	y.do(`c database_users db/u-%d {"name":"u-%d","role":"normal"}`, month, month)
	y.do(`c ssh_keys k-%d {"name":"deploy"}`, month+1)
	y.do("d ssh_keys k-%d ", month)
	y.do(`c volumes v-%d {"name":"v"}`, month)
	y.do(`u domain_records example.com/a-%d {"type":"A","name":"app%d","data":"203.0.113.10"}`, month, month)
	y.wait(600)
	y.do("d volumes v-%d ", month)
}

// stage sets a staging environment up, its firewall with it, and takes it down.
func (y *year) stage(month int) {
	firewall := strings.Replace(tagged("staging", rule("443", "0.0.0.0/0"), rule("22", "203.0.113.5")), `"web"`, `"staging"`, 1)
	y.do("c droplets 9%d %s", month, node(9000+month, "staging"))
	y.do("c firewalls staging-%d %s", month, firewall)
	y.do(`c databases stage-%d {"connection":{"port":25060},"rules":[{"uuid":"r","type":"tag","value":"staging"}]}`, month)
	y.do(`c database_users stage-%d/doadmin {"name":"doadmin","role":"primary"}`, month)
	for i := range 6 {
		y.do(`c database_users stage-%d/u-%d {"name":"u-%d","role":"normal"}`, month, i, i)
	}
	y.wait(86_400)
	y.do("p database_users stage-%d/doadmin ", month)
	for i := range 6 {
		y.do("p database_users stage-%d/u-%d ", month, i)
	}
	y.do("d databases stage-%d ", month)
	y.do("d firewalls staging-%d ", month)
	y.do("d droplets 9%d ", month)
}

// A year of ordinary life: deploys, scaling, rotation, backups, names and people that come, and an environment that is
// set up and taken down each month. Nothing in it is critical, and what is told is worth a look.
func TestAYearOfOrdinaryLifeIsNotCritical(t *testing.T) {
	rules := parse(t, string(alert.Shipped))
	y := &year{story: storyOf(t, rules), rules: map[string]*alert.Rule{}, told: map[string]int{}}
	for _, r := range rules.Rules {
		y.rules[r.Name] = r
	}
	y.begin()
	for week := range 52 {
		y.scale(week)
		y.deploy(week)
		y.rotate(week)
		if week%4 == 0 {
			y.grow(week / 4)
			y.stage(week / 4)
		}
		y.wait(400_000)
	}
	y.tell(y.settled())
	want := map[string]int{
		"info droplet-web-open": 624, "info firewall-deleted": 13, "info reserved-ip-moves": 52,
		"warning database-deleted": 13, "warning database-user-appears": 91, "warning domain-cname-changes": 13,
		"warning ssh-key-appears": 13,
	}
	if diff := cmp.Diff(want, y.told); diff != "" {
		t.Error("told otherwise, -want +got:\n", diff)
	}
}
