package hint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// Note is what somebody says of the changes of a time, such as a pipeline that is about to make them. That its writer
// may write to the topic is what the brokers checked; who it is, is what it says itself.
type Note struct {
	ID      string `json:"id"`
	Text    string `json:"text"`
	By      string `json:"by"`
	Account string `json:"account,omitempty"` // its id; "" is every account
	// Resources are those that the note is about, droplets, or records, droplets/412001001; none is all.
	Resources []string  `json:"resources,omitempty"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Written   time.Time `json:"written"`
}

// longest is how many characters a note has at most.
const longest = 1000

// Check returns what is wrong with a note.
func (n *Note) Check() error {
	switch {
	case strings.TrimSpace(n.Text) == "":
		return errors.New("the text is empty")
	case len([]rune(n.Text)) > longest || len([]rune(n.By)) > longest:
		return fmt.Errorf("the text, or who wrote it, has more than %d characters", longest)
	case n.To.Before(n.From):
		return errors.New("the note ends before it begins")
	case n.From.UTC().Year() < 0 || n.To.UTC().Year() > 9999: // which JSON can't have
		return errors.New("the note's time lies outside of the years 0 to 9999")
	}
	for _, r := range n.Resources {
		resource, id, named := strings.Cut(r, "/")
		if schema.Lookup(resource) == nil {
			return fmt.Errorf("no resource %q: seachange resources lists them", resource)
		}
		if named && id == "" {
			return fmt.Errorf("%q names no record: write RESOURCE or RESOURCE/ID", r)
		}
	}
	return nil
}

// about reports whether the note is about an account's record.
func (n *Note) about(account string, records []Record) bool {
	if n.Account != "" && n.Account != account {
		return false
	}
	return len(n.Resources) == 0 || slices.ContainsFunc(records, func(r Record) bool {
		return slices.Contains(n.Resources, r.Resource) || slices.Contains(n.Resources, r.Resource+"/"+r.ID)
	})
}

// Notes are those of a prefix, the newest of them, for several goroutines. Its zero value has none.
type Notes struct {
	mu  sync.Mutex
	all []*Note
}

// Take takes a record of their topic in.
func (s *Notes) Take(r client.Record) error {
	n := &Note{}
	if r.Value == nil {
		return fmt.Errorf("topic %s partition %d offset %d: a tombstone: no note", r.Topic, r.Partition, r.Offset)
	}
	err := json.Unmarshal(r.Value, n)
	if err == nil && (n.ID == "" || !bytes.Equal(r.Key, []byte(n.ID))) {
		err = fmt.Errorf("its key is %q and its id %q", r.Key, n.ID)
	}
	if err == nil {
		err = n.Check()
	}
	if err != nil {
		return fmt.Errorf("topic %s partition %d offset %d: not a note: %w", r.Topic, r.Partition, r.Offset, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.ContainsFunc(s.all, func(m *Note) bool { return m.ID == n.ID }) { // what is written stays as it is
		s.all = append(s.all, n)
		s.all = s.all[max(0, len(s.all)-remembered):]
	}
	return nil
}

// List returns them in the order in which they were written.
func (s *Notes) List() []*Note {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.all)
}

func (s *Notes) of(c *Change) (all []Hint) {
	if s == nil {
		return nil
	}
	for _, n := range s.List() {
		if n.about(c.Account, c.Records) && c.window(n.From, n.To) {
			all = append(all, Hint{Kind: NoteKind, ID: n.ID, Text: n.Text, By: n.By, From: n.From.UTC(), To: n.To.UTC()})
		}
	}
	return all
}

// Topic has the notes, as JSON, with their ids as keys.
func Topic(prefix string) string { return prefix + "-meta.annotations" }

// Write writes a note to its topic, which it makes unless it is there.
func Write(ctx context.Context, cl client.Client, prefix string, n *Note) error {
	value, err := json.Marshal(n)
	if err != nil {
		return err
	}
	to, err := cl.OpenWriter(ctx, Topic(prefix))
	if err != nil {
		return err
	}
	err = to.Write(ctx, client.Record{Key: []byte(n.ID), Value: value})
	return errors.Join(err, to.Close(ctx))
}

// Read reads the notes that there are. What is no note is joined in the error, and the others are returned.
func Read(ctx context.Context, cl client.Client, prefix string) (*Notes, error) {
	notes := &Notes{}
	var errs []error
	err := cl.Each(ctx, Topic(prefix), func(r client.Record) {
		if err := notes.Take(r); err != nil {
			errs = append(errs, err)
		}
	})
	return notes, errors.Join(append(errs, err)...)
}
