package alert

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seachange/seachange/schema"
)

// scansResource has DigitalOcean's own security scans.
const scansResource = "security_scans"

// securityScan is one of them, as far as posture needs it.
type securityScan struct {
	Status    string        `json:"status"`
	CreatedAt time.Time     `json:"created_at"`
	Findings  []scanFinding `json:"findings"`
}

type scanFinding struct {
	RuleUUID   string     `json:"rule_uuid"`
	Name       string     `json:"name"`
	Details    string     `json:"details"`
	Severity   string     `json:"severity"`
	Mitigation []scanStep `json:"mitigation_steps"`
}

type scanStep struct {
	Title string `json:"title"`
}

// scan joins what DigitalOcean's newest whole scan of an account found. What an earlier one had found as well is so
// since then.
func (p *Posture) scan(t *turn) {
	ev := t.in.Event
	var scan securityScan
	if ev.After == nil || ev.After.Body == nil || json.Unmarshal([]byte(*ev.After.Body), &scan) != nil ||
		scan.Status != "COMPLETED" || scan.CreatedAt.Before(p.scanned[t.in.Account]) {
		return
	}
	p.scanned[t.in.Account] = scan.CreatedAt
	found := map[string]bool{}
	for i := range scan.Findings {
		f := scan.Findings[i].finding(t)
		key := f.Account + "/" + f.Key
		found[key] = true
		if p.open[key] == nil {
			p.open[key] = f
		}
	}
	for key, f := range p.open {
		if f.Resource == scansResource && f.Account == t.in.Account && f.Rule == scanRule && !found[key] {
			delete(p.open, key)
		}
	}
}

// scanRule is what DigitalOcean's own findings are reported as.
const scanRule = "security-scan"

func (s *scanFinding) finding(t *turn) *Finding {
	severity := map[string]string{"CRITICAL": "critical", "HIGH": "warning", "MEDIUM": "warning"}[s.Severity]
	if severity == "" {
		severity = "info"
	}
	var steps []string
	for _, m := range s.Mitigation {
		steps = append(steps, m.Title)
	}
	f := &Finding{
		Key: scanRule + "/" + scansResource + "/" + s.RuleUUID, Rule: scanRule, Severity: severity,
		Title: "DigitalOcean's scan: " + s.Name, Advice: strings.Join(steps, "; "), Account: t.in.Account,
		AccountName: t.in.AccountName, Resource: scansResource, Record: s.RuleUUID, Name: s.Name,
		What: strings.ReplaceAll(s.Details, "\n", " "), Before: time.UnixMilli(t.in.at()).UTC(),
		Change: "scan " + t.in.Event.ID() + " found it", Event: t.in.ID,
	}
	if prev := t.in.Event.Source.PrevTsMS; prev != nil && t.in.Event.Op != schema.Read {
		f.After = time.UnixMilli(*prev).UTC()
	}
	return f
}
