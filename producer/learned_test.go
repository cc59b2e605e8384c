package producer_test

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"log/slog"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/schema"
)

// happened is one thing that happened in an account.
type happened struct {
	resource, name string
	at             time.Time
}

// A day of a changing account: the token's limit holds in every window, each change's event says a window that holds
// it, and what changes often is seen sooner than one interval for all would show it.
func TestADayOfAChangingAccountWithinTheLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const perHour, domains = 1000, 60
		s := limited(perHour)
		for i := range domains {
			s.put("domains", fmt.Sprintf("d%d.example", i), fmt.Sprintf(`{"name":"d%d.example","zone_file":"serial 0"}`, i))
			s.put("domain_records", fmt.Sprintf("d%d.example/1", i), `{"id":1,"type":"A","data":"192.0.2.1","name":"@"}`)
		}
		s.put("firewalls", "1", `{"id":"1","name":"0"}`)
		s.put("vpcs", "1", `{"id":"1","name":"quiet"}`)
		log := newFakeLog()
		registry := prometheus.NewRegistry()
		stop := start(t, log, producer.Options{Registerer: registry},
			watching("a", s, "firewalls", "vpcs", "domains", "domain_records")).stop
		time.Sleep(time.Hour)
		var all []happened
		for i := range 23 * 12 {
			time.Sleep(5*time.Minute + time.Duration(i%7)*time.Second)
			name := fmt.Sprint(i + 1)
			s.now(func() { s.put("firewalls", "1", fmt.Sprintf(`{"id":"1","name":"%s"}`, name)) })
			all = append(all, happened{"firewalls", name, time.Now()})
			if i%12 == 0 {
				d := fmt.Sprintf("d%d.example", i%domains)
				s.now(func() {
					s.put("domain_records", d+"/1", fmt.Sprintf(`{"id":1,"type":"A","data":"192.0.2.1","name":"%s"}`, name))
					s.put("domains", d, fmt.Sprintf(`{"name":"%s","zone_file":"serial %s"}`, d, name))
				})
				all = append(all, happened{"domain_records", name, time.Now()})
			}
		}
		time.Sleep(20 * time.Minute)
		metric(t, registry, "seachange_window_seconds", "seachange_budget_per_hour")
		metric(t, registry, "seachange_request_price_seconds", "seachange_max_age_stretch")
		must(t, stop())
		if n := s.most(time.Hour); n > perHour*8/10+20 {
			t.Errorf("%d requests in an hour, planned are %d", n, perHour*8/10)
		}
		if n := s.most(time.Minute); n > perHour/20 {
			t.Errorf("%d requests in a minute, allowed are %d", n, perHour/20)
		}
		waits := seen(t, log, all)
		uniform := float64(domains+3) / (perHour * 0.8) * 3600 / 2
		for resource, sum := range waits {
			most := uniform // without their parents' word records would take twice that
			if resource == "firewalls" {
				most = uniform / 4
			}
			if mean := sum[0] / sum[1]; mean > most {
				t.Errorf("%s: seen after %.0f s on average, one interval for all would be %.0f s", resource, mean, uniform)
			}
		}
		if len(waits) != 2 {
			t.Errorf("changes of %d resources seen, want 2", len(waits))
		}
	})
}

// seen holds each change against its event's window, and returns the sum and number of the waits by resource.
func seen(t *testing.T, log *fakeLog, all []happened) map[string][2]float64 {
	t.Helper()
	events := map[string]schema.Event{}
	for _, r := range log.events() {
		var ev schema.Event
		must(t, json.Unmarshal(r.Value, &ev))
		if ev.Op == schema.Updated && ev.After.Name != nil {
			events[ev.Source.Table+" "+*ev.After.Name] = ev
		}
	}
	waits := map[string][2]float64{}
	for _, h := range all {
		ev, ok := events[h.resource+" "+h.name]
		if !ok {
			continue // the next change came first
		}
		at := h.at.UnixMilli()
		if *ev.Source.PrevTsMS > at || ev.Source.TsMS < at {
			t.Errorf("%s %s at %d is outside of its window, %d to %d", h.resource, h.name, at, *ev.Source.PrevTsMS,
				ev.Source.TsMS)
		}
		sum := waits[h.resource]
		waits[h.resource] = [2]float64{sum[0] + float64(ev.Source.TsMS-at)/1000, sum[1] + 1}
	}
	for _, resource := range []string{"firewalls", "domain_records"} {
		if n := waits[resource][1]; n < 20 {
			t.Errorf("%.0f changes of %s were seen", n, resource)
		}
	}
	return waits
}

