package main

import (
	"archive/zip"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// pastDirectory unpacks a data directory as the release of commit 9c89bf4 left it behind.
func pastDirectory(t *testing.T, name string) string {
	t.Helper()
	z, err := zip.OpenReader(filepath.Join("testdata", "upgrade", "9c89bf4", name+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(dir, z); err != nil {
		t.Fatal(err)
	}
	return dir
}

// withLog runs f on the log of a data directory that no process has.
func withLog(t *testing.T, dir string, f func(client.Client)) {
	t.Helper()
	b, err := embedded.Start(embedded.Options{Dir: dir, Listen: "127.0.0.1:0", Logger: discard()})
	if err != nil {
		t.Fatal(err)
	}
	f(client.Client{Brokers: []string{b.Addr()}, SASL: b.SASL()})
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

// strict is a consumer that believes nothing: an event must fit what it holds, and no number may be missing.
type strict struct {
	events []*schema.Event // in order of their lsn
	held   map[string]string
}

func readStrictly(t *testing.T, dir string) strict {
	t.Helper()
	s := strict{held: map[string]string{}}
	var topics []string
	for i := range schema.Catalog {
		topics = append(topics, schema.TopicOf("past", schema.Catalog[i].Name))
	}
	withLog(t, dir, func(c client.Client) {
		topics, err := c.Existing(t.Context(), topics...)
		if err != nil {
			t.Fatal(err)
		}
		o := client.ReadOptions{Topics: topics, FromStart: true, UntilEnd: true}
		if err := c.Read(t.Context(), o, func(r client.Record) error {
			ev, err := schema.ParseEvent(r.Value)
			s.events = append(s.events, ev)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
	slices.SortFunc(s.events, func(a, b *schema.Event) int { return cmp.Compare(a.Source.LSN, b.Source.LSN) })
	for i, ev := range s.events {
		if i > 0 && ev.Source.LSN != s.events[i-1].Source.LSN+1 {
			t.Errorf("event %s: lsn %d comes after %d: one was lost, or came twice",
				told(ev), ev.Source.LSN, s.events[i-1].Source.LSN)
		}
		s.take(t, ev)
	}
	return s
}

func told(ev *schema.Event) string { return fmt.Sprintf("%s %s %s", ev.Op, ev.Source.Table, ev.ID()) }

func (s *strict) take(t *testing.T, ev *schema.Event) {
	t.Helper()
	key := ev.Source.Table + " " + ev.ID()
	held, known := s.held[key]
	if fresh := ev.Op == schema.Created || ev.Op == schema.Read; fresh == known {
		t.Errorf("event %s: known before: %t", told(ev), known)
	}
	if ev.Before != nil && *ev.Before.Body != held {
		t.Errorf("event %s: before is %s, and what is held is %s", told(ev), *ev.Before.Body, held)
	}
	if delete(s.held, key); ev.After != nil {
		s.held[key] = *ev.After.Body
	}
}

// since lists the events behind the first n.
func (s *strict) since(n int) []string {
	all := []string{}
	for _, ev := range s.events[n:] {
		all = append(all, told(ev))
	}
	slices.Sort(all)
	return all
}

func wantEvents(t *testing.T, dir string, after int, want ...string) (all int) {
	t.Helper()
	s := readStrictly(t, dir)
	if d := gocmp.Diff(append([]string{}, want...), s.since(after)); d != "" {
		t.Errorf("events (-want +got):\n%s", d)
	}
	return len(s.events)
}

func TestUpgradeGoesOnWhereThePastReleaseEnded(t *testing.T) {
	t.Parallel()
	a, dir := pastAccount(), pastDirectory(t, "calm")
	pastChanges(a)
	variables := pastSettings(t, a, dir)
	n := len(readStrictly(t, dir).events)
	must(t, variables, "run", "--once")
	wantEvents(t, dir, n) // nothing has happened
	nextChanges(a)
	must(t, variables, "run", "--once")
	n = wantEvents(t, dir, n, nextEvents...)
	must(t, variables, "run", "--once")
	wantEvents(t, dir, n)
}

func TestUpgradeRemembersWhatThePastReleaseHeldBack(t *testing.T) {
	t.Parallel()
	a, dir := pastAccount(), pastDirectory(t, "trouble")
	pastChanges(a)
	pastTrouble(a)
	variables := pastSettings(t, a, dir)
	n := len(readStrictly(t, dir).events)
	if _, _, err := call(t, variables, "run", "--once"); err == nil {
		t.Error("no trouble")
	}
	wantEvents(t, dir, n) // the trouble goes on
	a.Clear()
	must(t, variables, "run", "--once")
	wantEvents(t, dir, n, "d firewalls fw-1", "d vpcs vpc-1")
}

func TestRebuildFromThePastReleasesTopics(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{"calm": {}, "trouble": {"d firewalls fw-1", "d vpcs vpc-1"}} {
		t.Run(name, func(t *testing.T) {
			a, dir := pastAccount(), pastDirectory(t, name)
			pastChanges(a)
			if len(want) > 0 {
				pastTrouble(a)
				a.Clear()
			}
			variables := pastSettings(t, a, dir)
			n := len(readStrictly(t, dir).events)
			withLog(t, dir, func(c client.Client) { deleteTopic(t, c, state.Topic("past")) })
			must(t, variables, "rebuild")
			must(t, variables, "run", "--once")
			wantEvents(t, dir, n, want...)
		})
	}
}
