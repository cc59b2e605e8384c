package kafka

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/seachange/seachange/producer/kafka/client"
)

// membersEvery is how often a member looks at the others' settings.
const membersEvery = 10 * time.Second

// settingsMark stands beside the offset that an owner commits of its shard: its settings, and who it is. Whoever
// fetches the group's offsets sees it, so members need no topic to compare themselves.
func (l *Log) settingsMark() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.settings == "" {
		return ""
	}
	return l.settings + " " + l.owner
}

// compare warns of members whose settings are not ours, when they come and when they go. Each side does, so that it is
// seen in whichever log is looked at. What a member left behind is soon written over by the next owner: only what is
// seen twice counts.
func (g *group) compare(ctx context.Context) {
	if g.log.settingsMark() == "" {
		return
	}
	var known, before []string
	told := g.log.settingsMark()
	for client.Sleep(ctx, membersEvery); ctx.Err() == nil; client.Sleep(ctx, membersEvery) {
		if mark := g.log.settingsMark(); mark != told && g.tellSettings(ctx) {
			told = mark
		}
		others, err := g.otherSettings(ctx)
		seen := before
		before = others
		switch {
		case err != nil: // who may not look, or can't now, can't tell
			g.log.log.Debug("members not compared", "err", err)
			continue
		case !slices.Equal(others, seen):
			continue
		case len(others) > 0 && !slices.Equal(others, known):
			g.log.log.Warn("members of the group have other settings: give all of them the same accounts, resources and masks, "+
				"or what is published changes with who has a shard", "ours", g.log.settingsMark(), "members", others)
		case len(others) == 0 && len(known) > 0:
			g.log.log.Info("all members of the group have the same settings")
		}
		known = others
	}
}

// tellSettings has the group know the settings of each shard that is ours, and reports whether all of them are told.
func (g *group) tellSettings(ctx context.Context) (all bool) {
	all = true
	for _, o := range g.log.owners() {
		if err := g.confirm(ctx, o); err != nil {
			g.log.log.Debug("settings not told", "shard", o.shard, "err", err)
			all = false
		}
	}
	return all
}

// otherSettings returns the marks of those members of the group that have a shard, and other settings than we.
func (g *group) otherSettings(ctx context.Context) (others []string, err error) {
	ours, _, _ := strings.Cut(g.log.settingsMark(), " ")
	err = client.Bounded(ctx, confirmTime, func(ctx context.Context) error {
		offsets, err := kadm.NewClient(g.client).FetchOffsets(ctx, GroupID(g.log.opts.Prefix))
		if err != nil {
			return err
		}
		mine := g.shards()
		offsets.Each(func(o kadm.OffsetResponse) {
			theirs, _, ok := strings.Cut(o.Metadata, " ")
			if ok && theirs != ours && !slices.Contains(mine, o.Partition) {
				others = append(others, o.Metadata)
			}
		})
		return offsets.Error()
	})
	slices.Sort(others)
	return slices.Compact(others), err
}
