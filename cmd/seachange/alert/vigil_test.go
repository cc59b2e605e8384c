package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// watched is a vigil whose statuses are written by minutes since the epoch.
type watched struct {
	*testing.T
	*vigil
}

func (w watched) mark(minute int, account, resource string, s state.CollectionStatus) {
	at := time.Unix(int64(60*minute), 0)
	if s.BeganMS = at.UnixMilli(); s.HeldCount == 0 {
		s.WholeMS = s.BeganMS
	}
	k := state.CollectionID{Resource: resource}
	w.take(client.Record{Key: state.StatusKey(account, k), Value: state.Encode(s), Time: at})
}

func (w watched) want(minute int, want ...string) {
	w.Helper()
	var got []string
	for _, a := range w.judge(time.Unix(int64(60*minute), 0)) {
		got = append(got, a.Status+" "+a.Key)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.Errorf("minute %d: -want +got:\n%s", minute, diff)
	}
}

func TestWhoIsSilentIsToldAndThatItNoLongerIs(t *testing.T) {
	w := watched{t, newVigil("digitalocean")}
	often := state.CollectionStatus{Status: state.Whole, IntervalMS: 10_000}
	seldom := state.CollectionStatus{Status: state.Whole, IntervalMS: 600_000}
	w.mark(0, "a", "droplets", often)
	w.mark(0, "a", "images", seldom)
	w.mark(0, "b", "droplets", often)
	w.mark(0, "c", "droplets", state.CollectionStatus{Status: state.Stopped, IntervalMS: 10_000}) // which blind tells
	w.mark(0, "d", "droplets", state.CollectionStatus{Status: state.Whole})                       // of run --once
	w.want(2)
	w.mark(4, "a", "droplets", often)
	w.want(4, "firing account-silent/b")
	w.want(5)
	w.want(9, "firing producer-gone/digitalocean")
	w.mark(30, "a", "droplets", often)
	w.want(30, "resolved producer-gone/digitalocean") // and b is as silent as it was told
	w.mark(31, "b", "droplets", often)
	w.want(31, "resolved account-silent/b")
	w.mark(33, "a", "droplets", often)
	w.mark(33, "b", "droplets", often)
	w.want(33, "firing resource-stale/images/a") // 30 minutes, and one in which a status may wait
	w.mark(36, "b", "droplets", often)
	w.want(37, "firing account-silent/a") // of which nothing is read, images neither
	w.mark(38, "a", "images", seldom)
	w.mark(38, "a", "droplets", often)
	w.want(38, "resolved account-silent/a", "resolved resource-stale/images/a")
}

// Looks say that an account is read whose statuses stay as they are.
func TestAnAccountOfWhichLooksTellIsNotSilent(t *testing.T) {
	w := watched{t, newVigil("digitalocean")}
	w.mark(0, "a", "droplets", state.CollectionStatus{Status: state.Whole, IntervalMS: 10_000, Number: 1})
	w.mark(0, "a", "images", state.CollectionStatus{Status: state.Whole, IntervalMS: 60_000, Number: 2})
	look := func(minute int, numbers ...int) {
		at := time.Unix(int64(60*minute), 0)
		l := &state.Looks{AtMS: at.UnixMilli()}
		for _, n := range numbers {
			l.Seen(n)
		}
		w.take(client.Record{
			Topic: state.LooksTopic("digitalocean"), Key: state.Encode(state.LooksSlot{AccountID: "a", Slot: minute % 60}),
			Value: state.Encode(state.ToldLooks{AtMS: l.AtMS, Since: l.Since, Seq: int64(minute)}), Time: at,
		})
	}
	for minute := range 60 {
		look(minute+1, 1, 2)
		w.want(minute + 1)
	}
	for minute := range 4 {
		look(minute+61, 1)
		w.want(minute + 61)
	}
	look(65, 1)
	w.want(65, "firing resource-stale/images/a")
	look(66, 1, 2)
	w.want(66, "resolved resource-stale/images/a")
	w.want(70, "firing producer-gone/digitalocean")
}

// What holds a delete back is read all the same.
func TestACollectionThatHoldsADeleteIsNotStale(t *testing.T) {
	w := watched{t, newVigil("digitalocean")}
	for minute := range 60 {
		w.mark(minute, "a", "droplets", state.CollectionStatus{Status: state.Whole, IntervalMS: 10_000, HeldCount: 1})
		w.want(minute)
	}
}

