package history

import (
	"context"
	"maps"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
)

// Statuses are what run last said of each collection.
type Statuses map[state.AccountCollection]state.CollectionStatus

// ReadStatuses reads the newest status of each collection that is still there, as of the last looks.
func ReadStatuses(ctx context.Context, cl client.Client, prefix string, bad *BadInput) (Statuses, error) {
	told := &state.Told{}
	err := readTold(ctx, cl, prefix, bad, told, func(state.AccountCollection, *state.CollectionStatus) {})
	return maps.Collect(told.All()), err
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

// readTold reads what the topics tell of each collection, and passes each status, nil for a collection that is gone.
func readTold(
	ctx context.Context, cl client.Client, prefix string, bad *BadInput, told *state.Told,
	f func(state.AccountCollection, *state.CollectionStatus),
) error {
	if err := readLooks(ctx, cl, prefix, bad, told); err != nil {
		return err
	}
	o := client.ReadOptions{Topics: []string{state.SweepsTopic(prefix)}, FromStart: true, UntilEnd: true}
	return cl.Read(ctx, o, func(r client.Record) error {
		c, s, err := state.ParseStatus(r.Key, r.Value)
		if err != nil {
			return bad.Take(at(r, err))
		}
		f(c, s)
		told.Status(c, s)
		return nil
	})
}

// readLooks reads the newest looks, of which older releases have no topic: before the statuses that they are of, so
// that those are not older.
func readLooks(ctx context.Context, cl client.Client, prefix string, bad *BadInput, told *state.Told) error {
	topics, err := cl.Existing(ctx, state.LooksTopic(prefix))
	if err != nil || len(topics) == 0 {
		return err
	}
	o := client.ReadOptions{Topics: topics, FromStart: true, UntilEnd: true}
	return cl.Read(ctx, o, func(r client.Record) error {
		k, l, err := state.ParseLooks(r.Key, r.Value)
		if err != nil {
			return bad.Take(at(r, err))
		}
		told.Looks(k, l)
		return nil
	})
}
