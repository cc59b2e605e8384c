// Package kafka keeps the log in Kafka: topics, the ownership of shards, transactions and the restore of state. It
// implements producer.Log. Package client below it reads, consumes and writes.
//
// A shard is one partition of the state topic. A consumer group hands shards out; the shard's transactional id is the
// lock, since opening it fences whoever had it. Ownership is a loop: while the group confirms that the shard is ours,
// open its producer, confirm again, commit a barrier, restore the state up to the barrier, work; on any error drop
// everything, back off, begin again. Seeing one's own barrier proves that everything before it is decided.
package kafka

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/wire"
)

// Options of a Log.
type Options struct {
	Client client.Client // how to reach the brokers
	// Prefix of the topics, "digitalocean" by default: lower-case letters, digits and dashes, not ending in -meta or
	// -current.
	Prefix string
	Shards int // partitions of the state topic, 16 by default; fixed for life
	// Resources are those to make event topics for.
	Resources []*schema.Resource
	// Format is what keys and values are encoded in, "json" by default; fixed for life.
	Format wire.Format
	// Current has topics made for the records as they are now, too.
	Current           bool
	ReplicationFactor int           // 0: the broker's default
	Retention         time.Duration // of events; 0: for ever
	Partitions        int           // of an event topic; 1 by default, fixed when the topic is made
	// TopicConfig is what event and current topics have beside seachange's own settings.
	TopicConfig map[string]string
	Compression string // gzip by default, the one that every reader has; or none, snappy, lz4, zstd
	// SessionTimeout is how long the group waits for a process that says nothing before it gives its shards to others;
	// 10 s by default.
	SessionTimeout time.Duration
	// InstanceID, such as a StatefulSet's pod name, lets the same instance come back to its shards without a rebalance.
	InstanceID string
	// Settings is a short word that stands for what all members of the group should have alike. Who has another and a
	// shard is warned of, by each of the others. "": nobody is.
	Settings   string
	Embedded   *Embedded             // nil: a real broker
	Version    string                // of seachange, for the barrier
	Logger     *slog.Logger          // nil discards
	Registerer prometheus.Registerer // nil: no metrics
}

// Log is the log in Kafka.
type Log struct {
	opts     Options
	log      *slog.Logger
	owner    string // who we are, for the barrier
	metrics  *metrics
	health   health
	failures failures

	transactionTimeout time.Duration // the broker aborts a transaction that takes longer
	groupOpts          []kgo.Opt     // of tests
	opening            chan struct{} // holds what an embedded broker's shard that is being opened put in

	mu        sync.Mutex
	view      view
	group     *group             // nil before Run
	resources []*schema.Resource // Options.Resources, and what Extend added
	settings  string             // Options.Settings, or Extend's
	woken     chan struct{}      // closed and made anew by Wake
}

var _ producer.Log = (*Log)(nil)

// view is what is known of the cluster. It is replaced, never changed.
type view struct {
	cluster     string
	exactlyOnce bool
	lacking     []string          // what transactions need and the brokers don't do
	maxBytes    int32             // of a batch
	partitions  map[string]int    // by topic
	ids         map[string]string // by topic
}

// New checks the options. It does no I/O: call Prepare next.
func New(o Options) (*Log, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	host, _ := os.Hostname() // only for people
	l := &Log{
		opts: o, log: o.Logger, transactionTimeout: o.patient(10 * time.Second), opening: make(chan struct{}, 1),
		resources: o.Resources, settings: o.Settings, woken: make(chan struct{}),
	}
	l.owner = fmt.Sprintf("%s/%d", cmp.Or(o.InstanceID, host, "seachange"), os.Getpid())
	var err error
	l.metrics, err = newMetrics(o.Registerer, l)
	return l, err
}

// openClient opens a client whose failed connections are counted.
func (l *Log) openClient(more ...kgo.Opt) (*kgo.Client, error) {
	return l.opts.Client.Open(append(more, kgo.WithHooks(l.metrics))...)
}

// Check returns what New would find wrong with the options.
func Check(o Options) error { return o.complete() }

var prefixes = regexp.MustCompile(`^[a-z0-9-]+$`)

// patient is how long to wait for what brokers answer at once. The disk of an embedded one may be slow: it has twelve
// times as long, as nobody else can take over from it.
func (o *Options) patient(d time.Duration) time.Duration {
	if o.Embedded == nil {
		return d
	}
	return 12 * d
}

