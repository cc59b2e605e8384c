package hint_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/cmd/seachange/hint"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

func at(second int64) time.Time { return time.Unix(second, 0).UTC() }

func text(second int64) string { return at(second).Format(time.RFC3339) }

// acted is an action of Droplet 7 from a second to another; 0 is not over.
func acted(id, from, to int64, more ...string) *schema.Event {
	over := "null"
	if to > 0 {
		over = `"` + text(to) + `"`
	}
	body := fmt.Sprintf(`{"id":%d,"type":"password_reset","resource_type":"droplet","resource_id":7,"started_at":%q,"completed_at":%s}`,
		id, text(from), over)
	body = strings.NewReplacer(more...).Replace(body)
	return &schema.Event{
		Op: schema.Created, After: &schema.Row{AccountID: "a", ID: fmt.Sprint(id), Body: &body},
		Source: schema.Source{DB: "a", Table: hint.ActionsResource},
	}
}

func noted(id string, from, to int64, more string) client.Record {
	return client.Record{Key: []byte(id), Value: fmt.Appendf(nil,
		`{"id":%q,"text":"terraform apply","by":"ci","from":%q,"to":%q%s}`, id, text(from), text(to), more)}
}

// A change of Droplet 7 happened between the seconds 100 and 110.
func TestWhatOverlapsAChangeIsAHint(t *testing.T) {
	actions, notes := &hint.Actions{}, &hint.Notes{}
	for _, ev := range []*schema.Event{
		acted(1, 90, 0), acted(1, 90, 105), acted(2, 80, 99), acted(3, 111, 112), acted(4, 107, 0),
		acted(5, 107, 108, `:7,`, `:8,`), acted(6, 107, 108, `droplet`, `reserved_ip`), acted(7, 107, 108, `:7,`, `:null,`),
	} {
		actions.Take(ev)
	}
	for _, r := range []client.Record{
		noted("before", 1, 99, ""), noted("after", 111, 200, ""), noted("all", 1, 200, ""), noted("all", 1, 99, ""),
		noted("droplets", 100, 100, `,"resources":["droplets"]`), noted("it", 110, 110, `,"resources":["tags","droplets/7"]`),
		noted("another", 1, 200, `,"resources":["droplets/8"]`), noted("elsewhere", 1, 200, `,"account":"b"`),
	} {
		if err := notes.Take(r); err != nil {
			t.Fatal(err)
		}
	}
	change := hint.Change{
		Account: "a", Records: []hint.Record{{Resource: "droplets", ID: "7"}}, After: at(100), Before: at(110),
	}
	var got []string
	for _, h := range hint.Of(actions, notes, change) {
		got = append(got, h.ID+" "+h.String())
	}
	want := []string{
		"it hint, not proof: note of ci: terraform apply",
		"4 hint, not proof: action password_reset of droplets 7, 3s before the change was seen",
		"droplets hint, not proof: note of ci: terraform apply",
		"1 hint, not proof: action password_reset of droplets 7, 20s before the change was seen",
		"all hint, not proof: note of ci: terraform apply",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("-want +got:\n", diff)
	}
	change.After = time.Time{}
	if all := hint.Of(actions, notes, change); len(all) > 0 {
		t.Errorf("what was there at the first look has hints: %v", all)
	}
}

func TestWhatIsNoNoteIsRefused(t *testing.T) {
	good := string(noted("a", 1, 2, "").Value)
	changed := func(from, to string) client.Record {
		return client.Record{Key: []byte("a"), Value: []byte(strings.Replace(good, from, to, 1))}
	}
	for _, r := range []client.Record{
		{Key: []byte("a")},
		{Key: []byte("a"), Value: []byte("{")},
		{Key: []byte("b"), Value: []byte(good)},
		noted("a", 2, 1, ""), noted("a", 1, 2, `,"resources":["dorplets"]`), noted("a", 1, 2, `,"resources":["droplets/"]`),
		changed("terraform", strings.Repeat("x", 1000)), changed("terraform apply", " "), changed("a", "b"),
		changed(text(2), "9999-12-31T23:59:59-01:00"), changed(text(1), "0000-01-01T00:00:00+01:00"),
		changed(`"ci"`, `"`+strings.Repeat("x", 1001)+`"`),
	} {
		var notes hint.Notes
		if err := notes.Take(r); err == nil || len(notes.List()) > 0 {
			t.Errorf("%s is taken for a note", r.Value)
		}
	}
}
