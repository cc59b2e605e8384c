package producer_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/schema"
)

// distant is an account whose requests and answers take their time, and of which listings can be asked for ahead.
type distant struct {
	*tables

	there, back map[string]time.Duration // of a resource's listings; 150 ms where it isn't said
	underWay    int
	most        int // of them at a time
	began       time.Time
	last        time.Time // when the last listing was asked for
}

func far(s *tables) *distant {
	return &distant{tables: s, there: map[string]time.Duration{}, back: map[string]time.Duration{}, began: time.Now()}
}

func (s *distant) travel(ctx context.Context, of map[string]time.Duration, r *schema.Resource) error {
	d, ok := of[r.Name]
	if !ok {
		d = 150 * time.Millisecond
	}
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
	return ctx.Err()
}

// ask returns what a listing is, one round trip later, or the end of ctx.
func (s *distant) ask(ctx context.Context, r *schema.Resource, parent string) (pages []diff.Page, err error) {
	s.mu.Lock()
	s.underWay++
	s.most, s.last = max(s.most, s.underWay), time.Now()
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.underWay--
	}()
	if err = s.travel(ctx, s.there, r); err == nil {
		pages, err = s.list(r, parent)
	}
	if gone := s.travel(ctx, s.back, r); gone != nil {
		return nil, gone
	}
	return pages, err
}

func (s *distant) Pages(ctx context.Context, r *schema.Resource, parent string) iter.Seq2[diff.Page, error] {
	return func(yield func(diff.Page, error) bool) { each(s.ask(ctx, r, parent))(yield) }
}

func (s *distant) Ahead(
	ctx context.Context, r *schema.Resource, parent string, done func(),
) (pages iter.Seq2[diff.Page, error], ok bool) {
	var found []diff.Page
	var err error
	go func() {
		found, err = s.ask(ctx, r, parent)
		done()
	}()
	return func(yield func(diff.Page, error) bool) { each(found, err)(yield) }, true
}

func each(pages []diff.Page, err error) iter.Seq2[diff.Page, error] {
	return func(yield func(diff.Page, error) bool) {
		for _, p := range pages {
			if !yield(p, nil) {
				return
			}
		}
		if err != nil {
			yield(diff.Page{}, err)
		}
	}
}

// oneByOne is a distant account of which nothing is asked for ahead.
type oneByOne struct{ *distant }

func (oneByOne) Ahead(
	context.Context, *schema.Resource, string, func(),
) (pages iter.Seq2[diff.Page, error], ok bool) {
	return nil, false
}

// A first pass is as fast as the limit of a minute allows, also where each answer takes 300 ms: four are under way.
func TestAFirstPassIsAsFastAsAMinuteAllowsFarAway(t *testing.T) {
	for _, once := range []bool{false, true} {
		took := map[bool]time.Duration{}
		for _, ahead := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				s := far(limited(5000))
				for i := range 473 {
					s.put("domains", fmt.Sprintf("d%d.example", i), fmt.Sprintf(`{"name":"d%d.example"}`, i))
				}
				source := producer.Source(s)
				if !ahead {
					source = oneByOne{s}
				}
				stop := start(t, newFakeLog(), producer.Options{Once: once},
					watching("a", source, "vpcs", "domains", "domain_records", "firewalls")).stop
				read := 0
				for ; read < 476; synctest.Wait() {
					time.Sleep(100 * time.Millisecond)
					s.now(func() { read = len(s.sweeps) })
				}
				s.now(func() { took[ahead] = time.Since(s.began) })
				must(t, stop())
				for k, at := range s.sweeps {
					if len(at) > 1 && at[1].Before(s.began.Add(took[ahead])) {
						t.Errorf("%s was read twice before everything was read once", k)
					}
				}
				if first := s.sweeps["firewalls "][0]; first.After(s.began.Add(time.Second)) {
					t.Errorf("the firewalls were read after %v, want first", first.Sub(s.began))
				}
				if n := s.tables.most(time.Minute); n > 250 {
					t.Errorf("%d requests in a minute", n)
				}
				if want := map[bool]int{false: 1, true: 4}[ahead]; s.most > want {
					t.Errorf("%d requests at a time, want at most %d", s.most, want)
				}
			})
		}
		t.Logf("once %v: 476 collections at 300 ms in %v, one by one in %v", once, took[true], took[false])
		if most := 115 * time.Second * 115 / 100; took[true] > most || took[false] < most {
			t.Errorf("once %v: took %v, want at most %v; one by one it is %v", once, took[true], most, took[false])
		}
	}
}

// farAway plays on an account whose answers take their time.
func farAway(t *testing.T, f func(h *harness, s *distant), resources ...string) {
	t.Helper()
	play(t, func(h *harness) {
		s := far(h.tables)
		h.source = s
		f(h, s)
	}, resources...)
}

// One of four requests that are under way fails, and one gets no answer: the others are published meanwhile, nothing is
// deleted, and both are read again.
func TestOneOfFourRequestsFails(t *testing.T) {
	farAway(t, func(h *harness, s *distant) {
		zones := []string{"a.example", "b.example", "c.example", "d.example"}
		for _, z := range zones {
			h.put("domains", z, fmt.Sprintf(`{"name":%q}`, z))
			h.put("domain_records", z+"/7", `{"id":7,"type":"A","name":"www","data":"192.0.2.1"}`)
		}
		h.firewalls(1)
		h.sweeps(3)
		h.said()
		h.now(func() {
			s.back["vpcs"] = time.Hour
			s.fail["domain_records"] = failed
			h.put("firewalls", "0", `{"id":"0","name":"renamed"}`)
			h.remove("domain_records", "a.example/7")
		})
		h.sweeps(1)
		h.wants("u firewalls 0")
		if s.most != 4 {
			t.Errorf("%d requests at a time, want 4", s.most)
		}
		h.now(func() {
			delete(s.fail, "domain_records")
		})
		h.sweeps(3)
		h.wants("d domain_records a.example/7")
		if got := h.status("domains"); got != "whole: " {
			t.Errorf("status %q", got)
		}
	}, "vpcs", "domains", "domain_records", "firewalls")
}