func (o *Options) complete() error {
	o.Prefix = cmp.Or(o.Prefix, "digitalocean")
	o.Shards = cmp.Or(o.Shards, 16)
	o.Partitions = cmp.Or(o.Partitions, 1)
	o.Format = cmp.Or(o.Format, wire.JSON)
	o.Compression = cmp.Or(o.Compression, "gzip")
	o.SessionTimeout = cmp.Or(o.SessionTimeout, o.patient(10*time.Second))
	o.Version = cmp.Or(o.Version, "dev")
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Logger = o.Logger.With("component", "kafka")
	o.Client.Logger = cmp.Or(o.Client.Logger, o.Logger)
	return o.validate()
}

func (o *Options) validate() error {
	var errs []error
	if !prefixes.MatchString(o.Prefix) || strings.HasSuffix(o.Prefix, "-meta") || strings.HasSuffix(o.Prefix, "-current") {
		errs = append(errs, fmt.Errorf("kafka: topic prefix %q: "+
			"want lower-case letters, digits and dashes, not ending in -meta or -current", o.Prefix))
	}
	if o.Shards < 1 || o.Partitions < 1 || o.ReplicationFactor < 0 {
		errs = append(errs, fmt.Errorf("kafka: %d shards, %d partitions, replication factor %d: want at least 1, 1 and 0",
			o.Shards, o.Partitions, o.ReplicationFactor))
	}
	if !slices.Contains([]string{"gzip", "none", "snappy", "lz4", "zstd"}, o.Compression) {
		errs = append(errs, fmt.Errorf("kafka: compression %q: want gzip, none, snappy, lz4 or zstd", o.Compression))
	}
	_, err := o.Client.Options()
	return errors.Join(append(errs, err)...)
}

func (o *Options) codec() kgo.CompressionCodec {
	switch o.Compression {
	case "none":
		return kgo.NoCompression()
	case "snappy":
		return kgo.SnappyCompression()
	case "lz4":
		return kgo.Lz4Compression()
	case "zstd":
		return kgo.ZstdCompression()
	}
	return kgo.GzipCompression()
}

// GroupID is the consumer group that hands out shards.
func GroupID(prefix string) string { return prefix + "-meta" }

// TransactionalPrefix begins every transactional id, for access rules.
func TransactionalPrefix(prefix string) string { return prefix + "-meta.shard-" }

func (l *Log) transactionalID(shard int) string {
	id := fmt.Sprintf("%s%d", TransactionalPrefix(l.opts.Prefix), shard)
	if e := l.opts.Embedded; e != nil {
		id += "." + e.ProcessID
	}
	return id
}

// Failure implements producer.Log.
func (l *Log) Failure(accountID string) error { return l.failures.of(l.ShardOf(accountID)) }

// ShardOf returns the shard that an account belongs to.
func (l *Log) ShardOf(accountID string) int { return partitionOf(accountID, l.opts.Shards) }

// partitionOf chooses as Kafka's own clients do for a key: murmur2, without the sign, modulo n.
func partitionOf(account string, n int) int {
	return byKey.Partition(&kgo.Record{Key: []byte(account)}, n)
}

// byKey is made once, as that costs more than a record does. A record with a key leaves it as it is, so that
// goroutines may share it.
var byKey = kgo.StickyKeyPartitioner(nil).ForTopic("")

// ExactlyOnce says, after Prepare, whether the brokers keep a delayed commit from reaching a later transaction.
func (l *Log) ExactlyOnce() bool { return l.seen().exactlyOnce }

func (l *Log) seen() view {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.view
}

// see replaces the view. It keeps the topics that v doesn't have: somebody looked while Extend made them.
func (l *Log) see(v view) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v.partitions, v.ids = over(l.view.partitions, v.partitions), over(l.view.ids, v.ids)
	l.view = v
}

// over returns m over what was known before.
func over[T any](before, m map[string]T) map[string]T {
	all := maps.Clone(before)
	if all == nil {
		return m
	}
	maps.Copy(all, m)
	return all
}

// topics are all topics that there must be now.
func (l *Log) topics() []Topic {
	l.mu.Lock()
	o := l.opts
	o.Resources = l.resources
	l.mu.Unlock()
	return Topics(o)
}

func (l *Log) stateTopic() string { return state.Topic(l.opts.Prefix) }
