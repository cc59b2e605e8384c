package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/producer/digitalocean"
	"github.com/seachange/seachange/producer/digitalocean/digitaloceantest"
	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/kafka/embedded"
	"github.com/seachange/seachange/producer/spaces"
	"github.com/seachange/seachange/producer/spaces/spacestest"
	"github.com/seachange/seachange/schema"
)

type demoCmd struct {
	For            span     `help:"End after so long (30s); by default it goes on until Ctrl-C." default:"0" placeholder:"TIME"`
	Output         string   `help:"Tell the story as text; or print only the events as json, one a line, as they stand in the topics." enum:"text,json" default:"text"`
	EmbeddedListen string   `help:"Where the embedded broker listens; port 0 is any that is free." default:"127.0.0.1:0" placeholder:"HOST:PORT"`
	Keep           string   `help:"Keep the topics in this directory, with the embedded broker: other commands read them with --data-dir, also when the demo is over." placeholder:"DIR"`
	Brokers        []string `help:"Write to this Kafka instead of an embedded broker." placeholder:"HOST:PORT"`
	TopicPrefix    string   `help:"First part of every topic's name." default:"digitalocean" placeholder:"PREFIX"`
}

// demoInterval is short: the simulated account has no limits to keep.
const demoInterval = time.Second

// Run plays the demo: everything but the account is the real thing.
func (c *demoCmd) Run(ctx context.Context, e *env) error {
	if c.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(c.For))
		defer cancel()
	}
	resources, err := demoResources()
	if err != nil {
		return err
	}
	o, stop, err := c.log(e)
	if err != nil {
		return err
	}
	defer stop()
	o.Resources, o.Prefix, o.Version, o.Logger = resources, c.TopicPrefix, buildVersion(), slog.New(troubles{e.log.Handler()})
	log, err := kafka.New(o)
	if err != nil {
		return err
	}
	if err := log.Prepare(ctx); err != nil {
		return err
	}
	account := digitaloceantest.Example(digitaloceantest.Options{PerHour: 1_000_000})
	buckets := demoBuckets()
	p, err := c.producer(account, buckets, log, resources)
	if err != nil {
		return err
	}
	s := &story{e: e, quiet: c.Output == "json", colour: coloured(e), account: account, buckets: buckets, place: c.place(o.Client), kept: c.Keep != "" || len(c.Brokers) > 0}
	s.broker, s.prefix, s.embedded = o.Client.Brokers[0], c.TopicPrefix, o.Embedded != nil
	return c.play(ctx, s, p, o.Client, resources)
}

// troubles passes on what goes wrong with the broker, such as a full disk. All else the story tells, the account's troubles too.
type troubles struct{ slog.Handler }

func (t troubles) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && t.Handler.Enabled(ctx, l)
}

func (t troubles) WithAttrs(a []slog.Attr) slog.Handler { return troubles{t.Handler.WithAttrs(a)} }

func (t troubles) WithGroup(name string) slog.Handler { return troubles{t.Handler.WithGroup(name)} }

// log answers where the topics are to be: in an embedded broker, in memory or kept, or in a Kafka. The caller calls stop.
func (c *demoCmd) log(e *env) (o kafka.Options, stop func(), err error) {
	if len(c.Brokers) > 0 {
		if c.Keep != "" {
			return o, nil, usagef("--keep and --brokers: give one of them, the embedded broker or Kafka")
		}
		return kafka.Options{Client: client.Client{Brokers: c.Brokers}, Shards: 1}, func() {}, nil
	}
	broker, err := embedded.Start(embedded.Options{Dir: c.Keep, Listen: c.EmbeddedListen, Logger: e.log})
	if err != nil {
		return o, nil, err
	}
	o = kafka.Options{Client: client.Client{Brokers: []string{broker.Addr()}}, Embedded: broker.Embedded(), Shards: 1}
	return o, func() {
		if err := broker.Close(); err != nil {
			e.log.Error("close the embedded broker", "err", err)
		}
	}, nil
}

// place is how another command finds the topics.
func (c *demoCmd) place(cl client.Client) string {
	place := "--brokers " + cl.Brokers[0]
	if c.Keep != "" {
		place = "--data-dir " + c.Keep
	}
	if c.TopicPrefix != "digitalocean" {
		place += " --topic-prefix " + c.TopicPrefix
	}
	return place
}

// demoResources are all that are on where there is a Spaces key. Buckets rest no longer than the others.
func demoResources() ([]*schema.Resource, error) {
	rows, err := schema.Enabled([]string{schema.Spaces}, nil, nil)
	for i, r := range rows {
		if r.API == schema.Spaces {
			quick := *r
			quick.Rest = 0
			rows[i] = &quick
		}
	}
	return rows, err
}

// demoBuckets are those of the simulated account.
func demoBuckets() *spacestest.Store {
	s := spacestest.New()
	s.Put("fra1", demoBucket, spacestest.Bucket{Versioning: spacestest.Versioned})
	s.Put("ams3", "static-assets", spacestest.Bucket{ACL: spacestest.PublicRead})
	return s
}

