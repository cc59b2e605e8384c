package alert

import (
	"fmt"

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// chain is the last event of each account and resource. Each event names the one before it, so that one that is
// missing, or was put in by somebody else, shows.
type chain map[[2]string]int64

// take goes on to an event. It returns what is wrong with its place, or "". What is given again is in order.
func (c chain) take(s *schema.Source) string {
	key := [2]string{s.DB, s.Table}
	last, seen := c[key]
	if seen && s.LSN <= last {
		return ""
	}
	c[key] = s.LSN
	var before, own int64
	if _, err := fmt.Sscanf(s.Sequence, `["%d","%d"]`, &before, &own); err != nil || !seen || before == last {
		return ""
	}
	return fmt.Sprintf("event %d of %s of account %s says that it comes after event %d, and the last one was %d",
		s.LSN, s.Table, s.DB, before, last)
}

// genuine returns why a record is not what its event says, so that somebody else must have written it; nil if it is.
func genuine(d *history.Decoder, prefix string, r client.Record, ev *schema.Event) error {
	if topic := schema.TopicOf(prefix, ev.Source.Table); topic != r.Topic {
		return fmt.Errorf("the event is one of topic %s", topic)
	}
	plain, err := d.Plain(r.Key)
	if err != nil {
		return fmt.Errorf("its key: %w", err)
	}
	key, err := schema.ParseKey(plain)
	if err != nil {
		return fmt.Errorf("its key: %w", err)
	}
	row := ev.Row()
	if key.AccountID != ev.Source.DB || key.ID != row.ID || row.AccountID != ev.Source.DB {
		return fmt.Errorf("its key names %s of account %s, and its event %s of account %s",
			key.ID, key.AccountID, row.ID, ev.Source.DB)
	}
	return nil
}
