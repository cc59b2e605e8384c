package state_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/producer/schedule"
	"github.com/seachange/seachange/producer/state"
)

func TestAFormatThatIsNotReadIsRefusedInWords(t *testing.T) {
	if err := state.CheckFormat(state.Format); err != nil {
		t.Errorf("this release's own format: %v", err)
	}
	for format, want := range map[string]string{
		"2": "newer release", "10": "newer release", "0": "another release", "": "another release", "one": "another release",
	} {
		if err := state.CheckFormat(format); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("format %q: error %v, want one that says %s", format, err, want)
		}
	}
}

func TestWhatIsHeldIsReadAsItWasWritten(t *testing.T) {
	for text, want := range map[string]state.Held{
		"fw-1":                 {ID: "fw-1"},
		"path:vpc_uuid":        {Path: "vpc_uuid"},
		"path:acl of fra1+a":   {Path: "acl", ID: "fra1+a"},
		"a record of its kind": {ID: "a record of its kind"},
	} {
		if got := state.ParseHeld(text); got != want || got.String() != text {
			t.Errorf("%q is read as %+v and written as %q, want %+v", text, got, got, want)
		}
	}
}

// An API's clock that is ahead of ours doesn't make what was read look new: it is read again soon.
func TestWhatCannotBeDatedWasNotJustRead(t *testing.T) {
	now := time.UnixMilli(1_800_000_000_000)
	c := state.CollectionCheckpoint{FirstMS: 1, Status: state.Whole, WholeMS: now.Add(-time.Minute).UnixMilli()}
	if m := c.Memory(now); m.Requests != 1 || m.AgeS != 60 {
		t.Errorf("of what was read a minute ago the schedule is told %+v", m)
	}
	c.WholeMS = now.Add(time.Hour).UnixMilli()
	if m := c.Memory(now); m != (schedule.Memory{}) {
		t.Errorf("of what was read by a clock that is ahead the schedule is told %+v, want nothing", m)
	}
	c.Learned = &state.Learned{Memory: schedule.Memory{Requests: 1}, AtMS: now.Add(time.Hour).UnixMilli()}
	if m := c.Memory(now); m != (schedule.Memory{}) {
		t.Errorf("of what was learned by a clock that is ahead the schedule is told %+v, want nothing", m)
	}
	if age, known := c.Age(now); known {
		t.Errorf("an age of %v is believed", age)
	}
}

func TestKeysAreReadAsTheyWereWritten(t *testing.T) {
	id := state.CollectionID{Resource: "domain_records", Parent: "a/b"}
	for key, want := range map[string]state.Key{
		string(state.AccountKey("team-1")): {Kind: state.KindAccount, Account: "team-1"},
		string(state.CollectionKey("team-1", id)): {
			Kind: state.KindCollection, Account: "team-1", Resource: "domain_records", ID: "a/b",
		},
		string(state.LooksKey("team-1", 7)): {Kind: state.KindLooks, Account: "team-1", ID: "7"},
		string(state.RecordKey("team-1", "domain_records", "a/b/7")): {
			Kind: state.KindRecord, Account: "team-1", Resource: "domain_records", ID: "a/b/7",
		},
	} {
		got, err := state.ParseKey([]byte(key))
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Errorf("%s: %v (-want +got):\n%s", key, err, d)
		}
	}
	for _, bad := range []string{"", "shard", "account", "record/team-1/droplets", "mark/team-1/droplets/1"} {
		if _, err := state.ParseKey([]byte(bad)); err == nil {
			t.Errorf("key %q: no error", bad)
		}
	}
}
