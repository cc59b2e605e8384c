package alert

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/seachange/seachange/producer/kafka/client"
)

// loud leaves out what a silence mutes. A finding that lasts is kept, to be sent if it is still there when the silence
// ends; one that ends meanwhile never is. That something has ended which was sent is always sent.
func (w *watcher) loud(alerts []*Alert, now time.Time) (told []*Alert) {
	for _, a := range alerts {
		_, kept := w.muted[a.Finding()]
		if a.Status == Resolved {
			delete(w.muted, a.Finding())
			if !kept {
				told = append(told, a)
			}
			continue
		}
		s := w.silences.Match(a, now)
		if s == nil {
			told = append(told, a)
			continue
		}
		w.metrics.silenced.WithLabelValues(w.delivery.Output).Inc()
		w.log.Info("silenced", "output", w.delivery.Output, "alert", a.ID, "silence", s.ID, "by", s.By, "until", s.Until)
		if a.lasts {
			w.muted[a.Finding()] = a
		}
	}
	return told
}

// unmuted returns the findings that no silence mutes any more.
func (w *watcher) unmuted(now time.Time) (told []*Alert) {
	for _, finding := range slices.Sorted(maps.Keys(w.muted)) {
		if a := w.muted[finding]; w.silences.Match(a, now) == nil {
			delete(w.muted, finding)
			told = append(told, a)
		}
	}
	return told
}

// takeSilence takes a record of the topic of silences in. A silence that is new is reported, since it hides
// something, and what is none is reported and set aside.
func (w *Watch) takeSilence(r client.Record, fresh bool) {
	known := w.silences.Get(string(r.Key))
	s, err := w.silences.take(r)
	now := time.Now().UTC()
	if err != nil {
		w.setAside("silence", r, err)
		return
	}
	if s == nil || !fresh || known != nil || !s.Active(now) {
		return
	}
	w.tell(&Alert{
		ID: "silence-begins/" + s.ID, Key: "silence-begins/" + s.ID, Status: Firing, Rule: "silence-begins",
		Severity: "info", Title: "Alerts are silenced", Account: "seachange", Resource: "silence", Record: s.ID, Before: now,
		What:   fmt.Sprintf("by %s until %s, where %s", s.By, s.Until.Format(time.RFC3339), s.Match),
		Advice: "seachange silence expire " + s.ID + " ends it.",
	})
}

// takeNote takes a record of the topic of notes in. What is none is reported and set aside.
func (w *Watch) takeNote(r client.Record) {
	if err := w.notes.Take(r); err != nil {
		w.setAside("note", r, err)
	}
}

// setAside reports a record that is not what its topic holds.
func (w *Watch) setAside(what string, r client.Record, err error) {
	w.o.Logger.Warn("no "+what+", setting it aside", "err", err)
	rule := what + "-set-aside"
	w.tell(&Alert{
		ID: fmt.Sprintf("%s/%d", rule, r.Offset), Key: rule + "/" + string(r.Key), Status: Firing,
		Rule: rule, Severity: "warning", Title: "A record that is no " + what + " was set aside",
		What: err.Error(), Account: "seachange", Resource: r.Topic, Before: time.Now().UTC(),
		Advice: "See who may write to the topic.",
	})
}
