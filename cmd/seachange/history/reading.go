package history

import (
	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer/kafka/client"
)

// reading takes events from topics into moments. Not for two goroutines.
type reading struct {
	moments []*Moment
	glancer glancer
	bad     *BadInput
	packs   map[string]*diff.Pack // by resource
	fresh   int                   // bytes of the rows that came since rows were compressed
	most    int                   // of those
}

// freshBytes is how many bytes of rows are held as they came: those that the next events replace need not be
// compressed.
const freshBytes = 16 << 20

func newReading(moments []*Moment, d *Decoder, bad *BadInput) *reading {
	return &reading{
		moments: moments, glancer: glancer{decoder: d, names: map[string]string{}}, bad: bad, packs: map[string]*diff.Pack{},
		most: freshBytes,
	}
}

// take takes an event.
func (n *reading) take(r client.Record) error {
	g, err := n.glancer.at(r)
	if err != nil {
		return n.bad.Take(at(r, err))
	}
	for _, m := range n.moments {
		m.take(g)
	}
	if g.image != nil {
		n.kept(g.image)
	}
	return nil
}

// kept is told of an image that a moment has taken. Once there are many, those that are still there are made smaller.
func (n *reading) kept(i *image) {
	if n.fresh += len(i.text); n.fresh <= n.most {
		return
	}
	n.fresh = 0
	for _, m := range n.moments {
		m.compress(n.packs)
	}
}
