package main

import (
	"bytes"
	v1 "encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

// What the release of commit 9c89bf4 reads, copied from it. Members that it always writes it needs.
type (
	oldBarrier struct {
		Shards    int               `json:"shards"`
		ClusterID string            `json:"cluster_id"`
		TopicIDs  map[string]string `json:"topic_ids"`
		Owner     string            `json:"owner"`
		Version   string            `json:"version"`
		AtMS      int64             `json:"at_ms"`
	}
	oldAccount struct {
		NextLSN   int64               `json:"next_lsn"`
		LastLSN   map[string]int64    `json:"last_lsn"`
		TsMS      int64               `json:"ts_ms"`
		Sweep     int64               `json:"sweep"`
		Name      string              `json:"name"`
		Config    string              `json:"config,omitempty"`
		Announced map[string][]string `json:"announced,omitempty"`
		PerHour   int                 `json:"per_hour,omitzero"`
		Others    int                 `json:"others,omitzero"`
	}
	oldCollection struct {
		FirstMS    int64                       `json:"first_ms"`
		WholeMS    int64                       `json:"whole_ms"`
		CleanMS    int64                       `json:"clean_ms"`
		Rules      string                      `json:"rules"`
		Status     string                      `json:"status"`
		Reason     string                      `json:"reason,omitempty"`
		SinceMS    int64                       `json:"since_ms"`
		Suspects   map[string]int64            `json:"suspects,omitempty"`
		HeldPaths  []string                    `json:"held_paths,omitempty"`
		PathsMS    int64                       `json:"paths_ms,omitempty"`
		Unreadable map[string]map[string]int64 `json:"unreadable,omitempty"`
		TopicID    string                      `json:"topic_id,omitempty"`
		AgainBelow int64                       `json:"again_below,omitempty"`
		SnapshotMS int64                       `json:"snapshot_ms,omitempty"`
		LogIDs     []string                    `json:"log_ids,omitempty"`
		Learned    *oldLearned                 `json:"learned,omitempty"`
		Gate       uint64                      `json:"gate,omitempty"`
		InSnapshot bool                        `json:"opening,omitempty"`
	}
	oldRules struct {
		Mask   string `json:"mask,omitempty"`
		Sets   string `json:"sets,omitempty"`
		Ignore string `json:"ignore,omitempty"`
		Only   string `json:"only,omitempty"`
		Omit   string `json:"omit,omitempty"`
		Key    string `json:"key,omitempty"`
	}
	oldLearned struct {
		Requests int     `json:"requests"`
		Records  int     `json:"records"`
		Changes  float64 `json:"changes"`
		Watched  float64 `json:"watched"`
		Hot      float64 `json:"hot,omitzero"`
		Follow   float64 `json:"follow,omitzero"`
		After    float64 `json:"after,omitzero"`
		AtMS     int64   `json:"at_ms"`
	}
	oldRecord struct {
		LSN    int64          `json:"lsn"`
		TsMS   int64          `json:"ts_ms"`
		SeenMS int64          `json:"seen_ms"`
		Print  uint64         `json:"print"`
		Body   jsontext.Value `json:"body,omitzero"`
		SHA256 string         `json:"body_sha256,omitempty"`
	}
	oldMark struct {
		AccountID   string   `json:"account_id"`
		Resource    string   `json:"resource"`
		ParentID    string   `json:"parent_id"`
		Status      string   `json:"status"`
		Reason      string   `json:"reason,omitempty"`
		BeganMS     int64    `json:"began_ms"`
		EndedMS     int64    `json:"ended_ms"`
		WholeMS     int64    `json:"whole_ms"`
		Records     int      `json:"records"`
		LastLSN     int64    `json:"last_lsn"`
		SinceMS     int64    `json:"since_ms"`
		Held        []string `json:"held"`
		HeldCount   int      `json:"held_count"`
		Quarantined int      `json:"quarantined"`
	}
)

var oldStatuses = []string{"whole", "partial", "failed", "stopped", "unreadable", "unwatched", ""}

// newMembers have come since. That release ignores them, and forgets them when it writes the entry again: list here
// only what may be forgotten.
var newMembers = []string{
	"held_why", "held_reason", "source_ts_ms", "behind", "parent_clock", "parent_behind", "entries", "number",
	"looks_seq",
}

// oldDecode decodes as that release did: other types are refused. A member that it needs and that is missing is an
// error, and so is one that it doesn't know and that is not among newMembers: it may have been renamed.
func oldDecode[T any](value []byte) (v T, err error) {
	if err := json.Unmarshal(value, &v); err != nil {
		return v, err
	}
	again, err := json.Marshal(v)
	if err != nil {
		return v, err
	}
	var needs, has map[string]jsontext.Value
	if err := errors.Join(json.Unmarshal(value, &has), json.Unmarshal(again, &needs)); err != nil {
		return v, err
	}
	for name := range needs {
		if _, ok := has[name]; !ok {
			return v, fmt.Errorf("member %q is missing", name)
		}
	}
	for _, name := range newMembers {
		delete(has, name)
	}
	rest, err := json.Marshal(has)
	if err == nil {
		err = json.Unmarshal(rest, new(T), json.RejectUnknownMembers(true))
	}
	return v, err
}

// oldParseRules reads rules as that release did: the first value of the text, and no member that it doesn't know.
func oldParseRules(text string) error {
	if text == "" {
		return nil
	}
	d := v1.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(new(oldRules)); err != nil {
		return fmt.Errorf("rules %q: %w", text, err)
	}
	return nil
}

// oldBody takes the body of a record's entry where that release expects it: at the end.
func oldBody(value []byte) []byte {
	_, body, _ := bytes.Cut(value, []byte(`,"body":`))
	body, _ = bytes.CutSuffix(body, []byte(`}`))
	return body
}

// oldRead reads a record of the state topic, and returns the kind of its entry.
func oldRead(r client.Record) (kind string, err error) {
	if !slices.ContainsFunc(r.Headers, func(h client.Header) bool { return h.Key == "format" && h.Value == "1" }) {
		return "", fmt.Errorf("headers %v: not in format 1", r.Headers)
	}
	p := strings.SplitN(string(r.Key), "/", 4)
	switch kind = p[0]; {
	case kind == "shard" && len(p) == 1:
		_, err = oldDecode[oldBarrier](r.Value)
	case r.Value == nil && len(p) == 4:
	case kind == "account" && len(p) == 2:
		_, err = oldDecode[oldAccount](r.Value)
	case kind == "collection" && len(p) == 4 && schema.Lookup(p[2]) == nil:
		kind = "looks" // it passes over resources that it doesn't know
	case kind == "collection" && len(p) == 4:
		var c oldCollection
		if c, err = oldDecode[oldCollection](r.Value); err == nil && !slices.Contains(oldStatuses, c.Status) {
			err = fmt.Errorf("status %q", c.Status)
		}
		err = errors.Join(err, oldParseRules(c.Rules))
	case kind == "record" && len(p) == 4:
		var rec oldRecord
		if rec, err = oldDecode[oldRecord](r.Value); err == nil && !bytes.Equal(rec.Body, oldBody(r.Value)) {
			err = errors.New("the body is not at the end")
		}
	default:
		err = errors.New("no key that it knows")
	}
	return kind, err
}

// Back to the release before: what this one writes that one reads. Members may come, and may not go or change their
// type; otherwise the format's number must.
func TestDowngradeReadsWhatThisReleaseWrites(t *testing.T) {
	t.Parallel()
	a, dir := pastAccount(), filepath.Join(t.TempDir(), "data")
	variables := pastSettings(t, a, dir)
	must(t, variables, "run", "--once")
	pastChanges(a)
	must(t, variables, "run", "--once")
	pastTrouble(a)
	if _, _, err := call(t, variables, "run", "--once"); err == nil {
		t.Error("no trouble")
	}
	kinds := map[string]int{}
	withLog(t, dir, func(c client.Client) {
		o := client.ReadOptions{Topics: []string{state.Topic("past")}, FromStart: true, UntilEnd: true}
		if err := c.Read(t.Context(), o, func(r client.Record) error {
			kind, err := oldRead(r)
			if kinds[kind]++; err != nil {
				t.Errorf("state entry %s: %v: %s", r.Key, err, r.Value)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		o.Topics = []string{state.SweepsTopic("past"), state.StatusTopic("past")}
		if err := c.Read(t.Context(), o, func(r client.Record) error {
			kinds["status"]++
			m, err := oldDecode[oldMark](r.Value)
			if err != nil || !slices.Contains(oldStatuses, m.Status) {
				t.Errorf("status %s: %v: %s", r.Key, err, r.Value)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
	for _, kind := range []string{"shard", "account", "collection", "looks", "record", "status"} {
		if kinds[kind] == 0 {
			t.Errorf("nothing of kind %s was written: %v", kind, kinds)
		}
	}
}
