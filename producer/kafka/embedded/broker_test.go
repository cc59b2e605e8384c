package embedded_test

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka/embedded"
)

func TestInMemoryServesAndForgets(t *testing.T) {
	b := start(t, "")
	if err := makeTopics(t.Context(), b.Addr()); err != nil {
		t.Fatal(err)
	}
	commitN(t, b, 0, 1, 2)
	wantWhole(t, b, 2, 0)
	if e := b.Embedded(); e.Redo != nil || e.ProcessID == "" {
		t.Errorf("Embedded() = %+v, want no redo, stamped records and a process id", e)
	}
	again := start(t, "")
	if got := topics(t, again.Addr()); len(got) != 0 {
		t.Errorf("a new broker in memory has the topics %v, want none", got)
	}
	if b.Embedded().ProcessID == again.Embedded().ProcessID {
		t.Error("two starts have one process id")
	}
}

func TestDirectoryKeepsTheLogOverAStop(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	b := start(t, dir)
	if err := makeTopics(t.Context(), b.Addr()); err != nil {
		t.Fatal(err)
	}
	commitN(t, b, 0, 1, 3)
	stop(t, b)
	b = start(t, dir)
	commitN(t, b, 0, 4, 5)
	wantWhole(t, b, 5, 0)

	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o700 {
		t.Errorf("the directory was made with %o, want 700", got)
	}
}

func TestStopLeavesNoOpenTransaction(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := start(t, dir)
	if err := makeTopics(t.Context(), b.Addr()); err != nil {
		t.Fatal(err)
	}
	w, err := newWorker(b, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := w.client.ProduceSync(t.Context(), transaction(0, 7)...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	stop(t, b) // before the client, whose Close would abort
	w.client.Close()

	b = start(t, dir)
	commitN(t, b, 0, 1, 1) // readers would wait behind an open transaction
	wantWhole(t, b, 1, 0)
}

func TestDirectoryHasOneBroker(t *testing.T) {
	dir := t.TempDir()
	b := start(t, dir)
	_, err := embedded.Start(embedded.Options{Dir: dir, Listen: "127.0.0.1:0"})
	if err == nil {
		t.Fatal("a second broker started on the same directory")
	}
	for _, want := range []string{dir, strconv.Itoa(os.Getpid()), b.Addr(), "in use"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q doesn't say %q", err, want)
		}
	}
	stop(t, b)
	start(t, dir) // free again
}

func TestAddressIsInTheDirectoryWhileTheBrokerRuns(t *testing.T) {
	dir := t.TempDir()
	b := start(t, dir)
	file := filepath.Join(dir, "broker")
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := b.Addr() + "\n"; string(got) != want {
		t.Errorf("%s says %q, want %q", file, got, want)
	}
	stop(t, b)
	stop(t, b) // twice is fine
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("%s after Close: %v, want it gone", file, err)
	}
}

func TestAttach(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := embedded.Attach(dir, nil); err == nil || !strings.Contains(err.Error(), "no log") {
		t.Errorf("attach to a directory without a log: %v, want an error that says so", err)
	}
	b := start(t, dir)
	if err := makeTopics(t.Context(), b.Addr()); err != nil {
		t.Fatal(err)
	}

	t.Run("to a running broker", func(t *testing.T) {
		addr, detach, err := embedded.Attach(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		detach()
		if addr != b.Addr() {
			t.Errorf("got address %s, want the running broker's, %s", addr, b.Addr())
		}
		if len(topics(t, addr)) == 0 { // detach must not stop somebody else's broker
			t.Error("the running broker has no topics any more")
		}
	})
	stop(t, b)
	// The killed broker's address must not be taken for a running one's.
	if err := os.WriteFile(filepath.Join(dir, "broker"), []byte("127.0.0.1:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("to a stopped one", func(t *testing.T) {
		addr, detach, err := embedded.Attach(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := topics(t, addr); len(got) != 4 {
			t.Errorf("got topics %v, want 4", got)
		}
		detach()
		start(t, dir) // detach let go of the directory
	})
}

func TestListenAddress(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, tt := range []struct{ name, listen, want string }{
		{"taken", taken.Addr().String(), "address already in use"},
		{"all interfaces", "0.0.0.0:0", "name the interface"},
		{"no host", ":0", "name the interface"},
		{"no port", "127.0.0.1", "give host:port"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := embedded.Start(embedded.Options{Dir: dir, Listen: tt.listen})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one that says %q", err, tt.want)
			}
			start(t, dir) // the failed start let go of the directory
		})
	}
}

func TestTopicsAreNotMadeByAccident(t *testing.T) {
	b := start(t, "")
	cl, err := dial(b.Addr(), kgo.AllowAutoTopicCreation(), kgo.UnknownTopicRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if err := cl.ProduceSync(t.Context(), &kgo.Record{Topic: "typo"}).FirstErr(); err == nil {
		t.Error("a record for a topic that isn't there was taken")
	}
}

func TestLargeRecordsAreTaken(t *testing.T) {
	b := start(t, "")
	if err := makeTopics(t.Context(), b.Addr()); err != nil {
		t.Fatal(err)
	}
	cl, err := dial(b.Addr(), kgo.ProducerBatchMaxBytes(8<<20), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	large := &kgo.Record{Topic: "digitalocean.droplets", Value: make([]byte, 8<<20-1024)}
	if err := cl.ProduceSync(t.Context(), large).FirstErr(); err != nil {
		t.Error(err)
	}
}

func topics(t *testing.T, addr string) []string {
	t.Helper()
	cl, err := dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	details, err := kadm.NewClient(cl).ListTopics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return details.Names()
}
