package kafka

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/producer/kafka/client"
)

// membersEvery is how often a member looks at the others' settings.
const membersEvery = 10 * time.Second

// settingsMark stands in the client id between its own text and the sum of the member's settings. Whoever describes the
// group sees it, so members need no topic to compare themselves.
const settingsMark = ".settings-"

func (o *Options) memberID() kgo.Opt {
	id := o.Client.Name()
	if o.Settings != "" {
		id += settingsMark + o.Settings
	}
	return kgo.ClientID(id)
}

// compare warns of members whose settings are not ours, when they come and when they go. Each side does, so that it is
// seen in whichever log is looked at.
func (g *group) compare(ctx context.Context) {
	if g.log.opts.Settings == "" {
		return
	}
	var known []string
	for client.Sleep(ctx, membersEvery); ctx.Err() == nil; client.Sleep(ctx, membersEvery) {
		others, err := g.otherSettings(ctx)
		switch {
		case err != nil: // who may not look, or can't now, can't tell
			g.log.log.Debug("members not compared", "err", err)
			continue
		case len(others) > 0 && !slices.Equal(others, known):
			g.log.log.Warn("members of the group have other settings: give all of them the same accounts, resources and masks, "+
				"or what is published changes with who has a shard", "ours", g.log.opts.Settings, "members", others)
		case len(others) == 0 && len(known) > 0:
			g.log.log.Info("all members of the group have the same settings")
		}
		known = others
	}
}

// otherSettings returns those members of the group that have other settings than we: where they are, and which.
func (g *group) otherSettings(ctx context.Context) (others []string, err error) {
	id := GroupID(g.log.opts.Prefix)
	err = client.Bounded(ctx, confirmTime, func(ctx context.Context) error {
		groups, err := kadm.NewClient(g.client).DescribeGroups(ctx, id)
		if err != nil {
			return err
		}
		for _, m := range groups[id].Members {
			if _, theirs, ok := strings.Cut(m.ClientID, settingsMark); ok && theirs != g.log.opts.Settings {
				others = append(others, m.ClientHost+" "+theirs)
			}
		}
		return groups[id].Err
	})
	slices.Sort(others)
	return others, err
}