func metric(t *testing.T, r *prometheus.Registry, names ...string) {
	t.Helper()
	families, err := r.Gather()
	must(t, err)
	have := map[string]bool{}
	for _, f := range families {
		have[f.GetName()] = true
	}
	for _, name := range names {
		if !have[name] {
			t.Errorf("there is no metric %s", name)
		}
	}
}

// A zone file that moves has its records read; without a move they wait their turn.
func TestAParentThatMovesHasItsChildrenRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := limited(5000)
		const domains = 1500
		for i := range domains {
			s.put("domains", fmt.Sprintf("d%d.example", i), fmt.Sprintf(`{"name":"d%d.example","zone_file":"serial 0"}`, i))
		}
		s.perPage = 2000
		stop := start(t, newFakeLog(), producer.Options{}, watching("a", s, "domains", "domain_records")).stop
		time.Sleep(3 * time.Hour)
		s.now(func() {
			s.put("domains", "d7.example", `{"name":"d7.example","zone_file":"serial 1"}`)
			s.put("domains", "d8.example", `{"name":"d8.example","zone_file":null}`)
		})
		moved := time.Now()
		time.Sleep(30 * time.Minute)
		must(t, stop())
		at := s.sweeps["domain_records d7.example"]
		var parent time.Time
		for _, sweep := range s.sweeps["domains "] {
			if sweep.After(moved) {
				parent = sweep
				break
			}
		}
		if !slices.ContainsFunc(at, func(at time.Time) bool {
			return !at.Before(parent) && at.Sub(parent) <= 5*time.Second
		}) {
			t.Errorf("the parent showed it at %v, its records were read at %v", parent.Sub(moved), at)
		}
	})
}

func TestAnEmptyAccountIsNoBusyLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := limited(5000)
		stop := start(t, newFakeLog(), producer.Options{}, watching("a", s, "firewalls", "droplets")).stop
		time.Sleep(time.Hour)
		must(t, stop())
		if n := len(s.at); n < 100 || n > 2*361 {
			t.Errorf("%d requests in an hour, want each of two resources at most every 10 s", n)
		}
	})
}

// What was learned is in the checkpoints: the next owner goes on where this one stood.
func TestWhatWasLearnedSurvivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := limited(6000)
		log := newFakeLog()
		for i := range 300 {
			s.put("domains", fmt.Sprintf("d%d.example", i), fmt.Sprintf(`{"name":"d%d.example"}`, i))
		}
		s.perPage = 1000
		s.put("firewalls", "1", `{"id":"1","name":"0"}`)
		stop := start(t, log, producer.Options{}, watching("a", s, "firewalls", "domains", "domain_records")).stop
		for i := range 200 {
			time.Sleep(time.Minute)
			s.now(func() { s.put("firewalls", "1", fmt.Sprintf(`{"id":"1","name":"%d"}`, i)) })
		}
		must(t, stop())
		planner := producer.NewPlanner(producer.PlannerOptions{})
		for _, r := range log.state() {
			must(t, planner.Take(r.Key, r.Value))
		}
		plans := planner.Plans(time.Now())
		if len(plans) != 1 || len(plans[0].Rows) != 302 {
			t.Fatalf("plans of %d accounts", len(plans))
		}
		if !plans[0].Learned {
			t.Error("the plan says that nothing was learned")
		}
		if n := plans[0].Plan.PerHour; n < 4700 || n > 4800 {
			t.Errorf("%.0f requests an hour are planned, want 80 %% of the 6000 that the token showed", n)
		}
		for _, row := range plans[0].Rows {
			if row.Key.Resource == "firewalls" && (row.PerDay < 500 || row.Interval > 30*time.Second) {
				t.Errorf("firewalls: %.0f changes a day, every %v; want what was learned", row.PerDay, row.Interval)
			}
		}
		before := len(s.sweeps["firewalls "])
		stop = start(t, log, producer.Options{}, watching("a", s, "firewalls", "domains", "domain_records")).stop
		time.Sleep(10 * time.Minute)
		must(t, stop())
		if n := len(s.sweeps["firewalls "]) - before; n < 20 {
			t.Errorf("firewalls read %d times in the 10 minutes after a restart", n)
		}
	})
}

