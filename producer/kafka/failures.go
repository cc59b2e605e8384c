package kafka

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// tellEvery is the time between two lines of the log about one kind of failure.
const tellEvery = time.Minute

// failures are what keeps shards from being worked on. What is wrong with a broker is wrong with every shard, again and
// again: it is logged when it begins, once a minute, and when it is over.
type failures struct {
	mu     sync.Mutex
	shards map[int]error
	told   map[string]time.Time // by root
}

// add notes a shard's failure, and returns the level that it is logged at and how many shards fail.
func (f *failures) add(shard int, err error, level slog.Level) (slog.Level, int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.shards == nil {
		f.shards, f.told = map[int]error{}, map[string]time.Time{}
	}
	f.shards[shard] = err
	kind := root(err).Error()
	if last, ok := f.told[kind]; ok && time.Since(last) < tellEvery {
		return slog.LevelDebug, len(f.shards)
	}
	f.told[kind] = time.Now()
	return level, len(f.shards)
}

// remove notes that a shard is worked on, or is not ours any more. It reports whether that was the last failure.
func (f *failures) remove(shard int) (over bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.shards[shard] == nil {
		return false
	}
	delete(f.shards, shard)
	if len(f.shards) > 0 {
		return false
	}
	clear(f.told)
	return true
}

func (f *failures) of(shard int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.shards[shard]
}

// root is the cause of an error, which is the same for all shards; of several the first.
func root(err error) error {
	for {
		next := errors.Unwrap(err)
		if all, ok := err.(interface{ Unwrap() []error }); ok {
			i := slices.IndexFunc(all.Unwrap(), func(e error) bool { return e != nil })
			next = all.Unwrap()[i]
		}
		if next == nil {
			return err
		}
		err = next
	}
}
