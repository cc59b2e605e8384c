// Package embedded runs a Kafka broker in this process, for one machine: franz-go's kfake, made exact over a kill.
//
// kfake is a broker for tests that can keep its log in a directory. Three things make it one to rely on: a redo file
// keeps transactions whole (redo.go), what a kill tore is mended at start (mend.go), and whatever deletes or rewrites
// while it runs, retention and compaction, is off; the state is compacted before it starts (compact.go).
package embedded

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
)

// DefaultListen is where a broker serves unless it is told otherwise.
const DefaultListen = "127.0.0.1:9092"

// Options say where a broker keeps its log and where it serves.
type Options struct {
	// Dir keeps the log; it is made if it isn't there. Default "": in memory, gone with the process. A start reads the
	// whole log once and needs as much memory as the log takes on disk; afterwards little.
	Dir string
	// Listen is the host:port to serve on, the one that clients are told. Default DefaultListen. Port 0 takes a free one.
	// Where Dir has no key, whoever reaches the broker reads and writes.
	Listen string
	// Login makes a key, which the broker asks for, in a directory that is new and has none: see Login. One that was made
	// without stays so.
	Login bool
	// Logger gets what the broker has to say. Default nil: nothing.
	Logger *slog.Logger
}

// Broker is a broker that runs in this process, until Close.
type Broker struct {
	cluster    *kfake.Cluster
	addr       string
	id         string
	redo       *redo // nil in memory
	sealer     *sealer
	partitions map[string]int // by topic, as they were at the start
	logs       *brokerLog
	lock       *os.File // nil in memory
	close      func() error
	key        string // what clients log in with; "": nothing is asked for
}

// Start starts a broker. With a directory it first completes what the process before it was killed in.
// Errors are for the operator: the directory is in use, the address is taken, the disk is full.
func Start(o Options) (*Broker, error) {
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	b := &Broker{id: rand.Text(), logs: newBrokerLog(o.Logger.With("component", "broker"), o.Dir)}
	b.close = sync.OnceValue(b.stop)
	if err := b.start(o); err != nil {
		return nil, errors.Join(fmt.Errorf("start embedded broker: %w", err), b.Close())
	}
	return b, nil
}

func (b *Broker) start(o Options) (err error) {
	if o.Dir == "" {
		return b.serve(o.Listen)
	}
	if !keepsDirectories {
		return errors.New("it can't keep a directory on Windows, where no file is replaced that is open: write to a Kafka, " +
			"with --brokers HOST:PORT, or run seachange on Linux, macOS or in WSL")
	}
	if b.lock, err = lock(o.Dir); err != nil {
		return err
	}
	if err := checkPin(debug.ReadBuildInfo()); err != nil {
		return err
	}
	if err := b.login(o); err != nil {
		return err
	}
	if err := b.open(o); err != nil {
		return err
	}
	if err := b.offerHandshake(); err != nil {
		return err
	}
	if err := b.writeClientFiles(o.Dir); err != nil {
		return err
	}
	return writeFile(filepath.Join(o.Dir, addressFile), []byte(b.addr+"\n"))
}

// open checks the directory, mends what a kill left, and serves it.
func (b *Broker) open(o Options) error {
	b.redo = &redo{
		dir: filepath.Join(o.Dir, redoDir), log: b.logs.log, fault: b.logs.fault, sync: (*os.File).Sync,
		disk: &disk{log: b.logs.log, dir: o.Dir},
	}
	for _, dir := range []string{filepath.Join(o.Dir, "log"), b.redo.dir} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	began := time.Now()
	st, err := examine(o.Dir, b.logs.log)
	if err != nil {
		return err
	}
	if err := damaged(o.Dir, st.damages); err != nil {
		return err
	}
	b.logs.log.Debug("data directory checked", "dir", o.Dir, "partitions", len(st.inspections), "took", time.Since(began))
	unfinished, err := b.prepare(st)
	if err != nil {
		return err
	}
	if err := b.serve(o.Listen, append(b.asking(), kfake.DataDir(st.logDir), kfake.SyncWrites())...); err != nil {
		return err
	}
	if err := b.logs.fault(); err != nil {
		return err
	}
	b.sealer.watch(b.cluster)
	return b.finish(unfinished)
}

// prepare makes a directory without damage ready to be served. It returns, by shard, the records of torn transactions
// that the log doesn't show.
func (b *Broker) prepare(st *store) (map[int][]*kgo.Record, error) {
	if err := errors.Join(b.redo.removeUnfinished(), st.mend()); err != nil {
		return nil, err
	}
	b.redo.notes = st.notes
	b.partitions = map[string]int{}
	for _, t := range st.topics {
		b.partitions[t.Name] = int(t.Partitions)
	}
	unfinished := map[int][]*kgo.Record{}
	for shard, n := range st.notes {
		if records := n.missing(st.inspections); len(records) > 0 {
			unfinished[shard] = records
		} else if err := b.redo.settle(shard); err != nil {
			return nil, err
		}
	}
	if len(unfinished) == 0 { // they are found by their place in the log
		if err := st.compact(time.Now(), b.logs.log); err != nil {
			return nil, err
		}
	}
	began := time.Now()
	var err error
	b.sealer, err = newSealer(st.dir, b.redo, b.logs)
	b.redo.disk.wrote(time.Since(began))
	b.redo.began = b.sealer.began
	return unfinished, err
}

const maxMessageBytes = 8 << 20

// CheckListen returns what is wrong with an address to listen on.
func CheckListen(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("listen address %q: %w: give host:port", listen, err)
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		return fmt.Errorf("listen address %q: clients are told this address: name the interface, like %s", listen,
			DefaultListen)
	}
	return nil
}

