package diff_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

// backups are records that are known by an instant: "22", "22.417", "22.417 a" with a size.
func backups(shown string) []string {
	var all []string
	for s := range strings.SplitSeq(shown, ", ") {
		at, size, _ := strings.Cut(s, " ")
		if !strings.HasPrefix(at, "2") {
			continue
		}
		if !strings.ContainsAny(at, "Z+") {
			at += "Z"
		}
		all = append(all, `{"id":"2024-01-01T10:00:`+at+`","size":"`+size+`"}`)
	}
	return all
}

func TestAnInstantIsOneIDHoweverItIsWritten(t *testing.T) {
	for _, tt := range []struct {
		name  string
		looks []string // each with what it is told after it, but for updates
		want  []string
	}{
		{"more exactly, and back", []string{"22", "22.417", "22", "22.417123"}, []string{"c 22Z", "", "", ""}},
		{"less exactly, and back", []string{"22.417", "22", "22.4", "22.417"}, []string{"c 22.417Z", "", "", ""}},
		{"rounded", []string{"22.617", "23", "22.617"}, []string{"c 22.617Z", "", ""}},
		{"in another zone", []string{"22", "22+00:00", "22.417+00:00", "22"}, []string{"c 22Z", "", "", ""}},
		{"neighbours that are cut off", []string{"22.6, 23.2", "22, 23", "23.2, 22.6"}, []string{"c 22.6Z c 23.2Z", "", ""}},
		{
			"two of one second",
			[]string{"22.1, 22.9", "22, 22", "22.9, 22.1", "22, 22"},
			[]string{"c 22.1Z c 22.9Z", "", "", ""},
		},
		{"one of two of one second goes", []string{"22.1, 22.9", "22, 22", "22"}, []string{"c 22.1Z c 22.9Z", "", "d 22.9Z"}},
		{"both go", []string{"22.1, 22.9", "22, 22", ""}, []string{"c 22.1Z c 22.9Z", "", "d 22.1Z d 22.9Z"}},
		{"a second one comes", []string{"22", "22.1", "22.1, 22.9", "22, 22"}, []string{"c 22Z", "", "c 22.9Z", ""}},
		{"one is shown twice", []string{"22", "22.1, 22.1", "22, 22"}, []string{"c 22Z", "", ""}},
		{"one of a second goes and one of the next comes", []string{"22", "24"}, []string{"c 22Z", "c 24Z d 22Z"}},
	} {
		for _, restarts := range []bool{false, true} {
			rules := compile(t, schema.Resource{ID: "made_at"}, diff.Options{})
			s := diff.NewState(rules, diff.NewPack())
			for i, look := range tt.looks {
				said := apply(t, s, diff.SweepOptions{}, page(int64(10*i), backups(look)...))
				said = slices.DeleteFunc(said, func(line string) bool { return strings.HasPrefix(line, "u ") })
				for i, line := range said {
					said[i] = strings.ReplaceAll(strings.Join(strings.Fields(line)[:2], " "), "2024-01-01T10:00:", "")
				}
				if d := cmp.Diff(tt.want[i], strings.Join(said, " ")); d != "" {
					t.Errorf("%s, restarts %v, look %d (-want +got):\n%s", tt.name, restarts, i+1, d)
				}
				if restarts {
					next := diff.NewState(rules, diff.NewPack())
					for _, id := range s.IDs() {
						p, _ := s.Get(id)
						next.Restore(id, p)
					}
					s = next
				}
			}
		}
	}
}

// A name that looks like an instant is a name.
func TestOnlyAnInstantIsReadAsOne(t *testing.T) {
	s := newState(t, schema.Resource{ID: "name"})
	apply(t, s, diff.SweepOptions{}, page(10, backups("22")...))
	got := apply(t, s, diff.SweepOptions{}, page(20, backups("22.417")...))
	if len(got) != 2 || !strings.HasPrefix(got[0], "c ") || !strings.HasPrefix(got[1], "d ") {
		t.Errorf("got %q, want a c and a d", got)
	}
}
