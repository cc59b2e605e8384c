package kafka_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
)

func TestTopicsAreMadeAndVerified(t *testing.T) { everywhere(t, topicsAreMadeAndVerified) }

func topicsAreMadeAndVerified(t *testing.T, c client.Client, prefix string) {
	var log bytes.Buffer
	o := options(c, prefix)
	o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	l := prepared(t, o)
	if !l.ExactlyOnce() {
		t.Error("these brokers keep transactions apart, and the log doesn't see it")
	}
	prepared(t, o) // again: everything is there
	if log.Len() > 0 {
		t.Errorf("warnings: %s", &log)
	}
	meta := prefix + "-meta."
	want := map[string][]string{ // partitions, policy, retention
		prefix + ".droplets":    {"1", "delete", "-1"},
		prefix + ".firewalls":   {"1", "delete", "-1"},
		meta + "state":          {"4", "compact", "-1"},
		meta + "sweeps":         {"1", "compact", "-1"},
		meta + "looks":          {"1", "compact", "-1"},
		meta + "status":         {"1", "delete", "-1"},
		meta + "requests":       {"1", "compact", "-1"},
		meta + "schema-changes": {"1", "delete", "-1"},
		meta + "heartbeat":      {"1", "compact", "-1"},
	}
	if diff := cmp.Diff(want, made(t, c, prefix)); diff != "" {
		t.Error("topics (-want +got):\n", diff)
	}
}

// made returns partitions, policy and retention of all topics under a prefix; and says what else is wrong with them.
func made(t *testing.T, c client.Client, prefix string) map[string][]string {
	t.Helper()
	_, adm := admin(t, c)
	topics, err := adm.ListTopics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, d := range topics {
		if !strings.HasPrefix(d.Topic, prefix) {
			continue
		}
		rs, err := adm.DescribeTopicConfigs(t.Context(), d.Topic)
		if err != nil {
			t.Fatal(err)
		}
		settings := map[string]string{}
		for _, s := range rs[0].Configs {
			settings[s.Key] = s.MaybeValue()
		}
		got[d.Topic] = []string{string(rune('0' + len(d.Partitions))), settings["cleanup.policy"], settings["retention.ms"]}
		if settings["max.message.bytes"] != "8388608" || settings["message.timestamp.type"] != "LogAppendTime" {
			t.Errorf("%s: max.message.bytes=%s message.timestamp.type=%s", d.Topic, settings["max.message.bytes"],
				settings["message.timestamp.type"])
		}
	}
	return got
}

func TestNumberOfShardsIsFixedForLife(t *testing.T) { everywhere(t, numberOfShardsIsFixedForLife) }

func numberOfShardsIsFixedForLife(t *testing.T, c client.Client, prefix string) {
	o := options(c, prefix)
	prepared(t, o)
	o.Shards = 8
	wantRefusal(t, o, "4 partitions", "--shards 4")
}

// Somebody adds partitions to the state topic: whatever --shards is then, the advice is one that ends the trouble.
func TestAddedPartitionsAreNotMendedByASetting(t *testing.T) {
	everywhere(t, addedPartitionsAreNotMendedByASetting)
}

func addedPartitionsAreNotMendedByASetting(t *testing.T, c client.Client, prefix string) {
	o := options(c, prefix)
	var log lockedBuffer
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	l := prepared(t, o)
	p := begin(t, l, o)
	eventually(t, "work", allOf(p))
	p.stop()
	_, adm := admin(t, c)
	if _, err := adm.UpdatePartitions(t.Context(), 8, prefix+"-meta.state"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the broker shows them", func() bool {
		topics, err := adm.ListTopics(t.Context(), prefix+"-meta.state")
		return err == nil && len(topics[prefix+"-meta.state"].Partitions) == 8
	})
	ways := []string{
		"has 8 partitions", "written for 4 shards", "delete topic " + prefix + "-meta.state",
		"seachange rebuild --shards 4",
	}
	wantRefusal(t, o, ways...)
	o.Shards = 8 // as an earlier release advised
	p = begin(t, prepared(t, o), o)
	eventually(t, "the refusal is told", func() bool { return strings.Contains(log.String(), "shard refused") })
	p.stop()
	for _, w := range ways {
		if !strings.Contains(log.String(), w) {
			t.Errorf("the log doesn't say %q: %s", w, log.String())
		}
	}
	o.Shards = 4
	wantRefusal(t, o, ways...)
}

