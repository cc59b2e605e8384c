package alert

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// given hands alerts to a watcher as they come, each at its second, and has it tell them as a consumer does, until all
// is told. It returns what was told, and at which second.
func given(t *testing.T, digest bool, takes time.Duration, come map[int][]*Alert) (told []*Alert, at []float64) {
	t.Helper()
	began := time.Now()
	w := watcherOf(&Rules{}, func(_ context.Context, a *Alert) error {
		time.Sleep(takes)
		told, at = append(told, a), append(at, time.Since(began).Seconds())
		return nil
	})
	w.outbox = newOutbox(digest)
	for second, next := 0, time.Now(); ; second++ {
		w.queue = append(w.queue, come[second]...)
		delete(come, second)
		w.settle()
		done, _, err := w.flush(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if done && len(come) == 0 {
			return told, at
		}
		next = next.Add(time.Second)
		time.Sleep(time.Until(next)) // a poll, unless telling took longer
		second = int(time.Since(began).Seconds()) - 1
	}
}

func findings(from, to int, severity string) (all []*Alert) {
	for n := from; n < to; n++ {
		all = append(all, finding(n, severity))
	}
	return all
}

// A thousand that open at once are one message, although they come in parts, and what is critical doesn't wait.
func TestAThousandAreOneMessageAndAnotherIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other := finding(1000, "critical")
		other.Rule = "another"
		told, at := given(t, true, 0, map[int][]*Alert{
			0: findings(0, 500, "critical"), 1: append(findings(500, 1000, "critical"), other),
		})
		if len(told) != 2 || told[0] != other || at[0] > 2 || len(told[1].Keys) != 1000 || at[1] > 5 {
			t.Fatalf("told %d messages at %v, the first %+v", len(told), at, told[0])
		}
		text := told[1].Text()
		if !strings.Contains(text, "1000 firewalls of a: 0, 1, 2") || !strings.Contains(text, "and 980 more") {
			t.Errorf("the digest says %s", text)
		}
		if told, _ = given(t, true, 0, map[int][]*Alert{0: findings(0, 10, "warning")}); len(told) != 10 {
			t.Errorf("ten are told as %d", len(told))
		}
		// However many come: it doesn't wait for ever until no more do.
		come := map[int][]*Alert{}
		for n := range 10 {
			come[n] = findings(20*n, 20*n+20, "warning")
		}
		if told, at = given(t, true, 0, come); len(told) < 2 || at[0] > 5 {
			t.Errorf("of what doesn't end %d are told, the first at %v", len(told), at[0])
		}
	})
}

// Where a webhook takes one a second, what is critical, or of another rule, goes before a thousand others.
func TestWhatIsCriticalDoesNotWaitForAThousandOthers(t *testing.T) {
	for _, severity := range []string{"warning", "critical"} {
		synctest.Test(t, func(t *testing.T) {
			other := finding(1000, "critical")
			other.Rule = "another"
			told, at := given(t, false, time.Second, map[int][]*Alert{0: findings(0, 1000, severity), 30: {other}})
			for i, a := range told {
				if a == other && at[i] > 35 {
					t.Errorf("behind those of severity %s it is told after %v seconds", severity, at[i]-30)
				}
			}
			if len(told) != 1001 {
				t.Errorf("%d are told, want each", len(told))
			}
		})
	}
}

func TestWhatIsGivenTwiceIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told, _ := given(t, true, 0, map[int][]*Alert{0: append(findings(0, 20, "info"), findings(0, 20, "info")...)})
		if len(told) != 1 || len(told[0].Keys) != 20 {
			t.Errorf("told %d, of %d", len(told), len(told[0].Keys))
		}
	})
}

// story of a pacer: what comes at which minute, "+" begins and "-" ends.
func paced(cooldown time.Duration, lasts bool, until int, come map[int]string) (got []string) {
	p := pacer{}
	for minute := range until {
		now := time.Unix(int64(60*minute), 0)
		var alerts []*Alert
		for i, c := range come[minute] {
			a := finding(1, "critical")
			a.ID, a.cooldown, a.lasts = fmt.Sprint(minute, i), cooldown, lasts
			if c == '-' {
				a.Status = Resolved
			}
			alerts = append(alerts, a)
		}
		for _, a := range append(p.take(now, alerts), p.settle(now)...) {
			got = append(got, strings.TrimSpace(fmt.Sprint(minute, " ", a.Status, " ", strings.TrimPrefix(a.Title, "It opens"))))
		}
	}
	if until > 60 && len(p) > 0 {
		got = append(got, "remembers what is quiet")
	}
	return got
}

func TestWhatFlapsIsToldAsFlappingAndOnceMoreWhenItStays(t *testing.T) {
	for _, tt := range []struct {
		come map[int]string
		want []string
	}{
		{
			map[int]string{0: "+", 1: "-", 2: "+", 3: "-", 4: "+", 5: "-", 6: "+", 7: "-"},
			[]string{"0 firing", "1 resolved", "2 firing", "3 resolved", "4 firing  (flapping)", "17 resolved"},
		},
		{
			map[int]string{0: "+", 1: "-", 2: "+", 3: "-", 4: "+", 5: "-", 6: "+"}, // it stays
			[]string{"0 firing", "1 resolved", "2 firing", "3 resolved", "4 firing  (flapping)"},
		},
		{
			map[int]string{0: "+", 5: "-", 10: "+", 15: "-", 20: "+"}, // not so often
			[]string{"0 firing", "5 resolved", "10 firing", "15 resolved", "20 firing"},
		},
	} {
		if diff := cmp.Diff(tt.want, paced(0, true, 100, tt.come)); diff != "" {
			t.Errorf("%v: -want +got:\n%s", tt.come, diff)
		}
	}
}

func TestACooldownKeepsBackWhatBeginsAgain(t *testing.T) {
	for _, tt := range []struct {
		lasts bool
		come  map[int]string
		want  []string
	}{
		{false, map[int]string{0: "+", 5: "+", 10: "+", 40: "+"}, []string{"0 firing", "40 firing"}},
		{true, map[int]string{0: "+", 5: "-", 20: "+", 21: "-"}, []string{"0 firing", "5 resolved"}},
		{true, map[int]string{0: "+", 5: "-", 20: "+"}, []string{"0 firing", "5 resolved", "30 firing"}},
	} {
		if diff := cmp.Diff(tt.want, paced(30*time.Minute, tt.lasts, 100, tt.come)); diff != "" {
			t.Errorf("%v: -want +got:\n%s", tt.come, diff)
		}
	}
}
