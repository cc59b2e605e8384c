package diff_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"testing"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

// Bodies come back as they were, whether they were packed before the dictionary or with it, alike or like nothing else.
func TestBodiesComeBackAsTheyWere(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, tt := range []struct {
		name string
		body func(n int) []byte
	}{
		{"tiny", func(int) []byte { return []byte("{}") }},
		{"alike", func(n int) []byte {
			return fmt.Appendf(nil, `{"id":%d,"name":"web-%d","region":"fra1","size":"s-1vcpu-1gb"}`, n, n)
		}},
		{"like nothing", func(int) []byte { return noise(r, r.IntN(5000)) }},
		{"huge", func(int) []byte { return noise(r, 1<<18+r.IntN(1<<18)) }},
		{"huge and alike", func(n int) []byte { return bytes.Repeat(fmt.Appendf(nil, `{"id":%d,"name":"web"},`, n%3), 20_000) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newState(t, schema.Resource{})
			want := map[string][]byte{}
			for n := range 80 {
				id := fmt.Sprint(n)
				want[id] = tt.body(n)
				s.Restore(id, diff.Published{Body: want[id]})
			}
			for id, body := range want {
				if got, _ := s.Get(id); !bytes.Equal(got.Body, body) {
					t.Fatalf("%s: %d bytes of another body, want %d bytes", id, len(got.Body), len(body))
				}
			}
		})
	}
}

// The states of many accounts share a pack and rules, each in its own goroutine.
func TestStatesShareAPack(t *testing.T) {
	rules, pack := compile(t, schema.Resource{}, diff.Options{}), diff.NewPack()
	var wg sync.WaitGroup
	for account := range 8 {
		wg.Go(func() {
			s := diff.NewState(rules, pack)
			body := func(n int) string {
				return fmt.Sprintf(`{"id":"%d","name":"web-%d","size":"s-1vcpu-1gb"}`, n, account)
			}
			var all []string
			for n := range 20 {
				all = append(all, body(n))
			}
			apply(t, s, diff.SweepOptions{}, page(10, all...))
			for n := range all {
				if got, _ := s.Get(fmt.Sprint(n)); string(got.Body) != body(n) {
					t.Errorf("account %d: got %s, want %s", account, got.Body, body(n))
				}
			}
		})
	}
	wg.Wait()
}

// A fleet has a state for each listing of each account: a small one must cost little more than its records.
func TestAStateOfOneRecordIsSmall(t *testing.T) {
	const states, wanted = 500, 2000 // bytes each; with buffers, names or paths of its own it has 15,000
	record, err := os.ReadFile("testdata/droplet.json")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := diff.Compile(schema.Lookup("droplets"), diff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pack, all, before := diff.NewPack(), []*diff.State{}, resident()
	for range states {
		s := diff.NewState(rules, pack)
		apply(t, s, diff.SweepOptions{}, page(10, string(record)))
		all = append(all, s)
	}
	if got := (resident() - before) / states; got > wanted {
		t.Errorf("a state of one record of %d bytes takes %d, want %d at most", len(record), got, wanted)
	}
	runtime.KeepAlive(all)
}

func TestABodyThatIsNotKeptIsNotAnEmptyOne(t *testing.T) {
	s := newState(t, schema.Resource{})
	s.Restore("1", diff.Published{Body: nil})
	if got, ok := s.Get("1"); !ok || got.Body != nil {
		t.Errorf("got %q, %v, want a record without a body", got.Body, ok)
	}
}

func noise(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}