// wantRefusal says where Prepare's error lacks a word.
func wantRefusal(t *testing.T, o kafka.Options, words ...string) {
	t.Helper()
	l, err := kafka.New(o)
	if err != nil {
		t.Fatal(err)
	}
	err = l.Prepare(t.Context())
	if err == nil {
		t.Fatal("no error")
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error %q doesn't say %q", err, w)
		}
	}
}

func TestLostStateIsRefused(t *testing.T) { everywhere(t, lostStateIsRefused) }

func lostStateIsRefused(t *testing.T, c client.Client, prefix string) {
	o := options(c, prefix)
	prepared(t, o)
	cl, adm := admin(t, c)
	write(t, cl, &kgo.Record{Topic: prefix + ".droplets", Value: []byte("1")})
	wantRefusal(t, o, prefix+".droplets has events", "seachange rebuild", "choose another --topic-prefix")

	if err := drop(t, adm, prefix+"-meta.state"); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, o, "choose another --topic-prefix")
	if _, ok := made(t, c, prefix)[prefix+"-meta.state"]; ok {
		t.Error("a state topic was made before the refusal")
	}
}

func write(t *testing.T, cl *kgo.Client, r *kgo.Record) {
	t.Helper()
	if err := cl.ProduceSync(t.Context(), r).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// create makes a topic with one setting and waits until it shows: a busy broker may take seconds.
func create(t *testing.T, adm *kadm.Client, topic string, partitions int32, setting, value string) {
	t.Helper()
	if _, err := adm.CreateTopic(t.Context(), partitions, 1, map[string]*string{setting: &value}, topic); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the topic shows", func() bool {
		topics, err := adm.ListTopics(t.Context(), topic)
		return err == nil && topics.Error() == nil
	})
}

// drop deletes a topic and waits until it is gone.
func drop(t *testing.T, adm *kadm.Client, topic string) error {
	if _, err := adm.DeleteTopic(t.Context(), topic); err != nil {
		return err
	}
	eventually(t, "the topic is gone", func() bool {
		topics, err := adm.ListTopics(t.Context())
		return err == nil && !topics.Has(topic)
	})
	return nil
}

func TestWrongStateTopicIsRefusedAndWrongEventTopicIsShown(t *testing.T) {
	everywhere(t, wrongStateTopicIsRefused)
}

func wrongStateTopicIsRefused(t *testing.T, c client.Client, prefix string) {
	var log bytes.Buffer
	o := options(c, prefix)
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	_, adm := admin(t, c)
	create(t, adm, prefix+"-meta.state", 4, "cleanup.policy", "delete")
	create(t, adm, prefix+".droplets", 2, "retention.ms", "86400000")
	wantRefusal(t, o, "state topic "+prefix+"-meta.state", "cleanup.policy=delete")
	for _, fault := range []string{"2 partitions, want 1", "retention.ms=86400000, want -1"} {
		if !strings.Contains(log.String(), fault) {
			t.Errorf("no warning says %q", fault)
		}
	}
}

func TestOldBrokersAreAtLeastOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := fake(t, kfake.MaxVersions(kversion.V3_6_0()))
		var log bytes.Buffer
		o := options(c, "old")
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		if l := prepared(t, o); l.ExactlyOnce() || !strings.Contains(log.String(), "at least once") {
			t.Errorf("exactly once: %v; the log says: %s", l.ExactlyOnce(), &log)
		}
	})
}

func TestBrokersLimitIsTakenOver(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, broker *kfake.Cluster) {
		broker.Fault(kfake.Fault{
			Keys: []kmsg.Key{kmsg.CreateTopics}, Err: kerr.PolicyViolation, Count: -1,
			When: func(r kmsg.Request) bool {
				for i := range r.(*kmsg.CreateTopicsRequest).Topics {
					for _, s := range r.(*kmsg.CreateTopicsRequest).Topics[i].Configs {
						if s.Name == "max.message.bytes" {
							return true
						}
					}
				}
				return false
			},
		})
		o := options(c, "small")
		l := prepared(t, o)
		probe := &probe{}
		runProbe(t, l, probe)
		if want, got := 1048588-1024, probe.maxBytes; got != want {
			t.Errorf("records may have %d bytes, want %d", got, want)
		}
	})
}