// It is told once, and once that it is over; where a silence mutes it, neither.
func TestThatTheTopicsCanNotBeReadIsToldUntilTheyCan(t *testing.T) {
	for match, want := range map[string][]string{
		`rule == "another"`:       {"firing p: no broker", "resolved p: they are read again"},
		`rule == "topics-unread"`: nil,
	} {
		one := silent(t, silence(match, time.Now().Add(time.Hour)))
		w := &Watch{watchers: []*watcher{one}, o: WatchOptions{Prefix: "p"}}
		gone := errors.New("no broker")
		var got []string
		for _, err := range []error{nil, gone, gone, nil, nil} {
			w.away(err)
			for _, a := range one.loud(one.letters.empty(), time.Now()) {
				got = append(got, a.Status+" "+strings.TrimPrefix(a.Key, "topics-unread/")+": "+a.What)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", match, diff)
		}
	}
}

func TestAnEventThatIsMissingOrPutInShows(t *testing.T) {
	c := chain{}
	for _, tt := range []struct {
		before, lsn int64
		wrong       bool
	}{{5, 7, false}, {7, 9, false}, {5, 7, false}, {9, 10, false}, {11, 12, true}, {12, 13, false}, {0, 99, true}} {
		s := &schema.Source{DB: "a", Table: "droplets", LSN: tt.lsn, Sequence: fmt.Sprintf(`["%d","%d"]`, tt.before, tt.lsn)}
		if got := c.take(s); (got != "") != tt.wrong {
			t.Errorf("event %d after %d: %q, want wrong %v", tt.lsn, tt.before, got, tt.wrong)
		}
	}
}

var discard = slog.New(slog.DiscardHandler)

func sorted(all []string) []string {
	slices.Sort(all)
	return all
}

// real is an event's record as seachange writes it.
func real(ev *schema.Event) client.Record {
	return client.Record{
		Topic: schema.TopicOf("digitalocean", ev.Source.Table), Value: ev.Marshal(),
		Key: schema.Key{AccountID: ev.Source.DB, ID: ev.ID()}.Bytes(),
	}
}

func droplet(id string, lsn int64) *schema.Event {
	ev := &schema.Event{Op: schema.Created, After: &schema.Row{AccountID: "a", ID: id}}
	ev.Source = schema.Source{Connector: schema.Connector, DB: "a", Table: "droplets", LSN: lsn, Sequence: fmt.Sprintf(`["%d","%d"]`, lsn-1, lsn)}
	return ev
}

// What somebody else writes is told, ends nothing, and what comes behind it is told, too.
func TestAForgedRecordIsSetAsideAndTold(t *testing.T) {
	rules, err := Parse(strings.NewReader("rules: [{name: x, when: true}]"), nil)
	if err != nil {
		t.Fatal(err)
	}
	second := real(droplet("1", 2))
	otherTopic, otherKey, noKey, noEvent := second, second, second, second
	otherTopic.Topic = "digitalocean.firewalls"
	otherKey.Key = schema.Key{AccountID: "a", ID: "2"}.Bytes()
	noKey.Key = nil
	noEvent.Value = []byte("{}")
	for i, forged := range []client.Record{otherTopic, otherKey, noKey, noEvent} {
		var told []string
		w := watcherOf(rules, func(_ context.Context, a *Alert) error {
			told = append(told, a.Rule)
			return nil
		})
		for _, r := range []client.Record{real(droplet("1", 1)), forged, forged, second, real(droplet("1", 9))} {
			if _, err := w.take(r); err != nil {
				t.Fatal(i, err)
			}
		}
		w.lapsed(client.Lapse{Topic: "digitalocean.droplets", To: 7})
		w.lapsed(client.Lapse{Topic: "digitalocean.droplets", Cut: true, From: 1, To: 7})
		if _, _, err := w.flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := []string{"event-out-of-order", "offsets-moved", "record-set-aside", "records-lost", "x", "x", "x"}
		if diff := cmp.Diff(want, sorted(told)); diff != "" {
			t.Errorf("%d: -want +got:\n%s", i, diff)
		}
	}
}
