package main

import (
	"context"
	"time"

	"github.com/seachange/seachange/cmd/seachange/config"
	"github.com/seachange/seachange/cmd/seachange/demo"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/status"
)

type demoCmd struct {
	For            config.Span `help:"${demo_for}" default:"0" placeholder:"TIME"`
	Output         string      `help:"${demo_output}" enum:"text,json" default:"text"`
	EmbeddedListen string      `help:"${demo_embedded_listen}" default:"127.0.0.1:0" placeholder:"HOST:PORT"`
	Keep           string      `help:"${demo_keep}" placeholder:"DIR"`
	Brokers        []string    `help:"Write to this Kafka instead of an embedded broker." placeholder:"HOST:PORT"`
	Listen         string      `help:"${demo_listen}" default:"127.0.0.1:0" placeholder:"HOST:PORT"`
	TopicPrefix    string      `help:"First part of every topic's name." default:"digitalocean" placeholder:"PREFIX"`
}

// Run plays the demo.
func (c *demoCmd) Run(ctx context.Context, e *env) error {
	if c.Keep != "" && len(c.Brokers) > 0 {
		return config.Errorf("--keep and --brokers: give one of them, the embedded broker or Kafka")
	}
	if c.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(c.For))
		defer cancel()
	}
	var look func(context.Context, client.Client, func() status.Report) (string, func(), error)
	if c.Listen != "off" {
		look = func(ctx context.Context, cl client.Client, report func() status.Report) (string, func(), error) {
			web := &pages{ctx: ctx, env: e, client: cl, prefix: c.TopicPrefix, report: report}
			return web.serve(c.Listen)
		}
	}
	return demo.Run(ctx, demo.Options{
		Look:    look,
		Brokers: c.Brokers, Listen: c.EmbeddedListen, Keep: c.Keep, Prefix: c.TopicPrefix, Version: e.Version,
		Stdout: e.stdout, Events: c.Output == "json", Colour: e.coloured(), Logger: e.Logger,
	})
}
