package producer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seachange/seachange/producer/state"
)

func TestAnOpenEntryIsNotForgottenForATokenThatHasNotShownWhoseItIs(t *testing.T) {
	play(t, func(h *harness) {
		h.put("actions", "01", `{"id":"01","status":"in-progress"}`)
		for _, id := range []string{"02", "03", "04"} {
			h.put("actions", id, `{"id":"`+id+`","status":"completed"}`)
		}
		h.sweeps(1)
		h.said()
		h.unverified, h.tokenReads = true, 1 // another token was read
		h.remove("actions", "01")
		h.sweeps(2)
		h.wants()
		h.unverified, h.tokenReads = false, 2
		h.put("actions", "01", `{"id":"01","status":"completed"}`)
		h.sweeps(2)
		h.wants("u actions 01")
	}, "actions")
}

func TestALogIsReadToWhatIsKnownAndOpenEntriesAreFollowed(t *testing.T) {
	play(t, func(h *harness) {
		action := func(n int, status string) {
			h.put("actions", fmt.Sprintf("%04d", n), fmt.Sprintf(`{"id":"%04d","status":%q}`, n, status))
		}
		for n := range 1200 {
			action(n, "completed")
		}
		h.sweeps(1)
		said := h.said()
		if len(said) < state.LogMemory || len(said) > state.LogMemory+h.perPage {
			t.Errorf("%d first sights, want the newest %d", len(said), state.LogMemory)
		}
		if said[len(said)-1] != "r actions 1199" {
			t.Errorf("the last is %s, want the newest", said[len(said)-1])
		}
		action(1200, "in-progress")
		for n := 1201; n < 1210; n++ {
			action(n, "completed")
		}
		h.sweeps(1)
		if said := h.said(); len(said) != 10 || said[0] != "c actions 1200" {
			t.Errorf("got %v, want ten created, oldest first", said)
		}
		h.restart()
		action(1200, "completed")
		h.sweeps(2)
		h.wants("u actions 1200")
		for key := range fold(h.log.state()) {
			if strings.HasPrefix(key, "record/") {
				t.Errorf("%s is kept though no entry is open", key)
			}
		}
	}, "actions")
}

// What is new in a listing that shows nothing known may be older than the last one, also for who restores it.
func TestALogWhoseListingEndsBeforeWhatIsKnownIsNotKnownUpToNow(t *testing.T) {
	play(t, func(h *harness) {
		h.put("actions", "01", `{"id":"01","status":"completed"}`)
		h.sweeps(1)
		began := h.collection("actions", "").WholeMS
		h.said()
		for _, id := range []string{"02", "03"} { // the one before is not listed any more
			clear(h.records[state.CollectionID{Resource: "actions"}])
			h.put("actions", id, `{"id":"`+id+`","status":"completed"}`)
			h.sweeps(1)
			h.wants("c actions " + id)
			if op, prev := h.lastWindow(); op != "c" || prev != began {
				t.Errorf("%s %s: its window begins at %d, want %d", op, id, prev, began)
			}
			h.restart()
		}
	}, "actions")
}

func TestAnOpenEntryThatIsGoneIsForgotten(t *testing.T) {
	play(t, func(h *harness) {
		h.perPage = 3
		h.put("actions", "01", `{"id":"01","status":"in-progress"}`)
		for i := 2; i < 9; i++ {
			h.put("actions", fmt.Sprintf("%02d", i), fmt.Sprintf(`{"id":"%02d","status":"completed"}`, i))
		}
		h.sweeps(1)
		delete(h.records[state.CollectionID{Resource: "actions"}], "01")
		n := h.asked("get actions")
		h.sweeps(50)
		if n = h.asked("get actions") - n; n > 5 {
			t.Errorf("an open entry that is gone (404): asked for %d times in 50 sweeps", n)
		}
	}, "actions")
}
