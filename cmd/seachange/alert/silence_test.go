package alert

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/producer/kafka/client"
)

func silence(match string, until time.Time) *Silence {
	return &Silence{ID: "s1", By: "ops@example.com", Match: match, Begins: time.UnixMilli(0).UTC(), Until: until.UTC()}
}

func TestASilenceThatCannotBeIsRefused(t *testing.T) {
	for match, want := range map[string]string{
		`true`:                     "matches everything",
		`rule != "x"`:              "matches everything",
		`severity in ["critical"]`: "",
		`rule == "opens"`:          "",
		`"cost" in tags`:           "",
		`rule = 1`:                 "line 1, column 6",
		`nobody == 1`:              "line 1, column 1: undeclared reference to 'nobody'",
		`rule`:                     "a string, want a bool",
	} {
		err := silence(match, time.UnixMilli(1)).Complete()
		if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", match, err, want)
		}
	}
	all := silence("true", time.UnixMilli(1))
	if all.Everything = true; all.Complete() != nil {
		t.Error("one that was asked for is refused")
	}
	if err := silence(`rule == "x"`, time.UnixMilli(0)).Complete(); err == nil {
		t.Error("one that ends as it begins is taken")
	}
}

// A silence that one machine begins and another, whose clock is behind, ends at once, has ended.
func TestASilenceIsEndedByAClockThatIsBehind(t *testing.T) {
	s := silence(`rule == "opens-critical"`, time.UnixMilli(60_000))
	s.Begins = time.UnixMilli(10_000)
	ended := *s
	ended.Until = time.UnixMilli(9_000)
	w := silent(t, s, &ended)
	if by := w.silences.Match(finding(1, "critical"), time.UnixMilli(20_000)); by != nil {
		t.Errorf("it is muted until %s", by.Until)
	}
}

// silent is a watcher whose silences are those of a topic.
func silent(t *testing.T, all ...*Silence) *watcher {
	t.Helper()
	w := watcherOf(&Rules{}, nil)
	for _, s := range all {
		if _, err := w.silences.take(client.Record{Key: []byte(s.ID), Value: encode(s)}); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func TestASilenceMutesUntilItEnds(t *testing.T) {
	at := func(minute int) time.Time { return time.UnixMilli(0).Add(time.Duration(minute) * time.Minute) }
	w := silent(t, silence(`rule == "opens-critical" && id != "4"`, at(60)))
	alerts := func(status string, lasts bool, ids ...int) (all []*Alert) {
		for _, n := range ids {
			a := finding(n, "critical")
			a.Status, a.lasts = status, lasts
			all = append(all, a)
		}
		return all
	}
	got := []string{}
	said := func(minute int, all []*Alert) {
		for _, a := range all {
			got = append(got, fmt.Sprint(minute, " ", a.Status, " ", a.Record))
		}
	}
	said(1, w.loud(alerts(Firing, true, 1, 2, 4), at(1)))
	said(2, w.loud(alerts(Firing, false, 3), at(2)))     // an event, which is past
	said(3, w.loud(alerts(Resolved, true, 2, 9), at(3))) // 2 was never told, 9 was before
	said(59, w.unmuted(at(59)))
	said(60, w.unmuted(at(60)))
	said(61, w.unmuted(at(61)))
	said(62, w.loud(alerts(Firing, true, 5), at(62)))
	if diff := cmp.Diff([]string{"1 firing 4", "3 resolved 9", "60 firing 1", "62 firing 5"}, got); diff != "" {
		t.Error("-want +got:\n", diff)
	}
}

// Whoever may write to the topic can't mute everything with a record that no command made.
func TestARecordThatIsNoSilenceIsSetAside(t *testing.T) {
	good := silence(`rule == "x"`, time.UnixMilli(1))
	for i, r := range []client.Record{
		{Key: []byte("s1"), Value: []byte("{")},
		{Key: []byte("other"), Value: encode(good)},
		{Key: []byte("s1"), Value: encode(silence("true", time.UnixMilli(1)))},
	} {
		w := &Watch{silences: &Silences{}, watchers: []*watcher{{}}, o: WatchOptions{Logger: discard, Prefix: "p"}}
		w.takeSilence(r, true)
		if told := w.watchers[0].letters.empty(); len(told) != 1 || told[0].Rule != "silence-set-aside" ||
			len(w.silences.List()) > 0 {
			t.Errorf("%d: told %v", i, told)
		}
		lasting := silence(`rule == "x"`, time.Now().Add(time.Hour))
		for range 2 {
			w.takeSilence(client.Record{Key: []byte("s1"), Value: encode(lasting)}, true)
		}
		if told := w.watchers[0].letters.empty(); len(told) != 1 || told[0].Rule != "silence-begins" ||
			!strings.Contains(told[0].What, "by ops@example.com") {
			t.Errorf("%d: of one that is told %v", i, told)
		}
	}
}

func TestPostureDoesNotCountWhatASilenceMutes(t *testing.T) {
	s := silence(`rule == "ssh"`, time.UnixMilli(1000))
	p := &Posture{open: map[string]*Finding{
		"a": {Rule: "ssh", Key: "ssh/droplets/1", Severity: "critical"},
		"b": {Rule: "tls", Key: "tls/x/1", Severity: "warning"},
	}}
	w := silent(t, s)
	for at, want := range map[int64]string{500: "warning", 2000: "critical"} {
		all := p.Findings(w.silences, time.UnixMilli(at))
		if got := Worst(all); got != want || len(all) != 2 {
			t.Errorf("at %d the worst of %d is %s, want %s", at, len(all), got, want)
		}
	}
	muted := p.Findings(w.silences, time.UnixMilli(500))[:1]
	want := `"suppressions":[{"justification":"silenced by ops@example.com until 1970-01-01T00:00:01Z",` +
		`"kind":"external"}]`
	if got := string(encode(SARIF(muted, "v"))); !strings.Contains(got, want) {
		t.Errorf("no %s in %s", want, got)
	}
	if got := string(encode(OCSF(&muted[0], "v", 1))); !strings.Contains(got, `"status":"Suppressed"`) {
		t.Errorf("OCSF: %s", got)
	}
}
