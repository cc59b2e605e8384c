package history

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema"
)

// life makes random events of three records, each with windows that follow one another.
func life(rnd *rand.Rand) (all []*schema.Event) {
	for i := range 3 {
		now, alive := int64(1000), false
		for n := range 1 + rnd.IntN(6) {
			after, before := now, now+1+rnd.Int64N(100)
			now = before + rnd.Int64N(100)
			op := schema.Created
			switch {
			case n == 0 && rnd.IntN(2) == 0:
				op = schema.Read
			case alive && rnd.IntN(3) == 0:
				op = schema.Deleted
			case alive:
				op = schema.Updated
			}
			alive = op != schema.Deleted
			ev := happened(op, after, before, fmt.Sprintf(`{"n":%d}`, n))
			ev.Source.Connector = "digitalocean"
			for _, r := range []*schema.Row{ev.Before, ev.After} {
				if r != nil {
					r.ID = fmt.Sprint(i)
				}
			}
			all = append(all, ev)
		}
	}
	return all
}

// told is what a moment says of each record, and why.
func told(m *Moment) (all []string) {
	for id, k := range m.sorted() {
		row := rowOf(id, k)
		all = append(all, fmt.Sprint(strings.Join(row.Texts(), "|"), k.from, k.shown, k.doubt))
	}
	return all
}

func TestWhatIsNotDecodedMakesNoDifference(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for round := range 2000 {
		moments := []int64{1000 + rnd.Int64N(600), 1000 + rnd.Int64N(600)}
		want, got := []*Moment{newMoment(moments[0]), newMoment(moments[1])},
			[]*Moment{newMoment(moments[0]), newMoment(moments[1])}
		reading := newReading(got, nil, &BadInput{})
		reading.most = rnd.IntN(2000)
		value := make([]byte, 0, 4096) // which is written over, as a fetch's buffer may be
		for _, ev := range life(rnd) {
			for _, s := range want {
				s.Take(ev)
			}
			value = append(value[:0], ev.Marshal()...)
			r := client.Record{Topic: "t", Key: schema.Key{AccountID: "a", ID: ev.ID()}.Bytes(), Value: value}
			if err := reading.take(r); err != nil {
				t.Fatal(err)
			}
		}
		for i := range want {
			if diff := cmp.Diff(told(want[i]), told(got[i])); diff != "" {
				t.Fatalf("round %d at %v (-decoded +not decoded):\n%s", round, moments, diff)
			}
			if diff := cmp.Diff(lines(t, want[i]), written(t, got[i])); diff != "" {
				t.Fatalf("round %d at %v (-rows' JSON +written):\n%s", round, moments, diff)
			}
		}
		if diff := cmp.Diff(differences(t, want[0], want[1]), differences(t, got[0], got[1])); diff != "" {
			t.Fatalf("round %d between %v (-decoded +not decoded):\n%s", round, moments, diff)
		}
	}
}

