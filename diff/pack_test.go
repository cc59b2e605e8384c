package diff_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
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
