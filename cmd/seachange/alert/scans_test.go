package alert_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/cmd/seachange/alert"
	"github.com/seachange/seachange/schema"
)

// What DigitalOcean's newest whole scan found is a finding, since the first of the scans that found it without a gap.
func TestPostureJoinsTheNewestScan(t *testing.T) {
	scan := func(day int, status string, found ...string) string {
		return fmt.Sprintf(`{"created_at":"2026-01-%02dT00:00:00Z","status":%q,"findings":[%s]}`, day, status,
			strings.Join(found, ","))
	}
	const ports = `{"rule_uuid":"p","name":"Open ports","severity":"CRITICAL","details":"All\nof them.",` +
		`"mitigation_steps":[{"step":1,"title":"Close them"}]}`
	const backups = `{"rule_uuid":"b","name":"No backups","severity":"HIGH"}`
	p := found(t,
		"r security_scans 1 "+scan(1, "COMPLETED", ports), "c security_scans 2 "+scan(2, "COMPLETED", ports, backups),
		"c security_scans 3 "+scan(3, "IN_PROGRESS"), "c security_scans 4 "+scan(4, "FAILED"),
		"c security_scans 0 "+scan(0, "COMPLETED")) // an older one that came late
	var got []string
	for _, f := range p.Findings(nil, time.Time{}) {
		got = append(got, fmt.Sprintf("%s %s %s: %s %s %d", f.Severity, f.Record, f.Title, f.What, f.Advice, f.Before.Unix()))
	}
	if diff := cmp.Diff([]string{
		"critical p DigitalOcean's scan: Open ports: All of them. Close them 0",
		"warning b DigitalOcean's scan: No backups:   1",
	}, got); diff != "" {
		t.Error("-want +got:\n", diff)
	}
	p = found(t, "r security_scans 1 "+scan(1, "COMPLETED", ports), "c security_scans 2 "+scan(2, "COMPLETED"))
	if all := p.Findings(nil, time.Time{}); len(all) > 0 {
		t.Errorf("what the newest scan does not find is still there: %v", all)
	}
}

func TestABurstNamesItsRecords(t *testing.T) {
	j := parse(t, "rules:\n  - {name: gone, when: 'op == \"d\"', burst: {count: 3, within: 5m}}\n").NewJudge("")
	var told []*alert.Alert
	for i, name := range []string{"web-1", "web-2", "web-2"} {
		in := event(t, "droplets", schema.Deleted, `{}`, "")
		in.ID, in.Event.Source.TsMS = fmt.Sprint(i), int64(i)
		in.Event.Before.ID, in.Event.Before.Name = name, nil
		alerts, _ := j.Take(in)
		told = append(told, alerts...)
	}
	const want = "3 within 5m0s: droplets web-1, droplets web-2; the last: deleted"
	if len(told) != 1 || !strings.HasPrefix(told[0].What, want) {
		t.Errorf("told %d: %+v", len(told), told)
	}
}
