package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDemoTellsWhatIsWrongWithItsBroker(t *testing.T) {
	t.Parallel()
	dir, said := t.TempDir(), make(chan string, 1)
	go func() {
		_, log, err := call(t, nil, "demo", "--for", "3s", "--keep", dir)
		said <- fmt.Sprint(err, log)
	}()
	// What it needs for each transaction is taken away as soon as it is there.
	eventually(t, "it keeps something",
		func() bool { return os.Rename(filepath.Join(dir, "redo"), filepath.Join(dir, "away")) == nil })
	if got := <-said; !strings.HasPrefix(got, "<nil>") || !strings.Contains(got, "shard dropped") ||
		!strings.Contains(got, "redo file") {
		t.Errorf("the log says %q, want which file can't be written", got)
	}
}
