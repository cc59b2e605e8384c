package alert

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seachange/seachange/producer/kafka/client"
)

// SilencesTopic has the silences, as JSON, with their ids as keys.
func SilencesTopic(prefix string) string { return prefix + "-meta.silences" }

// Silences are those of a prefix, for several goroutines.
type Silences struct {
	mu  sync.Mutex
	all map[string]*Silence
}

// take takes a record of their topic in, and returns the silence.
func (s *Silences) take(r client.Record) (*Silence, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]*Silence{}
	}
	if r.Value == nil {
		delete(s.all, string(r.Key))
		return nil, nil
	}
	one, err := parseSilence(r.Key, r.Value)
	if err != nil {
		return nil, fmt.Errorf("topic %s partition %d offset %d: %w", r.Topic, r.Partition, r.Offset, err)
	}
	s.all[one.ID] = one
	return one, nil
}

// Match returns a silence that mutes an alert at a moment; nil if none does.
func (s *Silences) Match(a *Alert, now time.Time) *Silence {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(s.all)) {
		if one := s.all[id]; one.Active(now) && one.Matches(a) {
			return one
		}
	}
	return nil
}

// List returns all of them, those that end first before the others.
func (s *Silences) List() []*Silence {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.all), func(a, b *Silence) int {
		if c := a.Until.Compare(b.Until); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
}

// Get returns the silence of an id; nil if there is none.
func (s *Silences) Get(id string) *Silence {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[id]
}

// ReadSilences reads those that there are. What is no silence is joined in the error, and the others are returned.
func ReadSilences(ctx context.Context, cl client.Client, prefix string) (*Silences, error) {
	s := &Silences{}
	return s, s.Read(ctx, cl, prefix)
}

// Read takes in those that there are, over those that were read before; these stay if it fails.
func (s *Silences) Read(ctx context.Context, cl client.Client, prefix string) error {
	var errs []error
	err := cl.Each(ctx, SilencesTopic(prefix), func(r client.Record) {
		if _, err := s.take(r); err != nil {
			errs = append(errs, err)
		}
	})
	return errors.Join(append(errs, err)...)
}

// WriteSilence writes a silence to its topic, which it makes unless it is there.
func WriteSilence(ctx context.Context, cl client.Client, prefix string, s *Silence) error {
	to, err := cl.OpenTable(ctx, SilencesTopic(prefix))
	if err != nil {
		return err
	}
	err = to.Write(ctx, client.Record{Key: []byte(s.ID), Value: encode(s)})
	return errors.Join(err, to.Close(ctx))
}