// serve opens the log and listens.
func (b *Broker) serve(listen string, more ...kfake.Opt) error {
	if err := CheckListen(listen); err != nil {
		return err
	}
	var err error
	never := "315360000000" // ten years, in ms
	b.cluster, err = kfake.NewCluster(slices.Concat([]kfake.Opt{
		kfake.Ports(0), // one broker; the next line says where
		kfake.ListenFn(func(network, _ string) (net.Listener, error) {
			l, err := net.Listen(network, listen) //nolint:noctx // until Close
			if err != nil {
				return nil, err
			}
			return &listener{l, b.logs.log}, nil
		}),
		kfake.ClusterID(rand.Text()), // of a new log; an old one has its own
		kfake.DefaultNumPartitions(1),
		kfake.GroupMaxSessionTimeout(30 * time.Minute),
		kfake.WithLogger(b.logs),
		kfake.BrokerConfigs(map[string]string{
			"message.max.bytes": fmt.Sprint(maxMessageBytes),
			// Nothing is deleted while it runs: kfake loses a partition that is killed in compaction, and
			// begins one that retention emptied at offset 0 again.
			"log.retention.ms":       "-1",
			"log.retention.bytes":    "-1",
			"log.cleaner.backoff.ms": never,
		}),
	}, more)...)
	if errors.Is(err, errAddressInUse) {
		return fmt.Errorf("%w: stop what serves there, or choose another address to listen on", err)
	}
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	b.addr = b.cluster.ListenAddrs()[0]
	return nil
}

// finish produces what is missing of torn transactions, each whole in a transaction of its own, which has a redo
// file itself: the same one, written anew.
func (b *Broker) finish(unfinished map[int][]*kgo.Record) error {
	for _, shard := range slices.Sorted(maps.Keys(unfinished)) {
		if err := b.commit(shard, unfinished[shard]); err != nil {
			return fmt.Errorf("complete the transaction of %s, which a kill tore: %w", b.redo.path(shard), err)
		}
		if err := b.redo.settle(shard); err != nil {
			return err
		}
	}
	return nil
}

func (b *Broker) commit(shard int, records []*kgo.Record) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cl, err := kgo.NewClient(append(b.own(), kgo.SeedBrokers(b.addr),
		// A fresh id: kfake shows nothing of an id whose transaction was open at a kill.
		kgo.TransactionalID("seachange-redo-"+b.id),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchMaxBytes(maxMessageBytes))...,
	)
	if err != nil {
		return err
	}
	defer cl.Close()
	if err := cl.BeginTransaction(); err != nil {
		return err
	}
	if err := cl.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return err
	}
	if err := b.redo.again(shard, records); err != nil {
		return err
	}
	b.logs.log.Info("completing a transaction that a kill tore", "file", b.redo.path(shard), "records", len(records))
	return errors.Join(client.Commit(ctx, cl, records...), b.logs.fault())
}

// Addr is the host:port that the broker serves on.
func (b *Broker) Addr() string { return b.addr }

// Partitions are a topic's as the directory had them at the start, 0 if it wasn't there.
func (b *Broker) Partitions(topic string) int { return b.partitions[topic] }

// Embedded is what a kafka.Log on this broker needs to know. Close the Log first.
func (b *Broker) Embedded() *kafka.Embedded {
	e := &kafka.Embedded{ProcessID: b.id}
	if b.redo != nil { // a nil *redo would not be a nil Redo
		e.Redo = b.redo
	}
	return e
}

// Watch returns a context that ends once the broker could not write something, since nothing can be committed from then
// on: the process is to end, and to be started again. Fault says why. The caller calls stop.
func (b *Broker) Watch(ctx context.Context) (watched context.Context, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-b.logs.failed:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// Fault is an error once the broker could not write something to its directory.
func (b *Broker) Fault() error { return b.logs.fault() }

// Close stops the broker and lets go of its directory. It may be called again.
// An error means that something could not be written; the next start finds out what.
func (b *Broker) Close() error { return b.close() }

func (b *Broker) stop() error {
	var errs []error
	if b.cluster != nil {
		b.cluster.Close()
		errs = append(errs, b.logs.fault())
		if b.sealer != nil && b.logs.fault() == nil {
			errs = append(errs, b.sealer.close())
		}
	}
	if b.lock != nil {
		dir := filepath.Dir(b.lock.Name())
		errs = append(errs, remove(filepath.Join(dir, addressFile)), b.lock.Close())
	}
	return errors.Join(errs...)
}

// attachWait is how long Attach waits for a broker that is starting.
const attachWait = 30 * time.Second

// Attach finds the log in dir for a command that reads: at the broker that has it open, else at one that it starts, on
// a free port, until detach. A directory without a log is an error.
func Attach(dir string, log *slog.Logger) (addr string, detach func(), err error) {
	if _, err := os.Stat(filepath.Join(dir, "log")); err != nil {
		return "", nil, fmt.Errorf("no log in data directory %s: has seachange run --data-dir %s been run? %w", dir, dir, err)
	}
	for deadline := time.Now().Add(attachWait); ; time.Sleep(50 * time.Millisecond) {
		b, err := Start(Options{Dir: dir, Listen: "127.0.0.1:0", Logger: log})
		if err == nil {
			return b.Addr(), func() { _ = b.Close() }, nil // what it could not write, only readers' offsets, is no loss
		}
		var inUse *inUseError
		if !errors.As(err, &inUse) || time.Now().After(deadline) {
			return "", nil, err
		}
		if inUse.addr != "" {
			return inUse.addr, func() {}, nil
		}
	}
}
