package main

import (
	"strings"
	"testing"
)

func TestPostureShowsWhatIsSoAndSinceWhen(t *testing.T) {
	a, variables := simulated(t)
	variables["SEACHANGE_ONLY"] = "account,firewalls,databases,database_firewall_rules," +
		"domains,domain_records,load_balancers"
	a.Put("load_balancers", "lb-1", `{"id":"lb-1","name":"front","network":"EXTERNAL","redirect_http_to_https":true,"forwarding_rules":[{"entry_protocol":"https","entry_port":443}]}`)
	must(t, variables, "run", "--once")
	a.Put("load_balancers", "lb-1", `{"id":"lb-1","name":"front","network":"EXTERNAL","redirect_http_to_https":true,"forwarding_rules":[{"entry_protocol":"tcp","entry_port":5432}]}`)
	must(t, variables, "run", "--once")
	out, _, err := call(t, variables, "posture")
	if exitCode(err) != 3 || !strings.Contains(err.Error(), "0 critical, 1 warning") {
		t.Errorf("exit code %d, %v, want 3", exitCode(err), err)
	}
	matches(t, out, `SEVERITY +RULE +RECORD +WHAT +SINCE +CHANGE`, `warning +load-balancer-other-port-open +load_balancers front +tcp 5432 from everywhere +20\S+Z +load_balancers front updated; .*tcp 5432`)
	if out, _, err = call(t, variables, "posture", "--at", "2020-01-01"); err != nil || strings.Contains(out, "warning") {
		t.Errorf("before anybody had looked: %v\n%s", err, out)
	}
}
