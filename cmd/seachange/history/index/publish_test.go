package index

import (
	"testing"

	"github.com/seachange/seachange/cmd/seachange/history"
)

// A subscriber that read while its channel was emptied took what the index waited for, and everything stood still.
func TestASubscriberThatReadsWhileItIsTooSlowHoldsNothingUp(*testing.T) {
	c := make(chan []*history.Event, 1)
	x := &Index{subscribers: map[chan []*history.Event]bool{c: true}}
	go func() {
		for range c { // as fast as they come
		}
	}()
	for range 200_000 {
		x.publish([]*history.Event{{}})
	}
	close(c)
}
