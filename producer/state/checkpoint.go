package state

import (
	"cmp"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/diff/absence"
	"github.com/seachange/seachange/producer/schedule"
	"github.com/seachange/seachange/schema"
)

// AccountCheckpoint is what is remembered of an account beside its collections.
type AccountCheckpoint struct {
	NextLSN int64            `json:"next_lsn"`
	LastLSN map[string]int64 `json:"last_lsn"` // by resource
	TsMS    int64            `json:"ts_ms"`    // the newest event's
	Sweep   int64            `json:"sweep"`
	// Entries is how many entries of records the state has, at least, by resource; an older release didn't count them.
	Entries   map[string]int      `json:"entries,omitempty"`
	Name      string              `json:"name"`
	Config    string              `json:"config,omitempty"`    // what the configuration calls it
	Announced map[string][]string `json:"announced,omitempty"` // paths already in schema-changes, by resource
	// AnnouncedMS is when an announced path was seen first; an older release didn't note it.
	AnnouncedMS map[string]map[string]int64 `json:"announced_ms,omitempty"`
	Mistyped    map[string][]string         `json:"mistyped,omitempty"` // the same of members whose values are of another type
	// PerHour is the token's limit, as it was last seen, and Others what its other users spent of it in an hour.
	PerHour int `json:"per_hour,omitzero"`
	Others  int `json:"others,omitzero"`
	// Paused is what an operator has read no more, by resource; "" is the whole account.
	Paused map[string]Pause `json:"paused,omitempty"`
}

// Counts reports whether a resource's entries are counted. Of a log that is below something they are not: an older
// release left open ones when that went, and whether those are still there differs between a partition's replicas.
func Counts(r *schema.Resource) bool { return r.Kind != schema.Log || r.Parent() == "" }

// Count notes that the state has so many more entries of a resource's records.
func (a *AccountCheckpoint) Count(r *schema.Resource, more int) {
	if !Counts(r) || more == 0 {
		return
	}
	if a.Entries == nil {
		a.Entries = map[string]int{}
	}
	if a.Entries[r.Name] += more; a.Entries[r.Name] == 0 {
		delete(a.Entries, r.Name)
	}
}

// Announce remembers the paths of a schema change, so that none is announced again.
func (a *AccountCheckpoint) Announce(change SchemaChange) {
	remember(&a.Announced, change.Resource, change.Paths)
	remember(&a.Mistyped, change.Resource, change.Mistyped)
	if change.TsMS > 0 && len(change.Paths) > 0 { // else an older release announced it
		a.seenFirst(change)
	}
}

// remember adds paths, and makes the map with the first one.
func remember(all *map[string][]string, resource string, paths []string) {
	if len(paths) == 0 {
		return
	}
	if *all == nil {
		*all = map[string][]string{}
	}
	sorted := slices.Sorted(slices.Values(slices.Concat((*all)[resource], paths)))
	(*all)[resource] = slices.Compact(sorted)
}

func (a *AccountCheckpoint) seenFirst(change SchemaChange) {
	if a.AnnouncedMS == nil {
		a.AnnouncedMS = map[string]map[string]int64{}
	}
	times := a.AnnouncedMS[change.Resource]
	if times == nil {
		times = map[string]int64{}
		a.AnnouncedMS[change.Resource] = times
	}
	for _, path := range change.Paths {
		times[path] = cmp.Or(times[path], change.TsMS)
	}
}

// FirstLSN is the number that an account's events begin with: above those of any log that was begun before.
func FirstLSN(now time.Time) int64 { return now.Unix() << 20 }

