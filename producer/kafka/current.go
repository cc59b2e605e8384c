package kafka

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/seachange/seachange/schema"
)

// refuseUncompacted returns an error if a topic of records as they are now would lose some of them, or keep what they
// were.
func refuseUncompacted(t Topic, actual map[string]string) error {
	policy, told := actual["cleanup.policy"]
	if !told || policy == t.Config["cleanup.policy"] {
		return nil
	}
	return fmt.Errorf("topic %s has cleanup.policy=%s: it must be compact, or it does not keep each record as it is now: "+
		"delete it, and seachange makes and fills it", t.Name, policy)
}

// refuseStale returns an error if there are topics of records as they are now, and nobody is to keep them so.
func (l *Log) refuseStale(ctx context.Context, adm *kadm.Client) error {
	if l.opts.Current {
		return nil
	}
	var topics []string
	for i := range schema.Catalog {
		if r := &schema.Catalog[i]; r.HasCurrent() {
			topics = append(topics, schema.CurrentTopicOf(l.opts.Prefix, r.Name))
		}
	}
	details, err := adm.ListTopics(ctx, topics...)
	if err != nil {
		return l.opts.Client.Explain(err)
	}
	for _, d := range details.Sorted() {
		if d.Err == nil { // whoever may not see them never wrote them
			return refuse("topic %s is there, and --current was not given: its records would be taken for the present "+
				"ones: give --current, or delete the topics %s-current.*", d.Topic, l.opts.Prefix)
		}
	}
	return nil
}
