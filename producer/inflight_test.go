package producer_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/schema"
)

// A record that is embedded in its parent's is published once, however soon the parent is swept again while the commit
// is still on its way.
func TestAnEmbeddedChildIsPublishedOnceWhileItsCommitIsOnItsWay(t *testing.T) {
	for _, c := range []struct {
		name     string
		interval time.Duration
		slow     time.Duration
		trigger  func(s *tables)
	}{
		{"an interval shorter than a commit", 100 * time.Millisecond, 3 * time.Second, nil},
		{"a slow broker", 2 * time.Second, 6 * time.Second, nil},
		{"a child's 404 has the parent read at once", time.Minute, 6 * time.Second, replicasAnswer404},
		{"a pause, after which everything is overdue", 2 * time.Second, 4 * time.Second, func(s *tables) {
			s.pause = 20 * time.Second
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, on := newTables(), newFakeLog()
				s.put("databases", "db", database(2))
				stop := start(t, on, producer.Options{Interval: c.interval}, watching("a", s, withUsers...)).stop
				time.Sleep(5 * time.Minute)
				on.take(c.slow)
				for users := range 5 {
					s.now(func() {
						s.put("databases", "db", database(3+users))
						if c.trigger != nil {
							c.trigger(s)
						}
					})
					time.Sleep(2 * time.Minute)
				}
				must(t, stop())
				strictly(t, on)
			})
		})
	}
}

// A collection waits for its own commit, and the account's others go on meanwhile.
func TestOthersAreReadWhileACommitIsOnItsWay(t *testing.T) {
	for _, interval := range []time.Duration{10 * time.Second, 0} {
		play(t, func(h *harness) {
			h.options = producer.Options{Interval: interval}
			h.firewalls(1)
			h.put("vpcs", "v", `{"id":"v","name":"v"}`)
			h.begin()
			h.wait(2 * time.Minute)
			h.log.take(5 * time.Minute)
			h.now(func() { h.put("firewalls", "0", `{"id":"0","name":"renamed"}`) })
			h.wait(time.Minute)
			firewalls, vpcs := h.asked("firewalls"), h.asked("vpcs")
			h.wait(time.Minute)
			if n := h.asked("firewalls") - firewalls; n != 0 {
				t.Errorf("interval %v: read %d times while its commit was on its way, want none", interval, n)
			}
			if n := h.asked("vpcs") - vpcs; n < 2 {
				t.Errorf("interval %v: another one was read %d times meanwhile", interval, n)
			}
			h.wait(5 * time.Minute)
			if n := h.asked("firewalls") - firewalls; n < 2 {
				t.Errorf("interval %v: read %d times after the commit", interval, n)
			}
		}, "firewalls", "vpcs")
	}
}

// database is a cluster of which only the users change.
func database(users int) string {
	var all []map[string]string
	for i := range users {
		all = append(all, map[string]string{"name": fmt.Sprint("user-", i), "role": "normal"})
	}
	b, err := json.Marshal(map[string]any{"id": "db", "name": "db", "engine": "pg", "users": all})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func replicasAnswer404(s *tables) {
	s.fail["database_replicas"] = notFound
}

// strictly reads the events as a consumer does that keeps each record: before is what it holds.
func strictly(t *testing.T, on *fakeLog) {
	t.Helper()
	held := map[string]string{}
	for _, r := range on.events() {
		var ev schema.Event
		must(t, json.Unmarshal(r.Value, &ev))
		key := r.Topic + " " + string(r.Key)
		if was, now := held[key], body(ev.Before); was != now {
			t.Fatalf("%s %s, lsn %d: before is\n%s\nand the consumer holds\n%s", ev.Op, key, ev.Source.LSN, now, was)
		}
		held[key] = body(ev.After)
	}
	if len(held) < 8 {
		t.Errorf("only %d records were published: the test sees nothing", len(held))
	}
}

func body(r *schema.Row) string {
	if r == nil {
		return ""
	}
	return *r.Body
}

var withUsers = []string{"databases", "database_users", "database_replicas"}
