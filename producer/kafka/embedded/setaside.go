package embedded

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// SetAside makes a damaged data directory usable again, before its state is made anew (kafka.Log.Fill): it moves what
// is damaged, and what means nothing without it, into a directory of its own, whose path it returns; "" if nothing is
// damaged. Damage in the state alone costs nothing. Events are given up only with giveUp true: of a damaged partition
// what is behind the damage. Then the sweeps topic goes, too: what it says was seen whole is no longer all there.
func SetAside(dir string, giveUp bool, log *slog.Logger) (aside string, err error) {
	held, err := lock(dir)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, held.Close()) }()
	st, err := examine(dir, log)
	if err != nil {
		return "", err
	}
	refusal := damaged(dir, st.damages)
	if refusal == nil {
		return "", nil
	}
	e := refusal.(*DamagedError) //nolint:errorlint // it is no other
	if e.hopeless() || (!giveUp && !e.OnlyIn(stateTopic)) {
		return "", refusal
	}
	s := &setAside{store: st, to: filepath.Join(dir, "set-aside-"+time.Now().UTC().Format("20060102T150405.000Z"))}
	return s.to, s.run(!e.OnlyIn(stateTopic))
}

type setAside struct {
	*store
	to string
}

func (s *setAside) run(eventsToo bool) error {
	if err := os.Mkdir(s.to, 0o700); err != nil {
		return err
	}
	if err := s.forget(eventsToo); err != nil {
		return err
	}
	for _, d := range s.damages {
		if d.topic != "" && anew(d.topic, eventsToo) {
			continue // with all of its topic, below
		}
		if err := s.one(d); err != nil {
			return fmt.Errorf("set %s aside: %w", d.File, err)
		}
	}
	for _, in := range s.inspections {
		if anew(in.topic, eventsToo) {
			if err := s.move(in.dir); err != nil {
				return err
			}
		}
	}
	return syncDir(s.dir)
}

// anew reports whether a topic begins anew.
func anew(topic string, eventsToo bool) bool {
	return stateTopic(topic) || (eventsToo && strings.HasSuffix(topic, "-meta.sweeps"))
}

// forget takes what is set aside out of the inventory and the redo files, before anything is moved.
func (s *setAside) forget(eventsToo bool) error {
	topics := map[string]bool{}
	for _, in := range s.inspections {
		topics[in.topic] = anew(in.topic, eventsToo)
	}
	for _, d := range s.damages {
		topics[d.topic] = true
	}
	if s.inventory != nil {
		s.inventory.Clean = false
		delete(s.inventory.Files, groupsFile)
		s.inventory.Shards = slices.DeleteFunc(s.inventory.Shards, func(shard int) bool { return s.notes[shard] == nil })
	}
	r := &redo{
		dir: filepath.Join(s.dir, redoDir), sync: (*os.File).Sync, notes: s.notes,
		disk: &disk{log: s.log, dir: s.dir},
	}
	for topic := range maps.Keys(topics) {
		if !topics[topic] {
			continue
		}
		if s.inventory != nil {
			s.inventory.forget(topic)
		}
		if err := r.forget(topic); err != nil {
			return err
		}
	}
	if s.inventory == nil {
		return nil
	}
	return s.inventory.write()
}

// one gives up what a damage is about.
func (s *setAside) one(d Damage) error {
	if d.topic == "" {
		return s.move(d.File)
	}
	all, err := segments(partitionDir(s.logDir, d.topic, d.number))
	if err != nil {
		return err
	}
	for _, segment := range all {
		switch path := segment.path(".dat"); {
		case path == d.File && d.At > 0:
			err = s.cut(segment, d.At)
		case path == d.File, segment.base > d.Offset:
			err = errors.Join(s.move(path), s.move(segment.path(".idx")))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cut copies a segment and cuts the damage off.
func (s *setAside) cut(g segment, at int64) error {
	path := g.path(".dat")
	data, err := os.ReadFile(path)
	if err != nil || at >= int64(len(data)) { // what is lost was behind it
		return err
	}
	to, err := s.place(path)
	if err != nil {
		return err
	}
	return errors.Join(writeFile(to, data), os.Truncate(path, at), remove(g.path(".idx")))
}

func (s *setAside) move(path string) error {
	to, err := s.place(path)
	if err != nil {
		return err
	}
	if err := os.Rename(path, to); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// place is where a path goes.
func (s *setAside) place(path string) (string, error) {
	rel, err := filepath.Rel(s.dir, path)
	if err != nil {
		return "", err
	}
	to := filepath.Join(s.to, rel)
	return to, os.MkdirAll(filepath.Dir(to), 0o700)
}
