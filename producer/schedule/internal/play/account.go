package play

// account is a trace in play: what was seen of each item.
type account struct {
	t        *Trace
	kids     [][]int // by gate
	seen     []int   // changes of each item that are detected
	told     []int   // changes of each item that its gate has told of
	last     []float64
	end      float64
	result   *Result
	missed   func(item, change int) bool // by the gate
	distinct map[int]float64             // records that changed, and when first
	found    []float64                   // when what the last sweep found changed
	gates    bool
	from     float64 // changes before it don't count
}

func newAccount(t *Trace, o Options) *account {
	n := len(t.Items)
	a := &account{
		t: t, kids: make([][]int, n), seen: make([]int, n), told: make([]int, n), last: make([]float64, n),
		end: t.Measured + t.Drain, result: &Result{Items: n}, distinct: map[int]float64{},
		gates: o.Gates, from: o.From,
		missed: func(int, int) bool { return false },
	}
	for i, it := range t.Items {
		a.last[i] = -1
		a.result.Records += it.Records
		if o.Gates && it.Gate >= 0 {
			a.kids[it.Gate] = append(a.kids[it.Gate], i)
		}
	}
	return a
}

// detect takes an item's changes up to a time as seen, and returns how many records changed.
func (a *account) detect(item int, upTo, at float64) int {
	it := &a.t.Items[item]
	clear(a.distinct)
	for a.seen[item] < len(it.Changes) && it.Changes[a.seen[item]].At <= upTo {
		c := it.Changes[a.seen[item]]
		a.seen[item]++
		a.found = append(a.found, c.At)
		counts := c.At >= a.from && c.At < a.t.Measured
		if _, again := a.distinct[c.Record]; !again {
			a.distinct[c.Record] = c.At
			if counts {
				a.result.StaleS += at - c.At
			}
		}
		if counts {
			a.result.Waits = append(a.result.Waits, Wait{at - c.At, it.Weight, it.Kind})
		}
	}
	return len(a.distinct)
}

// sweep reads an item and returns how many of its records changed; those of embedded items are its own.
func (a *account) sweep(item int, at float64) int {
	for range a.t.Items[item].Pages {
		a.result.Requests = append(a.result.Requests, at)
	}
	return a.read(item, at)
}

// read is a sweep whose requests are counted already.
func (a *account) read(item int, at float64) int {
	if a.last[item] >= 0 {
		a.result.LongestS = max(a.result.LongestS, at-a.last[item])
	}
	a.last[item], a.found = at, a.found[:0]
	n := a.detect(item, at, at)
	for _, kid := range a.kids[item] {
		if a.t.Items[kid].Embeds {
			n += a.detect(kid, at-a.t.Items[kid].Lag, at)
		}
	}
	return n
}

// tells returns the items of which a gate's sweep tells something new.
func (a *account) tells(gate int, at float64) []int {
	var moved []int
	for _, kid := range a.kids[gate] {
		it := &a.t.Items[kid]
		news := false
		for a.told[kid] < len(it.Changes) && it.Changes[a.told[kid]].At+it.Lag <= at {
			news = news || !a.missed(kid, a.told[kid])
			a.told[kid]++
		}
		if news && !it.Embeds {
			moved = append(moved, kid)
		}
	}
	return moved
}

// close counts what was never detected.
func (a *account) close() *Result {
	for i := range a.t.Items {
		it := &a.t.Items[i]
		for ; a.seen[i] < len(it.Changes); a.seen[i]++ {
			if c := it.Changes[a.seen[i]]; c.At >= a.from && c.At < a.t.Measured {
				a.result.Waits = append(a.result.Waits, Wait{a.end - c.At, it.Weight, it.Kind})
			}
		}
	}
	return a.result
}