// CollectionCheckpoint is what is remembered of a collection beside its records.
type CollectionCheckpoint struct {
	FirstMS int64 `json:"first_ms"` // when its initial snapshot was whole; 0: it never was yet
	// WholeMS is when its last whole sweep began; for a new parent's, when the parent was not there yet.
	WholeMS int64 `json:"whole_ms"`
	// CleanMS is when the last whole sweep began that lacked nothing it should have shown: what is new was not there then.
	CleanMS int64  `json:"clean_ms"`
	Rules   string `json:"rules"` // the paths that its records were made with; "" before the initial snapshot
	Status  Status `json:"status"`
	Reason  string `json:"reason,omitempty"`
	SinceMS int64  `json:"since_ms"`
	// Suspects are missing records that nothing has confirmed yet, with the beginning of the sweep that missed them first.
	Suspects map[string]int64 `json:"suspects,omitempty"`
	// HeldWhy is why suspects, or members, are held.
	HeldWhy absence.Held `json:"held_why,omitzero"`
	// HeldPaths are fields that the token may not read any more: their old values stay.
	HeldPaths []string `json:"held_paths,omitempty"`
	PathsMS   int64    `json:"paths_ms,omitempty"` // when what they held was seen last
	// Unreadable are, by member, the records of which it can't be read, with when it was seen last; 0: never.
	Unreadable map[string]map[string]int64 `json:"unreadable,omitempty"`
	// Behind are the records that are shown older than they are known, by their row's clock.
	Behind map[string]diff.Behind `json:"behind,omitempty"`
	// ParentClock is, of what is embedded in its parent's record, the latest clock of that with which it was read, and
	// ParentBehind since when that is shown older.
	ParentClock  string      `json:"parent_clock,omitempty"`
	ParentBehind diff.Behind `json:"parent_behind,omitzero"`
	// TopicID is the incarnation of the topic that the records were published to.
	TopicID string `json:"topic_id,omitempty"`
	// CurrentTopicID is the incarnation of the current topic that has all of the records; "": none does.
	CurrentTopicID string `json:"current_topic_id,omitempty"`
	// AgainBelow, in a repeated snapshot, is the lsn below which a record has not come again yet. 0: there is none.
	AgainBelow int64 `json:"again_below,omitempty"`
	SnapshotMS int64 `json:"snapshot_ms,omitempty"` // when the last repeated snapshot was asked for
	// LogIDs are, of a log, the newest ids that were published, newest first, at most LogMemory.
	LogIDs []string `json:"log_ids,omitempty"`
	// Learned is what the schedule knows of it.
	Learned *Learned `json:"learned,omitempty"`
	// ParentRevision is the sum of what its parent told of it when it was last read; 0: nothing.
	ParentRevision uint64 `json:"gate,omitempty"`
	// Short is by how much its listings fall short of what the API counts; nil: they don't.
	Short *Shortfall `json:"short,omitempty"`
	// Number is its number among the account's collections, from 1, in the account's looks; 0: it has none yet.
	Number int `json:"number,omitzero"`
	// InSnapshot reports that a log's initial snapshot is under way.
	InSnapshot bool `json:"opening,omitempty"`
}

// Shortfall is that an API counts more records than it lists.
type Shortfall struct {
	Records int   `json:"records"`
	SinceMS int64 `json:"since_ms"` // when the first sweep began that fell short by so many
	// CleanMS is the collection's, from before: what the API counts and doesn't list may be there since then.
	CleanMS int64 `json:"clean_ms"`
}

// LogMemory is how many of a log's newest ids are remembered, and how far back its initial snapshot goes.
const LogMemory = 1000

// Learned is what is kept of what the schedule learned of a collection.
type Learned struct {
	schedule.Memory
	AtMS int64 `json:"at_ms"` // when the sweep that it ends with began
}

// aheadAtMost is how far another machine's clock may be ahead of ours. What looks say of a time in which the API's
// clock was set can be anything.
const aheadAtMost = time.Minute

// Memory is what the schedule is told of a collection: what was learned of it, with its age; where nothing was, as with
// a fixed interval, when it was read.
func (c *CollectionCheckpoint) Memory(now time.Time) schedule.Memory {
	age, known := c.Age(now)
	switch {
	case c.FirstMS == 0, c.Status == NeverSwept, c.Status == NotOffered: // it was never read
		return schedule.Memory{}
	case c.Learned != nil && c.Learned.AtMS <= now.Add(aheadAtMost).UnixMilli():
		m := c.Learned.Memory
		m.AgeS = max(0, now.Sub(time.UnixMilli(c.Learned.AtMS)).Seconds())
		return m
	case c.Learned == nil && known:
		return schedule.Memory{Requests: 1, AgeS: age.Seconds()}
	}
	return schedule.Memory{} // it is read as what never was: soon
}

// Age is how long ago its last whole sweep began. It returns false where that can't be told: the sweep was on the API's
// clock, and that is ahead of ours.
func (c *CollectionCheckpoint) Age(now time.Time) (age time.Duration, known bool) {
	age = now.Sub(time.UnixMilli(c.WholeMS))
	return age, age >= 0
}

// Record is what is remembered of a record: its row, as it was last published. Its other columns follow from key and
// body.
type Record struct {
	LSN         int64          `json:"lsn"`
	TsMS        int64          `json:"ts_ms"`
	SeenMS      int64          `json:"seen_ms"`
	SourceMS    int64          `json:"source_ts_ms,omitzero"` // the last event's; 0: an older release wrote it
	Fingerprint uint64         `json:"print"`
	Body        jsontext.Value `json:"body,omitzero"`
	SHA256      string         `json:"body_sha256,omitempty"` // of a body that is too large to keep
}

// Published is the record as diff compares it.
func (r Record) Published() diff.Published {
	return diff.Published{
		Body: r.Body, Fingerprint: r.Fingerprint, SeenMS: r.SeenMS, TsMS: r.TsMS, LSN: r.LSN, SourceMS: r.SourceMS,
	}
}
