package diff_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

func TestRollouts(t *testing.T) {
	const n = 10
	base := `{"id":"%d","name":"k","node_pools":[],"networks":{"v4":[{"ip":"a"},{"ip":"b"}]},"auto_upgrade":true,"tags":["a"],"labels_of":{"x":1}}`
	add := func(member string) func(int, string) string {
		return func(i int, r string) string {
			return strings.Replace(r, `"name"`, strings.ReplaceAll(member, "#", fmt.Sprint(i))+`,"name"`, 1)
		}
	}
	replace := func(old, now string) func(int, string) string {
		return func(_ int, r string) string { return strings.ReplaceAll(r, old, now) }
	}
	both := func(a, b func(int, string) string) func(int, string) string {
		return func(i int, r string) string { return b(i, a(i, r)) }
	}
	none := func(_ int, r string) string { return r }
	for _, tt := range []struct {
		name   string
		change func(i int, record string) string
		of     int // so many records
		others func(i int, record string) string
		want   int // updates that are marked
	}{
		{"a new member on all", add(`"gpu_operator_ready":true`), 10, none, 10},
		{"a new member whose value differs", add(`"brand_new":{"of":#}`), 10, none, 10},
		{"a new null", add(`"brand_new":null`), 10, none, 10},
		{"a new member on most", add(`"brand_new":1`), 6, none, 6},
		{"on a half", add(`"brand_new":1`), 5, none, 0},
		{"on a few", add(`"brand_new":1`), 2, none, 0},
		{"two new members", add(`"brand_new":1,"newer":[#]`), 10, none, 10},
		{"a member that goes", replace(`,"auto_upgrade":true`, ``), 10, none, 10},
		{"one comes and one goes", both(add(`"brand_new":1`), replace(`,"auto_upgrade":true`, ``)), 10, none, 10},
		{"within an object", replace(`"networks":{`, `"networks":{"brand_new":1,`), 10, none, 10},
		{"within the elements of an array", replace(`{"ip":`, `{"aaa":1,"ip":`), 10, none, 10},
		{"most, and the others change otherwise", add(`"brand_new":1`), 6, replace(`"k"`, `"renamed"`), 6},
		{"most, and some of it changed otherwise, too", add(`"brand_new":1`), 7, both(add(`"brand_new":1`), replace(`"k"`, `"renamed"`)), 7},
		{"a value on all", replace(`"k"`, `"renamed"`), 10, none, 0},
		{"a value that was null", replace(`"name":"k"`, `"name":null`), 10, none, 0},
		{"an element of all", replace(`{"ip":"a"}`, `{"ip":"a"},{"ip":"c","brand_new":1}`), 10, none, 0},
		{"a tag on all that had none", replace(`"tags":["a"]`, `"tags":[]`), 10, none, 0},
		{"all tags", replace(`,"tags":["a"]`, ``), 10, none, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rules, err := diff.Compile(schema.Lookup("kubernetes_clusters"), diff.Options{})
			if err != nil {
				t.Fatal(err)
			}
			s := diff.NewState(rules, diff.NewPack())
			var before, after []string
			for i := range n {
				r := fmt.Sprintf(base, i)
				before = append(before, r)
				if i < tt.of {
					r = tt.change(i, r)
				} else {
					r = tt.others(i, r)
				}
				after = append(after, r)
			}
			apply(t, s, diff.SweepOptions{}, page(10, before...))
			w := sweep(t, s, diff.SweepOptions{}, page(20, after[:4]...), page(21, after[4:]...))
			new(diff.Rollouts).Find([]*diff.Sweep{w}, 0)
			marked := 0
			for _, ch := range w.Changes() {
				if ch.Rollout {
					marked++
				}
			}
			if marked != tt.want {
				t.Errorf("%d of %d updates are a roll-out, want %d", marked, len(w.Changes()), tt.want)
			}
		})
	}
}

// What the account writes into a map of its own is its own.
func TestLabelsOnAllRecordsAreNoRollout(t *testing.T) {
	rules, err := diff.Compile(schema.Lookup("kubernetes_node_pools"), diff.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var sweeps []*diff.Sweep
	for _, now := range []string{`"labels":{"team":"a"}`, `"labels":{},"brand_new":1`} {
		sweeps = sweeps[:0]
		for range 4 { // collections of a record each
			s := diff.NewState(rules, diff.NewPack())
			apply(t, s, diff.SweepOptions{}, page(10, `{"id":"a","labels":{}}`))
			sweeps = append(sweeps, sweep(t, s, diff.SweepOptions{}, page(20, `{"id":"a",`+now+`}`)))
		}
		new(diff.Rollouts).Find(sweeps, 0)
		for _, w := range sweeps {
			if got, want := w.Changes()[0].Rollout, strings.Contains(now, "brand_new"); got != want {
				t.Errorf("%s: a roll-out %v, want %v", now, got, want)
			}
		}
	}
}

// Also the updates of chunks that were too few to prove anything count for the listing.
func TestARolloutInSmallChunks(t *testing.T) {
	s := newState(t, schema.Resource{})
	const n = 4
	var before []string
	for i := range n {
		before = append(before, fmt.Sprintf(`{"id":"%d"}`, i))
	}
	apply(t, s, diff.SweepOptions{}, page(1, before...))
	w, o := s.Sweep(diff.SweepOptions{}), new(diff.Rollouts)
	for i := range n {
		if _, err := w.Page(page(10, fmt.Sprintf(`{"id":"%d","brand_new":1}`, i))); err != nil {
			t.Fatal(err)
		}
		o.Find([]*diff.Sweep{w}, n)
		if got, want := w.Changes()[0].Rollout, i >= 2; got != want {
			t.Errorf("update %d of %d: a roll-out %v, want %v", i+1, n, got, want)
		}
		w.Apply(false)
		w.Next()
	}
}
