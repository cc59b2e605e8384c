package producer_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seachange/seachange/producer"
)

// An API that returns 500 to everything was 67 warnings a minute for each account.
func TestAnAPIThatFailsEverywhereIsToldOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := oneFirewall("team-1")
		for i := range 50 {
			s.put("domains", fmt.Sprint(i, ".example"), fmt.Sprintf(`{"name":"%d.example"}`, i))
			s.put("domain_records", fmt.Sprint(i, ".example/1"), `{"id":1}`)
		}
		var text bytes.Buffer
		o := producer.Options{
			Interval: time.Minute,
			Logger:   slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelInfo})),
		}
		r := start(t, newFakeLog(), o, watching("a", s, "firewalls", "domains", "domain_records"))
		told := func() (warnings, over int) {
			defer text.Reset()
			for line := range strings.Lines(text.String()) {
				if strings.Contains(line, "level=WARN") || strings.Contains(line, "level=ERROR") {
					warnings++
				}
				if strings.Contains(line, "sweeps succeed again") {
					over++
				}
			}
			return warnings, over
		}
		time.Sleep(10*time.Minute + 500*time.Millisecond) // between two sweeps
		synctest.Wait()
		if warnings, over := told(); warnings+over != 0 {
			t.Errorf("%d warnings and %d ends before anything failed", warnings, over)
		}
		s.now(func() {
			for _, resource := range []string{"firewalls", "domains", "domain_records"} {
				s.fail[resource] = failed
			}
		})
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if warnings, over := told(); warnings < 5 || warnings > 11 || over != 0 {
			t.Errorf("%d warnings in ten minutes of an outage, want one when it begins and one a minute", warnings)
		}
		s.now(func() { clear(s.fail) })
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if warnings, over := told(); warnings != 0 || over != 1 {
			t.Errorf("%d warnings and %d ends once it is over, want one end", warnings, over)
		}
		must(t, r.stop())
	})
}
