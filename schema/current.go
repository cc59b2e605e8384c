package schema

// Current is a record as it is now, as its resource's current topic has it: its row, and which event made it so.
type Current struct {
	Row

	LSN  int64 `json:"lsn"`   // the account's number of the record's last event
	TsMS int64 `json:"ts_ms"` // when seachange made that event
	// SourceTsMS is when the answer that showed it was complete, on the API's clock. Null where that is not known: in a
	// state that an older release wrote.
	SourceTsMS *int64 `json:"source_ts_ms"`
}

// Marshal returns the row as the topic has it, encoded as an event is.
func (c *Current) Marshal() []byte { return marshal(c) }

// HasCurrent reports whether the resource has a current topic: a log has none, as its entries are only ever added.
func (r *Resource) HasCurrent() bool { return r.Kind != Log }
