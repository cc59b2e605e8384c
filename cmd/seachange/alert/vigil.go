package alert

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/seachange/seachange/cmd/seachange/hint"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
)

// vigil knows when each collection was read last, and who is silent. It has no clock: times are handed to it, so
// that tests need none. Everything it reports is about the watching itself, and goes to all outputs.
type vigil struct {
	prefix   string
	told     *state.Told
	accounts map[string]*vigilAccount
	open     map[string]*Alert // what is reported, by key
}

// vigilAccount is what an account's statuses say.
type vigilAccount struct {
	newest      time.Time // of its statuses and looks
	collections map[state.AccountCollection]*state.CollectionStatus
}

func newVigil(prefix string) *vigil {
	v := &vigil{prefix: prefix, open: map[string]*Alert{}}
	v.forget()
	return v
}

// forget forgets what the topics told.
func (v *vigil) forget() { v.told, v.accounts = &state.Told{}, map[string]*vigilAccount{} }

// Intervals without a sweep that are too many, and bounds of the time that they make: looks are told
// once a minute, and seldom sooner.
const (
	missedIntervals = 3
	leastSilence    = 3 * time.Minute
	statusEvery     = time.Minute
)

// patience is how long silence is not reported: a few intervals, as one sweep may be late or fail.
func patience(interval time.Duration) time.Duration {
	return max(missedIntervals*interval, leastSilence)
}

// take takes a record of the topics of sweeps and looks in. What is none is no matter of the vigil's.
func (v *vigil) take(r client.Record) {
	id, err := v.told.Take(r.Topic, r.Key, r.Value)
	if err != nil {
		return
	}
	a := v.accounts[id]
	if a == nil {
		a = &vigilAccount{collections: v.told.Of(id)}
		v.accounts[id] = a
	}
	if r.Time.After(a.newest) {
		a.newest = r.Time
	}
}

// interval is the shortest in which one of the account's collections is read; 0 if none is, as far as is known.
func (a *vigilAccount) interval() (shortest time.Duration) {
	for _, s := range a.collections {
		if every := intervalOf(s); every > 0 && (shortest == 0 || every < shortest) {
			shortest = every
		}
	}
	return shortest
}

// intervalOf is that of a collection that is read; 0 of one whose status says why it is not.
func intervalOf(s *state.CollectionStatus) time.Duration {
	if s.Status != state.Whole {
		return 0
	}
	return time.Duration(s.IntervalMS) * time.Millisecond
}

// silent reports whether nothing of the account was read for longer than its shortest interval allows.
func (a *vigilAccount) silent(now time.Time) bool {
	every := a.interval()
	return every > 0 && now.Sub(a.newest) > patience(every)
}

// stale are the collections, by resource, of which none was read whole within three of its intervals.
func (a *vigilAccount) stale(now time.Time) map[string][]state.AccountCollection {
	found := map[string][]state.AccountCollection{}
	for c, s := range a.collections {
		if every := intervalOf(s); every > 0 && now.Sub(time.UnixMilli(s.SweptMS())) > patience(every)+statusEvery {
			found[c.Resource] = append(found[c.Resource], c)
		}
	}
	return found
}

// judge returns what begins to be silent, and what no longer is. If all accounts are silent one alert says so: it is
// the process that is gone, and an alert for each account would hide that. Of an account that is silent nothing is
// said of its resources, for the same reason.
func (v *vigil) judge(now time.Time) []*Alert {
	found := map[string]*Alert{}
	var silent []string
	watched := 0
	for id, a := range v.accounts {
		if a.interval() > 0 {
			watched++
		}
		if a.silent(now) {
			silent = append(silent, id)
		}
	}
	slices.Sort(silent)
	if len(silent) > 0 && len(silent) == watched {
		v.gone(found, silent)
		return v.turn(found, silent, now)
	}
	for _, id := range silent {
		v.accountSilent(found, id)
	}
	for id, a := range v.accounts {
		if !slices.Contains(silent, id) {
			for resource, all := range a.stale(now) {
				v.resourceStale(found, id, resource, all)
			}
		}
	}
	return v.turn(found, silent, now)
}

// gone adds that nothing is watched any more.
func (v *vigil) gone(found map[string]*Alert, silent []string) {
	last := time.Time{}
	for _, id := range silent {
		if a := v.accounts[id]; a.newest.After(last) {
			last = a.newest
		}
	}
	add(found, &Alert{
		Key: "producer-gone/" + v.prefix, Rule: "producer-gone", Severity: "critical", Account: "seachange",
		Title: "Nothing is watched any more: seachange run is gone", Resource: "topics " + v.prefix + ".*", After: last.UTC(),
		What:   "no account was read since " + last.UTC().Format(time.RFC3339),
		Advice: "Start seachange run again; its log says why it ended.",
	})
}

// accountSilent adds that one account is silent while others are not: its shard has no owner that works.
func (v *vigil) accountSilent(found map[string]*Alert, id string) {
	last := v.accounts[id].newest.UTC()
	add(found, &Alert{
		Key: "account-silent/" + id, Rule: "account-silent", Severity: "critical", Account: id, Resource: "account",
		Title: "An account is not watched any more, while others are", After: last,
		What:   "nothing of it was read since " + last.Format(time.RFC3339),
		Advice: "Its shard is refused, or has no owner: the log of seachange run, and seachange check, say why.",
	})
}