// What is left takes as long as the limit asks for: a burst at the start is no pace.
func TestFirstSweepsTellHowFarTheyAre(t *testing.T) {
	for _, tc := range []struct {
		interval time.Duration
		domains  int
	}{{0, 500}, {0, 4000}, {time.Second, 500}} {
		t.Run(fmt.Sprintf("%d zones, interval %v", tc.domains, tc.interval), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { tellsHowFar(t, tc.interval, tc.domains) })
		})
	}
}

// What is done within ten seconds is logged once, too: whoever waits for it must see it.
func TestShortFirstSweepsAreLoggedAsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := limited(5000)
		s.put("firewalls", "fw", `{"id":"fw"}`)
		var text strings.Builder
		o := producer.Options{Logger: slog.New(slog.NewTextHandler(&text, nil))}
		stop := start(t, newFakeLog(), o, watching("a", s, "firewalls")).stop
		time.Sleep(time.Hour)
		must(t, stop())
		if n := strings.Count(text.String(), `msg="first sweeps done"`); n != 1 {
			t.Errorf("logged %d times, want once:\n%s", n, text.String())
		}
	})
}

// bursting is an account whose client lets a burst of requests go at first, and then as many as the limit allows.
type bursting struct{ *tables }

func (s *bursting) Pages(ctx context.Context, r *schema.Resource, parent string) iter.Seq2[diff.Page, error] {
	if len(s.at) < 165 {
		time.Sleep(60 * time.Millisecond)
	} else {
		time.Sleep(time.Hour / time.Duration(s.perHour))
	}
	return s.tables.Pages(ctx, r, parent)
}

func tellsHowFar(t *testing.T, interval time.Duration, domains int) {
	s := limited(5000)
	for i := range domains {
		s.put("domains", fmt.Sprintf("d%d.example", i), fmt.Sprintf(`{"name":"d%d.example"}`, i))
	}
	s.perPage = 10_000
	var text strings.Builder
	o := producer.Options{Interval: interval, Logger: slog.New(slog.NewTextHandler(&text, nil))}
	source := producer.Source(s)
	if interval > 0 {
		source = &bursting{s}
	}
	stop := start(t, newFakeLog(), o, watching("a", source, "firewalls", "domains", "domain_records")).stop
	time.Sleep(2 * time.Hour)
	must(t, stop())
	lines := strings.Count(text.String(), "first sweeps")
	told := progressTold(t, text.String())
	done := strings.Count(text.String(), fmt.Sprintf(`msg="first sweeps done" component=producer account=team-1 collections_done=%d`, domains+2))
	if lines < 5 || lines > 400 || len(told) != lines || done != 1 {
		t.Fatalf("%d lines of progress:\n%s", lines, text.String())
	}
	for _, at := range told {
		if left := told[lines-1].now.Sub(at.now); at.left < left/2 || at.left > 2*left+20*time.Second {
			t.Errorf("%v before the end it said %v", left, at.left)
		}
	}
}

type told struct {
	now  time.Time
	left time.Duration
}

// progressTold are the lines of progress in a log.
func progressTold(t *testing.T, log string) []told {
	t.Helper()
	var all []told
	for _, m := range regexp.MustCompile(`(?m)^time=(\S+) .*"first sweeps(?: done" .* took=|".* left_about=(\S+))`).
		FindAllStringSubmatch(log, -1) {
		now, err := time.Parse(time.RFC3339, m[1])
		must(t, err)
		left, err := time.ParseDuration(cmp.Or(m[2], "0s"))
		must(t, err)
		all = append(all, told{now, left})
	}
	return all
}

// listened is an account whose first listing tells what the log said until then.
type listened struct {
	*tables

	log  *strings.Builder
	said string
}

func (s *listened) Pages(ctx context.Context, r *schema.Resource, parent string) iter.Seq2[diff.Page, error] {
	if len(s.at) == 0 {
		s.said = s.log.String()
	}
	return s.tables.Pages(ctx, r, parent)
}

