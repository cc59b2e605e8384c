package producer_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	mrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// environment is the whole product between simulated accounts and a broker: in memory and in simulated time, or on the
// real brokers that SEACHANGE_TEST_BROKERS names.
type environment struct {
	t         *testing.T
	client    client.Client
	prefix    string
	interval  time.Duration
	accounts  []*digitaloceantest.Account
	resources []*schema.Resource
	registry  *prometheus.Registry
	log       lockedBuffer
	wire      func(http.RoundTripper) http.RoundTripper // between the process and the accounts; nil: nothing
	token     func() (string, error)                    // nil: the accounts' own
	team      string                                    // as configured; "": whose the token is
}

// everywhere runs a test on an environment with n small accounts that hold one of everything.
func everywhere(t *testing.T, n int, test func(r *environment)) {
	t.Helper()
	resources, err := schema.Enabled([]string{"billing"}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	begin := func(t *testing.T, c client.Client, interval time.Duration) {
		r := &environment{
			t: t, client: c, interval: interval, resources: resources,
			prefix: "t-" + strings.ToLower(rand.Text()[:12]), registry: prometheus.NewRegistry(),
		}
		for i := range n {
			team := fmt.Sprintf("team-%d", i+1)
			r.accounts = append(r.accounts,
				digitaloceantest.Example(digitaloceantest.Options{TeamID: team, TeamName: "Fake " + team, PerHour: 1_000_000}))
		}
		test(r)
	}
	if real := os.Getenv("SEACHANGE_TEST_BROKERS"); real != "" {
		t.Parallel() // there it mostly waits
		begin(t, client.Client{Brokers: strings.Split(real, ",")}, 200*time.Millisecond)
		return
	}
	synctest.Test(t, func(t *testing.T) {
		network := new(kfake.VirtualNetwork)
		cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(9092), kfake.ListenFn(network.Listen),
			kfake.BrokerConfigs(map[string]string{"message.max.bytes": "8388608"}))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(cluster.Close)
		begin(t, client.Client{Brokers: cluster.ListenAddrs(), Dialer: network.DialContext}, time.Minute)
	})
}

// inSimulatedTime skips a test where brokers are real, and so is time.
func inSimulatedTime(t *testing.T) {
	t.Helper()
	if os.Getenv("SEACHANGE_TEST_BROKERS") != "" {
		t.Skip("it takes minutes of the API's, and a broker in memory shows the same")
	}
}

// process is one running seachange.
type process struct {
	stop func() error // as a signal does
	wait func() error // for an end by itself
	kill func()       // all connections are gone, and nothing is said
	p    *producer.Producer
}

