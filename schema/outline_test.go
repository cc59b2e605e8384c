package schema_test

import (
	"bytes"
	"testing"
	"testing/quick"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/schema"
)

// An outline is the event, and refuses what is none.
func TestAnOutlineIsTheEvent(t *testing.T) {
	same := func(b []byte) {
		t.Helper()
		want, refused := schema.ParseEvent(b)
		o, err := schema.ParseOutline(b)
		if (err == nil) != (refused == nil) {
			t.Fatalf("%q: as an outline %v, as an event %v", b, err, refused)
		}
		if err != nil {
			return
		}
		if d := cmp.Diff(want, o.Event()); d != "" {
			t.Fatalf("%q (-event +outline):\n%s", b, d)
		}
		if bare := o.Bare(); bare.ID() != want.ID() || bare.Row().Body != nil || bare.Source.LSN != want.Source.LSN {
			t.Fatalf("%q: bare it is %+v", b, bare)
		}
	}
	event := func(before, after *string, op byte, changes *string) bool {
		ev := &schema.Event{
			Op:     schema.Op("crud"[op%4 : op%4+1]),
			Before: &schema.Row{ID: "1", Body: before}, After: &schema.Row{ID: "1", Body: after, Name: before}, Changes: changes,
			Source: schema.Source{Connector: schema.Connector, DB: "a", Table: "droplets", LSN: 7},
		}
		if ev.Op == schema.Deleted {
			ev.After = nil
		}
		whole := ev.Marshal()
		same(whole)
		same(whole[:len(whole)/2])
		for _, broken := range []struct{ old, with string }{
			{`"body":`, `"body":1,"x":`},
			{`"body":`, `"body":null,"x":`},
			{`"body":`, `"x":`},
			{`"body":`, `"body":"\ud800","x":`},
			{`"op":`, `"op":"x","y":`},
			{`"before":{`, `"before":null,"x":{`},
			{`"region":null`, `"region":5`},
			{`"db":"a"`, `"db":""`},
			{`"ts_ms":`, `"ts_ms":"x`},
		} {
			same(bytes.Replace(whole, []byte(broken.old), []byte(broken.with), 1))
		}
		return true
	}
	if err := quick.Check(event, nil); err != nil {
		t.Error(err)
	}
}
