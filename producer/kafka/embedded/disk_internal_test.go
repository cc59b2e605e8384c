package embedded

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// A disk whose fsync takes 100 ms, or 400 ms, is named in the log, once a minute.
func TestASlowDiskIsNamed(t *testing.T) {
	for _, tt := range []struct {
		name  string
		sync  time.Duration
		lines int // in 130 seconds of a commit a second
	}{
		{"a fast disk", 2 * time.Millisecond, 0},
		{"100 ms", 100 * time.Millisecond, 3},
		{"400 ms", 400 * time.Millisecond, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				logger := slog.New(slog.NewTextHandler(&log, nil))
				r := &redo{
					dir: dir, log: logger, fault: func() error { return nil }, notes: map[int]*note{},
					disk:  &disk{log: logger, dir: dir},
					began: func(int) error { return nil },
					sync:  func(*os.File) error { time.Sleep(tt.sync); return nil },
				}
				for began := time.Now(); time.Since(began) <= 130*time.Second; time.Sleep(time.Second) {
					if err := r.Before(0, []*kgo.Record{{Topic: "digitalocean.droplets"}}); err != nil {
						t.Fatal(err)
					}
				}
				if got := strings.Count(log.String(), "the disk is slow"); got != tt.lines {
					t.Errorf("%d lines about a slow disk, want %d:\n%s", got, tt.lines, log.String())
				}
				if tt.lines > 0 && !strings.Contains(log.String(), dir) {
					t.Errorf("the log does not name the directory:\n%s", log.String())
				}
			})
		})
	}
}