// resourceStale adds that some collections of a resource were not read whole in time, in one alert that names the
// oldest.
func (v *vigil) resourceStale(found map[string]*Alert, id, resource string, all []state.AccountCollection) {
	slices.SortFunc(all, state.AccountCollection.Compare)
	statuses := v.accounts[id].collections
	oldest := slices.MinFunc(all, func(c, d state.AccountCollection) int {
		return cmp.Compare(statuses[c].SweptMS(), statuses[d].SweptMS())
	})
	s := statuses[oldest]
	last := time.UnixMilli(s.SweptMS()).UTC()
	var parents []string
	for _, c := range all {
		if c.ParentID != "" {
			parents = append(parents, c.ParentID)
		}
	}
	what := fmt.Sprintf("last read whole at %s, and planned every %s", last.Format(time.RFC3339),
		time.Duration(s.IntervalMS)*time.Millisecond)
	if len(parents) > 0 {
		what += "; of " + some(parents)
	}
	add(found, &Alert{
		Key: "resource-stale/" + resource + "/" + id, Rule: "resource-stale", Severity: "warning", Account: id,
		Resource: resource, Title: "A resource was not read whole within three of its intervals", After: last, What: what,
		Advice: "Its changes are seen late. seachange check and the log of seachange run say why.",
	})
}

func add(found map[string]*Alert, a *Alert) { found[a.Key] = a }

// turn returns what was not reported yet, and what was reported and has ended. Of an account that is silent nothing
// has.
func (v *vigil) turn(found map[string]*Alert, silent []string, now time.Time) (told []*Alert) {
	for _, key := range slices.Sorted(maps.Keys(found)) {
		if v.open[key] == nil {
			a := found[key]
			a.lasts = true
			a.Status, a.Before, a.ID = Firing, now.UTC(), fmt.Sprintf("%s/%d", key, a.After.UnixMilli())
			v.open[key] = a
			told = append(told, a)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(v.open)) {
		if found[key] == nil && !slices.Contains(silent, v.open[key].Account) {
			over := *v.open[key]
			over.Status, over.After, over.Before = Resolved, over.Before, now.UTC()
			over.ID, over.What = over.ID+"/resolved", "it is read again"
			delete(v.open, key)
			told = append(told, &over)
		}
	}
	return told
}

// settling is how long after a start nobody is called silent: who was stopped together with alert begins now, too.
const settling = 2 * time.Minute

// keepVigil follows the statuses and the silences until ctx ends, and tells all outputs who is silent, and that the
// topics can't be read. It judges only at the topics' end: before, everybody would seem to have been silent since
// what was read last.
func (w *Watch) keepVigil(ctx context.Context) error {
	v, began := newVigil(w.o.Prefix), time.Now()
	silences, notes := SilencesTopic(w.o.Prefix), hint.Topic(w.o.Prefix)
	o := client.FollowOptions{
		Topics:  []string{state.SweepsTopic(w.o.Prefix), state.LooksTopic(w.o.Prefix), silences, notes},
		Headers: []string{},
	}
	for ctx.Err() == nil {
		err := w.o.Client.Follow(ctx, o, func(b client.Batch) error {
			for _, r := range b.Records {
				switch r.Topic {
				case silences:
					w.takeSilence(r, time.Since(r.Time) < settling)
				case notes:
					w.takeNote(r)
				default:
					v.take(r)
				}
			}
			now := time.Now()
			w.reach.Store(now.UnixMilli())
			w.o.Metrics.topicsRead.SetToCurrentTime()
			w.away(nil)
			if b.Behind == 0 && now.Sub(began) > settling {
				w.tell(v.judge(now)...)
			}
			return nil
		})
		if err == nil {
			return nil // ctx has ended
		}
		w.o.Logger.Warn("the statuses can't be read", "err", err)
		w.away(err)
		v.forget() // they are read again from the first one
		client.Sleep(ctx, 5*time.Second)
	}
	return nil
}

// away reports once that the topics can't be read, and once that they can again.
func (w *Watch) away(err error) {
	if (err != nil) == (w.unread != nil) {
		return
	}
	now := time.Now().UTC()
	if err != nil {
		w.unread = &Alert{
			ID: fmt.Sprintf("topics-unread/%d", now.UnixMilli()), Key: "topics-unread/" + w.o.Prefix, Status: Firing,
			Rule: "topics-unread", Severity: "critical", Title: "The topics can't be read: no change is reported",
			What: err.Error(), Account: "seachange", Resource: "topics " + w.o.Prefix + ".*", Before: now,
			Advice: "See whether the brokers are up, and whether alert may read " + state.SweepsTopic(w.o.Prefix) + ".",
			lasts:  true,
		}
		w.tell(w.unread)
		return
	}
	over := *w.unread
	over.ID, over.Status, over.What = over.ID+"/resolved", Resolved, "they are read again"
	over.After, over.Before = over.Before, now
	w.unread = nil
	w.tell(&over)
}

// tell hands alerts that are about the watching itself to all outputs.
func (w *Watch) tell(alerts ...*Alert) {
	for _, one := range w.watchers {
		one.letters.put(alerts...)
	}
}