// What was asked for before something that the next look must come after is not used.
func TestAListingIsNotUsedForALaterLook(t *testing.T) {
	t.Run("a look is asked for", func(t *testing.T) {
		farAway(t, func(h *harness, s *distant) {
			h.put("vpcs", "v", `{"id":"v","name":"v"}`)
			h.sweeps(2)
			h.said()
			s.there["vpcs"], s.back["vpcs"] = 0, 10*time.Second
			h.wait(31 * time.Second) // it was listed a second ago
			h.now(func() { h.put("vpcs", "v", `{"id":"v","name":"renamed"}`) })
			h.log.requests <- producer.Request{
				AccountID: "team-1", Resource: "vpcs", Kind: producer.KindLook, ID: "l", AtMS: time.Now().UnixMilli(),
			}
			h.wait(12 * time.Second)
			h.wants("u vpcs v")
			if a, ok := h.answer("l"); !ok || a.Changes != 1 {
				t.Errorf("answer %+v, %t", a, ok)
			}
		}, "vpcs")
	})
	t.Run("it is paused", func(t *testing.T) {
		farAway(t, func(h *harness, s *distant) {
			h.put("vpcs", "v", `{"id":"v","name":"v"}`)
			h.sweeps(2)
			h.said()
			s.there["vpcs"], s.back["vpcs"] = 0, 10*time.Second
			h.now(func() { h.put("vpcs", "v", `{"id":"v","name":"renamed"}`) })
			h.wait(31 * time.Second)
			h.ask(pause("p", "vpcs", "not now"))
			h.wait(5 * time.Minute)
			h.wants()
		}, "vpcs")
	})
	t.Run("its parent is deleted", func(t *testing.T) {
		farAway(t, func(h *harness, s *distant) {
			h.put("domains", "a.example", `{"name":"a.example"}`)
			h.sweeps(3)
			h.said()
			s.there["domains"], s.there["domain_records"], s.back["domain_records"] = 5*time.Second, 0, 20*time.Second
			h.now(func() { h.put("domain_records", "a.example/8", `{"id":8,"type":"A","name":"ftp","data":"192.0.2.2"}`) })
			h.wait(32 * time.Second)
			h.now(func() { h.tables.remove("domains", "a.example") })
			h.wait(5 * time.Minute)
			h.wants("d domains a.example")
		}, "domains", "domain_records")
	})
	t.Run("its parent tells of a change", func(t *testing.T) {
		farAway(t, func(h *harness, s *distant) {
			h.zone("a.example", "serial 1", "192.0.2.1")
			h.sweeps(3)
			h.said()
			s.there["domains"], s.there["domain_records"], s.back["domain_records"] = 5*time.Second, 0, 20*time.Second
			h.wait(92 * time.Second) // the fourth interval has begun
			if s.underWay != 2 {
				t.Fatalf("%d under way, want the zones and their records", s.underWay)
			}
			h.now(func() { h.zone("a.example", "serial 2", "192.0.2.2") })
			h.wait(30 * time.Second)
			h.wants("u domain_records a.example/1")
		}, "domains", "domain_records")
	})
	t.Run("another token was read", func(t *testing.T) {
		farAway(t, func(h *harness, s *distant) {
			h.put("vpcs", "v", `{"id":"v","name":"v"}`)
			h.sweeps(2)
			s.there["vpcs"], s.back["vpcs"] = 0, 5*time.Second
			asked := h.asked("vpcs")
			h.wait(31 * time.Second)
			h.now(func() { s.tokenReads++ })
			h.wait(12 * time.Second)
			if n := h.asked("vpcs") - asked; n != 2 {
				t.Errorf("it was read %d times, want once more with the other token", n)
			}
		}, "vpcs")
	})
}

// Nothing is under way any more when a process has ended.
func TestNothingIsUnderWayAfterTheEnd(t *testing.T) {
	farAway(t, func(h *harness, s *distant) {
		for _, r := range []string{"vpcs", "domains", "firewalls"} {
			s.back[r] = time.Hour
		}
		h.begin()
		h.wait(10 * time.Second)
		if s.most != 3 {
			t.Errorf("%d under way, want 3", s.most)
		}
		h.end()
		if s.underWay != 0 || !slices.Contains(s.asked, "vpcs ") {
			t.Errorf("%d requests are under way after the end", s.underWay)
		}
	}, "vpcs", "domains", "firewalls")
}

// A listing that gets no answer until it is given up is told as failing, and is asked for less and less often.
func TestAListingThatGetsNoAnswerInTimeFails(t *testing.T) {
	farAway(t, func(h *harness, s *distant) {
		s.there["vpcs"], s.back["vpcs"], s.fail["vpcs"] = 0, 30*time.Second, failed
		h.sweeps(5)
		if got := h.status("vpcs"); got != "failed: status 500" {
			t.Errorf("status %q", got)
		}
		if n := h.asked("vpcs"); n > 5 {
			t.Errorf("asked for %d times in 5 intervals", n)
		}
	}, "vpcs", "domains")
}
