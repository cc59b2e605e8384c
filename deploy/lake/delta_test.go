package lake_test

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A Delta table has every event once, whatever comes again or late, and the questions of it are answered as of a file.
// What is no event is named, and what came before it has landed.
func TestDeltaHasEveryEventOnce(t *testing.T) {
	if !slices.Contains(strings.Fields(os.Getenv("SEACHANGE_LAKE_ENGINES")), "delta") {
		t.Skip("not asked for: deploy/lake/test delta fetches it and runs this test")
	}
	python := os.Getenv("SEACHANGE_LAKE_PARTS") + "/python-delta/bin/python"
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any will do
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // made-up data
	l := month(rnd)
	table := filepath.Join(t.TempDir(), "events")
	file, err := os.ReadFile(l.write(t))
	if err != nil {
		t.Fatal(err)
	}
	all := strings.SplitAfter(string(file), "\n")
	land := func(table, text string) (string, error) {
		cmd := exec.CommandContext(t.Context(), python, "delta.py", table)
		cmd.Stdin = strings.NewReader(text)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	half := len(all) / 2
	out, err := land(table, strings.Join(all[half:], "")+"{\"op\":\"c\"}\n"+all[0])
	if want := "is no event (KeyError: 'source'): '{\"op\":\"c\"}"; err == nil || !strings.Contains(out, want) {
		t.Errorf("%v: %q, want %q", err, out, want)
	}
	for range 2 { // the first half late, the second again
		if out, err := land(table, strings.Join(all, "")+all[0]); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	count := question{"SELECT count(*) FROM bronze.events", []string{line(len(all) - 1)}}
	asked := append(l.questions(t, rnd, "", 5), count)
	l.ask(t, asked, l.marks(), python, "lake.py", table, "sql")

	other := filepath.Join(t.TempDir(), "other")
	program(t, nil, python, "-c", "import pyarrow, sys; from deltalake import write_deltalake\n"+
		"write_deltalake(sys.argv[1], pyarrow.table({'a': [1]}))", other)
	if out, err := land(other, all[0]); err == nil || !strings.Contains(out, "has no before, after, source,") {
		t.Errorf("a table of another layout: %v: %s", err, out)
	}
}