// Where the brokers don't tell their limit, what they allow by default is assumed, and that is said.
func TestLimitThatIsNotToldIsAssumedAndWarnedAbout(t *testing.T) {
	for name, hide := range map[string]func(*kfake.Cluster){
		"settings may not be read": func(broker *kfake.Cluster) {
			broker.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.DescribeConfigs}, Err: kerr.TopicAuthorizationFailed, Count: -1})
		},
		"settings are told without it": func(broker *kfake.Cluster) {
			broker.ControlKey(int16(kmsg.DescribeConfigs), func(r kmsg.Request) (kmsg.Response, error, bool) {
				broker.KeepControl()
				resp := r.ResponseKind().(*kmsg.DescribeConfigsResponse)
				for _, asked := range r.(*kmsg.DescribeConfigsRequest).Resources {
					told := kmsg.NewDescribeConfigsResponseResource()
					told.ResourceType, told.ResourceName = asked.ResourceType, asked.ResourceName
					resp.Resources = append(resp.Resources, told)
				}
				return resp, nil, true
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			inMemory(t, func(t *testing.T, c client.Client, broker *kfake.Cluster) {
				hide(broker)
				var log lockedBuffer
				o := options(c, "untold")
				o.Logger = slog.New(slog.NewTextHandler(&log, nil))
				l := prepared(t, o)
				probe := &probe{}
				runProbe(t, l, probe)
				if want, got := 1_000_000-1024, probe.maxBytes; got != want {
					t.Errorf("records may have %d bytes, want %d", got, want)
				}
				for _, w := range []string{"don't tell their limit", "bytes=1000000", "lose their body"} {
					if !strings.Contains(log.String(), w) {
						t.Errorf("no warning says %q: %s", w, log.String())
					}
				}
			})
		})
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	certificate := func(t *testing.T) *tls.Config { return selfSigned(t) }
	for _, test := range []struct {
		name  string
		opts  func(t *testing.T) []kfake.Opt
		c     client.Client
		words string
	}{
		{
			"no TLS where the broker has it", func(t *testing.T) []kfake.Opt { return []kfake.Opt{kfake.TLS(certificate(t))} },
			client.Client{},
			"turn TLS on",
		},
		{
			"unknown certificate", func(t *testing.T) []kfake.Opt { return []kfake.Opt{kfake.TLS(certificate(t))} },
			client.Client{TLS: &tls.Config{ServerName: "localhost"}},
			"give its CA",
		},
		{
			"no login where the broker wants one", func(*testing.T) []kfake.Opt { return []kfake.Opt{kfake.EnableSASL()} },
			client.Client{},
			"give SASL",
		},
		{
			"wrong password", func(*testing.T) []kfake.Opt {
				return []kfake.Opt{kfake.EnableSASL(), kfake.Superuser("PLAIN", "admin", "example-password")}
			},
			client.Client{SASL: &client.SASL{Mechanism: "PLAIN", User: "admin", Password: "not-it"}},
			"check mechanism, user and password",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel() // the client tries again for seconds
			var opts []kfake.Opt
			if test.opts != nil {
				opts = test.opts(t)
			}
			broker, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1))...)
			if err != nil {
				t.Fatal(err)
			}
			defer broker.Close()
			test.c.Brokers = broker.ListenAddrs()
			wantRefusal(t, options(test.c, "t"), test.words, test.c.Brokers[0])
			wantNoWaiting(t, options(test.c, "t"), test.words)
		})
	}
}

// wantNoWaiting says where Reach waits for what waiting doesn't mend.
func wantNoWaiting(t *testing.T, o kafka.Options, words string) {
	t.Helper()
	l, err := kafka.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := l.Reach(ctx); err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), words) {
		t.Errorf("waited, or ended with %v, want at once an error that says %q", err, words)
	}
}

// A process that starts before its brokers waits for them, and says so once a minute.
func TestBrokersThatAreNotThereYetAreWaitedFor(t *testing.T) {
	for name, away := range map[string]dialer{
		"nothing listens": func(_ context.Context, network, _ string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
		},
		"a proxy has nothing behind it": func(context.Context, string, string) (net.Conn, error) {
			here, there := net.Pipe()
			go func() {
				_, _ = there.Read(make([]byte, 1<<10))
				there.Close()
			}()
			return here, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			inMemory(t, func(t *testing.T, c client.Client, _ *kfake.Cluster) { awaitBrokers(t, c, away) })
		})
	}
}

type dialer = func(ctx context.Context, network, host string) (net.Conn, error)

