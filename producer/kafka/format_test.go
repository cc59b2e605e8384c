package kafka_test

import (
	"strings"
	"testing"

	"github.com/seachange/seachange/producer/kafka"
	"github.com/seachange/seachange/producer/kafka/client"
	"github.com/seachange/seachange/schema/wire"
)

func TestAPrefixKeepsItsFormat(t *testing.T) { everywhere(t, aPrefixKeepsItsFormat) }

func aPrefixKeepsItsFormat(t *testing.T, c client.Client, prefix string) {
	for prefix, formats := range map[string][2]wire.Format{
		prefix + "-plain":  {wire.JSON, wire.Inline},
		prefix + "-inline": {wire.Inline, wire.JSON},
	} {
		o := options(c, prefix)
		o.Format = formats[0]
		prepared(t, o)
		prepared(t, o) // nothing is in it yet
		p := begin(t, prepared(t, o), o)
		eventually(t, "work", allOf(p))
		p.stop()
		prepared(t, o)
		o.Format = formats[1]
		wantRefusal(t, o, "written as "+string(formats[0]), string(formats[1])+" was asked for", "--topic-prefix")
		if r := inspected(t, o); len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "a prefix keeps its format") {
			t.Errorf("check sees %q", r.Faults)
		}
	}
	if f, err := kafka.WrittenFormat(t.Context(), c, prefix+"-inline"); err != nil || f != wire.Inline {
		t.Errorf("%s, %v", f, err)
	}
}
