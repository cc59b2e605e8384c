package diff_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

// Whatever happens to a collection and however it is read: the changes, applied to a table, give what the API has.
func FuzzCompare(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		choices := make([]byte, 400)
		for i := range choices {
			choices[i] = byte(r.Uint32())
		}
		f.Add(choices)
	}
	rules := compile(f, schema.Resource{Mask: "secret", Sets: "set", Ignore: "ignored", Born: "born"}, diff.Options{})
	pack := diff.NewPack()
	f.Fuzz(func(t *testing.T, choices []byte) {
		h := &history{t: t, choices: choices, rules: rules, pack: pack, api: map[string]*thing{}, table: map[string]string{}}
		h.state = diff.NewState(rules, pack)
		for len(h.choices) > 0 {
			for range h.pick(4) {
				h.happen()
			}
			h.read()
		}
	})
}

// history is a collection in the API, what was published of it, and the state between.
type history struct {
	t       *testing.T
	choices []byte // what happens is read from these
	rules   *diff.Rules
	pack    *diff.Pack
	state   *diff.State
	ids     []string // of api, in its order
	api     map[string]*thing
	table   map[string]string // bodies by id, from the changes
	lsn, ms int64
}

type thing struct {
	v, ignored, born int
	set              []int
	secret           bool
}

// pick chooses a number below n.
func (h *history) pick(n int) int {
	if len(h.choices) == 0 {
		return 0
	}
	c := int(h.choices[0])
	h.choices = h.choices[1:]
	return c % n
}

// happen changes the API's side.
func (h *history) happen() {
	id := string(rune('a' + h.pick(6)))
	it := h.api[id]
	if it == nil {
		h.api[id] = &thing{v: h.pick(3), born: h.pick(20)}
		h.ids = append(h.ids, id)
		return
	}
	switch h.pick(7) {
	case 0:
		delete(h.api, id)
		h.ids = slices.DeleteFunc(h.ids, func(s string) bool { return s == id })
	case 1:
		it.v = h.pick(3)
	case 2:
		it.ignored++
	case 3:
		it.set = append(it.set, h.pick(3))
	case 4:
		slices.Reverse(it.set)
	case 5:
		it.secret = !it.secret
	case 6:
		it.born++
	}
}

func (t *thing) json(id string) string {
	secret := ""
	if t.secret {
		secret = `,"secret":"hunter2"`
	}
	set := strings.ReplaceAll(fmt.Sprint(t.set), " ", ",")
	return fmt.Sprintf(`{"id":"%s","v":%d,"ignored":%d,"set":%s,"born":"2024-01-01T00:%02d:00Z"%s}`, id, t.v, t.ignored, set, t.born%60, secret)
}

// read sweeps, in pages of some size, maybe not to the end, maybe with a restart before.
func (h *history) read() {
	if h.pick(5) == 0 {
		h.restart()
	}
	size, whole := 1+h.pick(4), h.pick(4) > 0
	w := h.state.Sweep(diff.SweepOptions{First: len(h.table) == 0, Afresh: h.pick(8) == 0})
	for ids := range slices.Chunk(h.ids, size) {
		h.ms++
		var records []string
		for _, id := range ids {
			records = append(records, h.api[id].json(id))
		}
		p := page(h.ms, records...)
		if !whole && h.pick(3) == 0 {
			p = broken(h.ms, records[:len(records)-1]...)
		}
		if _, err := w.Page(p); err != nil {
			if !errors.Is(err, errBroken) {
				h.t.Fatal(err)
			}
			break
		}
	}
	if !whole && h.pick(2) == 0 {
		return // and nothing of it is committed
	}
	h.publish(w, whole)
}

// restart restores the state from what was published.
func (h *history) restart() {
	s := diff.NewState(h.rules, h.pack)
	for _, id := range h.state.IDs() {
		p, _ := h.state.Get(id)
		s.Restore(id, p)
	}
	h.state = s
}

// publish applies the changes to the table, and holds it against the API.
func (h *history) publish(w *diff.Sweep, whole bool) {
	for _, c := range w.Changes() {
		h.lsn++
		c.LSN, c.TsMS = h.lsn, h.ms
		h.change(c)
	}
	missing := w.Missing()
	w.Apply(whole)
	if !whole {
		return
	}
	for _, id := range missing {
		h.state.Delete(id)
		delete(h.table, id)
	}
	for id, thing := range h.api {
		want := form(h.t, h.rules, thing.json(id))
		if got := form(h.t, h.rules, h.table[id]); got.Fingerprint != want.Fingerprint {
			h.t.Fatalf("%s: published %s, the API has %s", id, h.table[id], want.Body)
		}
	}
	if len(h.table) != len(h.api) || h.state.Len() != len(h.api) {
		h.t.Fatalf("got %d published and %d in the state, want %d", len(h.table), h.state.Len(), len(h.api))
	}
}

func (h *history) change(c *diff.Change) {
	was, known := h.table[c.ID]
	switch c.Op {
	case schema.Created, schema.Read:
		if known || c.Before != nil {
			h.t.Fatalf("%s %s: is known, as %s", c.Op, c.ID, was)
		}
	case schema.Updated, schema.Deleted:
		if !known || string(c.Before) != was {
			h.t.Fatalf("%s %s: before is %s, published was %s", c.Op, c.ID, c.Before, was)
		}
	default:
		h.t.Fatalf("%q %s: no such op here", c.Op, c.ID)
	}
	if c.Op == schema.Deleted {
		delete(h.table, c.ID)
		return
	}
	if c.Op == schema.Updated {
		if patch, err := diff.Patch(h.rules, c.Before, c.After); err != nil || patch == "[]" {
			h.t.Fatalf("u %s: nothing changed (%v): %s to %s", c.ID, err, was, c.After)
		}
	}
	h.table[c.ID] = string(c.After)
}
