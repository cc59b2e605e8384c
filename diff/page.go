// Package diff finds what changed between what was last published of a collection and a sweep of it. It is pure: no
// I/O, no clock, no log. Times are handed to it, in milliseconds.
package diff

import "iter"

// Page is one response of a listing.
type Page struct {
	// Sum is the xxhash of the response's bytes: equal sums hold equal records.
	Sum uint64
	// Records are parsed as they are ranged over, at most once per page. A record is valid until the next one. An error
	// means that the page can't be read on.
	Records iter.Seq2[Record, error]
	// BeganMS and EndedMS bound the moment that the response shows, on the API's clock, in ms since 1970.
	BeganMS, EndedMS int64
	// Unknown are the names of members beside the records that no document has.
	Unknown []string
	// RequestID is DigitalOcean's x-request-id.
	RequestID string
}

// Record is one thing in a collection, as the JSON the API gave.
type Record struct {
	ID   string // schema.ChildID of the parent's id and its own
	JSON []byte
	// Unreadable are members that the source may not read of this record, and has left out of JSON: what was known of them
	// stays. What is known to be absent is null in JSON.
	Unreadable []string
}
