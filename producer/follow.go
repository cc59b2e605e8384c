package producer

import (
	"maps"
	"slices"
	"time"
)

// Bounds of how often a log's entries that may still change are asked for by id, where the listing's newest pages don't
// show them.
const (
	followLeast  = 10 * time.Second // between two looks at one of them
	followMost   = time.Hour
	followEvery  = 6 * time.Second // between two looks at any of them
	followAtOnce = 10              // looks in one sweep
	deniedLeast  = time.Minute     // after a 404
	deniedMost   = 24 * time.Hour  // then it is forgotten
	lateFor      = time.Hour       // so long what is closed may still be filled in
)

// following is what is known of looks at a log's entries by id. What stays open for ever costs a look an hour; many of
// them cost no more than a look each six seconds.
type following struct {
	asked  map[string]time.Time // last
	denied map[string]time.Time // since when each look was answered with a 404
	left   float64              // looks that may be made at once
	filled time.Time            // when left was
}

func newFollowing() *following {
	return &following{
		asked: map[string]time.Time{}, denied: map[string]time.Time{}, left: followAtOnce,
		filled: time.Now(),
	}
}

// due returns those of ids whose turn it is, the one that was asked for longest ago first. age is how long an entry has
// been as it is.
func (f *following) due(ids []string, age func(id string) time.Duration) []string {
	now := time.Now()
	f.left = min(followAtOnce, f.left+now.Sub(f.filled).Seconds()/followEvery.Seconds())
	f.filled = now
	f.forgetOthers(ids)
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		last, ok := f.asked[id]
		return ok && now.Sub(last) < f.rest(id, age(id))
	})
	slices.SortStableFunc(ids, func(x, y string) int { return f.asked[x].Compare(f.asked[y]) })
	return ids[:min(len(ids), int(f.left))]
}

// rest is how long an entry is not asked for again: half its age, as it is the likelier to stay as it is; after a 404
// twice as long as there has been nothing else.
func (f *following) rest(id string, age time.Duration) time.Duration {
	if since, ok := f.denied[id]; ok {
		return max(deniedLeast, 2*f.asked[id].Sub(since))
	}
	return min(max(age/2, followLeast), followMost)
}

// noteLook notes that an entry is asked for.
func (f *following) noteLook(id string) {
	f.asked[id] = time.Now()
	f.left--
}

// answered notes whether the look was answered with a 404, and reports whether that has been so for so long that
// nothing more will be heard of the entry.
func (f *following) answered(id string, notFound bool) (lost bool) {
	if !notFound {
		delete(f.denied, id)
		return false
	}
	now := time.Now()
	if _, ok := f.denied[id]; !ok {
		f.denied[id] = now
	}
	return now.Sub(f.denied[id]) >= deniedMost
}

// forgetOthers keeps what is known of ids alone.
func (f *following) forgetOthers(ids []string) {
	if len(f.asked) == 0 {
		return
	}
	known := map[string]bool{}
	for _, id := range ids {
		known[id] = true
	}
	other := func(id string, _ time.Time) bool { return !known[id] }
	maps.DeleteFunc(f.asked, other)
	maps.DeleteFunc(f.denied, other)
}
