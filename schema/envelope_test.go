package schema_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/schema"
)

// Any reader's JSON library reads what was said, and what it writes of that is the same event again.
func FuzzEnvelope(f *testing.F) {
	f.Add("team-1", "a/b", "web", `{"id":1}`, "u", int64(1), int64(2), true)
	f.Add("", "", "</script>\u2028", "\"\\\x00", "", int64(-1), int64(1)<<62, false)
	f.Add("\xff", "ü", "\xed\xa0\x80", "\xc0", "d", int64(0), int64(0), true)
	f.Fuzz(func(t *testing.T, account, id, name, body, op string, ts, lsn int64, set bool) {
		e := schema.Event{
			After: &schema.Row{AccountID: account, ID: id, Body: &body},
			Op:    schema.Op(op), TsMS: ts,
			Source: schema.Source{Connector: "digitalocean", Name: name, DB: account, Table: "firewalls", LSN: lsn, TsMS: ts},
		}
		if set {
			e.Before, e.After.Name, e.Changes, e.Source.PrevTsMS, e.Source.Cause = e.After, &name, &body, &ts, &name
		}
		text := e.Marshal()
		if !utf8.Valid(text) {
			t.Fatalf("not UTF-8: %q", text)
		}
		var got schema.Event
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%v: %q", err, text)
		}
		if utf8.ValidString(account) && utf8.ValidString(id) && utf8.ValidString(name) && utf8.ValidString(body) &&
			utf8.ValidString(op) {
			if d := cmp.Diff(e, got); d != "" {
				t.Fatalf("came back otherwise (-said +read):\n%s", d)
			}
		}
		if again := got.Marshal(); string(again) != string(text) {
			t.Fatalf("written again it is\n%q, and was\n%q", again, text)
		}
		if got.ID() != got.After.ID || len(e.Headers(name)) != len(got.Headers(name)) {
			t.Fatalf("id %q, headers %v", got.ID(), got.Headers(name))
		}
	})
}
