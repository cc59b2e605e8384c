package producer

import (
	"context"
	"errors"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/schema"
)

// overlapping shows the first page of each listing a second time, as pages do that shift while they are read.
type overlapping struct{ *tables }

func (s overlapping) Pages(ctx context.Context, r *schema.Resource, parent string) iter.Seq2[diff.Page, error] {
	return func(yield func(diff.Page, error) bool) {
		for page, err := range s.tables.Pages(ctx, r, parent) {
			if !yield(page, err) || err == nil && !yield(page, nil) {
				return
			}
		}
	}
}

func TestWhatIsEmbeddedInAParentThatIsShownTwiceIsPublishedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, on := newTables(), newTape()
		s.put("databases", "db", database(6))
		stop := runEvery(t, on, overlapping{s}, time.Minute)
		time.Sleep(5 * time.Minute)
		s.now(func() { s.put("databases", "db", database(9)) })
		time.Sleep(5 * time.Minute)
		must(t, stop())
		strictly(t, on)
	})
}

func TestAMissingEmbeddedRecordIsLookedAtAgainAfterALookWithoutAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, on := newTables(), newTape()
		s.put("databases", "db", database(3))
		stop := runEvery(t, on, s, time.Minute)
		time.Sleep(5 * time.Minute)
		s.now(func() {
			s.put("databases", "db", database(2))
			s.failGet = errors.New("status 500")
		})
		time.Sleep(5 * time.Minute)
		s.now(func() { s.failGet = nil })
		time.Sleep(5 * time.Minute)
		must(t, stop())
		if last := lastEvent(t, on); last.Op != schema.Deleted || last.ID() != "db/user-2" {
			t.Errorf("the last event is %s %s, want d db/user-2", last.Op, last.ID())
		}
	})
}

// A listing that answers 404 below a living parent says nothing of what is there.
func TestAListingThatIsNotOfferedYetDoesNotBeginAWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, on := newTables(), newTape()
		stop := runEvery(t, on, s, time.Minute)
		time.Sleep(5*time.Minute + 30*time.Second)
		created := time.Now().UnixMilli()
		s.now(func() {
			s.put("databases", "db", database(0))
			s.put("database_replicas", "db/one", `{"id":"one","name":"one"}`)
			replicasAnswer404(s)
		})
		time.Sleep(5 * time.Minute)
		s.now(func() { delete(s.fail, "database_replicas") })
		time.Sleep(2 * time.Hour)
		must(t, stop())
		last := lastEvent(t, on)
		if last.Op != schema.Created || last.ID() != "db/one" {
			t.Fatalf("the last event is %s %s, want c db/one", last.Op, last.ID())
		}
		if *last.Source.PrevTsMS > created {
			t.Errorf("the window begins %d ms after the record was created", *last.Source.PrevTsMS-created)
		}
	})
}

func lastEvent(t *testing.T, on *tape) (e schema.Event) {
	t.Helper()
	events := on.events()
	must(t, json.Unmarshal(events[len(events)-1].Value, &e))
	return e
}
