package schema_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/schema"
)

func firewallEvent() *schema.Event {
	changes := `[{"op":"add","path":"/inbound_rules/1","value":{"ports":"22"}}]`
	row := func(body string) *schema.Row {
		return &schema.Row{
			AccountID: "4f1c", ID: "bb4b2611", URN: new("do:firewall:bb4b2611"), Name: new("web <&> db"),
			CreatedAt: new("2020-05-23T21:24:00Z"), Body: &body,
		}
	}
	return &schema.Event{
		Before: row(`{"id":"bb4b2611","name":"web <&> db"}`), After: row(`{"id":"bb4b2611","name":"web <&> db","n":9007199254740993}`),
		Op: schema.Updated, TsMS: 1700000000123, Changes: &changes,
		Source: schema.Source{
			Version: "0.1.0", Connector: "digitalocean", Name: "digitalocean", TsMS: 1700000000045,
			PrevTsMS: new(int64(1699999990000)), Snapshot: "false", DB: "4f1c", Schema: "digitalocean", Table: "firewalls",
			LSN: 1782579200001, Sequence: `["1782579200000","1782579200001"]`, TxID: "42",
		},
	}
}

// The bytes of events are a contract with everyone who reads them: fields are only ever added.
func TestEventsAreFrozen(t *testing.T) {
	const row = `"account_id":"4f1c","id":"bb4b2611","urn":"do:firewall:bb4b2611","parent_id":null,"name":"web <&> db","region":null,` +
		`"created_at":"2020-05-23T21:24:00Z"`
	want := `{"before":{` + row + `,"body":"{\"id\":\"bb4b2611\",\"name\":\"web <&> db\"}","body_sha256":null},` +
		`"after":{` + row + `,"body":"{\"id\":\"bb4b2611\",\"name\":\"web <&> db\",\"n\":9007199254740993}","body_sha256":null},` +
		`"source":{"version":"0.1.0","connector":"digitalocean","name":"digitalocean","ts_ms":1700000000045,"prev_ts_ms":1699999990000,` +
		`"snapshot":"false","db":"4f1c","schema":"digitalocean","table":"firewalls","lsn":1782579200001,` +
		`"sequence":"[\"1782579200000\",\"1782579200001\"]","txId":"42","cause":null},` +
		`"op":"u","ts_ms":1700000000123,"changes":"[{\"op\":\"add\",\"path\":\"/inbound_rules/1\",\"value\":{\"ports\":\"22\"}}]"}`
	if d := cmp.Diff(want, string(firewallEvent().Marshal())); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestEventsHaveNullsWhereNothingIs(t *testing.T) {
	want := `{"before":null,"after":null,"source":{"version":"","connector":"","name":"","ts_ms":0,"prev_ts_ms":null,"snapshot":"","db":"",` +
		`"schema":"","table":"","lsn":0,"sequence":"","txId":"","cause":null},"op":"d","ts_ms":0,"changes":null}`
	if got := string((&schema.Event{Op: schema.Deleted}).Marshal()); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestHeadersAreCloudEvents(t *testing.T) {
	want := [][2]string{
		{"ce_specversion", "1.0"},
		{"ce_id", "4f1c/firewalls/1782579200001"},
		{"ce_source", "/digitalocean/4f1c/firewalls"},
		{"ce_type", "seachange.firewalls.updated.v1"},
		{"ce_subject", "bb4b2611"},
		{"ce_time", "2023-11-14T22:13:20.045Z"},
		{"content-type", "application/json"},
		{"op", "u"},
		{"account", "4f1c"},
		{"account_name", "Acme"},
		{"schema", "1"},
	}
	if d := cmp.Diff(want, firewallEvent().Headers("Acme")); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestTypesSayWhatHappened(t *testing.T) {
	for op, want := range map[schema.Op]string{
		schema.Created: "created", schema.Updated: "updated", schema.Deleted: "deleted", schema.Read: "observed",
	} {
		if got := op.Word(); got != want {
			t.Errorf("%s: got %q, want %q", op, got, want)
		}
	}
}

func TestADeletedRecordsIDIsItsLast(t *testing.T) {
	e := firewallEvent()
	e.After = nil
	if got, want := e.ID(), "bb4b2611"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestParseEventReadsWhatMarshalWrote(t *testing.T) {
	want := firewallEvent()
	got, err := schema.ParseEvent(want.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestParseEventRefusesWhatIsNoEvent(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(*schema.Event)
		want  string
	}{
		"somebody else's":         {func(e *schema.Event) { e.Source.Connector = "postgresql" }, "not an event of seachange"},
		"without an account":      {func(e *schema.Event) { e.Source.DB = "" }, "not an event of seachange"},
		"without a resource":      {func(e *schema.Event) { e.Source.Table = "" }, "not an event of seachange"},
		"an unknown op":           {func(e *schema.Event) { e.Op = "t" }, `a broken event: op "t"`},
		"an update of nothing":    {func(e *schema.Event) { e.Before = nil }, "op u without before"},
		"an update to nothing":    {func(e *schema.Event) { e.After = nil }, "op u without after"},
		"a delete of nothing":     {func(e *schema.Event) { e.Op, e.Before = schema.Deleted, nil }, "op d without before"},
		"a created nothing":       {func(e *schema.Event) { e.Op, e.After = schema.Created, nil }, "op c without after"},
		"a first look at nothing": {func(e *schema.Event) { e.Op, e.After = schema.Read, nil }, "op r without after"},
	} {
		e := firewallEvent()
		tt.spoil(e)
		if _, err := schema.ParseEvent(e.Marshal()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
	}
	if _, err := schema.ParseEvent([]byte(`{"op":"c"`)); err == nil {
		t.Error("half an event is taken")
	}
}
