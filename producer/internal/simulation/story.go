package simulation

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"
)

// story is all that happened, each account's in order: two runs of a seed have the same.
type story struct {
	began time.Time

	mu     sync.Mutex
	hashes map[string]*xxhash.Digest
	lines  map[string][]string // by account, if they are to be kept
}

func newStory(began time.Time) *story {
	return &story{began: began, hashes: map[string]*xxhash.Digest{}}
}

func (s *story) note(account string, what ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.hashes[account]
	if h == nil {
		h = xxhash.New()
		s.hashes[account] = h
	}
	at := time.Since(s.began)
	_, _ = h.Write(binary.LittleEndian.AppendUint64(nil, uint64(at)))
	for _, text := range what {
		_, _ = h.WriteString(text) // it never fails
	}
	if s.lines != nil {
		s.lines[account] = append(s.lines[account], fmt.Sprintln(at, strings.Join(what, " ")))
	}
}

// sum is a hash of everything.
func (s *story) sum() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := xxhash.New()
	for _, account := range slices.Sorted(maps.Keys(s.hashes)) {
		fmt.Fprintln(h, account, s.hashes[account].Sum64())
	}
	return h.Sum64()
}
