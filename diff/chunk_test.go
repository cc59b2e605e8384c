package diff_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

// chunked is apply, page by page: the changes of each are applied before the next one is read.
func chunked(t testing.TB, s *diff.State, o diff.SweepOptions, pages ...diff.Page) []string {
	t.Helper()
	w, said := s.Sweep(o), []string(nil)
	for _, p := range pages {
		if _, err := w.Page(p); err != nil {
			t.Fatal(err)
		}
		said = append(said, lines(w.Changes())...)
		for i, c := range w.Changes() {
			c.LSN, c.TsMS = int64(100+len(said)+i), c.EndedMS
		}
		w.Apply(false)
		if w.Next(); w.Pending() > 0 || len(w.Changes()) > 0 {
			t.Fatalf("%d bytes and %d changes stay", w.Pending(), len(w.Changes()))
		}
	}
	missing := w.Missing()
	w.Apply(true)
	for _, id := range missing {
		s.Delete(id)
		said = append(said, "d "+id)
	}
	return said
}

// A sweep in chunks finds what a sweep at once finds, also what is missing, and leaves the same state.
func TestASweepInChunksFindsTheSame(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	one, two := newState(t, schema.Resource{}), newState(t, schema.Resource{})
	for round := range int64(200) {
		var pages []diff.Page
		for n := range int64(5) {
			var records []string
			for i := range 4 {
				if rnd.IntN(8) > 0 {
					records = append(records, fmt.Sprintf(`{"id":"%d","v":%d}`, n*4+int64(i), rnd.IntN(3)))
				}
			}
			pages = append(pages, page(round*100+n*10, records...))
		}
		o := diff.SweepOptions{First: round == 0}
		if round%7 == 6 {
			o.AgainBelow = 1000
		}
		want, got := apply(t, one, o, pages...), chunked(t, two, o, pages...)
		if !slices.Equal(got, want) {
			t.Fatalf("round %d: in chunks\n%q\nat once\n%q", round, got, want)
		}
		for _, id := range one.IDs() {
			was, _ := one.Get(id)
			is, ok := two.Get(id)
			if !ok || string(is.Body) != string(was.Body) || is.SeenMS != was.SeenMS || two.Len() != one.Len() {
				t.Fatalf("round %d: %s is %+v, want %+v", round, id, is, was)
			}
		}
	}
}

// A record that an earlier chunk showed is known when a later one shows it again.
func TestAChunkKnowsWhatTheLastOneShowed(t *testing.T) {
	s := newState(t, schema.Resource{})
	got := chunked(t, s, diff.SweepOptions{First: true},
		page(10, `{"id":"a","v":1}`, `{"id":"b","v":1}`), page(20, `{"id":"b","v":1}`, `{"id":"c","v":1}`),
		page(30, `{"id":"c","v":2}`))
	want := []string{
		`r a -> {"id":"a","v":1}`, `r b -> {"id":"b","v":1}`, `r c -> {"id":"c","v":1}`,
		`u c {"id":"c","v":1} -> {"id":"c","v":2}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
