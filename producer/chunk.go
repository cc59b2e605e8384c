package producer

import (
	"context"
	"slices"
)

// A large listing is published in chunks, each before more is read, so that what was read of it never stands in memory
// until its last page. What a page shows is there, whatever the next one holds. Absences alone wait for the whole
// listing, and only at its end is the collection's snapshot complete.

// chunkBytes is Options.ChunkBytes by default: small beside what a large collection keeps in memory, and large beside
// what a commit costs.
const chunkBytes = 8 << 20

// full reports whether a chunk is to be published before more is read.
func (s *sweep) full() bool { return s.root.w.Pending()+s.embedBytes >= s.a.p.opts.ChunkBytes }

// publishChunk publishes what was found since the last chunk, with all that is embedded in it, and waits until that is
// committed. It reports whether the sweep may go on: not after a stop, or a commit that failed.
func (s *sweep) publishChunk(ctx context.Context) bool {
	s.root.c.uncounted()
	s.readEmbedded()
	s.judgeFields(ctx, s.root)
	for _, p := range s.kids {
		s.judge(ctx, p)
	}
	s.reread()
	if ctx.Err() != nil || (s.cascades() && s.a.drain() != nil) {
		return false
	}
	s.findRollouts(s.knownOf)
	pub := s.a.publish()
	s.publishFound(pub, true)
	for _, p := range slices.Backward(s.kids) {
		s.finish(pub, p)
	}
	s.partway(pub)
	s.sayNews()
	pub.commit(s.applyChunk)
	return s.a.drain() == nil
}

// knownOf is how many records of a resource were known before the sweep.
func (s *sweep) knownOf(resource string) (n int) {
	if resource == s.root.c.id.Resource {
		return s.root.known
	}
	for _, c := range s.root.c.embedded() {
		if c.id.Resource == resource {
			n += c.state.Len()
		}
	}
	return n
}

// partway brings the checkpoint up to date with what was shown so far: after a crash that counts.
func (s *sweep) partway(pub *publication) {
	c := s.root.c
	s.noteUnreadable(s.root)
	c.partway(s.root)
	if c.dirty {
		pub.commitCheckpoint(c)
	}
}

// applyChunk moves the memory on, after the commit, and forgets the chunk.
func (s *sweep) applyChunk() {
	for _, p := range s.kids {
		s.applyPart(p)
		s.compared[p.c] = true
	}
	root := s.root
	root.c.apply(root.w, false, nil)
	s.follow()
	s.a.show(root.c)
	s.earlier += s.changed()
	root.earlier += len(root.w.Changes())
	root.w.Next()
	s.kids, s.embeds, s.embedBytes = nil, nil, 0
	clear(s.sees) // a scope may be lost by the next one
}
