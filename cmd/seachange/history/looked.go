package history

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// Looked says when collections were looked at, first and last. Those below another record are left out: they come and
// go with it.
type Looked map[state.AccountCollection]*looked

type looked struct{ firstMS, lastMS int64 } // when whole sweeps began; 0: there was none

// ReadLooked reads them of some resources; none is all.
func ReadLooked(ctx context.Context, cl client.Client, prefix string, resources ...string) (Looked, error) {
	sweeps := state.SweepsTopic(prefix)
	topics, err := cl.Existing(ctx, state.StatusTopic(prefix), sweeps)
	if err != nil || len(topics) == 0 {
		return nil, err
	}
	// What is no status tells nothing, and the readers of statuses name it.
	l, told := Looked{}, &state.Told{}
	if err := readLooks(ctx, cl, prefix, &BadInput{Skip: true, Logger: slog.New(slog.DiscardHandler)}, told); err != nil {
		return nil, err
	}
	o := client.ReadOptions{Topics: topics, FromStart: true, UntilEnd: true}
	err = cl.Read(ctx, o, func(r client.Record) error {
		c, s, err := state.ParseStatus(r.Key, r.Value)
		if err != nil || (len(resources) > 0 && !slices.Contains(resources, c.Resource)) {
			return nil
		}
		if s != nil {
			l.take(c, s.WholeMS)
		}
		if r.Topic == sweeps {
			told.Status(c, s)
		}
		return nil
	})
	for c, s := range told.All() {
		l.take(c, s.WholeMS)
	}
	if err == nil {
		err = ctx.Err() // half an answer is none
	}
	return l, err
}

func (l Looked) take(c state.AccountCollection, wholeMS int64) {
	if row := schema.Lookup(c.Resource); row == nil || row.Parent() != "" {
		return
	}
	k := l[c]
	if k == nil {
		k = &looked{}
		l[c] = k
	}
	if k.lastMS = max(k.lastMS, wholeMS); k.firstMS == 0 || (wholeMS > 0 && wholeMS < k.firstMS) {
		k.firstMS = wholeMS
	}
}

// Unlooked is a resource of an account at which nobody looked in some time.
type Unlooked struct {
	AccountID string `json:"account_id"`
	Resource  string `json:"resource"`
	FirstMS   *int64 `json:"first_ms"` // when it was first read; null: never
	LastMS    *int64 `json:"last_ms"`  // when it was last read; null: never
}

// NotLooked is the last line of JSON where nobody had looked.
type NotLooked struct {
	Unlooked []Unlooked `json:"unlooked"`
}

// Not returns what was not looked at yet at a moment, or not any more since another one, in order.
func (l Looked) Not(yet, since time.Time) []Unlooked {
	var all []Unlooked
	for _, c := range slices.SortedFunc(maps.Keys(l), state.AccountCollection.Compare) {
		k := l[c]
		if k.firstMS > 0 && k.firstMS <= yet.UnixMilli() && k.lastMS >= since.UnixMilli() {
			continue
		}
		u := Unlooked{AccountID: c.AccountID, Resource: c.Resource}
		if k.firstMS > 0 {
			u.FirstMS, u.LastMS = &k.firstMS, &k.lastMS
		}
		all = append(all, u)
	}
	return all
}
