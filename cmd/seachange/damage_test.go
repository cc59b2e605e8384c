package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/kafka/embedded"
)

// Damage to a data directory, as tried on the program: it is refused with file and offset, and each way out works.
func TestADamagedDataDirIsRefusedAndEachWayOutWorks(t *testing.T) {
	t.Parallel()
	a, whole := damagedAccount(t)
	everything := []string{"tail", "--since", "2020-01-01", "--no-follow", "--output", "json"}
	past := must(t, whole, everything...)
	t.Run("a copy is restored", func(t *testing.T) { // whatever the damage was
		v := with(whole, copyDir(t, whole["SEACHANGE_DATA_DIR"]))
		must(t, v, "run", "--once")
		if got := must(t, v, everything...); got != past {
			t.Error("the history of the copy is another")
		}
	})
	var table strings.Builder
	for _, tt := range []struct {
		name      string
		partition string // behind the prefix
		damage    func(t *testing.T, partition string)
		rebuilt   bool // nothing is lost: the state alone is damaged
		lost      bool // the event's topic lost something
	}{
		{"a byte of an event is flipped", ".firewalls-0", flipIn(0), false, true},
		{"a byte of the newest event is flipped", ".firewalls-0", flipIn(-2), false, true},
		{"a byte of the state is flipped", "-meta.state-0", flipIn(1), true, false},
		{"the newest entries of the state are cut off", "-meta.state-0", cutBefore(-4), true, false},
		{"the newest event is cut off", ".firewalls-0", cutBefore(-2), false, true},
		{"the end of the newest event's transaction is cut off", ".firewalls-0", cutBefore(-1), false, true},
		{"the events' partition is gone", ".firewalls-0", lose, false, true},
		{"the events' file is gone", ".firewalls-0", loseFile, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := copyDir(t, whole["SEACHANGE_DATA_DIR"])
			variables := with(whole, dir)
			partition := filepath.Join(dir, "log", "partitions", variables["SEACHANGE_TOPIC_PREFIX"]+tt.partition)
			tt.damage(t, partition)
			before := listing(t, dir)

			_, _, err := call(t, variables, "run", "--once")
			if !errors.As(err, new(*embedded.DamagedError)) || exitCode(err) != 1 {
				t.Fatalf("run: %v, want a refusal and exit code 1", err)
			}
			want := []string{partition, " at byte ", "offset ", "restore a copy", "--give-up"}
			if tt.rebuilt {
				want = append(want, "lose nothing")
			}
			for _, w := range want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("the refusal does not say %q:\n%v", w, err)
				}
			}
			fmt.Fprintf(&table, "| %s | %s |\n", tt.name, refusalOf(t, err, tt.rebuilt))
			if after := listing(t, dir); after != before {
				t.Errorf("the refused directory was changed:\n%s", after)
			}
			t.Run("rebuild", func(t *testing.T) {
				v := with(variables, copyDir(t, dir))
				_, _, err := call(t, v, "rebuild")
				if !tt.rebuilt {
					if !errors.As(err, new(*embedded.DamagedError)) {
						t.Errorf("rebuild gives up events that nobody gave up: %v", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				must(t, v, "run", "--once")
				if got := must(t, v, everything...); got != past {
					t.Errorf("the history is another after the rebuild:\n%s\nwant\n%s", got, past)
				}
				goesOn(t, a, v)
			})
			t.Run("give up what is behind", func(t *testing.T) {
				v := with(variables, copyDir(t, dir))
				matches(t, must(t, v, "rebuild", "--give-up"), `^set aside what is damaged: \S+/set-aside-\d+T`, `^state rebuilt`)
				must(t, v, "run", "--once")
				if tt.lost {
					if got := must(t, v, "at", "now", "firewalls", "--output", "json"); !strings.Contains(got, `\"ports\":\"22\"`) {
						t.Errorf("the firewall is not as DigitalOcean shows it:\n%s", got)
					}
				}
				goesOn(t, a, v)
			})
		})
	}
	if !t.Failed() && strings.Count(table.String(), "\n") == 8 { // not where -run chose some
		faultsTable(t, table.String())
	}
}

// refusalOf is what a refusal says of the damage, less the numbers, which are others in each run.
func refusalOf(t *testing.T, err error, rebuilt bool) string {
	t.Helper()
	e, _ := errors.AsType[*embedded.DamagedError](err)
	out := "give up what is behind"
	if rebuilt {
		out = "`rebuild`, which loses nothing"
	}
	what := regexp.MustCompile(`\b\d+\b`).ReplaceAllString(e.Damages[0].What, "…")
	return fmt.Sprintf("refused: %s | restore a copy, or %s", what, out)
}

