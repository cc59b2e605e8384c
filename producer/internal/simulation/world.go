package simulation

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/schema"
)

// world is a simulated account that changes, and an API that shows it, well or not.
type world struct {
	sim     *simulation
	id      string
	account *digitaloceantest.Account
	other   *digitaloceantest.Account // of the other team, whose token is put in by mistake

	mu      sync.Mutex
	changes stream
	serial  int
	born    map[string]time.Time // by resource and id
	open    []string             // actions in progress
	api     *api
}

const (
	foreignToken = "dop_v1_obviously-another-teams"
	foreignTeam  = "team-other"
)

func newWorld(s *simulation, number int) *world {
	w := &world{
		sim: s, id: fmt.Sprintf("team-%d", number), changes: newStream(s.seed, "world", number), born: map[string]time.Time{},
	}
	o := digitaloceantest.Options{TeamID: w.id, PerHour: s.plan.perHour}
	w.account = digitaloceantest.New(o)
	o.TeamID, o.Token = foreignTeam, foreignToken
	w.other = digitaloceantest.New(o)
	w.api = newAPI(w, newStream(s.seed, "faults", number))
	for _, a := range []*digitaloceantest.Account{w.account, w.other} {
		a.Put("balance", "balance", `{"account_balance":"0.00","month_to_date_usage":"0.00"}`)
		a.Put("tags", "everybody", `{"name":"everybody"}`)
		a.Fault(digitaloceantest.Fault{Effect: w.api.strike})
	}
	w.widen()
	if s.plan.silent {
		w.other.Scopes(digitaloceantest.AllScopes("account:read")...)
	}
	for w.serial < s.plan.records {
		w.change()
	}
	for range s.plan.many {
		k := kindOf("volumes")
		w.create(&k, "")
	}
	return w
}

// live changes the account until the active time is over.
func (w *world) live() {
	for {
		wait := w.changes.about(w.sim.plan.change)
		if time.Since(w.sim.began)+wait > w.sim.plan.active {
			return
		}
		time.Sleep(wait)
		w.mu.Lock()
		for range pick(w.changes, 1, 1, 1, 2, 5) {
			w.change()
		}
		w.mu.Unlock()
	}
}

// narrow takes scopes from the token for a while.
func (w *world) narrow() {
	time.Sleep(w.sim.plan.active / 3)
	w.account.Scopes(digitaloceantest.AllScopes(w.sim.plan.scopes...)...)
	time.Sleep(w.sim.plan.active / 3)
	w.widen()
}

// widen gives the token all scopes, or those that check asks for.
func (w *world) widen() {
	w.account.Scopes()
	if w.sim.plan.least {
		w.account.Scopes(digitaloceantest.AllScopes()...)
	}
}

// clear deletes all firewall rules of the databases that have several, minutes before the API's clock is set.
func (w *world) clear() {
	time.Sleep(w.sim.plan.active/2 - newStream(w.sim.seed, "clear", w.id).between(time.Minute, 8*time.Minute))
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, parent := range w.below("databases", "") {
		if rules := w.below("database_firewall_rules", parent); len(rules) > 1 {
			for _, id := range rules {
				w.account.Delete("database_firewall_rules", id)
			}
		}
	}
}

// change changes something at random. The account's lock is held, or nobody else knows it yet.
func (w *world) change() {
	w.serial++
	k := w.some()
	if k.most == 0 || (k.resource == "balance" && w.sim.plan.foreign) {
		return
	}
	parent, ok := w.someParent(schema.Lookup(k.resource))
	if !ok {
		return
	}
	ids := w.below(k.resource, parent)
	row := schema.Lookup(k.resource)
	switch what := w.changes.IntN(10); {
	case row.Kind == schema.Log:
		w.happen(k, parent, ids)
	case row.Kind == schema.Single && len(ids) > 0:
		w.update(k, ids[0])
	case len(ids) == 0, what < 4 && len(ids) < k.most:
		w.create(k, parent)
	case what < 6 && row.Kind != schema.Single:
		w.account.Delete(k.resource, pick(w.changes, ids...))
	case what == 6 && len(ids) > 3 && w.changes.chance(0.2):
		w.wipe(k.resource, ids)
	case !k.fixed:
		w.update(k, pick(w.changes, ids...))
	}
}

