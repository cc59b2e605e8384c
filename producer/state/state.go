// Package state is what the state topic remembers, without which a restart would begin anew, and what the topics beside
// it tell of each collection: their names, keys and formats. It does no I/O and has no clock.
//
// The state topic holds, beside the shards' own barriers, four kinds of entries:
//
//	account/<account>                        => JSON of AccountCheckpoint
//	collection/<account>/<resource>/<parent> => JSON of CollectionCheckpoint
//	collection/<account>/*/<slot>            => JSON of Looks
//	record/<account>/<resource>/<id>         => JSON of Record, or null once the record is deleted
//
// An entry's members are a contract between releases: they are added to, and never renamed, retyped or made required.
// Unknown members are ignored, so that an older release goes on from what a newer one wrote in the same format.
package state

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Each record of the state topic says its format in a header.
const (
	FormatHeader = "format"
	Format       = "1" // what this release writes
)

// formats are those that this release reads: its own and, once there is one, the one before.
var formats = []string{Format}

// CheckFormat returns an error if this release can't read entries of a format.
func CheckFormat(format string) error {
	if slices.Contains(formats, format) {
		return nil
	}
	reads := "this release reads " + strings.Join(formats, ", ")
	if n, err := strconv.Atoi(format); err == nil && n > newest() {
		return fmt.Errorf("format %q of a newer release, and %s: run that release, or one after it", format, reads)
	}
	return fmt.Errorf("format %q, and %s: it was written by another release: run that one", format, reads)
}

func newest() int {
	n, _ := strconv.Atoi(Format) // it is a number
	return n
}

// Entry is a record of the state topic, without its format. A nil value deletes.
type Entry struct {
	Account string // the shard is its
	Key     []byte
	Value   []byte
}
