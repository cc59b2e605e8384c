package history

import (
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
			ev := happened(op, after, before, fmt.Sprint(n))
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

func TestWhatIsNotDecodedMakesNoDifference(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for round := range 2000 {
		moments := []int64{1000 + rnd.Int64N(600), 1000 + rnd.Int64N(600)}
		want, got := []*Moment{newMoment(moments[0]), newMoment(moments[1])},
			[]*Moment{newMoment(moments[0]), newMoment(moments[1])}
		newest := newNewestOf(got, nil, &BadInput{})
		value := make([]byte, 0, 4096) // which is written over, as a fetch's buffer may be
		for _, ev := range life(rnd) {
			for _, s := range want {
				s.Take(ev)
			}
			value = append(value[:0], ev.Marshal()...)
			r := client.Record{Topic: "t", Key: schema.Key{AccountID: "a", ID: ev.ID()}.Bytes(), Value: value}
			if err := newest.take(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := newest.end(); err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if diff := cmp.Diff(want[i].records, got[i].records, cmp.AllowUnexported(known{}, span{}, recordID{})); diff != "" {
				t.Fatalf("round %d at %v (-decoded +not decoded):\n%s", round, moments, diff)
			}
		}
	}
}

func TestAGlanceRefusesWhatIsNoEvent(t *testing.T) {
	good := string(happened(schema.Created, 1, 2, "{}").Marshal())
	good = strings.Replace(good, `"connector":""`, `"connector":"digitalocean"`, 1)
	if _, err := (*Decoder)(nil).glanceAt(client.Record{Value: []byte(good)}); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"cut":           good[:len(good)-5],
		"no op":         strings.Replace(good, `"op":"c"`, `"op":""`, 1),
		"another op":    strings.Replace(good, `"op":"c"`, `"op":"x"`, 1),
		"no image":      strings.Replace(good, `"op":"c"`, `"op":"u"`, 1),
		"no time":       strings.Replace(good, `"ts_ms":2`, `"ts_ms":0`, 1),
		"somebody else": strings.Replace(good, "digitalocean", "postgresql", 1),
	} {
		if _, err := (*Decoder)(nil).glanceAt(client.Record{Value: []byte(bad)}); err == nil {
			t.Errorf("%s: %s is taken for an event", name, bad)
		}
	}
}
