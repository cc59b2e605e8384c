package schema

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
)

// Op is what happened to a record, in Debezium's letters. There are no others: readers die on unknown ones.
type Op string

const (
	Created Op = "c"
	Updated Op = "u"
	Deleted Op = "d"
	Read    Op = "r" // in an initial or a repeated snapshot
)

// Word is the op in CloudEvents' type: created, updated, deleted, observed.
func (o Op) Word() string {
	switch o {
	case Created:
		return "created"
	case Updated:
		return "updated"
	case Deleted:
		return "deleted"
	}
	return "observed"
}

// Event is a change as it is published: Debezium's envelope. Fields are only ever added.
type Event struct {
	Before *Row   `json:"before"`
	After  *Row   `json:"after"`
	Source Source `json:"source"`
	Op     Op     `json:"op"`
	// TsMS is when seachange made the event. It strictly increases per record, and is never before Source.TsMS.
	TsMS int64 `json:"ts_ms"`
	// Changes, on an update, is a JSON text of [{"op","path","value","old"}]: a description, not a patch to apply.
	Changes *string `json:"changes"`
}

// Marshal is the event as the topics have it: compact JSON, members in the order of the fields, unset ones as null,
// nothing escaped for HTML. What isn't UTF-8 is replaced by U+FFFD.
func (e *Event) Marshal() []byte { return marshal(e) }

// Connector is what every event says it comes from, in Source.Connector.
const Connector = "digitalocean"

// EnvelopeVersion is the version of the envelope that this release writes and reads, as the header "schema" has it.
const EnvelopeVersion = "1"

// ParseEvent reads what Marshal wrote. An error means that it is no event of seachange, or one that lacks a row which
// its op promises: a nil row is then never met where Op says that there is one.
func ParseEvent(b []byte) (*Event, error) {
	var e Event
	if err := json.Unmarshal(b, &e); err != nil {
		return nil, fmt.Errorf("not an event of seachange: %w", err)
	}
	if err := e.check(); err != nil {
		return nil, err
	}
	return &e, nil
}

func (e *Event) check() error {
	if s := e.Source; s.Connector != Connector || s.DB == "" || s.Table == "" {
		return errors.New("not an event of seachange: source has no connector digitalocean, db and table")
	}
	before, after := e.Op == Updated || e.Op == Deleted, e.Op == Created || e.Op == Updated || e.Op == Read
	switch {
	case !before && !after:
		return fmt.Errorf("a broken event: op %q", e.Op)
	case before && e.Before == nil:
		return fmt.Errorf("a broken event: op %s without before", e.Op)
	case after && e.After == nil:
		return fmt.Errorf("a broken event: op %s without after", e.Op)
	}
	return nil
}

// Row is the event's record as it is now, or as it was last. It is never nil.
func (e *Event) Row() *Row { return cmp.Or(e.After, e.Before, &Row{}) }

// ID is the id of the event's record.
func (e *Event) ID() string { return e.Row().ID }

// Headers are the Kafka headers of the event, in order: CloudEvents 1.0 in binary mode, and what routers need to know
// without opening the value. accountName is for people; it may be empty.
func (e *Event) Headers(accountName string) [][2]string {
	s := &e.Source
	return [][2]string{
		{"ce_specversion", "1.0"},
		{"ce_id", fmt.Sprintf("%s/%s/%d", s.DB, s.Table, s.LSN)},
		{"ce_source", fmt.Sprintf("/%s/%s/%s", s.Name, s.DB, s.Table)},
		{"ce_type", fmt.Sprintf("seachange.%s.%s.v1", s.Table, e.Op.Word())},
		{"ce_subject", e.ID()},
		{"ce_time", time.UnixMilli(s.TsMS).UTC().Format("2006-01-02T15:04:05.000Z")},
		{"content-type", "application/json"},
		{"op", string(e.Op)},
		{"account", s.DB},
		{"account_name", accountName},
		{"schema", EnvelopeVersion},
	}
}

// Row is a record as a table has it: the same columns for every resource.
type Row struct {
	AccountID string  `json:"account_id"`
	ID        string  `json:"id"`
	URN       *string `json:"urn"`
	ParentID  *string `json:"parent_id"`
	Name      *string `json:"name"`
	Region    *string `json:"region"`
	CreatedAt *string `json:"created_at"`
	// Body is the record's canonical form, JSON in a string. Null if it was too large to publish.
	Body *string `json:"body"`
	// BodySHA256 is set only where the body had to be left out.
	BodySHA256 *string `json:"body_sha256"`
}

// Source says where and when a change was seen. Name, DB, Schema and Table are never empty: readers throw.
type Source struct {
	Version   string `json:"version"`
	Connector string `json:"connector"` // Connector, always
	Name      string `json:"name"`      // the topic prefix
	// TsMS is when the response that showed the change was complete, on the API's clock: it happened before this.
	TsMS int64 `json:"ts_ms"`
	// PrevTsMS is when the last request that showed the state before began: it happened after this. Null on r.
	PrevTsMS *int64 `json:"prev_ts_ms"`
	// Snapshot is "true" in an initial snapshot, "incremental" in a repeated snapshot, else "false".
	Snapshot string `json:"snapshot"`
	DB       string `json:"db"`     // account id
	Schema   string `json:"schema"` // "digitalocean"
	Table    string `json:"table"`  // resource
	// LSN is the account's event number, dense from its first value.
	LSN int64 `json:"lsn"`
	// Sequence is a JSON text of two strings: the lsn before this one in this account and resource ("0" at first), and
	// this one.
	Sequence string `json:"sequence"`
	TxID     string `json:"txId"` // the account's sweep number
	// Cause says why, where it was not the account: CauseParent or CauseRollout; else null.
	Cause *string `json:"cause"`
}

// What an event may be caused by.
const (
	CauseParent  = "parent"  // on d: the record went with its parent
	CauseRollout = "rollout" // on u: the same member came to, or went from, most of the collection's records at once
)

// CausedBy reports whether an event has such a cause.
func (s *Source) CausedBy(cause string) bool { return s.Cause != nil && *s.Cause == cause }
