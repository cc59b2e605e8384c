package kafka_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/seachange/seachange/producer/kafka/client"
)

func TestMembersWithOtherSettingsAreWarnedOfOnBothSides(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, _ *kfake.Cluster) {
		one, oneLog := withSettings(t, c, "unlike", "aaaa")
		_, twoLog := withSettings(t, c, "unlike", "bbbb")
		eventually(t, "one warns of two", func() bool { return warnsOf(oneLog, "bbbb") })
		eventually(t, "two warns of one", func() bool { return warnsOf(twoLog, "aaaa") })
		one.stop()
		eventually(t, "two is reassured", func() bool { return strings.Contains(twoLog.String(), "have the same settings") })
	})
}

func TestMembersWithTheSameSettingsAreNotWarnedOf(t *testing.T) {
	inMemory(t, func(t *testing.T, c client.Client, _ *kfake.Cluster) {
		_, oneLog := withSettings(t, c, "alike", "aaaa")
		_, twoLog := withSettings(t, c, "alike", "aaaa")
		time.Sleep(5 * time.Minute)
		if log := oneLog.String() + twoLog.String(); strings.Contains(log, "settings") {
			t.Errorf("a warning of nothing: %s", log)
		}
	})
}

func withSettings(t *testing.T, c client.Client, prefix, settings string) (*process, *lockedBuffer) {
	t.Helper()
	var log lockedBuffer
	o := options(c, prefix)
	o.Logger, o.Settings = slog.New(slog.NewTextHandler(&log, nil)), settings
	p := begin(t, prepared(t, o), o)
	return p, &log
}

func warnsOf(log *lockedBuffer, settings string) bool {
	text := log.String()
	return strings.Contains(text, "members of the group have other settings") && strings.Contains(text, "["+settings+" ")
}