// faultsTable holds the part of the page of faults that is about a data directory against what was seen.
func faultsTable(t *testing.T, rows string) {
	t.Helper()
	const begin, end = "<!-- written by go test ./cmd/seachange -run TestADamagedDataDir -update -->\n",
		"<!-- end of the store -->"
	page := filepath.Join("..", "..", "docs", "reference", "faults.md")
	was, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok1 := strings.Cut(string(was), begin)
	_, foot, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s lacks %q or %q", page, begin, end)
	}
	now := head + begin + "| the damage | at the next start | ways out |\n|---|---|---|\n" + rows + end + foot
	if *update {
		err = os.WriteFile(page, []byte(now), 0o644)
	} else if now != string(was) {
		t.Errorf("%s is stale: go test ./cmd/seachange -run TestADamagedDataDir -update", page)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// damagedAccount is an account with a firewall that changed twice, in a data directory.
func damagedAccount(t *testing.T) (*digitaloceantest.Account, map[string]string) {
	t.Helper()
	a, variables := simulated(t)
	variables["SEACHANGE_BROKERS"], variables["SEACHANGE_SHARDS"] = "", "1"
	variables["SEACHANGE_DATA_DIR"], variables["SEACHANGE_EMBEDDED_LISTEN"] = filepath.Join(t.TempDir(), "data"),
		"127.0.0.1:0"
	must(t, variables, "run", "--once")
	a.Put("firewalls", "fw-1", openFirewall)
	must(t, variables, "run", "--once")
	return a, variables
}

// goesOn changes the firewall, and looks that no number was given twice and the change is told once.
func goesOn(t *testing.T, a *digitaloceantest.Account, variables map[string]string) {
	t.Helper()
	a.Put("firewalls", "fw-1", firewall)
	defer a.Put("firewalls", "fw-1", openFirewall)
	must(t, variables, "run", "--once")
	var lsns []int64
	told := must(t, variables, "tail", "--since", "2020-01-01", "--no-follow", "--output", "json")
	for line := range strings.Lines(told) {
		var ev struct {
			Source struct {
				LSN int64 `json:"lsn"`
			} `json:"source"`
		}
		if err := json.Unmarshal([]byte(line), &ev); err != nil {
			t.Fatal(err)
		}
		lsns = append(lsns, ev.Source.LSN)
	}
	slices.Sort(lsns)
	if n := len(lsns); len(slices.Compact(lsns)) != n {
		t.Errorf("a number was given twice: %d", lsns)
	}
	got := must(t, variables, "tail", "--since", "2020-01-01", "--no-follow", "firewalls")
	if strings.Count(got, "removed: inbound tcp 22") != 1 {
		t.Errorf("a change after it is not told once:\n%s", got)
	}
}

func with(variables map[string]string, dir string) map[string]string {
	v := maps.Clone(variables)
	v["SEACHANGE_DATA_DIR"] = dir
	return v
}

func copyDir(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// listing is every file's size but the lock's.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() && filepath.Base(path) != "lock" {
			fmt.Fprintln(&b, path, info.Size(), info.ModTime())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// flipIn flips a byte of the nth batch; -1 is the last.
func flipIn(n int) func(*testing.T, string) {
	return func(t *testing.T, partition string) {
		t.Helper()
		change(t, partition, func(data []byte) []byte {
			data[batchAt(data, n)+50] ^= 0x10
			return data
		})
	}
}

// cutBefore cuts off the nth batch and all behind it.
func cutBefore(n int) func(*testing.T, string) {
	return func(t *testing.T, partition string) {
		t.Helper()
		change(t, partition, func(data []byte) []byte { return data[:batchAt(data, n)] })
	}
}

func lose(t *testing.T, partition string) {
	t.Helper()
	if err := os.RemoveAll(partition); err != nil {
		t.Fatal(err)
	}
}

func loseFile(t *testing.T, partition string) {
	t.Helper()
	if err := os.Remove(filepath.Join(partition, "0.dat")); err != nil {
		t.Fatal(err)
	}
}

func change(t *testing.T, partition string, f func([]byte) []byte) {
	t.Helper()
	file := filepath.Join(partition, "0.dat")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, f(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

// batchAt returns where a segment's nth batch begins, from its end if n is negative.
func batchAt(data []byte, n int) int {
	var starts []int
	for at := 0; at+12 <= len(data); at += 12 + int(binary.BigEndian.Uint32(data[at+8:])) {
		starts = append(starts, at)
	}
	return starts[(n+len(starts))%len(starts)]
}

// A directory that was made with 16 shards, by an older release, goes on with them; a new one has few.
func TestADataDirKeepsItsShards(t *testing.T) {
	t.Parallel()
	_, variables := simulated(t)
	if variables["SEACHANGE_DATA_DIR"] == "" {
		t.Skip("needs a data directory: SEACHANGE_TEST_BROKERS is set")
	}
	delete(variables, "SEACHANGE_SHARDS")
	must(t, variables, "run", "--once")
	partitions := func(dir string) int {
		found, err := filepath.Glob(filepath.Join(dir, "log", "partitions", "*-meta.state-*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	if got := partitions(variables["SEACHANGE_DATA_DIR"]); got != config.EmbeddedShards {
		t.Errorf("a new directory has %d shards, want %d", got, config.EmbeddedShards)
	}
	old := with(variables, filepath.Join(t.TempDir(), "old"))
	old["SEACHANGE_SHARDS"] = "16"
	must(t, old, "run", "--once")
	delete(old, "SEACHANGE_SHARDS")
	must(t, old, "run", "--once")
	if got := partitions(old["SEACHANGE_DATA_DIR"]); got != 16 {
		t.Errorf("the old directory has %d shards, want 16", got)
	}
	old["SEACHANGE_SHARDS"] = "4"
	if _, _, err := call(t, old, "run", "--once"); err == nil || !regexp.MustCompile(`set --shards 16`).MatchString(err.Error()) {
		t.Errorf("another number of shards: %v", err)
	}
}
