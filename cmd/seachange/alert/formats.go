package alert

import (
	"slices"
	"strings"
)

// SARIF returns findings as a log of SARIF 2.1.0, the format of code scanners.
func SARIF(all []Finding, version string) any {
	rules, results, seen := []any{}, []any{}, map[string]bool{}
	for _, f := range all {
		if !seen[f.Rule] {
			seen[f.Rule] = true
			rule := map[string]any{
				"id": f.Rule, "shortDescription": text(f.Title), "help": text(f.Advice),
				"properties": map[string]any{"tags": nonNil(f.Tags), "security-severity": map[string]string{
					"critical": "9.0", "warning": "5.0", "info": "1.0",
				}[f.Severity]},
			}
			if f.RunbookURL != "" { // an empty one is no URI
				rule["helpUri"] = f.RunbookURL
			}
			rules = append(rules, rule)
		}
		result := map[string]any{
			"ruleId": f.Rule, "level": map[string]string{"critical": "error", "warning": "warning", "info": "note"}[f.Severity],
			"message": text(f.Sentence()), "partialFingerprints": map[string]string{"finding/v1": f.Account + "/" + f.Key},
			"locations": []any{map[string]any{"logicalLocations": []any{map[string]string{
				"name": f.Name, "fullyQualifiedName": f.Account + "/" + f.Resource + "/" + f.Record, "kind": "resource",
			}}}},
			"properties": map[string]any{"since": f.Before, "change": f.Change, "event": f.Event},
		}
		if f.Silence != nil {
			result["suppressions"] = []any{map[string]any{"kind": "external", "justification": f.Silence.Reason()}}
		}
		results = append(results, result)
	}
	driver := map[string]any{
		"name": "seachange", "version": version, "informationUri": "https://github.com/seachange/seachange", "rules": rules,
	}
	return map[string]any{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
		"runs": []any{map[string]any{"tool": map[string]any{"driver": driver}, "results": results}},
	}
}

func text(s string) map[string]string { return map[string]string{"text": s} }

func nonNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// Sentence is a finding for people, on one line.
func (f *Finding) Sentence() string {
	return strings.TrimSuffix(f.Title+": "+f.Resource+" "+titleOf(f.Name, f.Record)+": "+f.What, ": ")
}

// OCSF returns a finding as a Compliance Finding of the Open Cybersecurity Schema Framework, 1.3.
func OCSF(f *Finding, version string, nowMS int64) any {
	severity := map[string]int{"info": 1, "warning": 3, "critical": 5}[f.Severity]
	remediation := map[string]any{"desc": f.Advice}
	if f.RunbookURL != "" {
		remediation["references"] = []string{f.RunbookURL}
	}
	status := []any{1, "New"}
	if f.Silence != nil {
		status = []any{3, "Suppressed"}
	}
	return map[string]any{
		"class_uid": 2003, "class_name": "Compliance Finding", "category_uid": 2, "category_name": "Findings",
		"activity_id": 1, "activity_name": "Create", "type_uid": 200301, "time": nowMS, "severity_id": severity,
		"severity":  []string{"", "Informational", "Low", "Medium", "High", "Critical"}[severity],
		"status_id": status[0], "status": status[1], "message": f.Sentence(),
		"metadata": map[string]any{"version": "1.3.0", "product": map[string]string{
			"name": "seachange", "vendor_name": "seachange", "version": version,
		}},
		"finding_info": map[string]any{
			"uid": f.Account + "/" + f.Key, "title": f.Title, "desc": f.What, "created_time": f.Before.UnixMilli(),
			"analytic": map[string]any{"uid": f.Rule, "name": f.Rule, "type_id": 1, "type": "Rule"},
		},
		"compliance":  map[string]any{"control": f.Rule, "standards": standards(f.Tags), "status": "Fail", "status_id": 3},
		"remediation": remediation,
		"resources":   []any{map[string]string{"uid": f.Record, "name": f.Name, "type": f.Resource}},
		"cloud": map[string]any{
			"provider": "DigitalOcean", "account": map[string]string{"uid": f.Account, "name": f.AccountName},
		},
		"unmapped": map[string]string{"change": f.Change, "event": f.Event},
	}
}

// standards are the tags' first words: attack, scoutsuite.
func standards(tags []string) []string {
	all := []string{}
	for _, tag := range tags {
		word, _, _ := strings.Cut(tag, ".")
		if !slices.Contains(all, word) {
			all = append(all, word)
		}
	}
	return all
}