// What the budget can't hold is said before the first request for it is made.
func TestAMaxAgeThatCantBeHeldIsSaidAtTheStart(t *testing.T) {
	for _, tt := range []struct {
		age  time.Duration
		says bool
	}{{10 * time.Second, true}, {time.Minute, false}} {
		synctest.Test(t, func(t *testing.T) {
			var text strings.Builder
			s := &listened{tables: limited(200), log: &text}
			firewalls := schema.Lookup("firewalls")
			p, err := producer.New(producer.Options{
				Log: newFakeLog(), Logger: slog.New(slog.NewTextHandler(&text, nil)),
				Accounts: []producer.Account{{
					Name: "a", Source: s, Resources: []*schema.Resource{firewalls},
					MaxAge: map[string]time.Duration{"firewalls": tt.age},
				}},
			})
			must(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- p.Run(ctx) }()
			time.Sleep(time.Minute)
			cancel()
			must(t, <-ended)
			if says := strings.Contains(s.said, "max_age can't be held"); says != tt.says {
				t.Errorf("max_age %v of 160 requests an hour: said before the first listing %v, want %v:\n%s", tt.age, says,
					tt.says, s.said)
			}
		})
	}
}

// What the token may not read is asked for once an hour, and at once when another token is there.
func TestWhatIsUnreadableIsLookedAtSlowlyAndWithANewTokenAtOnce(t *testing.T) {
	for name, fault := range map[string]error{
		"403": forbidden,
		"404": notFound,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := limited(5000)
				s.fail["vpcs"] = fault
				stop := start(t, newFakeLog(), producer.Options{}, watching("a", s, "firewalls", "vpcs")).stop
				time.Sleep(3 * time.Hour)
				var before int
				s.now(func() {
					before = len(s.sweeps["vpcs "])
					s.tokenReads++
					s.fail = map[string]error{}
				})
				if before != 4 {
					t.Errorf("asked for %d times in 3 hours, want at 0:00, 0:10, 1:10 and 2:10", before)
				}
				time.Sleep(time.Minute)
				must(t, stop())
				if n := len(s.sweeps["vpcs "]) - before; name == "403" && n == 0 {
					t.Error("not asked for within a minute of a new token")
				}
			})
		})
	}
}

// What the last owner spent is not taken for others' spending: the next one has the same budget at once.
func TestARestartGoesOnWithTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := limited(5000)
		log := newFakeLog()
		for i := range 100 {
			s.put("domains", fmt.Sprintf("d%d.example", i), fmt.Sprintf(`{"name":"d%d.example"}`, i))
		}
		stop := start(t, log, producer.Options{}, watching("a", s, "firewalls", "domains", "domain_records")).stop
		time.Sleep(2 * time.Hour)
		must(t, stop())
		before := len(s.at)
		time.Sleep(10 * time.Second)
		stop = start(t, log, producer.Options{}, watching("a", s, "firewalls", "domains", "domain_records")).stop
		time.Sleep(10 * time.Minute)
		must(t, stop())
		if n := len(s.at) - before; n < 600 {
			t.Errorf("%d requests in the 10 minutes after a restart, want about 667", n)
		}
		if n := s.most(time.Hour); n > 4000+2*60+67 {
			t.Errorf("%d requests in an hour", n)
		}
	})
}

// What was found and not read yet is no secret: a resource is as old as its oldest collection.
func TestCollectionsThatWereNeverReadAreShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := limited(5000)
		for i := range 400 {
			s.put("domains", fmt.Sprintf("d%d.example", i), fmt.Sprintf(`{"name":"d%d.example"}`, i))
		}
		registry := prometheus.NewRegistry()
		stop := start(t, newFakeLog(), producer.Options{Registerer: registry, MetricsDetail: true},
			watching("a", s, "domains", "domain_records")).stop
		time.Sleep(time.Minute)
		if age := gauge(t, registry, "seachange_age_seconds", "domain_records"); !math.IsInf(age, 1) {
			t.Errorf("after a minute the oldest records are %v s old, want +Inf", age)
		}
		if n := gauge(t, registry, "seachange_collections", "domain_records"); n != 400 {
			t.Errorf("%v collections, want 400", n)
		}
		time.Sleep(30 * time.Minute)
		if age := gauge(t, registry, "seachange_age_seconds", "domain_records"); age > 20*60 {
			t.Errorf("after half an hour the oldest records are %v s old", age)
		}
		must(t, stop())
	})
}

// gauge returns the sum of a resource's gauges.
func gauge(t *testing.T, r *prometheus.Registry, name, resource string) float64 {
	t.Helper()
	families, err := r.Gather()
	must(t, err)
	sum := 0.0
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if f.GetName() == name && l.GetValue() == resource {
					sum += m.GetGauge().GetValue()
				}
			}
		}
	}
	return sum
}

// drained is an account whose token has nothing left, as others use it up.
type drained struct {
	*tables
	dry atomic.Bool
}

