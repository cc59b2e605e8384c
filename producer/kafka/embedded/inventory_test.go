package embedded

import "testing"

// What a partition had and hasn't is missed, unless an unclean end may have grown it.
func TestTheInventoryMissesWhatAPartitionLost(t *testing.T) {
	had := []segmentSize{{Base: 0, Size: 100}, {Base: 10, Size: 50}}
	for _, c := range []struct {
		name   string
		has    []segmentSize
		clean  bool
		missed bool
	}{
		{"nothing", had, true, false},
		{"a file", had[:1], true, true},
		{"the first file", had[1:], true, true},
		{"a file, after a kill", had[:1], false, true},
		{"the end of a file", []segmentSize{{Base: 0, Size: 100}, {Base: 10, Size: 49}}, false, true},
		{
			"nothing: the last file grew before a kill",
			[]segmentSize{{Base: 0, Size: 100}, {Base: 10, Size: 60}},
			false, false,
		},
		{"nothing may grow at rest", []segmentSize{{Base: 0, Size: 100}, {Base: 10, Size: 60}}, true, true},
	} {
		in := &inspection{partition: partition{topic: "t"}, segments: c.has}
		inv := &inventory{Clean: c.clean, Partitions: map[string][]segmentSize{in.name(): had}}
		if got := len(inv.missed(in)) > 0; got != c.missed {
			t.Errorf("%s: missed %t, want %t", c.name, got, c.missed)
		}
	}
}