// awaitBrokers has a process start 150 s before its brokers.
func awaitBrokers(t *testing.T, c client.Client, away dialer) {
	t.Helper()
	there, came := c.Dialer, time.Now().Add(150*time.Second)
	c.Dialer = func(ctx context.Context, network, host string) (net.Conn, error) {
		if time.Now().Before(came) {
			return away(ctx, network, host)
		}
		return there(ctx, network, host)
	}
	var log lockedBuffer
	metrics, o := prometheus.NewRegistry(), options(c, "late")
	o.Registerer, o.Logger = metrics, slog.New(slog.NewTextHandler(&log, nil))
	l, err := kafka.New(o)
	if err != nil {
		t.Fatal(err)
	}
	const name = "seachange_kafka_waiting_for_brokers"
	time.AfterFunc(100*time.Second, func() {
		if value(t, metrics, name) != 1 {
			t.Error("the metric doesn't say that it waits")
		}
	})
	if err := l.Reach(t.Context()); err != nil {
		t.Error(err)
	}
	if value(t, metrics, name) != 0 {
		t.Error("the metric says that it waits, and it has ended")
	}
	if n := strings.Count(log.String(), "waiting for one"); n < 2 || n > 3 {
		t.Errorf("told %d times in 150 s, want once a minute: %s", n, log.String())
	}
}

// Kafka hangs up on what it doesn't understand. A port that answers what brokers tell everyone is no broker that is
// away.
func TestTLSWhereTheBrokerHasNone(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			request := make([]byte, 1<<16)
			if _, err := c.Read(request); err == nil && request[0] == 0 { // not the first byte of TLS: a request's size
				_, _ = c.Write(make([]byte, 8))
			}
			c.Close()
		}
	}()
	c := client.Client{Brokers: []string{l.Addr().String()}, TLS: &tls.Config{ServerName: "localhost"}}
	wantRefusal(t, options(c, "t"), "leave TLS out")
	wantNoWaiting(t, options(c, "t"), "leave TLS out")
}

func TestNobodyAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := new(kfake.VirtualNetwork)
		dead := newLink(network.DialContext)
		dead.Cut()
		c := client.Client{Brokers: []string{"localhost:9092"}, Dialer: dead.Dial}
		began := time.Now()
		wantRefusal(t, options(c, "t"), "localhost:9092", "no broker answers there")
		if took := time.Since(began); took > time.Minute {
			t.Errorf("it took %s to say so", took)
		}
	})
}

func TestOptionsAreChecked(t *testing.T) {
	c := client.Client{Brokers: []string{"127.0.0.1:1"}}
	for _, test := range []struct {
		o     kafka.Options
		words string
	}{
		{kafka.Options{}, "no broker"},
		{kafka.Options{Client: c, Prefix: "Upper"}, "Upper"},
		{kafka.Options{Client: c, Prefix: "x-meta"}, "not ending in -meta"},
		{kafka.Options{Client: c, Prefix: "x-current"}, "not ending in -meta or -current"},
		{kafka.Options{Client: c, Shards: -1}, "-1 shards"},
		{kafka.Options{Client: c, Compression: "brotli"}, "brotli"},
		{kafka.Options{Client: client.Client{Brokers: c.Brokers, SASL: &client.SASL{Mechanism: "GSSAPI"}}}, "GSSAPI"},
	} {
		if _, err := kafka.New(test.o); err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("want an error that says %q, got %v", test.words, err)
		}
	}
}

// Without transactions nothing is made, and a line says what is missing: at start, and in check.
func TestBrokersWithoutTransactionsAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		versions := kversion.V3_6_0() // which are at least once, too
		versions.SetMaxKeyVersion(kmsg.EndTxn.Int16(), -1)
		c, _ := fake(t, kfake.MaxVersions(versions))
		var log bytes.Buffer
		o := options(c, "without")
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
		l, err := kafka.New(o)
		if err != nil {
			t.Fatal(err)
		}
		err = l.Prepare(t.Context())
		if err == nil || !strings.Contains(err.Error(), "no transactions (they don't do EndTxn)") {
			t.Errorf("at start: %v", err)
		}
		if log.Len() > 0 {
			t.Errorf("it warns of what it then refuses: %s", &log)
		}
		r, err := l.Inspect(t.Context())
		if err != nil || len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "no transactions") || len(r.Topics) > 0 {
			t.Errorf("check: %v %+v", err, r)
		}
	})
}
