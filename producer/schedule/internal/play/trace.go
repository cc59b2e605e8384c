// Package play plays recorded changes of accounts, in virtual time, through the schedule and through others to compare
// it with. It is for the benchmark and the plot; the product does not import it.
package play

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
)

// Trace is what changes in an account in a day, and half a day after.
type Trace struct {
	Fleet    string
	Seed     int
	Measured float64 // seconds: changes up to here count
	Drain    float64 // seconds after that, in which they may still be detected
	Items    []Item
}

// Item is a collection of a trace.
type Item struct {
	Kind    string
	Weight  float64
	Records int
	Pages   int
	Gate    int // the item whose records tell of this one's changes; -1: none does
	Embeds  bool
	Lag     float64 // seconds until they do
	Changes []Change
}

// Change is one change of a record.
type Change struct {
	At      float64 // seconds
	Record  int
	Counted bool // it was created or deleted, so that there is another number of records
}

// Folder is where the traces are: $SEACHANGE_TRACES, or beside the repository, which dir is in.
func Folder(dir string) (string, error) {
	if f := os.Getenv("SEACHANGE_TRACES"); f != "" {
		return f, nil
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("not inside the repository")
		}
	}
	f := filepath.Join(filepath.Dir(dir), "shared", "freshness")
	if _, err := os.Stat(f); err != nil {
		return "", errors.New("no traces: set SEACHANGE_TRACES to a folder of *.jsonl.gz")
	}
	return f, nil
}

// Fleets returns the files of a folder, by what is before the number in their names: small-01.jsonl.gz.
func Fleets(folder string) (map[string][]string, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*-*.jsonl.gz"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no *.jsonl.gz in %s", folder)
	}
	sort.Strings(files)
	fleets := map[string][]string{}
	for _, f := range files {
		var name string
		for i, c := range filepath.Base(f) {
			if c == '-' {
				name = filepath.Base(f)[:i]
			}
		}
		fleets[name] = append(fleets[name], f)
	}
	return fleets, nil
}

// line is any line of a trace.
type line struct {
	Fleet    string  `json:"fleet"`
	Seed     int     `json:"seed"`
	Measured float64 `json:"measured_seconds"`
	Drain    float64 `json:"drain_seconds"`

	Kind    string  `json:"kind"`
	Item    int     `json:"item"`
	Weight  float64 `json:"weight"`
	Records int     `json:"records"`
	Pages   int     `json:"pages"`
	Gate    *int    `json:"gate_item"`
	Embeds  bool    `json:"gate_embeds"`
	Lag     float64 `json:"gate_lag_seconds"`

	At       *float64 `json:"t"`
	Record   int      `json:"record"`
	Counted  bool     `json:"created_or_deleted"`
	NoChange bool     `json:"no_change"`
}

// Load reads a trace.
func Load(file string) (*Trace, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	t := &Trace{}
	lines := bufio.NewScanner(z)
	for n := 1; lines.Scan(); n++ {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
		if err := t.add(l); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
	return t, lines.Err()
}

func (t *Trace) add(l line) error {
	switch {
	case l.Fleet != "":
		t.Fleet, t.Seed, t.Measured, t.Drain = l.Fleet, l.Seed, l.Measured, l.Drain
	case l.Kind != "":
		if l.Item != len(t.Items) {
			return fmt.Errorf("item %d: want %d, they are in order", l.Item, len(t.Items))
		}
		it := Item{Kind: l.Kind, Weight: l.Weight, Records: l.Records, Pages: l.Pages, Gate: -1, Embeds: l.Embeds, Lag: l.Lag}
		if l.Gate != nil {
			it.Gate = *l.Gate
		}
		t.Items = append(t.Items, it)
	case l.At != nil:
		if l.Item < 0 || l.Item >= len(t.Items) {
			return fmt.Errorf("there is no item %d", l.Item)
		}
		if !l.NoChange {
			it := &t.Items[l.Item]
			it.Changes = append(it.Changes, Change{*l.At, l.Record, l.Counted})
		}
	}
	return nil
}
