package state

import (
	"maps"
	"slices"
	"strings"
)

// Held is one thing that a collection holds back, as its status shows it: a missing record, or a field that can't be
// read.
type Held struct {
	ID   string // the record; "" where the field is held in all of them
	Path string // the field; "" of a missing record
}

const (
	heldPath   = "path:"
	heldOf     = " of "
	heldListed = 100 // missing records that are shown by id
)

// String is the text that a collection's status has for it.
func (h Held) String() string {
	switch {
	case h.Path == "":
		return h.ID
	case h.ID == "":
		return heldPath + h.Path
	}
	return heldPath + h.Path + heldOf + h.ID
}

// ParseHeld reads what String wrote.
func ParseHeld(s string) Held {
	path, ok := strings.CutPrefix(s, heldPath)
	if !ok {
		return Held{ID: s}
	}
	path, id, _ := strings.Cut(path, heldOf)
	return Held{ID: id, Path: path}
}

// Held lists what is held back: the first hundred missing records, and the fields that can't be read.
func (c *CollectionCheckpoint) Held() []string {
	held := slices.Sorted(maps.Keys(c.Suspects))
	held = append([]string{}, held[:min(len(held), heldListed)]...)
	for _, path := range c.HeldPaths {
		held = append(held, Held{Path: path}.String())
	}
	for _, member := range slices.Sorted(maps.Keys(c.Unreadable)) {
		for _, id := range slices.Sorted(maps.Keys(c.Unreadable[member])) {
			held = append(held, Held{ID: id, Path: member}.String())
		}
	}
	return held
}

// HeldCount counts what is held back.
func (c *CollectionCheckpoint) HeldCount() int {
	n := len(c.Suspects) + len(c.HeldPaths)
	for _, ids := range c.Unreadable {
		n += len(ids)
	}
	return n
}

// everSince is since when something may have changed of which nobody knows when it was seen last.
const everSince = 1

// hold takes back what a status listed among what is held. beganMS is when its sweep began.
func (c *CollectionCheckpoint) hold(h Held, beganMS int64) {
	switch {
	case h.Path == "":
		if c.Suspects == nil {
			c.Suspects = map[string]int64{}
		}
		c.Suspects[h.ID] = beganMS
	case h.ID == "":
		c.HeldPaths = append(c.HeldPaths, h.Path)
	default:
		if c.Unreadable == nil {
			c.Unreadable = map[string]map[string]int64{}
		}
		if c.Unreadable[h.Path] == nil {
			c.Unreadable[h.Path] = map[string]int64{}
		}
		c.Unreadable[h.Path][h.ID] = everSince
	}
}

// HeldRecords counts the missing records that are held; the rest are fields. Not every record is listed.
func (s *CollectionStatus) HeldRecords() int {
	all := max(s.HeldCount, len(s.Held))
	for _, h := range s.Held {
		if ParseHeld(h).Path != "" {
			all--
		}
	}
	return all
}
