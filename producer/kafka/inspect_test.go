package kafka_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
)

func inspected(t *testing.T, o kafka.Options) kafka.Report {
	t.Helper()
	l, err := kafka.New(o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := l.Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func states(r kafka.Report) map[kafka.TopicState]int {
	n := map[kafka.TopicState]int{}
	for _, t := range r.Topics {
		n[t.State]++
	}
	return n
}

func TestInspectChangesNothing(t *testing.T) { everywhere(t, inspectChangesNothing) }

func inspectChangesNothing(t *testing.T, c client.Client, prefix string) {
	o := options(c, prefix)
	r, all := inspected(t, o), len(kafka.Topics(o))
	if diff := cmp.Diff(map[kafka.TopicState]int{kafka.TopicMissing: all}, states(r)); diff != "" {
		t.Error("topics (-want +got):\n", diff)
	}
	if len(r.Brokers) != 1 || !r.ExactlyOnce || r.Cluster == "" || r.Version == "" || len(r.Faults)+len(r.Warnings) > 0 {
		t.Errorf("a sound broker is seen as %+v", r)
	}
	if got := made(t, c, prefix); len(got) > 0 {
		t.Errorf("topics were made: %v", got)
	}
	prepared(t, o)
	if diff := cmp.Diff(map[kafka.TopicState]int{kafka.TopicOK: all}, states(inspected(t, o))); diff != "" {
		t.Error("topics (-want +got):\n", diff)
	}
}

func TestInspectFindsWhatIsWrong(t *testing.T) { everywhere(t, inspectFindsWhatIsWrong) }

func inspectFindsWhatIsWrong(t *testing.T, c client.Client, prefix string) {
	o := options(c, prefix)
	_, adm := admin(t, c)
	create(t, adm, prefix+".droplets", 1, "cleanup.policy", "compact")
	create(t, adm, prefix+"-meta.state", 2, "cleanup.policy", "compact")
	cl, _ := admin(t, c)
	write(t, cl, &kgo.Record{Topic: prefix + ".droplets", Key: []byte("k"), Value: []byte("v")})
	r := inspected(t, o)
	want := map[kafka.TopicState]int{kafka.TopicMissing: len(kafka.Topics(o)) - 2, kafka.TopicWrong: 2}
	if diff := cmp.Diff(want, states(r)); diff != "" {
		t.Error("topics (-want +got):\n", diff)
	}
	for _, word := range []string{"--shards 2", "the state was lost"} {
		if !strings.Contains(strings.Join(r.Faults, "\n"), word) {
			t.Errorf("the faults don't say %q: %q", word, r.Faults)
		}
	}
	if !strings.Contains(strings.Join(r.Warnings, "\n"), "cleanup.policy=compact, want delete") {
		t.Errorf("warnings: %q", r.Warnings)
	}
}

func TestInspectTellsFewReplicas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := fake(t, kfake.NumBrokers(3), kfake.Ports(9092, 9093, 9094))
		o := options(c, "few")
		o.ReplicationFactor = 2
		if r := inspected(t, o); !strings.Contains(strings.Join(r.Warnings, "\n"),
			"fewer than 3 replicas on 3 brokers: few.droplets, few.firewalls, few-meta.state and 6 more") {
			t.Errorf("warnings: %q", r.Warnings)
		}
	})
}

func TestInspectTellsMissingRights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		right := func(resource kmsg.ACLResourceType, name string, op kmsg.ACLOperation) kfake.ACL {
			return kfake.ACL{
				Resource: resource, Name: name, Pattern: kmsg.ACLResourcePatternTypePrefixed,
				Operation: op, Allow: true,
			}
		}
		topic, group := kmsg.ACLResourceTypeTopic, kmsg.ACLResourceTypeGroup
		c, _ := fake(t, kfake.EnableSASL(), kfake.EnableACLs(),
			kfake.Superuser("PLAIN", "admin", "example-admin"),
			kfake.User("PLAIN", "reader", "example-reader",
				right(topic, "rights", kmsg.ACLOperationDescribe), right(topic, "rights", kmsg.ACLOperationRead),
				right(topic, "rights", kmsg.ACLOperationDescribeConfigs), right(group, "rights-other", kmsg.ACLOperationRead)))
		o := options(c, "rights")
		o.Client.SASL = &client.SASL{Mechanism: "PLAIN", User: "admin", Password: "example-admin"}
		prepared(t, o)
		o.Client.SASL = &client.SASL{Mechanism: "PLAIN", User: "reader", Password: "example-reader"}
		r := inspected(t, o)
		for _, word := range []string{
			"topic rights.droplets: this user may not WRITE", "group rights-meta",
			"transactional id rights-meta.shard-0",
		} {
			if !strings.Contains(strings.Join(r.Faults, "\n"), word) {
				t.Errorf("the faults don't say %q: %q", word, r.Faults)
			}
		}
	})
}