// wipe deletes most of a collection.
func (w *world) wipe(resource string, ids []string) {
	w.changes.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	for _, id := range ids[:len(ids)*9/10] {
		w.account.Delete(resource, id)
	}
}

func (w *world) some() *kind {
	sum := 0
	for i := range w.sim.plan.kinds {
		sum += w.sim.plan.kinds[i].weight
	}
	n := w.changes.IntN(sum)
	for i := range w.sim.plan.kinds {
		if n -= w.sim.plan.kinds[i].weight; n < 0 {
			return &w.sim.plan.kinds[i]
		}
	}
	panic("unreachable")
}

// someParent returns a record that may have such children.
func (w *world) someParent(row *schema.Resource) (id string, ok bool) {
	if row.Parent() == "" {
		return "", true
	}
	var ids []string
	records := w.account.Records(row.Parent())
	for _, id := range slices.Sorted(maps.Keys(records)) {
		if row.When.Holds(records[id]) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return "", false
	}
	return pick(w.changes, ids...), true
}

// below returns the ids of a collection, sorted.
func (w *world) below(resource, parent string) []string {
	ids := w.account.Below(resource, parent)
	slices.Sort(ids)
	return ids
}

func (w *world) create(k *kind, parent string) {
	w.serial++
	own := k.own(w.serial, w.changes)
	id := schema.ChildID(parent, own)
	if w.account.Record(k.resource, id) != nil {
		return
	}
	w.born[k.resource+" "+id] = time.Now()
	w.put(k, id, w.serial)
	if k.resource == "databases" {
		configs := kindOf("database_configs")
		w.put(&configs, schema.ChildID(id, "database_configs"), w.serial)
	}
}

func (w *world) update(k *kind, id string) { w.put(k, id, w.serial) }

func (w *world) put(k *kind, id string, version int) {
	_, own, err := schema.SplitID(id)
	if err != nil {
		panic(err)
	}
	w.account.Put(k.resource, id, k.record(own, version, date(w.born[k.resource+" "+id]), date(time.Now())))
}

// happen adds an entry to a log, or ends one that is under way.
func (w *world) happen(k *kind, parent string, ids []string) {
	if k.open != "" && len(w.open) > 0 && w.changes.chance(0.4) {
		n := w.changes.IntN(len(w.open))
		w.put(k, w.open[n], 1)
		w.open = slices.Delete(w.open, n, n+1)
		return
	}
	if len(ids) >= k.most {
		return
	}
	w.serial++
	id := schema.ChildID(parent, k.own(w.serial, w.changes))
	w.born[k.resource+" "+id] = time.Now()
	version := 1
	if k.open != "" && w.changes.chance(0.5) {
		version, w.open = -1, append(w.open, id)
	}
	w.put(k, id, version)
}

// later deletes a record after a while, for a deletion between two requests of a sweep.
func (w *world) later(after time.Duration, resource, id string) {
	w.sim.running.Go(func() {
		time.Sleep(after)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.account.Delete(resource, id)
	})
}

func date(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// readable returns the path of every collection that exists and that is listed by requests of its own.
func (w *world) readable() []string {
	var paths []string
	for _, row := range w.sim.resources {
		if row.Embed != "" || row.Name == "account" {
			continue
		}
		if row.Parent() == "" {
			paths = append(paths, row.Path)
			continue
		}
		for id, text := range w.account.Records(row.Parent()) {
			if !row.When.Holds(text) {
				continue
			}
			path, err := row.URL(id)
			if err != nil {
				panic(err)
			}
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}