// start starts a seachange that watches all accounts.
func (r *environment) start(change ...func(*producer.Options)) *process {
	r.t.Helper()
	net := &cable{dial: r.client.Dialer}
	c := r.client
	c.Dialer = net.dialContext
	log, err := kafka.New(kafka.Options{
		Client: c, Prefix: r.prefix, Shards: 4, Resources: r.resources, SessionTimeout: 6 * time.Second, Logger: r.logger(),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if err := log.Prepare(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	o := producer.Options{Log: log, Prefix: r.prefix, Interval: r.interval, Logger: r.logger()}
	if len(change) == 0 { // one registry holds one process
		change = append(change, func(*producer.Options) {})
	} else {
		o.Registerer = r.registry
	}
	for i, a := range r.accounts {
		o.Accounts = append(o.Accounts, producer.Account{
			Name: fmt.Sprintf("account-%d", i+1), Source: r.source(a), Resources: r.resources,
		})
	}
	for _, f := range change {
		f(&o)
	}
	p, err := producer.New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	wait := sync.OnceValue(func() error { return <-done })
	stop := func() error {
		cancel()
		return wait()
	}
	r.t.Cleanup(func() { _ = stop() })
	return &process{stop: stop, wait: wait, p: p, kill: func() {
		net.cut()
		_ = stop()
	}}
}

func (r *environment) source(a *digitaloceantest.Account) producer.Source {
	o := digitalocean.Options{
		BaseURL: "http://simulated.invalid", Transport: a, PerHour: 1_000_000, PerMinute: 1_000_000, Logger: r.logger(),
		Token: func() (string, error) { return digitaloceantest.Token, nil }, Account: r.team,
	}
	if r.wire != nil {
		o.Transport = r.wire(a)
	}
	if r.token != nil {
		o.Token = r.token
	}
	s, err := digitalocean.New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

func (r *environment) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(&r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// cable is a process's network, until it is cut.
type cable struct {
	dial  func(ctx context.Context, network, host string) (net.Conn, error)
	mu    sync.Mutex
	conns []net.Conn
	dead  bool
}

func (c *cable) dialContext(ctx context.Context, network, host string) (net.Conn, error) {
	dial := c.dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(ctx, network, host)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead {
		return nil, errors.Join(errors.New("the cable is cut"), conn.Close())
	}
	c.conns = append(c.conns, conn)
	return conn, nil
}

func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dead = true
	for _, conn := range c.conns {
		_ = conn.Close()
	}
}

// lockedBuffer is a log that several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// read returns the committed records of some topics, from the beginning to the end.
func (r *environment) read(topics ...string) []client.Record {
	r.t.Helper()
	var all []client.Record
	err := r.client.Read(r.t.Context(), client.ReadOptions{Topics: topics, FromStart: true, UntilEnd: true},
		func(rec client.Record) error {
			all = append(all, rec)
			return nil
		})
	if err != nil {
		r.t.Fatal(err)
	}
	return all
}

// events returns all events of all accounts, each account's by lsn.
func (r *environment) events() []schema.Event {
	r.t.Helper()
	var topics []string
	for _, res := range r.resources {
		topics = append(topics, schema.TopicOf(r.prefix, res.Name))
	}
	var all []schema.Event
	for _, rec := range r.read(topics...) {
		var e schema.Event
		if err := json.Unmarshal(rec.Value, &e); err != nil {
			r.t.Fatal(err)
		}
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(a, b schema.Event) int { return int(a.Source.LSN - b.Source.LSN) })
	return all
}

// eventually waits for something.
func (r *environment) eventually(what string, ok func() bool) {
	r.t.Helper()
	for end := time.Now().Add(5 * time.Minute); !ok(); time.Sleep(min(r.interval, time.Second)) {
		if time.Now().After(end) {
			r.t.Fatalf("waited for: %s\n%s", what, tail(r.log.String(), 4000))
		}
	}
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// settled waits until the topics hold what the accounts hold.
func (r *environment) settled() {
	r.t.Helper()
	var missing string
	for end := time.Now().Add(5 * time.Minute); ; time.Sleep(min(10*r.interval, 10*time.Second)) {
		if missing = cmp.Diff(r.truth(), live(r.events())); missing == "" {
			return
		}
		if time.Now().After(end) {
			r.t.Fatalf("the topics don't hold what the accounts hold (-accounts +topics):\n%s\n%s", tail(missing, 4000),
				tail(r.log.String(), 4000))
		}
	}
}

// truth returns the body that each record of the accounts has, by account, resource and id.
func (r *environment) truth() map[string]string {
	r.t.Helper()
	bodies := map[string]string{}
	for i, a := range r.accounts {
		for _, res := range r.resources {
			rules, err := diff.Compile(res, diff.Options{})
			if err != nil {
				r.t.Fatal(err)
			}
			for id, raw := range a.Records(res.Name) {
				if (res.Name == "images" && !bytes.Contains(raw, []byte(`"public":false`))) || res.Kind == schema.Log {
					continue
				}
				f, err := rules.Form(raw)
				if err != nil {
					r.t.Fatal(err)
				}
				bodies[fmt.Sprintf("team-%d %s %s", i+1, res.Name, id)] = string(f.Body)
			}
		}
	}
	return bodies
}

// live returns the bodies that the events leave.
func live(events []schema.Event) map[string]string {
	bodies := map[string]string{}
	for _, e := range events {
		if res := schema.Lookup(e.Source.Table); res.Kind == schema.Log {
			continue
		}
		if e.After == nil {
			delete(bodies, e.Source.DB+" "+e.Source.Table+" "+e.Before.ID)
			continue
		}
		body := ""
		if e.After.Body != nil { // one that is too large isn't there
			body = *e.After.Body
		}
		bodies[e.Source.DB+" "+e.Source.Table+" "+e.After.ID] = body
	}
	return bodies
}

// exact holds the events against each other and the accounts' own stories.
func (r *environment) exact() {
	r.t.Helper()
	changed := map[string][]digitaloceantest.Change{}
	for i, a := range r.accounts {
		for _, c := range a.Story() {
			k := fmt.Sprintf("team-%d %s %s", i+1, c.Resource, c.ID)
			changed[k] = append(changed[k], c)
		}
	}
	lsn, seq, body, ts := map[string]int64{}, map[string]int64{}, map[string]string{}, map[string]int64{}
	for _, e := range r.events() {
		row := e.After
		if row == nil {
			row = e.Before
		}
		k := e.Source.DB + " " + e.Source.Table + " " + row.ID
		where := fmt.Sprintf("%s %s lsn %d", e.Op, k, e.Source.LSN)
		if last := lsn[e.Source.DB]; last != 0 && e.Source.LSN != last+1 {
			r.t.Fatalf("%s: the account's lsn before was %d", where, last)
		}
		lsn[e.Source.DB] = e.Source.LSN
		table := e.Source.DB + " " + e.Source.Table
		if want := fmt.Sprintf(`["%d","%d"]`, seq[table], e.Source.LSN); e.Source.Sequence != want {
			r.t.Fatalf("%s: sequence %s, want %s", where, e.Source.Sequence, want)
		}
		seq[table] = e.Source.LSN
		if e.TsMS <= ts[k] {
			r.t.Fatalf("%s: ts_ms %d after %d", where, e.TsMS, ts[k])
		}
		ts[k] = e.TsMS
		was, known := body[k]
		switch e.Op {
		case schema.Created, schema.Read:
			if known {
				r.t.Fatalf("%s: repeated", where)
			}
		default:
			if !known || *e.Before.Body != was {
				r.t.Fatalf("%s: before is not the last after", where)
			}
		}
		if e.Op != schema.Read && !slices.ContainsFunc(changed[k], func(c digitaloceantest.Change) bool {
			at := c.At.UnixMilli()
			return *e.Source.PrevTsMS <= at && at <= e.Source.TsMS && (c.After == nil) == (e.After == nil)
		}) {
			r.t.Fatalf("%s: nothing like it happened from %d to %d, but %v", where, *e.Source.PrevTsMS,
				e.Source.TsMS, changed[k])
		}
		if delete(body, k); e.After != nil {
			body[k] = *e.After.Body
		}
	}
}

// count returns how many events of a resource there are, by op.
func (r *environment) count(resource string) map[schema.Op]int {
	n := map[schema.Op]int{}
	for _, e := range r.events() {
		if e.Source.Table == resource {
			n[e.Op]++
		}
	}
	return n
}

// looked waits until a resource was listed twice from now on.
func (r *environment) looked(resource string) {
	r.t.Helper()
	a := r.accounts[0]
	requests := 2 * len(strings.Split(schema.Lookup(resource).Query, "|"))
	before := a.Count(resource)
	r.eventually("two looks at "+resource, func() bool { return a.Count(resource) >= before+requests })
	time.Sleep(time.Second) // what a commit would still bring
}

// firewall and droplet are records of the example account.
const (
	exampleFirewall = "412846bd-f768-5f31-adc9-16fb3fdc4ea8"
	exampleDroplet  = "412001003"
)

func TestEverythingIsSeenOnceAndThenOnlyWhatChanges(t *testing.T) {
	everywhere(t, 1, func(r *environment) {
		a := r.accounts[0]
		p := r.start()
		r.settled()
		first := len(r.events())
		for _, e := range r.events() {
			if e.Op != schema.Read {
				t.Errorf("first sight of %s is %s, want r", e.Source.Table, e.Op)
			}
		}
		for name, f := range map[string]digitaloceantest.Fault{
			"an empty list":  {Resource: "firewalls", Times: 1, Effect: digitaloceantest.Empty},
			"a 500":          {Resource: "firewalls", Times: 2, Effect: digitaloceantest.Status(http.StatusInternalServerError)},
			"a proxy's page": {Resource: "firewalls", Times: 2, Effect: digitaloceantest.HTML(http.StatusBadGateway)},
			"another order":  {Resource: "firewalls", Times: 2, Effect: digitaloceantest.Shuffle(3)},
			"a cut body":     {Resource: "firewalls", Times: 2, Effect: digitaloceantest.CutBody},
		} {
			a.Fault(f)
			r.looked("firewalls")
			if n := len(r.events()); n != first {
				t.Errorf("%s made %d events, want none", name, n-first)
			}
			a.Clear()
		}

		a.Patch("firewalls", exampleFirewall, func(fw map[string]any) {
			fw["inbound_rules"] = append(fw["inbound_rules"].([]any), map[string]any{
				"protocol": "tcp", "ports": "22", "sources": map[string]any{"addresses": []any{"0.0.0.0/0"}},
			})
		})
		a.Delete("droplets", exampleDroplet)
		a.Put("domains", "example.net", `{"name":"example.net","ttl":1800,"zone_file":""}`)
		a.Put("domain_records", "example.net/1", `{"id":1,"type":"A","name":"www","data":"203.0.113.1","ttl":1800}`)
		r.settled()
		for resource, want := range map[string]map[schema.Op]int{
			"firewalls": {schema.Read: 2, schema.Updated: 1},
			"droplets":  {schema.Read: 4, schema.Deleted: 1},
			"domains":   {schema.Read: 2, schema.Created: 1},
		} {
			if d := cmp.Diff(want, r.count(resource)); d != "" {
				t.Errorf("%s (-want +got):\n%s", resource, d)
			}
		}
		if n := r.count("domain_records"); n[schema.Created] != 1 {
			t.Errorf("records of a new domain: %v, want one created", n)
		}
		r.exact()
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// A list that changes while it is read: whoever takes a page for the truth loses a live record, or sees one twice.
func TestARecordThatGoesOrComesBetweenTwoPages(t *testing.T) {
	everywhere(t, 1, func(r *environment) {
		a := r.accounts[0]
		for i, id := range []int{600_000_000, 600_000_001} { // first of a page and last of all, whatever the order
			a.Put("droplets", fmt.Sprint(id), digitaloceantest.Droplet(id, mrand.New(mrand.NewPCG(uint64(i), 1))))
		}
		for i := range 250 {
			id := 700_000_000 + i
			a.Put("droplets", fmt.Sprint(id), digitaloceantest.Droplet(id, mrand.New(mrand.NewPCG(uint64(i), 2))))
		}
		p := r.start()
		r.settled()
		a.Fault(digitaloceantest.Fault{Resource: "droplets", Page: 2, Times: 1, Before: func(a *digitaloceantest.Account) {
			a.Delete("droplets", "600000000") // on page 1 already: what follows moves up by one
		}})
		r.looked("droplets")
		r.settled()
		a.Fault(digitaloceantest.Fault{Resource: "droplets", Page: 2, Times: 1, Before: func(a *digitaloceantest.Account) {
			a.Put("droplets", "600000000", digitaloceantest.Droplet(600_000_000, mrand.New(mrand.NewPCG(9, 9))))
		}})
		r.looked("droplets")
		r.settled()
		n := r.count("droplets")
		if want := (map[schema.Op]int{schema.Read: 256, schema.Deleted: 1, schema.Created: 1}); !cmp.Equal(n, want) {
			t.Errorf("droplets: %v, want %v", n, want)
		}
		r.exact()
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestARestartRepeatsNothingAndFindsWhatHappenedMeanwhile(t *testing.T) {
	everywhere(t, 1, func(r *environment) {
		a := r.accounts[0]
		for _, id := range []string{"44100001", "44100002"} {
			a.Delete("ssh_keys", id)
		}
		p := r.start()
		r.settled()
		r.looked("ssh_keys")
		before := len(r.events())
		if err := p.stop(); err != nil {
			t.Fatal(err)
		}
		a.Put("ssh_keys", "7", `{"id":7,"name":"new","fingerprint":"00:11","public_key":"ssh-ed25519 AAAA fake"}`)
		a.Delete("droplets", exampleDroplet)
		p = r.start()
		r.settled()
		r.looked("firewalls")
		if n := len(r.events()) - before; n != 2 {
			t.Errorf("%d events after the restart, want two", n)
		}
		if d := cmp.Diff(map[schema.Op]int{schema.Created: 1}, r.count("ssh_keys")); d != "" {
			t.Errorf("the first record of an empty collection (-want +got):\n%s", d)
		}
		r.exact()
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestProcessesComeAndGoAndTheHistoryStaysExact(t *testing.T) {
	everywhere(t, 3, func(r *environment) {
		rng := mrand.New(mrand.NewPCG(1, 2))
		running := []*process{r.start(), r.start()}
		r.settled()
		for round := range 12 {
			for range 5 {
				r.mutate(rng)
			}
			i := rng.IntN(len(running))
			switch {
			case round%4 == 3 && len(running) < 3:
				running = append(running, r.start())
			case round%2 == 0: // killed, and another one comes
				running[i].kill()
				running[i] = r.start()
			default:
				if err := running[i].stop(); err != nil {
					t.Fatal(err)
				}
				running[i] = r.start()
			}
			time.Sleep(r.interval + time.Duration(rng.IntN(3000))*time.Millisecond)
		}
		r.settled()
		for _, p := range running {
			if err := p.stop(); err != nil {
				t.Error(err)
			}
		}
		r.exact()
	})
}

// mutate changes something in one of the accounts.
func (r *environment) mutate(rng *mrand.Rand) {
	a := r.accounts[rng.IntN(len(r.accounts))]
	id := fmt.Sprint(500_000_000 + rng.IntN(5))
	switch rng.IntN(5) {
	case 0:
		a.Put("droplets", id, fmt.Sprintf(`{"id":%s,"name":"d%d","status":"active","created_at":"2026-11-01T00:00:00Z","tags":[]}`, id, rng.IntN(1000)))
	case 1:
		a.Delete("droplets", id)
	case 2:
		a.Put("domain_records", "example.com/"+id, fmt.Sprintf(`{"id":%s,"type":"A","name":"n","data":"203.0.113.%d","ttl":60}`, id, rng.IntN(250)))
	case 3:
		a.Delete("domain_records", "example.com/"+id)
	default:
		a.Patch("firewalls", exampleFirewall, func(fw map[string]any) { fw["name"] = fmt.Sprintf("web-%d", rng.IntN(1000)) })
	}
}

// A marker stands in every secret of the example account. Nothing that leaves the process may hold it: no topic, no log
// line, no metric, no status, no error; nor may the token.
func TestNoSecretLeavesTheProcess(t *testing.T) {
	everywhere(t, 1, func(r *environment) {
		a := r.accounts[0]
		p := r.start(func(o *producer.Options) { o.Registerer = r.registry })
		r.settled()
		for _, f := range []digitaloceantest.Fault{
			{Resource: "databases", Times: 2, Effect: digitaloceantest.CutBody},
			{Resource: "apps", Times: 2, Effect: digitaloceantest.Status(http.StatusInternalServerError)},
			{Resource: "databases", Times: 2, Effect: digitaloceantest.Replace(`"databases":[`, `"databases":{"x":`)},
			{Resource: "databases", Times: 2, Effect: digitaloceantest.Replace(`"users":[`, `"users":{"x":`)},
			{Resource: "apps", Times: 2, Effect: digitaloceantest.Replace(`"spec":{`, `"spec":{"name":"twice",`)},
		} {
			a.Fault(f)
			r.looked(f.Resource)
		}
		a.Clear()
		a.Patch("databases", "c944bd62-964a-5b6f-8450-5bf401d1304a", func(db map[string]any) {
			db["connection"].(map[string]any)["password"] = digitaloceantest.Marker + "rotated"
			db["name"] = "orders-2"
		})
		r.settled()
		status, err := json.Marshal(p.p.Status())
		if err != nil {
			t.Fatal(err)
		}
		families, err := r.registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		left := map[string]string{"log": r.log.String(), "status": string(status), "metrics": fmt.Sprint(families)}
		for _, topic := range kafka.Topics(kafka.Options{
			Prefix: r.prefix, Shards: 4, Partitions: 1,
			Resources: r.resources,
		}) {
			var b strings.Builder
			for _, rec := range r.read(topic.Name) {
				fmt.Fprintf(&b, "%s %s %v\n", rec.Key, rec.Value, rec.Headers)
			}
			left[topic.Name] = b.String()
		}
		if n := len(left[r.prefix+".databases"]); n == 0 {
			t.Error("nothing was read of the databases: the test looks at nothing")
		}
		for where, text := range left {
			for _, secret := range []string{digitaloceantest.Marker, digitaloceantest.Token} {
				if i := strings.Index(text, secret); i >= 0 {
					t.Errorf("a secret is in %s: …%q…", where, text[max(0, i-100):min(len(text), i+40)])
				}
			}
		}
	})
}