func (c *demoCmd) producer(account *digitaloceantest.Account, buckets *spacestest.Store, log producer.Log, resources []*schema.Resource) (*producer.Producer, error) {
	source, err := digitalocean.New(digitalocean.Options{
		BaseURL: "http://simulated.invalid", Transport: account, Version: buildVersion(), PerHour: 1_000_000,
		Token: func() (string, error) { return digitaloceantest.Token, nil },
	})
	if err != nil {
		return nil, err
	}
	s3, err := spaces.New(spaces.Options{Key: spacestest.Key, Transport: buckets, Version: buildVersion()})
	if err != nil {
		return nil, err
	}
	return producer.New(producer.Options{
		Accounts: []producer.Account{{Name: "demo", Source: spaces.Beside(source, s3), Resources: resources}},
		Log:      log, Prefix: c.TopicPrefix, Version: buildVersion(), Interval: demoInterval, Logger: slog.New(slog.DiscardHandler),
	})
}

// play runs the producer, a reader of its topics and the story beside each other, until ctx ends.
func (c *demoCmd) play(ctx context.Context, s *story, p *producer.Producer, cl client.Client, resources []*schema.Resource) error {
	var topics []string
	for _, r := range resources {
		topics = append(topics, schema.TopicOf(c.TopicPrefix, r.Name))
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return p.Run(ctx) })
	g.Go(func() error {
		return cl.Read(ctx, client.ReadOptions{Topics: topics, FromStart: true}, s.hear)
	})
	g.Go(func() error { return s.tell(ctx) })
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	s.end()
	return nil
}

// scene is one thing that happens to the account, and what is to be seen of it.
type scene struct {
	title    string
	act      func(*digitaloceantest.Account)
	buckets  func(*spacestest.Store) // instead of act
	resource string                  // where it happens
	events   int                     // that it makes
	why      string                  // there are none
}

// Records of the simulated account that the demo plays with.
const (
	demoFirewall = "412846bd-f768-5f31-adc9-16fb3fdc4ea8" // web
	demoDroplet  = "412001003"                            // bastion
	demoBucket   = "customer-exports"
)

var scenes = []scene{
	{
		title: `An operator opens port 22 of the firewall "web" to the world`, resource: "firewalls", events: 1, act: openPort22,
	},
	{
		title: "A Droplet is created", resource: "droplets", events: 1,
		act: func(a *digitaloceantest.Account) { a.Put("droplets", "412001099", demoNewDroplet) },
	},
	{
		title: "A Droplet is deleted: it is missing from the list, and DigitalOcean confirms that it is not found", resource: "droplets", events: 1,
		act: func(a *digitaloceantest.Account) { a.Delete("droplets", demoDroplet) },
	},
	{
		title: "DigitalOcean answers an empty list of Droplets (copying tools empty your table)", resource: "droplets",
		why: "each missing Droplet was asked for by id, and is still there",
		act: func(a *digitaloceantest.Account) {
			a.Fault(digitaloceantest.Fault{Resource: "droplets", Times: 2, Effect: digitaloceantest.Empty})
		},
	},
	{
		title: "DigitalOcean answers 500 to the list of firewalls", resource: "firewalls",
		why: "a sweep that failed says nothing about what is there",
		act: func(a *digitaloceantest.Account) {
			a.Fault(digitaloceantest.Fault{Resource: "firewalls", Times: 2, Effect: digitaloceantest.Status(500)})
		},
	},
	{
		title: "The firewalls' rules, tags and addresses come in another order", resource: "firewalls",
		why: "they are sets: their order means nothing",
		act: func(a *digitaloceantest.Account) {
			a.Fault(digitaloceantest.Fault{Resource: "firewalls", Times: 2, Effect: digitaloceantest.Shuffle(7)})
		},
	},
	{
		title: `The Spaces bucket "` + demoBucket + `" lets everyone read`, resource: "spaces_buckets", events: 1,
		buckets: func(s *spacestest.Store) {
			s.Change("fra1", demoBucket, func(b *spacestest.Bucket) { b.ACL = spacestest.PublicRead })
		},
	},
}

const demoNewDroplet = `{"id":412001099,"name":"web-3","memory":4096,"vcpus":2,"disk":80,"locked":false,"status":"active","created_at":"2026-11-25T09:00:00Z",
	"features":["monitoring"],"backup_ids":[],"snapshot_ids":[],"volume_ids":[],"size_slug":"s-2vcpu-4gb","size":{"slug":"s-2vcpu-4gb"},
	"image":{"id":129211873,"slug":"ubuntu-24-04-x64"},"region":{"slug":"fra1"},"tags":["web"],
	"networks":{"v4":[{"ip_address":"203.0.113.99","type":"public"}],"v6":[]}}`

func openPort22(a *digitaloceantest.Account) {
	a.Patch("firewalls", demoFirewall, func(fw map[string]any) {
		rules, _ := fw["inbound_rules"].([]any)
		fw["inbound_rules"] = append(rules, map[string]any{
			"protocol": "tcp", "ports": "22", "sources": map[string]any{"addresses": []any{"0.0.0.0/0", "::/0"}},
		})
	})
}

func closePort22(a *digitaloceantest.Account) {
	a.Patch("firewalls", demoFirewall, func(fw map[string]any) {
		rules, _ := fw["inbound_rules"].([]any)
		fw["inbound_rules"] = slices.DeleteFunc(rules, func(r any) bool { return fmt.Sprint(r.(map[string]any)["ports"]) == "22" })
	})
}