// What is denied is found as what was never granted: a deny beats every grant.
func TestInspectTellsDeniedRights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		topic, group, id := kmsg.ACLResourceTypeTopic, kmsg.ACLResourceTypeGroup, kmsg.ACLResourceTypeTransactionalId
		acl := func(resource kmsg.ACLResourceType, name string, op kmsg.ACLOperation, allow bool) kfake.ACL {
			return kfake.ACL{
				Resource: resource, Name: name, Pattern: kmsg.ACLResourcePatternTypeLiteral,
				Operation: op, Allow: allow,
			}
		}
		all := kmsg.ACLOperationAll
		c, _ := fake(t, kfake.EnableSASL(), kfake.EnableACLs(), kfake.Superuser("PLAIN", "admin", "example-admin"),
			kfake.User("PLAIN", "denied", "example-denied",
				acl(topic, "*", all, true), acl(group, "*", all, true), acl(id, "*", all, true),
				acl(topic, "denied.droplets", kmsg.ACLOperationWrite, false),
				acl(group, "denied-meta", kmsg.ACLOperationRead, false),
				acl(id, "denied-meta.shard-0", kmsg.ACLOperationWrite, false)),
			kfake.User("PLAIN", "granted", "example-granted",
				acl(topic, "*", all, true), acl(group, "*", all, true), acl(id, "*", all, true)))
		o := options(c, "denied")
		o.Client.SASL = &client.SASL{Mechanism: "PLAIN", User: "admin", Password: "example-admin"}
		prepared(t, o)
		o.Client.SASL = &client.SASL{Mechanism: "PLAIN", User: "denied", Password: "example-denied"}
		faults := strings.Join(inspected(t, o).Faults, "\n")
		for _, word := range []string{
			"topic denied.droplets: this user may not WRITE", "group denied-meta: this user may not READ",
			"transactional id denied-meta.shard-0",
		} {
			if !strings.Contains(faults, word) {
				t.Errorf("the faults don't say %q: %s", word, faults)
			}
		}
		o.Client.SASL = &client.SASL{Mechanism: "PLAIN", User: "granted", Password: "example-granted"}
		if r := inspected(t, o); len(r.Faults) > 0 {
			t.Errorf("where nothing is denied: %q", r.Faults)
		}
	})
}

// A broker's first group waits for its coordinator, which is no fault.
func TestInspectWaitsForACoordinatorThatIsLoading(t *testing.T) {
	for name, fault := range map[string]kfake.Fault{
		"not there yet":                {Keys: []kmsg.Key{kmsg.FindCoordinator}, Err: kerr.CoordinatorNotAvailable},
		"loading the group":            {Keys: []kmsg.Key{kmsg.DescribeGroups}, Err: kerr.CoordinatorLoadInProgress},
		"loading the transactional id": {Keys: []kmsg.Key{kmsg.EndTxn}, Err: kerr.CoordinatorLoadInProgress},
	} {
		t.Run(name, func(t *testing.T) {
			inMemory(t, func(t *testing.T, c client.Client, broker *kfake.Cluster) {
				fault.Count = -1
				time.AfterFunc(5*time.Second, broker.Fault(fault).Remove)
				if r := inspected(t, options(c, "fresh")); len(r.Faults) > 0 {
					t.Errorf("faults: %q", r.Faults)
				}
			})
		})
	}
}
