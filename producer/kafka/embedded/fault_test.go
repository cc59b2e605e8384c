//go:build unix

package embedded_test

import (
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sys/unix"

	"github.com/seachange/seachange/producer/kafka/embedded"
)

// kfake says "committed" although it could not write that: as on a full disk, here by a limit on the size of files. The
// limit is the whole process's, so the test is not parallel: it would hit the brokers of the others.
func TestCommitThatCouldNotBeWritten(t *testing.T) {
	dir := t.TempDir()
	b, err := embedded.Start(embedded.Options{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	if err := makeTopics(t.Context(), b.Addr()); err != nil {
		t.Fatal(err)
	}
	commitN(t, b, 0, 1, 5) // the state's partition is the largest file
	w, err := newWorker(b, 0)
	if err != nil {
		t.Fatal(err)
	}
	unlimit := func() {}
	full := func() { unlimit = limitFiles(t, filepath.Join(dir, "log", "partitions", state+"-0", "0.dat")) }
	err = w.end(t.Context(), transaction(0, 6), kgo.TryCommit, full)
	unlimit()
	if err == nil || !strings.Contains(err.Error(), "make room") {
		t.Errorf("commit that could not be written: %v, want an error that says what to do", err)
	}
	if err := w.commit(t.Context(), transaction(0, 7)); err == nil {
		t.Error("the broker goes on after a commit that it could not write")
	}
	w.client.Close()
	if err := b.Close(); err == nil {
		t.Error("Close is silent about a commit that could not be written")
	}
	wantWhole(t, start(t, dir), 6)
}

// limitFiles makes every write fail that would make a file larger than this one is, until unlimit.
func limitFiles(t *testing.T, largest string) (unlimit func()) {
	t.Helper()
	info, err := os.Stat(largest)
	if err != nil {
		t.Fatal(err)
	}
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGXFSZ) // it ends the process otherwise
	limited := was
	limited.Cur = uint64(info.Size())
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limited); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
			t.Fatal(err)
		}
		signal.Stop(signals)
	}
}
