package producer

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// ops answers the events of a resource, in order.
func ops(t *testing.T, log *tape, resource string) string {
	t.Helper()
	var all []string
	for _, r := range log.events() {
		var ev schema.Event
		must(t, json.Unmarshal(r.Value, &ev))
		if ev.Source.Table == resource {
			all = append(all, string(ev.Op))
		}
	}
	return strings.Join(all, " ")
}

// What a database has or hasn't got, such as its autoscaling, is an object or null.
func TestASingleThatIsNotSetAnyMoreIsDeletedAfterASecondLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, log := newTables(), newTape()
		s.put("databases", "db", `{"id":"db","engine":"pg","users":[]}`)
		s.put("database_autoscale", "db/database_autoscale", `{"enabled":true}`)
		r := start(t, log, Options{}, watching("a", s, "databases", "database_autoscale"))
		for _, step := range []struct {
			what   string
			change func()
			want   string
		}{
			{"set", func() {}, "r"},
			{"null for a moment", func() { s.remove("database_autoscale", "db/database_autoscale") }, "r"},
			{"set again", func() { s.put("database_autoscale", "db/database_autoscale", `{"enabled":true}`) }, "r"},
		} {
			s.now(step.change)
			time.Sleep(time.Minute + time.Second)
			if got := ops(t, log, "database_autoscale"); got != step.want {
				t.Errorf("%s: events %q, want %q", step.what, got, step.want)
			}
		}
		s.now(func() { s.remove("database_autoscale", "db/database_autoscale") })
		time.Sleep(4 * time.Minute)
		if got, want := ops(t, log, "database_autoscale"), "r d"; got != want {
			t.Errorf("null for minutes: events %q, want %q", got, want)
		}
		s.now(func() { s.put("database_autoscale", "db/database_autoscale", `{"enabled":false}`) })
		time.Sleep(2 * time.Minute)
		if got, want := ops(t, log, "database_autoscale"), "r d c"; got != want {
			t.Errorf("set once more: events %q, want %q", got, want)
		}
		must(t, r.stop())
	})
}

func TestEmbeddedRecordsThatCantBeReadAreNamed(t *testing.T) {
	for what, tc := range map[string]struct{ users, want string }{
		"an object where a list was": {`{"name":"doadmin"}`, "database_users of db: users is not an array"},
		"a user without a name":      {`[{"role":"primary"}]`, "database_users of db: element 0: it has no name"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, log := newTables(), newTape()
			s.put("databases", "db", `{"id":"db","engine":"pg","users":[{"name":"doadmin"}]}`)
			s.put("firewalls", "1", `{"id":"1","name":"fw"}`)
			r := start(t, log, Options{}, watching("a", s, "databases", "database_users", "firewalls"))
			time.Sleep(time.Minute)
			s.now(func() {
				s.put("databases", "db", `{"id":"db","engine":"pg","users":`+tc.users+`}`)
				s.put("firewalls", "1", `{"id":"1","name":"other"}`)
			})
			time.Sleep(3 * time.Minute)
			for _, c := range r.p.Status().Accounts[0].Collections {
				if c.Resource != "database_users" {
					if c.Status != state.Whole {
						t.Errorf("%s: %s is %s: %s", what, c.Resource, c.Status, c.Reason)
					}
					continue
				}
				const want = "list databases page 1 (request "
				if c.Status == state.Whole || !strings.HasPrefix(c.Reason, want) || !strings.HasSuffix(c.Reason, tc.want) {
					t.Errorf("%s: %s, %q; want the reason %q… %q", what, c.Status, c.Reason, want, tc.want)
				}
			}
			if got, want := ops(t, log, "database_users")+", "+ops(t, log, "firewalls"), "r, r u"; got != want {
				t.Errorf("%s: events %q, want %q", what, got, want)
			}
			must(t, r.stop())
		})
	}
}
