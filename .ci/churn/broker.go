package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"github.com/seachange/seachange/producer/kafka/client"
)

// broker is an Apache Kafka, with a network of its own for each process.
type broker struct {
	dir     string
	port    string
	pairs   []string // of ports, for the script: that of a listener, that of the proxy before it
	proxies []*toxiproxy.Proxy
	network sync.Mutex // a process's may be cut, slowed and mended at once
}

// startBroker starts a Kafka and the proxies to it.
func startBroker(ctx context.Context, dir string, proxies int) (*broker, error) {
	ports, err := freePorts(2 + 2*proxies)
	if err != nil {
		return nil, err
	}
	b := &broker{dir: filepath.Join(dir, "kafka"), port: ports[0]}
	ports = ports[2:]                        // the controller's is the one after the broker's
	zerolog.SetGlobalLevel(zerolog.Disabled) // toxics log by the global one
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	for i := range proxies {
		listen, advertised := ports[2*i], ports[2*i+1]
		b.pairs = append(b.pairs, listen+":"+advertised)
		p := toxiproxy.NewProxy(server, fmt.Sprint("process-", i+1), "127.0.0.1:"+advertised, "127.0.0.1:"+listen)
		if err := server.Collection.Add(p, true); err != nil {
			return nil, err
		}
		b.proxies = append(b.proxies, p)
	}
	return b, b.start(ctx)
}

// freePorts returns ports that nobody listens on, the second one after the first.
func freePorts(n int) ([]string, error) {
	var ports []string
	for p := 20_000 + os.Getpid()%10_000; len(ports) < n; p++ {
		if p > 32_000 {
			return nil, fmt.Errorf("no %d free ports", n)
		}
		l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", fmt.Sprint("127.0.0.1:", p))
		if err != nil {
			ports = nil
			continue
		}
		_ = l.Close()
		ports = append(ports, fmt.Sprint(p))
	}
	return ports, nil
}

// start starts the Kafka, or starts it again.
func (b *broker) start(ctx context.Context) error { return b.script(ctx, "start", b.dir, b.port) }

// kill kills it as kill -9 does.
func (b *broker) kill(ctx context.Context) error { return b.script(ctx, "kill", b.dir) }

func (b *broker) stop() {
	for _, p := range b.proxies {
		p.Stop()
	}
	if err := b.script(context.Background(), "stop", b.dir); err != nil {
		logf("%v", err)
	}
}

func (b *broker) script(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(root, ".ci", "kafka", "kafka"), args...)
	cmd.Env = append(os.Environ(), "KAFKA_PROXIES="+strings.Join(b.pairs, " "), "KAFKA_HEAP=768m")
	out, err := os.Create(filepath.Join(filepath.Dir(b.dir), "kafka-script.log"))
	if err != nil {
		return err
	}
	defer out.Close()                 //nolint:errcheck // a log
	cmd.Stdout, cmd.Stderr = out, out // a file: a pipe would be the broker's, too, and never end
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		return fmt.Errorf("kafka %s: %w: %s", args[0], err, said)
	}
	return nil
}

// direct is the way to the broker past the proxies.
func (b *broker) direct() client.Client {
	return client.Client{Brokers: []string{"127.0.0.1:" + b.port}}
}

// through is the address of process i's broker.
func (b *broker) through(i int) string { return b.proxies[i].Listen }

// cut breaks all connections of process i; none can be made until mend.
func (b *broker) cut(i int) {
	b.network.Lock()
	defer b.network.Unlock()
	b.proxies[i].Stop()
}

// slow makes the network of process i slow, until mend.
func (b *broker) slow(ctx context.Context, i, latencyMS, kilobytes int) error {
	return b.toxics(ctx, i,
		fmt.Sprintf(`{"type":"latency","stream":"downstream","attributes":{"latency":%d,"jitter":%d}}`, latencyMS,
			latencyMS/2),
		fmt.Sprintf(`{"type":"bandwidth","stream":"upstream","attributes":{"rate":%d}}`, kilobytes))
}

// delay has the broker's answers to process i come later, until mend.
func (b *broker) delay(ctx context.Context, i int, d time.Duration) error {
	return b.toxics(ctx, i, fmt.Sprintf(`{"type":"latency","stream":"downstream","attributes":{"latency":%d}}`,
		d.Milliseconds()))
}

func (b *broker) toxics(ctx context.Context, i int, toxics ...string) error {
	b.network.Lock()
	defer b.network.Unlock()
	b.proxies[i].Toxics.ResetToxics(ctx) // it may be slow already, and has one toxic of each name
	for _, toxic := range toxics {
		if _, err := b.proxies[i].Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			return err
		}
	}
	return nil
}

// mend makes process i's network well.
func (b *broker) mend(ctx context.Context, i int) error {
	b.network.Lock()
	defer b.network.Unlock()
	b.proxies[i].Toxics.ResetToxics(ctx)
	if b.proxies[i].Enabled {
		return nil
	}
	return b.proxies[i].Start()
}