// lines are the JSON of a moment's rows.
func lines(t *testing.T, m *Moment) string {
	t.Helper()
	var out strings.Builder
	j := json.NewEncoder(&out)
	j.SetEscapeHTML(false)
	for row := range m.Rows() {
		if err := j.Encode(row); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func written(t *testing.T, m *Moment) string {
	t.Helper()
	var out strings.Builder
	if err := m.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func differences(t *testing.T, from, to *Moment) (all []string) {
	t.Helper()
	for d, err := range (&Comparison{}).Differences(from, to) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d.Text())
	}
	return all
}

// What a row says is written as JSON has it, from whatever it is written: an event, or the state.
func TestALineIsTheJSONOfItsRow(t *testing.T) {
	odd := "a \"b\" \\ <&> ü \t\u0001 日"
	row := &schema.Row{
		AccountID: "a", ID: odd, URN: &odd, ParentID: &odd, Name: &odd, Region: &odd, CreatedAt: &odd, Body: &odd,
		BodySHA256: &odd,
	}
	ev := happened(schema.Created, 1000, 2000, "")
	ev.Source.Connector, ev.Source.LSN, ev.After = schema.Connector, 7, row
	first := happened(schema.Read, 0, 9000, `{"id":2}`)
	first.Source.Connector, first.After.ID = schema.Connector, "y/z"
	m := newMoment(3000)
	m.lsns = map[string]int64{"a": 8}
	reading := newReading([]*Moment{m}, nil, &BadInput{})
	for _, ev := range []*schema.Event{ev, first} {
		if err := reading.take(client.Record{Value: ev.Marshal()}); err != nil {
			t.Fatal(err)
		}
	}
	body := &image{
		text: `{"created_at":"2026-01-01T00:00:00Z","id":1,"name":"w","region":{"slug":"fra1"}}`, body: true,
	}
	m.put(table{"a", "droplets"}, []byte("1"), body, span{lsn: 3, after: noTime, beforeMS: 5})
	m.Until(Looks{})
	if diff := cmp.Diff(lines(t, m), written(t, m)); diff != "" {
		t.Errorf("-rows' JSON +written:\n%s", diff)
	}
	if n := strings.Count(written(t, m), "\n"); n != 3 {
		t.Errorf("%d lines, want 3", n)
	}
}

// A moment may hold a million records, whose rows are much alike.
func TestRowsThatStayAreCompressed(t *testing.T) {
	m := newMoment(5000)
	reading := newReading([]*Moment{m}, nil, &BadInput{})
	reading.most = 64 << 10
	rnd, raw := rand.New(rand.NewPCG(1, 2)), 0
	for n := range 1000 {
		body := fmt.Sprintf(`{"id":%d,"key":"%x","text":%q}`, n, rnd.Uint64(), strings.Repeat("the same in all of them ", 40))
		ev := happened(schema.Created, 1000, 2000, body)
		ev.Source.Connector, ev.After.ID = schema.Connector, fmt.Sprint(n)
		raw += len(body)
		if err := reading.take(client.Record{Value: ev.Marshal()}); err != nil {
			t.Fatal(err)
		}
	}
	held := 0
	for id, k := range m.sorted() {
		held += len(k.image.text)
		if body := *k.image.decode(id).Body; !strings.HasPrefix(body, `{"id":`+id.id+`,`) || !strings.HasSuffix(body, ` "}`) {
			t.Fatalf("record %s has the body %s", id.id, body)
		}
	}
	if held > raw/4 {
		t.Errorf("%d bytes of %d are held", held, raw)
	}
}

func TestAGlanceRefusesWhatIsNoEvent(t *testing.T) {
	good := string(happened(schema.Created, 1, 2, "{}").Marshal())
	good = strings.Replace(good, `"connector":""`, `"connector":"digitalocean"`, 1)
	l := newReading(nil, nil, nil).glancer
	if _, err := l.at(client.Record{Value: []byte(good)}); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"cut":           good[:len(good)-5],
		"no op":         strings.Replace(good, `"op":"c"`, `"op":""`, 1),
		"another op":    strings.Replace(good, `"op":"c"`, `"op":"x"`, 1),
		"no image":      strings.Replace(good, `"op":"c"`, `"op":"u"`, 1),
		"no time":       strings.Replace(good, `"ts_ms":2`, `"ts_ms":0`, 1),
		"somebody else": strings.Replace(good, "digitalocean", "postgresql", 1),
		"no account":    strings.Replace(good, `"db":"a"`, `"db":""`, 1),
		"no resource":   strings.Replace(good, `"table":"droplets"`, `"table":null`, 1),
		"no text":       strings.Replace(good, `"name":null`, `"name":1`, 1),
		"no row":        strings.Replace(good, `"before":null`, `"before":"x"`, 1),
		"no number":     strings.Replace(good, `"prev_ts_ms":1`, `"prev_ts_ms":"1"`, 1),
		"no UTF-8":      strings.Replace(good, `"{}"`, "\"\xff\"", 1),
		"half a letter": strings.Replace(good, `"{}"`, `"\ud800"`, 1),
	} {
		if _, err := l.at(client.Record{Value: []byte(bad)}); err == nil {
			t.Errorf("%s: %s is taken for an event", name, bad)
		}
	}
}
