package kafka

import "github.com/twmb/franz-go/pkg/kgo"

// Embedded changes how a Log works on a broker in this process, which nobody else writes to.
type Embedded struct {
	// ProcessID is fresh at each start. It becomes part of the transactional ids, since the embedded broker can't
	// take over an id whose transaction was open when the process was killed.
	ProcessID string
	// Redo keeps commits whole over a kill. Nil: a kill may tear one (a broker in memory, which is gone anyway).
	Redo Redo
}

// Redo remembers a transaction while it is committed. Several shards commit at once.
type Redo interface {
	// Before is called once a transaction's records are produced, with their Partition and Offset set, and before the
	// transaction is committed. It returns once they are safe on disk. An error means that it isn't committed.
	Before(shard int, records []*kgo.Record) error
	// After is called once the transaction is committed.
	After(shard int) error
}
