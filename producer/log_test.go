package producer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

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
		h.wait(30 * time.Hour)
		h.wants()
		h.unverified, h.tokenReads = false, 2
		h.put("actions", "01", `{"id":"01","status":"completed"}`)
		h.wait(2 * time.Hour)
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

// action is one of so many, of which each is newer than the ones before.
func action(h *harness, n int, status string) {
	completed := `"2026-11-01T00:00:00Z"`
	if status == "in-progress" {
		completed = "null"
	}
	h.put("actions", fmt.Sprintf("%04d", n), fmt.Sprintf(`{"id":"%04d","status":%q,"completed_at":%s}`, n, status, completed))
}

// An open entry behind many newer ones that returns 404 for some looks is not forgotten.
func TestAnOpenEntryThatIsNotFoundForAWhileIsFollowed(t *testing.T) {
	for _, looks := range []int{1, 3} {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d looks, restart %t", looks, restart), func(t *testing.T) {
				play(t, func(h *harness) {
					action(h, 0, "in-progress")
					for n := range 407 {
						action(h, n+1, "completed")
					}
					h.sweeps(1)
					h.said()
					h.failGet = notFound
					for asked := h.asked("get actions"); h.asked("get actions") < asked+looks; {
						h.sweeps(1)
					}
					if restart {
						h.restart()
					}
					h.failGet = nil
					h.sweeps(2)
					h.wants()
					action(h, 0, "completed")
					h.sweeps(6)
					h.wants("u actions 0000")
				}, "actions")
			})
		}
	}
}

// Entries that stay open for ever, behind many newer ones, cost a bounded number of requests; one that ends is seen.
func TestEntriesThatStayOpenCostFewRequests(t *testing.T) {
	for _, stuck := range []int{60, 600} {
		t.Run(fmt.Sprint(stuck), func(t *testing.T) {
			play(t, func(h *harness) {
				for n := range stuck {
					action(h, n, "in-progress")
				}
				for n := range 20 {
					action(h, stuck+n, "completed")
				}
				h.sweeps(1)
				h.said()
				hour := func() int {
					n := h.asked("get actions")
					h.wait(time.Hour)
					return h.asked("get actions") - n
				}
				if n := hour(); n > 610 {
					t.Errorf("%d requests in the first hour, want at most 610", n)
				} else {
					t.Logf("%d requests in the first hour", n)
				}
				h.wait(2 * time.Hour)
				n := hour()
				t.Logf("%d requests in the fourth hour", n)
				if n > min(stuck+1, 610) {
					t.Errorf("%d requests in the fourth hour, want about one for each entry, and at most 610", n)
				}
				h.restart()
				h.sweeps(1)
				action(h, 7, "completed")
				h.wait(2 * time.Hour)
				h.wants("u actions 0007")
			}, "actions")
		})
	}
}

// What is filled in soon after an entry was closed is an update, on the first page and behind it, over a restart too.
func TestWhatIsFilledInAfterAnEntryWasClosed(t *testing.T) {
	late := func(h *harness, n int, completed string) {
		h.put("actions", fmt.Sprintf("%04d", n), fmt.Sprintf(`{"id":"%04d","status":"completed","completed_at":%s}`, n, completed))
	}
	for _, behind := range []int{0, 20} {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprintf("behind %d, restart %t", behind, restart), func(t *testing.T) {
				play(t, func(h *harness) {
					action(h, 0, "completed")
					h.sweeps(1)
					h.said()
					action(h, 1, "in-progress")
					for n := range behind {
						action(h, n+2, "completed")
					}
					h.sweeps(1)
					if said := h.said(); len(said) != behind+1 {
						t.Errorf("%d created, want %d", len(said), behind+1)
					}
					late(h, 1, "null")
					h.sweeps(2)
					h.wants("u actions 0001")
					if restart {
						h.restart()
					}
					h.sweeps(2)
					late(h, 1, `"2026-11-02T00:00:00Z"`)
					h.sweeps(4)
					h.wants("u actions 0001")
					late(h, 0, "null") // not any more
					action(h, 500, "in-progress")
					h.sweeps(1)
					late(h, 500, "null")
					h.wait(3 * time.Hour)
					h.wants("c actions 0500", "u actions 0500")
					for key := range fold(h.log.state()) {
						if strings.HasPrefix(key, "record/") {
							t.Errorf("%s is kept, hours after it was closed", key)
						}
					}
				}, "actions")
			})
		}
	}
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
		h.wait(50 * time.Hour)
		n = h.asked("get actions")
		h.wait(100 * time.Hour)
		if n = h.asked("get actions") - n; n > 0 {
			t.Errorf("an entry that is gone for days: asked for %d times more", n)
		}
	}, "actions")
}
