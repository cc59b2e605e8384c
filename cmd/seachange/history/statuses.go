package history

import (
	"context"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
)

// Statuses are what run last said of each collection.
type Statuses map[state.AccountCollection]state.CollectionStatus

// ReadStatuses reads the newest status of each collection that is still there.
func ReadStatuses(ctx context.Context, cl client.Client, prefix string, bad *BadInput) (Statuses, error) {
	newest := Statuses{}
	return newest, readStatuses(ctx, cl, prefix, bad, func(c state.AccountCollection, s *state.CollectionStatus) {
		if delete(newest, c); s != nil {
			newest[c] = *s
		}
	})
}

// ReadUnknown reads the members that run has seen and that no document has, oldest first.
func ReadUnknown(ctx context.Context, cl client.Client, prefix string, bad *BadInput) ([]state.SchemaChange, error) {
	var all []state.SchemaChange
	o := client.ReadOptions{Topics: []string{state.SchemaChangesTopic(prefix)}, FromStart: true, UntilEnd: true}
	err := cl.Read(ctx, o, func(r client.Record) error {
		change, err := state.ParseSchemaChange(r.Value)
		if err != nil {
			return bad.Take(at(r, err))
		}
		all = append(all, change)
		return nil
	})
	return all, err
}

// ReadHeartbeat returns the time of the newest heartbeat of any shard; 0: there is none.
func ReadHeartbeat(ctx context.Context, cl client.Client, prefix string, bad *BadInput) (newestMS int64, err error) {
	o := client.ReadOptions{Topics: []string{state.HeartbeatTopic(prefix)}, FromStart: true, UntilEnd: true}
	err = cl.Read(ctx, o, func(r client.Record) error {
		_, h, err := state.ParseHeartbeat(r.Key, r.Value)
		if err != nil {
			return bad.Take(at(r, err))
		}
		newestMS = max(newestMS, h.TsMS)
		return nil
	})
	return newestMS, err
}

// readStatuses passes each status in the topic, and nil for a collection that is gone.
func readStatuses(
	ctx context.Context, cl client.Client, prefix string, bad *BadInput,
	f func(state.AccountCollection, *state.CollectionStatus),
) error {
	o := client.ReadOptions{Topics: []string{state.SweepsTopic(prefix)}, FromStart: true, UntilEnd: true}
	return cl.Read(ctx, o, func(r client.Record) error {
		c, s, err := state.ParseStatus(r.Key, r.Value)
		if err != nil {
			return bad.Take(at(r, err))
		}
		f(c, s)
		return nil
	})
}
