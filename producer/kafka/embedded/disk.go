package embedded

import (
	"log/slog"
	"sync"
	"time"
)

const (
	slowWrite  = 100 * time.Millisecond // that a small file and its place take to be safe: two fsyncs
	tellSlowly = time.Minute
)

// disk tells in the log when the directory's disk is slow, at once and then once a minute. A commit waits for it
// several times, and a start for longer.
type disk struct {
	log *slog.Logger
	dir string

	mu      sync.Mutex
	told    time.Time
	slow    int // writes since then
	longest time.Duration
}

// wrote takes how long a small file took to be safe.
func (d *disk) wrote(took time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if took < slowWrite {
		return
	}
	d.slow++
	d.longest = max(d.longest, took)
	if !d.told.IsZero() && time.Since(d.told) < tellSlowly {
		return
	}
	d.log.Warn("the disk is slow: every commit waits until several small writes are safe on it, and so does the start: "+
		"use a faster disk for the data directory",
		"dir", d.dir, "writes", d.slow, "longest", d.longest.Round(time.Millisecond), "usual_below", slowWrite)
	d.told, d.slow, d.longest = time.Now(), 0, 0
}
