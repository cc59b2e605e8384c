package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A power cut takes what was not synced, and a test can't cut the power: it watches that a transaction's redo file is
// synced whole before it stands in its place, and its place before the transaction may be committed.
func TestTheRedoFileIsSyncedBeforeItsTransactionIsCommitted(t *testing.T) {
	b, err := Start(Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	closed, err := os.Create(filepath.Join(t.TempDir(), "closed"))
	if err := errors.Join(err, closed.Close()); err != nil {
		t.Fatal(err)
	}
	sync := b.redo.sync
	if err := sync(closed); !errors.Is(err, os.ErrClosed) {
		t.Fatalf("to sync a closed file: %v, so that nothing is synced", err)
	}

	records := []*kgo.Record{{Topic: "digitalocean.droplets", Key: []byte("k"), Value: []byte("v")}}
	whole, err := (&note{Entries: entriesOf(records)}).encode()
	if err != nil {
		t.Fatal(err)
	}
	var synced []string
	b.redo.sync = func(f *os.File) error {
		data, _ := os.ReadFile(f.Name())
		_, missing := os.Stat(b.redo.path(0))
		synced = append(synced, fmt.Sprintf("%s of %d bytes, in place: %v", filepath.Base(f.Name()), len(data),
			missing == nil))
		return sync(f)
	}
	if err := b.Embedded().Redo.Before(0, records); err != nil {
		t.Fatal(err)
	}
	want := []string{
		fmt.Sprintf("shard-0.tmp of %d bytes, in place: false", len(whole)),
		"redo of 0 bytes, in place: true",
	}
	if d := cmp.Diff(want, synced); d != "" {
		t.Errorf("synced before the commit (-want +got):\n%s", d)
	}

	b.redo.sync = func(*os.File) error { return errors.New("the disk is gone") }
	if err := b.Embedded().Redo.Before(0, records); err == nil {
		t.Error("a redo file that can't be synced lets its transaction be committed")
	}
}
