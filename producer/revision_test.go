package producer_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/schema"
)

// zone puts a domain with one record.
func (s *tables) zone(name, file, data string) {
	s.put("domains", name, fmt.Sprintf(`{"name":%q,"zone_file":%q}`, name, file))
	s.put("domain_records", name+"/1", fmt.Sprintf(`{"id":1,"type":"A","name":"@","data":%q}`, data))
}

// reads returns how often a zone's records were read since it was asked last.
func (s *tables) reads(zone string) int {
	n := 0
	s.now(func() { n = len(s.sweeps["domain_records "+zone]); delete(s.sweeps, "domain_records "+zone) })
	return n
}

const anInterval = 10 * time.Minute

func TestAFixedIntervalReadsChildrenWhenTheirParentChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := limited(5000)
		s.zone("still.example", "serial 1", "192.0.2.1")
		s.zone("moves.example", "serial 1", "192.0.2.1")
		s.put("domains", "mute.example", `{"name":"mute.example","zone_file":null}`)
		s.zone("empty.example", "", "192.0.2.1")
		log := newFakeLog()
		stop := start(t, log, producer.Options{Interval: anInterval}, watching("a", s, "domains", "domain_records")).stop
		time.Sleep(2*time.Hour + time.Minute)
		for zone, want := range map[string]int{
			"still.example": 4, "moves.example": 4, "mute.example": 13,
			"empty.example": 13,
		} {
			if got := s.reads(zone); got != want {
				t.Errorf("%s: its records were read %d times in two hours, want %d", zone, got, want)
			}
		}
		events := len(log.events())
		s.now(func() { s.zone("moves.example", "serial 2", "192.0.2.2") })
		time.Sleep(anInterval)
		if still, moves := s.reads("still.example"), s.reads("moves.example"); still != 0 || moves != 1 {
			t.Errorf("an interval after the move: read %d times where nothing moved, and %d times where something did", still,
				moves)
		}
		if got := len(log.events()) - events; got != 1 {
			t.Errorf("%d events, want its record's: the zone file itself is no news", got)
		}
		must(t, stop())
	})
}

func TestARestartOfAFixedIntervalGoesOnWhereParentsStoodStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := limited(5000)
		s.zone("still.example", "serial 1", "192.0.2.1")
		s.zone("moves.example", "serial 1", "192.0.2.1")
		log := newFakeLog()
		run := func(between func(), apart time.Duration) (still, moves int) {
			stop := start(t, log, producer.Options{Interval: anInterval}, watching("a", s, "domains", "domain_records")).stop
			time.Sleep(time.Minute)
			must(t, stop())
			still, moves = s.reads("still.example"), s.reads("moves.example")
			between()
			time.Sleep(apart)
			return still, moves
		}
		move := func() { s.zone("moves.example", "serial 2", "192.0.2.2") }
		makeAgain := func() {
			log.topicIDs = map[string]string{schema.TopicOf("digitalocean", "domain_records"): "made anew"}
		}
		for i, tc := range []struct {
			what         string
			between      func() // after the run
			apart        time.Duration
			still, moves int
		}{
			{"at first", func() {}, anInterval, 1, 1},
			{"where nothing moved", move, anInterval, 0, 0},
			{"where one moved", func() {}, time.Hour, 0, 1},
			{"after longer than four intervals", makeAgain, time.Second, 1, 1},
			{"where the topic was made anew", func() {}, time.Second, 1, 1},
		} {
			still, moves := run(tc.between, tc.apart)
			if still != tc.still || moves != tc.moves {
				t.Errorf("run %d, %s: records were read %d and %d times, want %d and %d", i+1, tc.what, still, moves,
					tc.still, tc.moves)
			}
		}
	})
}

func TestAMemberThatIsMissingTellsNothingAnyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := limited(5000)
		s.zone("a.example", "serial 1", "192.0.2.1")
		stop := start(t, newFakeLog(), producer.Options{Interval: anInterval},
			watching("a", s, "domains", "domain_records")).stop
		time.Sleep(time.Minute)
		for _, tc := range []struct {
			domain string
			want   int // reads in four intervals
		}{
			{`{"name":"a.example","zone_file":"serial 1"}`, 1},
			{`{"name":"a.example","zone_file":null}`, 1}, // no news
			{`{"name":"a.example"}`, 4},
			{`{"name":"a.example"}`, 4},
			{`{"name":"a.example","zone_file":"serial 1"}`, 1},
			{`{"name":"a.example","zone_file":"serial 1"}`, 1},
		} {
			s.reads("a.example")
			s.now(func() { s.put("domains", "a.example", tc.domain) })
			time.Sleep(4 * anInterval)
			if got := s.reads("a.example"); got != tc.want {
				t.Errorf("%s: the records were read %d times in four intervals, want %d", tc.domain, got, tc.want)
			}
		}
		must(t, stop())
	})
}
