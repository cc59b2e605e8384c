package producer

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/diff"
)

// The state topic holds, beside the Log's own barrier, three kinds of entries, each with a header that says its format.
// A release reads its own format and the one before; another one is refused with words.
const (
	formatHeader = "format"
	format       = "1"
)

// Key prefixes of the entries.
const (
	accountEntry    = "account"
	collectionEntry = "collection"
	recordEntry     = "record"
)

// accountHead is what is remembered of an account beside its collections: account/<account>.
type accountHead struct {
	NextLSN   int64               `json:"next_lsn"`
	LastLSN   map[string]int64    `json:"last_lsn"` // by resource
	TsMS      int64               `json:"ts_ms"`    // the newest event's
	Sweep     int64               `json:"sweep"`
	Name      string              `json:"name"`
	Config    string              `json:"config,omitempty"`    // what the configuration calls it
	Announced map[string][]string `json:"announced,omitempty"` // paths already in schema-changes, by resource
	PerHour   int                 `json:"per_hour,omitzero"`   // the token's limit, as it was last seen
	Others    int                 `json:"others,omitzero"`     // of it, what other users of the token spent in an hour
}

// collectionHead is what is remembered of a collection beside its records: collection/<account>/<resource>/<parent>.
type collectionHead struct {
	FirstMS int64 `json:"first_ms"` // when it was first seen whole; 0: never yet, so its records are first sights
	WholeMS int64 `json:"whole_ms"` // when its last whole sweep began; for a new parent's, when the parent was not there yet
	// CleanMS is when the last whole sweep began that lacked nothing it should have shown: what is new was not there then.
	CleanMS int64  `json:"clean_ms"`
	Rules   string `json:"rules"` // the paths that its records were made with; "" before the first sight
	Status  Status `json:"status"`
	Reason  string `json:"reason,omitempty"`
	SinceMS int64  `json:"since_ms"`
	// Suspects are missing records that nothing has confirmed yet, with the beginning of the sweep that missed them first.
	Suspects map[string]int64 `json:"suspects,omitempty"`
	// HeldPaths are fields that the token may not read any more: their old values stay.
	HeldPaths []string `json:"held_paths,omitempty"`
	PathsMS   int64    `json:"paths_ms,omitempty"` // when what they held was seen last
	// Unreadable are, by member, the records of which it can't be read, with when it was seen last; 0: never.
	Unreadable map[string]map[string]int64 `json:"unreadable,omitempty"`
	// TopicID is the incarnation of the topic that the records were published to.
	TopicID string `json:"topic_id,omitempty"`
	// AgainBelow, in a repeated snapshot, is the lsn below which a record has not come again yet. 0: there is none.
	AgainBelow int64 `json:"again_below,omitempty"`
	SnapshotMS int64 `json:"snapshot_ms,omitempty"` // when the last repeated snapshot was asked for
	// LogIDs are, of a log, the newest ids that were published, newest first.
	LogIDs []string `json:"log_ids,omitempty"`
	// Learned is what the schedule knows of it.
	Learned *learned `json:"learned,omitempty"`
	// Gate is the sum of what its parent told of it when it was last read; 0: nothing.
	Gate uint64 `json:"gate,omitempty"`
	// Opening says that a log's first sight is under way.
	Opening bool `json:"opening,omitempty"`
}

// Status is what is known of a collection.
type Status string

const (
	Whole      Status = "whole"      // the last sweep read everything
	Partial    Status = "partial"    // the last sweep ended early; what it read was published
	Failing    Status = "failed"     // the last sweep read nothing
	Stopped    Status = "stopped"    // the account's token is refused
	NoScope    Status = "unreadable" // the token lacks the scope
	Unwatched  Status = "unwatched"  // no token for the account here, or the resource is not asked for
	NeverSwept Status = ""           // no sweep has ended yet
)

func accountKey(account string) []byte { return []byte(accountEntry + "/" + account) }

func collectionKey(account string, k collectionID) []byte {
	return []byte(collectionEntry + "/" + account + "/" + k.Resource + "/" + k.Parent)
}

func recordKey(account, resource, id string) []byte {
	return []byte(recordEntry + "/" + account + "/" + resource + "/" + id)
}

// splitKey answers the parts of a state key: kind, account, resource and the rest, a parent's or a record's id.
func splitKey(key []byte) (kind, account, resource, id string, err error) {
	p := strings.SplitN(string(key), "/", 4)
	if len(p) == 2 && p[0] == accountEntry {
		return p[0], p[1], "", "", nil
	}
	if len(p) != 4 || p[0] != collectionEntry && p[0] != recordEntry {
		return "", "", "", "", fmt.Errorf("state key %q: want account/…, collection/…/…/… or record/…/…/…", key)
	}
	return p[0], p[1], p[2], p[3], nil
}

func encode(v any) []byte {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err)) // only our own types come here
	}
	return b
}

// recordState is the entry of a record: record/<account>/<resource>/<id>. Its other columns follow from key and body.
type recordState struct {
	LSN    int64          `json:"lsn"`
	TsMS   int64          `json:"ts_ms"`
	SeenMS int64          `json:"seen_ms"`
	Print  uint64         `json:"print"`
	Body   jsontext.Value `json:"body,omitzero"`
	SHA256 string         `json:"body_sha256,omitempty"` // of a body that is too large to keep
}

func (r recordState) published() diff.Published {
	return diff.Published{Body: r.Body, Print: r.Print, SeenMS: r.SeenMS, TsMS: r.TsMS, LSN: r.LSN}
}

var (
	bodyMember = []byte(`,"body":`)
	endOfEntry = []byte(`}`)
)

// decodeRecord reads a record's entry. The body, which ends it, is taken as it stands, since we wrote it: to look at each
// byte of it again would be half of a restore's time. It is a part of value.
func decodeRecord(key, value []byte) (r recordState, err error) {
	head, body, _ := bytes.Cut(value, bodyMember)
	body, ok := bytes.CutSuffix(body, endOfEntry)
	if !ok || !bytes.HasSuffix(body, endOfEntry) { // without a body
		return r, decode(key, value, &r)
	}
	err = decode(key, slices.Concat(head, endOfEntry), &r)
	r.Body = body
	return r, err
}

// decode reads an entry into v.
func decode(key, value []byte, v any) error {
	if err := json.Unmarshal(value, v); err != nil {
		return fmt.Errorf("state entry %q: %w", key, err)
	}
	return nil
}
