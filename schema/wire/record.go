package wire

import "github.com/seachange/seachange/schema"

// What the schemas describe, as the Avro library takes it: the types of package schema with Avro's names. The
// conversion fails to compile where the two differ.

type avroKey struct {
	AccountID string `avro:"account_id"`
	ID        string `avro:"id"`
}

type avroEvent struct {
	Before  *avroRow   `avro:"before"`
	After   *avroRow   `avro:"after"`
	Source  avroSource `avro:"source"`
	Op      string     `avro:"op"`
	TsMS    int64      `avro:"ts_ms"`
	Changes *string    `avro:"changes"`
}

type avroRow struct {
	AccountID  string  `avro:"account_id"`
	ID         string  `avro:"id"`
	URN        *string `avro:"urn"`
	ParentID   *string `avro:"parent_id"`
	Name       *string `avro:"name"`
	Region     *string `avro:"region"`
	CreatedAt  *string `avro:"created_at"`
	Body       *string `avro:"body"`
	BodySHA256 *string `avro:"body_sha256"`
}

type avroCurrent struct {
	avroRow

	LSN        int64  `avro:"lsn"`
	TsMS       int64  `avro:"ts_ms"`
	SourceTsMS *int64 `avro:"source_ts_ms"`
}

type avroSource struct {
	Version   string  `avro:"version"`
	Connector string  `avro:"connector"`
	Name      string  `avro:"name"`
	TsMS      int64   `avro:"ts_ms"`
	PrevTsMS  *int64  `avro:"prev_ts_ms"`
	Snapshot  string  `avro:"snapshot"`
	DB        string  `avro:"db"`
	Schema    string  `avro:"schema"`
	Table     string  `avro:"table"`
	LSN       int64   `avro:"lsn"`
	Sequence  string  `avro:"sequence"`
	TxID      string  `avro:"txId"`
	Cause     *string `avro:"cause"`
}

// avroChange is an event without its images.
type avroChange struct {
	Source  avroSource `avro:"source"`
	Op      string     `avro:"op"`
	TsMS    int64      `avro:"ts_ms"`
	Changes *string    `avro:"changes"`
}

func (e *avroEvent) event() *schema.Event {
	return &schema.Event{
		Before: (*schema.Row)(e.Before), After: (*schema.Row)(e.After), Source: schema.Source(e.Source), Op: schema.Op(e.Op),
		TsMS: e.TsMS, Changes: e.Changes,
	}
}

func newAvroCurrent(r *schema.Current) *avroCurrent {
	return &avroCurrent{avroRow(r.Row), r.LSN, r.TsMS, r.SourceTsMS}
}

func (r *avroCurrent) current() *schema.Current {
	return &schema.Current{Row: schema.Row(r.avroRow), LSN: r.LSN, TsMS: r.TsMS, SourceTsMS: r.SourceTsMS}
}
