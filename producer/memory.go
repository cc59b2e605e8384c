package producer

import (
	"fmt"
	"slices"
	"time"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// memory is what is remembered of an account: what the log holds, restored, and moved on after each commit. It is the
// shard's while that restores it, then the account's goroutine's.
type memory struct {
	id          string
	checkpoint  state.AccountCheckpoint
	collections map[collectionID]*collection
	numbers     numbers // of its collections
	looksSeq    int64   // of the last looks that readers were told, or more; 0: the clock says

	newState func(resource string) *diff.State
}

func newMemory(id string, newState func(resource string) *diff.State) *memory {
	return &memory{id: id, newState: newState, collections: map[collectionID]*collection{}}
}

// check holds what was restored against itself: an account's checkpoint stands in each transaction with its records. So
// none of them is newer; if one is, the log has lost what it once had, and numbers would be given twice. And none is
// missing; if one is, the next sweep would publish as new what was published before.
func (m *memory) check() error {
	for resource, n := range m.entries() {
		if counted := m.checkpoint.Entries[resource]; n < counted {
			return fmt.Errorf("state of account %s: it has %d entries of %s, and the account's checkpoint knows of %d: "+
				"entries of the state were lost (is its topic's cleanup.policy compact, and nothing else?): "+restoreState,
				m.id, n, resource, counted)
		}
	}
	for _, c := range m.collections {
		id, lsn := c.state.Newest()
		if last := m.checkpoint.LastLSN[c.id.Resource]; lsn > last {
			return fmt.Errorf("state of account %s: %s %s was published with lsn %d, and the account's checkpoint knows of %d "+
				"at most: newer entries of the state were lost: "+restoreState,
				m.id, c.id.Resource, id, lsn, last)
		}
	}
	return nil
}

const restoreState = "restore a copy of it, or delete the state topic and make it anew with seachange rebuild"

// entries counts the entries of records, by resource. A resource of a newer release's is not among them.
func (m *memory) entries() map[string]int {
	n := map[string]int{}
	for resource := range m.checkpoint.Entries {
		if row := schema.Lookup(resource); row != nil && state.Counts(row) {
			n[resource] = 0
		}
	}
	for _, c := range m.collections {
		if state.Counts(c.row) {
			n[c.id.Resource] += c.state.Len()
		}
	}
	return n
}

// count notes how many entries there are of what this release knows. An older release's checkpoint doesn't count them,
// and check holds only what is counted.
func (m *memory) count() {
	for resource, n := range m.entries() {
		m.checkpoint.Count(schema.Lookup(resource), n-m.checkpoint.Entries[resource])
	}
}

// collection returns the collection of row below parent, a record's id, and makes it if need be, after the one that it
// is below.
func (m *memory) collection(row *schema.Resource, parent string) *collection {
	id := collectionID{Resource: row.Name, Parent: parent}
	if c := m.collections[id]; c != nil {
		return c
	}
	c := &collection{
		id: id, row: row, flight: &flight{root: id}, state: m.newState(row.Name),
		below: map[string][]*collection{}, revisions: map[collectionID]uint64{},
		sums: map[string]string{}, silent: map[string]int{}, created: map[string]time.Time{},
		follow: newFollowing(),
	}
	m.collections[id] = c
	m.put(c)
	return c
}

// put places c below the record that it belongs to, making the parent's collection if need be: of a restored log,
// children may come first.
func (m *memory) put(c *collection) {
	row := schema.Lookup(c.row.Parent())
	grand, _, err := schema.SplitID(c.id.Parent)
	if row == nil || err != nil {
		return
	}
	c.parent = m.collection(row, grand)
	if c.row.Embed != "" {
		c.flight = c.parent.flight
	}
	c.parent.below[c.id.Parent] = append(c.parent.below[c.id.Parent], c)
}

// remove forgets c, and what its parent tells of it.
func (m *memory) remove(c *collection) {
	delete(m.collections, c.id)
	m.numbers.give(c.checkpoint.Number)
	if c.parent == nil {
		return
	}
	c.parent.setRevision(c.id, 0)
	kids := slices.DeleteFunc(c.parent.below[c.id.Parent], func(k *collection) bool { return k == c })
	c.parent.below[c.id.Parent] = kids
	if len(kids) == 0 {
		delete(c.parent.below, c.id.Parent)
	}
}

// children returns the collections below a record of c, in the order of their resources' names.
func (c *collection) children(id string) []*collection {
	return slices.SortedFunc(slices.Values(c.below[id]), func(x, y *collection) int { return x.id.Compare(y.id) })
}
