package kafka_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

func TestCurrentTopicsAreMadeCompacted(t *testing.T) { everywhere(t, currentTopicsAreMadeCompacted) }

func currentTopicsAreMadeCompacted(t *testing.T, c client.Client, prefix string) {
	o := options(c, prefix)
	o.Resources = append(o.Resources, schema.Lookup("actions"))
	o.Current = true
	prepared(t, o)
	got := made(t, c, prefix+"-current.")
	want := map[string][]string{ // partitions, policy, retention; none of a log
		prefix + "-current.droplets":  {"1", "compact", "-1"},
		prefix + "-current.firewalls": {"1", "compact", "-1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("topics (-want +got):\n", diff)
	}
	_, adm := admin(t, c)
	compact := "compact,delete"
	if _, err := adm.AlterTopicConfigs(t.Context(), []kadm.AlterConfig{{Name: "cleanup.policy", Value: &compact}},
		prefix+"-current.droplets"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the policy is altered", func() bool {
		topic := made(t, c, prefix+"-current.")[prefix+"-current.droplets"]
		return len(topic) > 1 && topic[1] == compact
	})
	wantRefusal(t, o, prefix+"-current.droplets", "cleanup.policy=compact,delete", "must be compact")
}

func TestCurrentTopicsThatNobodyKeepsAreRefused(t *testing.T) {
	everywhere(t, currentTopicsThatNobodyKeepsAreRefused)
}

func currentTopicsThatNobodyKeepsAreRefused(t *testing.T, c client.Client, prefix string) {
	o := options(c, prefix)
	o.Current = true
	prepared(t, o)
	o.Current = false
	wantRefusal(t, o, prefix+"-current.droplets", "--current was not given", "delete the topics")
	if r := inspected(t, o); len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "--current") {
		t.Errorf("check sees %q", r.Faults)
	}
	_, adm := admin(t, c)
	for _, resource := range []string{"droplets", "firewalls"} {
		if err := drop(t, adm, prefix+"-current."+resource); err != nil {
			t.Fatal(err)
		}
	}
	prepared(t, o)
}
