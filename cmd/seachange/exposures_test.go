package main

import (
	"strings"
	"testing"

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/cmd/seachange/ledger"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// exposuresTold are the ops and ids in the topic of exposures.
func exposuresTold(t *testing.T, c client.Client, prefix string) (all []string) {
	t.Helper()
	found, err := c.Existing(t.Context(), ledger.Topic(prefix))
	if err != nil || len(found) == 0 {
		return nil
	}
	o := client.ReadOptions{Topics: found, FromStart: true, UntilEnd: true}
	err = c.Read(t.Context(), o, func(r client.Record) error {
		ev, err := history.ParseEvent(r)
		if err == nil {
			all = append(all, string(ev.Op)+" "+ev.ID())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestExposuresAreAResourceOfTheirOwn(t *testing.T) {
	t.Parallel()
	a, variables := simulated(t)
	const droplet = `{"id":7,"name":"web-1","tags":["web"],"created_at":"2026-01-01T00:00:00Z",` +
		`"networks":{"v4":[{"type":"public","ip_address":"203.0.113.9"}],"v6":[]}}`
	tag := strings.NewReplacer(`"tags":[]`, `"tags":["web"]`)
	variables["SEACHANGE_ONLY"] = "account,droplets,firewalls"
	a.Put("droplets", "7", droplet)
	a.Put("firewalls", "fw-1", tag.Replace(firewall))
	must(t, variables, "run", "--once")
	c := reach(t, variables)
	prefix := variables["SEACHANGE_TOPIC_PREFIX"]
	variables["SEACHANGE_BROKERS"], variables["SEACHANGE_DATA_DIR"] = strings.Join(c.Brokers, ","), ""

	if _, _, err := call(t, variables, "history", schema.Exposures.Name, "droplets+7"); err == nil {
		t.Error("before anything was written there is a history")
	}
	told := func(n int) func() bool { return func() bool { return len(exposuresTold(t, c, prefix)) == n } }
	stop := alerting(t, variables, "--exposures")
	eventually(t, "what can be reached at first", told(1))
	a.Put("firewalls", "fw-1", tag.Replace(openFirewall))
	must(t, variables, "run", "--once")
	eventually(t, "that more can be reached", told(2))
	stop()
	a.Delete("droplets", "7")
	must(t, variables, "run", "--once")
	must(t, variables, "run", "--once")
	stop = alerting(t, variables, "--exposures")
	eventually(t, "what ended while nobody wrote", told(3))
	stop()

	matches(t, must(t, variables, "history", schema.Exposures.Name, "droplets+7"),
		`observed  Fake Team web-1 \(droplets\+7\): tcp 443 from everywhere, through firewall web by tag web`,
		`updated   Fake Team web-1 \(droplets\+7\): added: tcp 22 from everywhere, through firewall web by tag web`,
		`deleted   Fake Team web-1`)
	if at := must(t, variables, "at", "now", schema.Exposures.Name); strings.Contains(at, "droplets+7") {
		t.Errorf("what ended is there now: %s", at)
	}
	_, _, err := call(t, variables, "history", schema.Exposures.Name, "droplets+7", "--index", t.TempDir())
	if exitCode(err) != 2 {
		t.Errorf("an index, which has none: %v", err)
	}
	if _, _, err := call(t, variables, "run", "--once", "--only", schema.Exposures.Name); exitCode(err) != 2 {
		t.Errorf("exposures are watched at the API: %v", err)
	}
}
