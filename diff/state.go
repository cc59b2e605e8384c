package diff

import (
	"maps"
	"slices"
)

// Published is what the log remembers of a record.
type Published struct {
	// Body is the record's body; nil where it was too large to keep.
	Body []byte
	// Fingerprint is that of the body.
	Fingerprint uint64
	// SeenMS is when the last request that showed the record began, TsMS and LSN are those of its last event, and SourceMS
	// is when the answer that showed that event was complete; 0: not known.
	SeenMS, TsMS, LSN, SourceMS int64
}

// State is what was last published of one collection, and what its pages looked like. Not for two goroutines.
type State struct {
	rules   *Rules
	was     *Rules // in a rebase, the rules that the records were made with
	pack    *Pack
	records map[string]*record
	pages   map[uint64]*page // by sum
	// carried are the paths whose old values have been kept: pages and raw records were found unchanged with them.
	carried []string
	sweeps  uint32
}

// record is what is kept of a published record. There may be millions.
type record struct {
	id          string
	body        string // packed
	fingerprint uint64
	raw         uint64 // xxhash of bytes from the API that mean no change; 0: none known
	seenMS      int64
	tsMS        int64
	lsn         int64
	source      int64  // ms
	page        *page  // that showed the record last, if it is remembered
	sweep       uint32 // that showed the record last
	rebase      bool   // made with the rules before
	gone        bool   // the state has it no more
}

// page remembers a page: as long as its bytes are the same, so are its records. Bytes are not state: it is forgotten as
// soon as one of its records is written, or shown by another page.
type page struct {
	sum     uint64
	records []*record
}

// NewState makes an empty state. The pack may be shared by all states of the same resource.
func NewState(rules *Rules, pack *Pack) *State {
	return &State{
		rules: rules, pack: pack, records: map[string]*record{}, pages: map[uint64]*page{},
	}
}

// Restore puts in a record as the log has it, in place of what was known of it.
func (s *State) Restore(id string, p Published) {
	s.Delete(id)
	s.records[id] = &record{
		id: id, body: s.pack.Pack(p.Body), fingerprint: p.Fingerprint, seenMS: p.SeenMS, tsMS: p.TsMS, lsn: p.LSN,
		source: p.SourceMS,
		rebase: s.was != nil,
	}
}

// Delete takes a record out, after its delete was committed.
func (s *State) Delete(id string) {
	if r := s.records[id]; r != nil {
		s.forget(r.page)
		r.gone = true
		delete(s.records, id)
	}
}

// Len is the number of records.
func (s *State) Len() int { return len(s.records) }

// Has reports whether a record is known.
func (s *State) Has(id string) bool { return s.records[id] != nil }

// Get returns what was last published of a record. The body is the caller's own.
func (s *State) Get(id string) (Published, bool) {
	r := s.records[id]
	if r == nil {
		return Published{}, false
	}
	return Published{
		Body: s.pack.Unpack(nil, r.body), Fingerprint: r.fingerprint, SeenMS: r.seenMS, TsMS: r.tsMS, LSN: r.lsn,
		SourceMS: r.source,
	}, true
}

// Newest returns the record with the largest lsn, "" and 0 if there is none.
func (s *State) Newest() (id string, lsn int64) {
	for _, r := range s.records {
		if r.lsn > lsn {
			id, lsn = r.id, r.lsn
		}
	}
	return id, lsn
}

// IDs returns the ids of all records, sorted.
func (s *State) IDs() []string { return slices.Sorted(maps.Keys(s.records)) }

// Rebase says that the records were made with other rules. When each of them is seen first, differences at paths whose
// rule changed are taken over silently: as a change without an op.
func (s *State) Rebase(old *Rules) {
	if old.Text() == s.rules.Text() {
		return
	}
	s.was = old
	s.forgetAll()
	for _, r := range s.records {
		r.rebase = true
	}
}

// rebasing reports whether there are records that were made with the rules before.
func (s *State) rebasing() bool {
	for _, r := range s.records {
		if r.rebase {
			return true
		}
	}
	return false
}

// forget drops a page. Nil is none.
func (s *State) forget(p *page) {
	if p == nil {
		return
	}
	for _, r := range p.records {
		if r.page == p {
			r.page = nil
		}
	}
	if s.pages[p.sum] == p {
		delete(s.pages, p.sum)
	}
}

// forgetAll drops what is known of bytes.
func (s *State) forgetAll() {
	clear(s.pages)
	for _, r := range s.records {
		r.page, r.raw = nil, 0
	}
}

// carry takes note of the paths whose old values are kept from now on. Where one isn't any more, equal bytes may mean
// something else.
func (s *State) carry(paths []string) {
	for _, p := range s.carried {
		if !slices.Contains(paths, p) {
			s.forgetAll()
			break
		}
	}
	s.carried = slices.Clone(paths)
}