func (s *drained) Budget() producer.Budget {
	b := s.tables.Budget()
	if s.dry.Load() {
		b.Remaining = 0
	}
	return b
}

// Others who use up the token are told of, and the first sweeps say how far they are, however rare the requests.
func TestATokenThatOthersUseUpIsToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &drained{tables: limited(5000)}
		s.dry.Store(true)
		for i := range 200 {
			s.put("domains", fmt.Sprintf("d%d.example", i), fmt.Sprintf(`{"name":"d%d.example"}`, i))
		}
		var text strings.Builder
		stop := start(t, newFakeLog(), producer.Options{Logger: slog.New(slog.NewTextHandler(&text, nil))},
			watching("a", s, "firewalls", "domains", "domain_records")).stop
		time.Sleep(20 * time.Minute)
		s.dry.Store(false)
		freed := time.Now()
		time.Sleep(20 * time.Minute)
		must(t, stop())
		for _, word := range []string{"others use up", "others leave"} {
			if n := strings.Count(text.String(), word); n != 1 {
				t.Errorf("%q %d times, want once:\n%s", word, n, text.String())
			}
		}
		dry := func(at time.Time) bool { return at.Before(freed) }
		if n := len(slices.DeleteFunc(progressTold(t, text.String()), func(p told) bool { return !dry(p.now) })); n < 110 ||
			n > 121 {
			t.Errorf("%d lines of progress in 20 minutes, want one every 10 s", n)
		}
		if n := len(slices.DeleteFunc(s.at, func(at time.Time) bool { return !dry(at) })); n > 75 {
			t.Errorf("%d requests where nothing is left", n)
		}
	})
}

// slow is an account whose answers take their time.
type slow struct{ *tables }

func (s slow) Pages(ctx context.Context, r *schema.Resource, parent string) iter.Seq2[diff.Page, error] {
	time.Sleep(100 * time.Millisecond)
	return s.tables.Pages(ctx, r, parent)
}

// A first pass goes as fast as the limits of a minute allow, what matters most first, and reads nothing twice before
// all was read once; then the hour is kept.
func TestAFirstPassIsAsFastAsAMinuteAllows(t *testing.T) {
	for _, tc := range []struct {
		domains int
		once    bool
		within  time.Duration
	}{
		{473, false, 115 * time.Second * 115 / 100}, // 476 requests
		{146, false, 36 * time.Second * 115 / 100},  // 149
		{473, true, 115 * time.Second * 115 / 100},
		{1400, false, 337 * time.Second * 115 / 100},
	} {
		t.Run(fmt.Sprintf("%d zones, once %v", tc.domains, tc.once), func(t *testing.T) {
			if testing.Short() && tc.domains != 146 {
				t.Skip("short: the others are the same in kind")
			}
			synctest.Test(t, func(t *testing.T) {
				s := slow{limited(5000)}
				for i := range tc.domains {
					s.put("domains", fmt.Sprintf("d%d.example", i), fmt.Sprintf(`{"name":"d%d.example"}`, i))
				}
				began := time.Now()
				stop := start(t, newFakeLog(), producer.Options{Once: tc.once},
					watching("a", s, "vpcs", "domains", "domain_records", "firewalls")).stop
				time.Sleep(tc.within)
				synctest.Wait()
				if read := len(s.sweeps); read != tc.domains+3 {
					t.Errorf("%d collections were read in %v, want %d", read, tc.within, tc.domains+3)
				}
				if n := s.most(time.Minute); n > 250 {
					t.Errorf("%d requests in a minute", n)
				}
				last := began
				for _, at := range s.sweeps {
					last = later(last, at[0])
				}
				for k, at := range s.sweeps {
					if len(at) > 1 && at[1].Before(last) {
						t.Errorf("%s was read twice before everything was read once", k)
					}
				}
				if tc.once {
					s.now(func() {})
					must(t, stop())
					return
				}
				if first := s.sweeps["firewalls "][0]; first.After(began.Add(time.Second)) {
					t.Errorf("the firewalls were read after %v, want first", first.Sub(began))
				}
				s.now(func() {}) // what was looked at is not written meanwhile
				time.Sleep(3 * time.Hour)
				must(t, stop())
				if n := s.most(time.Hour); n > 4060 {
					t.Errorf("%d requests in an hour, want the budget of 4000 and the bucket's 60", n)
				}
			})
		})
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
