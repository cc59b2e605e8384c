package play

import (
	"strconv"
	"time"

	"github.com/seachange/seachange/producer/schedule"
)

// Limits of the game: what the token has in an hour, and the share of it that is planned.
const (
	PerHour   = 5000
	PerMinute = 250
	Share     = 0.8
)

// Uniform reads every item at the same interval, one after the other, with so many requests an hour.
func Uniform(t *Trace, perHour float64) *Result {
	a := newAccount(t, Options{})
	for at := 0.0; at < a.end; {
		for i := range t.Items {
			a.sweep(i, at)
			at += float64(t.Items[i].Pages) * 3600 / perHour
		}
	}
	return a.close()
}

// UniformInterval is how long Uniform takes to read everything once, in seconds.
func UniformInterval(t *Trace, perHour float64) float64 {
	pages := 0
	for i := range t.Items {
		pages += t.Items[i].Pages
	}
	return float64(pages) * 3600 / perHour
}

// Every reads every item at the same interval, in seconds, as peers do, and spends all that the token has for it: where
// that is more than the hour's or the minute's limit allows, it waits until the API takes requests again.
func Every(t *Trace, interval float64) *Result {
	a := newAccount(t, Options{})
	made := a.result
	at := 0.0
	for round := 0.0; at < a.end; round++ {
		at = max(at, round*interval)
		for i := range t.Items {
			for range t.Items[i].Pages {
				at = made.allowed(at)
				made.Requests = append(made.Requests, at)
			}
			a.read(i, at)
		}
	}
	return a.close()
}

// allowed returns when the next request may be made, from a time on.
func (r *Result) allowed(at float64) float64 {
	if n := len(r.Requests) - PerMinute; n >= 0 {
		at = max(at, r.Requests[n]+60)
	}
	if n := len(r.Requests) - PerHour; n >= 0 {
		at = max(at, r.Requests[n]+3600)
	}
	return at
}

// Options of Learned.
type Options struct {
	PerHour int     // the token's limit; PerHour by default
	Gates   bool    // parents tell of their children's changes
	Recall  float64 // the share of changes that they tell of; 0 is all
	From    float64 // seconds: changes before it are learned from, and not counted
	// Together has whoever sees a change know at once, and for nothing, every item that changed within a minute of it, is
	// of a kind that moves together with its own, and was not read since: what foreseeing them can win at most.
	Together Together
	// Counts has one request show all that was created or deleted in a list of many pages: more than asking only how
	// many there are can show.
	Counts bool
	// Others makes requests of other users of the token: how many there were up to a time.
	Others func(at float64) int
}

var epoch = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// Learned plays a trace through the schedule, which begins without knowing anything.
func Learned(t *Trace, o Options) *Result {
	if o.PerHour == 0 {
		o.PerHour = PerHour
	}
	if o.Counts {
		t = t.countsApart()
	}
	a := newAccount(t, o)
	if o.Recall > 0 {
		a.missed = func(item, change int) bool { return dice(item, change) >= o.Recall }
	}
	s := schedule.New(schedule.Options{PerHour: o.PerHour, Share: Share})
	keys, items := enter(s, t, o.Gates)
	now := epoch
	spent := newHour()
	for {
		k, due, ok := s.Next(now)
		if !ok || due.Sub(epoch).Seconds() >= a.end {
			return a.close()
		}
		if due.After(now) {
			now = due
		}
		at, item := now.Sub(epoch).Seconds(), items[k]
		it := &t.Items[item]
		began := now
		for range it.Pages {
			at = a.result.allowed(at) // as the limiter below the schedule has it
			a.result.Requests = append(a.result.Requests, at)
		}
		now = epoch.Add(time.Duration(at * float64(time.Second)))
		changes := a.read(item, at)
		moved := a.tells(item, at)
		s.Finish(began, k, schedule.Result{
			Requests: it.Pages, Records: it.Records, Changes: changes + len(moved), ShownByParent: o.Gates && it.Gate >= 0,
		})
		for _, kid := range append(moved, a.movedWith(item, at, o.Together)...) {
			s.Hint(now, keys[kid])
		}
		s.Limit(now, o.PerHour, max(0, o.PerHour-spent.add(at, it.Pages)))
	}
}

// enter adds a trace's items to a schedule; those that come with their gate cost nothing and are none.
func enter(s *schedule.Schedule, t *Trace, gates bool) ([]schedule.Key, map[schedule.Key]int) {
	keys, items := make([]schedule.Key, len(t.Items)), map[schedule.Key]int{}
	for i := range t.Items {
		it := &t.Items[i]
		keys[i] = schedule.Key{Resource: it.Kind, Parent: strconv.Itoa(i)}
		if gates && it.Embeds {
			continue
		}
		items[keys[i]] = i
		told := gates && it.Gate >= 0
		pace := 1.0
		if fast[it.Kind] && !told {
			pace = 10
		}
		s.Add(epoch, keys[i], schedule.Traits{Weight: it.Weight, ChangeRate: pace, ShownByParent: told})
	}
	return keys, items
}

// fast are the kinds of which one expects changes, in the traces' words.
var fast = map[string]bool{
	"droplets": true, "load_balancers": true, "k8s_clusters": true, "k8s_node_pools": true, "apps": true,
	"deployments":  true,
	"uptime_state": true, "repo_tags": true, "batches": true, "indexing_jobs": true, "balance": true,
	"registries": true, "db_backups": true,
}

// dice is a number from 0 to 1 that belongs to a change.
func dice(item, change int) float64 {
	h := uint64(item)*0x9e3779b97f4a7c15 ^ uint64(change)*0xbf58476d1ce4e5b9
	h ^= h >> 31
	h *= 0x94d049bb133111eb
	h ^= h >> 29
	return float64(h%10007) / 10007
}

// hour counts the requests of the last hour.
type hour struct {
	at    []float64
	n     []int
	first int
	sum   int
}

func newHour() *hour { return &hour{} }

func (h *hour) add(at float64, n int) int {
	h.at, h.n = append(h.at, at), append(h.n, n)
	h.sum += n
	for h.at[h.first] <= at-3600 {
		h.sum -= h.n[h.first]
		h.first++
	}
	return h.sum
}
