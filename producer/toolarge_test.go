package producer

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Nobody looks for what is missing in an event: an operator must be told.
func TestAnEventWithoutItsBodyIsToldAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		on, s := newTape(), newTables()
		on.maxBytes = 40 << 10
		s.put("firewalls", "large", fmt.Sprintf(`{"id":"large","note":%q}`, strings.Repeat("x", 60<<10)))
		s.put("firewalls", "small", `{"id":"small"}`)
		var text bytes.Buffer
		registry := prometheus.NewRegistry()
		o := Options{Registerer: registry, Logger: slog.New(slog.NewTextHandler(&text, nil))}
		r := start(t, on, o, watching("a", s, "firewalls"))
		time.Sleep(5 * time.Minute)
		families, err := registry.Gather()
		must(t, err)
		counted := 0.0
		for _, f := range families {
			if f.GetName() == "seachange_events_without_body_total" {
				counted = f.GetMetric()[0].GetCounter().GetValue()
			}
		}
		if counted != 1 {
			t.Errorf("%v events without a body are counted, want 1", counted)
		}
		must(t, r.stop())
		log := text.String()
		if n := strings.Count(log, "its event has no body"); n != 1 || !strings.Contains(log, "id=large") || strings.Contains(log, "xxx") {
			t.Errorf("%d lines tell of the large record, want 1, and none with its body:\n%s", n, log)
		}
	})
}
