package producer_test

import (
	"strings"
	"testing"
)

// The API wrote every instant more exactly for a day. Nothing was made anew.
func TestAnotherPrecisionOfATimeIsNoOtherRecord(t *testing.T) {
	put := func(h *harness, fraction string) {
		at := "2026-11-01T10:00:30" + fraction
		for resource, id := range map[string]string{"droplets": "1", "firewalls": "f", "vpcs": "v"} {
			h.put(resource, id, `{"id":"`+id+`","name":"n","created_at":"`+at+`"}`)
		}
		h.put("databases", "db", `{"id":"db","name":"db","engine":"pg","created_at":"`+at+`"}`)
		for k := range h.records {
			if k.Resource == "database_backups" {
				clear(h.records[k])
			}
		}
		h.put("database_backups", "db/"+at, `{"created_at":"`+at+`","size_gigabytes":1}`)
		h.put("database_backups", "db/2026-11-02T10:00:30Z", `{"created_at":"2026-11-02T10:00:30Z","size_gigabytes":2}`)
	}
	play(t, func(h *harness) {
		put(h, "Z")
		h.sweeps(5)
		h.said()
		for _, fraction := range []string{".417Z", "Z", ".417123Z", "+00:00", ".4Z"} {
			put(h, fraction)
			h.sweeps(5)
			for _, s := range h.said() {
				if !strings.HasPrefix(s, "u ") {
					t.Errorf("%s: %s", fraction, s)
				}
			}
			h.restart()
		}
	}, "droplets", "firewalls", "vpcs", "databases", "database_backups")
}
