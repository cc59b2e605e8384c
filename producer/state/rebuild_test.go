package state_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/diff"
	"github.com/seachange/seachange/producer/state"
	"github.com/seachange/seachange/schema"
)

func rebuildEvent(op schema.Op, resource, id string, lsn int64, body string) *schema.Event {
	prev := lsn * 10
	r := &schema.Row{AccountID: "a", ID: id, Body: &body}
	ev := &schema.Event{
		Op: op, TsMS: 1000 + lsn,
		Source: schema.Source{DB: "a", Table: resource, LSN: lsn, TxID: "9", PrevTsMS: &prev},
	}
	ev.After = r
	if op == schema.Deleted {
		ev.Before, ev.After = r, nil
	}
	return ev
}

func TestRebuildTellsWhatTheTopicsTell(t *testing.T) {
	b := state.NewRebuild(diff.Options{})
	for _, ev := range []*schema.Event{
		rebuildEvent(schema.Created, "actions", "1", 1, `{"id":1,"status":"in-progress"}`),
		rebuildEvent(schema.Created, "actions", "2", 2, `{"id":2,"status":"completed"}`),
		rebuildEvent(schema.Created, "droplets", "7", 3, `{"id":7}`),
		rebuildEvent(schema.Created, "droplets", "8", 4, `{"id":8}`),
		rebuildEvent(schema.Updated, "actions", "1", 5, `{"id":1,"status":"completed"}`),
		rebuildEvent(schema.Created, "actions", "3", 6, `{"id":3,"status":"in-progress"}`),
		rebuildEvent(schema.Deleted, "droplets", "8", 7, `{"id":8}`),
	} {
		if err := b.Event(ev, "Fake Team"); err != nil {
			t.Fatal(err)
		}
	}
	status := func(resource, value string) {
		t.Helper()
		if err := b.Status([]byte(`{"account_id":"a","resource":"`+resource+`","parent_id":""}`), []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	status("actions", `{"status":"whole","whole_ms":50,"since_ms":5,"held":[]}`)
	status("droplets", `{"status":"failed","reason":"500","began_ms":70,"whole_ms":60,"since_ms":6,
		"held":["7","path:tags"]}`)
	status("spaces_buckets", `{"status":"whole","whole_ms":60,"since_ms":6,
		"held":["path:acl of fra1+a","path:acl of fra1+b","path:policy of fra1+a"]}`)
	if err := b.SchemaChange([]byte(`{"account_id":"a","resource":"droplets","paths":["x"]}`)); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for r := range b.Entries() {
		if r.Account != "a" {
			t.Errorf("entry of account %q, want a: %s", r.Account, r.Key)
		}
		got[string(r.Key)] = string(r.Value)
	}
	want := map[string]string{
		"account/a":             `{"next_lsn":8,"last_lsn":{"actions":6,"droplets":7},"ts_ms":1007,"sweep":9,"entries":{"actions":1,"droplets":1},"name":"Fake Team","announced":{"droplets":["x"]}}`,
		"collection/a/actions/": `"first_ms":50,"whole_ms":50,`, "collection/a/droplets/": `"status":"failed","reason":"500","since_ms":6,"suspects":{"7":70},"held_paths":["tags"]`,
		"collection/a/spaces_buckets/": `"unreadable":{"acl":{"fra1+a":1,"fra1+b":1},"policy":{"fra1+a":1}}`,
		"record/a/actions/3":           `"lsn":6,"ts_ms":1006,"seen_ms":60,`, "record/a/droplets/7": `"body":{"id":7}`,
	}
	for key, w := range want {
		if !strings.Contains(got[key], w) {
			t.Errorf("%s is %s, want %s in it", key, got[key], w)
		}
		if key == "collection/a/actions/" && !strings.Contains(got[key], `"log_ids":["3","2","1"]`) {
			t.Errorf("a log's ids are not newest first: %s", got[key])
		}
	}
	if diff := cmp.Diff(len(want), len(got)); diff != "" {
		t.Errorf("entries: %v", got)
	}
}
