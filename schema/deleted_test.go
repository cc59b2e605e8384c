package schema_test

import (
	"testing"

	"github.com/seachange/seachange/schema"
)

func TestIsDeleted(t *testing.T) {
	for _, c := range []struct {
		row, record string
		want        bool
	}{
		{"kubernetes_clusters", `{"id":"k","status":{"state":"deleted"}}`, true},
		{"kubernetes_clusters", `{"id":"k","status":{"state":"deleting"}}`, false},
		{"kubernetes_clusters", `{"id":"k","status":{"state":"running","message":"deleted"}}`, false},
		{"images", `{"id":1,"status":"deleted"}`, true},
		{"images", `{"id":1,"status":"available"}`, false},
		{"gen_ai_custom_models", `{"uuid":"m","status":"STATUS_DELETED"}`, true},
		{"gen_ai_agents", `{"uuid":"a","deployment":{"status":"STATUS_DELETED"}}`, true},
		{"gen_ai_agents", `{"uuid":"a","deployment":{"status":"STATUS_RUNNING"}}`, false},
		{"vpc_nat_gateways", `{"id":"n","state":"DELETED"}`, true},
		{"vpc_nat_gateways", `{"id":"n","state":"DELETING"}`, false},
		{"nfs_shares", `{"id":"s","status":"DELETED"}`, true},
		{"nfs_snapshots", `{"id":"s","status":"DELETED"}`, true},
		{"microvms", `{"id":"m","state":"terminated"}`, true},
		{"microvms", `{"id":"m","state":"terminating"}`, false},
		{"microvm_checkpoints", `{"id":"c","status":"CHECKPOINT_DELETED"}`, true},
		{"hosted_agent_sessions", `{"session_id":"s","status":"SESSION_STATUS_DESTROYED"}`, true},
		{"hosted_agent_sessions", `{"session_id":"s","status":"SESSION_STATUS_DESTROYING"}`, false},
		{"droplets", `{"id":1,"status":"archive"}`, false},
		{"droplets", `{"id":1,"status":"active","image":{"status":"deleted"}}`, false},
		{"droplets", `{"id":1,"status":null}`, false},
		{"droplets", `{"id":1,"name":"deleted"}`, false},
		{"droplets", `[]`, false},
	} {
		row := schema.Lookup(c.row)
		if row == nil {
			t.Errorf("no resource %s", c.row)
			continue
		}
		if got := row.IsDeleted([]byte(c.record)); got != c.want {
			t.Errorf("%s %s: %t, want %t", c.row, c.record, got, c.want)
		}
	}
}
