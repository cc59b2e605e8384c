package embedded

import (
	"errors"
	"fmt"
	"strings"
)

// Damage is something in a data directory that isn't as it was written.
type Damage struct {
	File   string
	At     int64 // in bytes, of the file
	Offset int64 // of the first record that is lost or in doubt; -1: no records are
	What   string
	topic  string
	number int32
	lost   bool // there is nothing to go on from: only a copy helps
}

func (d Damage) String() string {
	where := fmt.Sprintf("%s at byte %d", d.File, d.At)
	if d.Offset >= 0 {
		where += fmt.Sprintf(" (topic %s partition %d offset %d)", d.topic, d.number, d.Offset)
	}
	return where + ": " + d.What
}

// DamagedError refuses a data directory. Nothing in it was changed.
type DamagedError struct {
	Dir     string
	Damages []Damage
}

const damagesTold = 5

// Error says what is wrong where, and the ways out.
func (e *DamagedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "data directory %s is damaged, and was left as it is: ", e.Dir)
	for i, d := range e.Damages {
		if i == damagesTold {
			fmt.Fprintf(&b, "; and %d more", len(e.Damages)-i)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(d.String())
	}
	b.WriteString(". Ways out: restore a copy of the directory")
	if e.hopeless() {
		return b.String()
	}
	if e.OnlyIn(stateTopic) {
		fmt.Fprintf(&b, "; or lose nothing and make the state anew from the events: seachange rebuild --data-dir %s", e.Dir)
	}
	fmt.Fprintf(&b, "; or give up what is behind the damage: seachange rebuild --data-dir %s --give-up (it sets the "+
		"damaged files aside, keeps what is whole, and makes the state anew, so that what DigitalOcean still shows "+
		"is published again)", e.Dir)
	return b.String()
}

func (e *DamagedError) hopeless() bool {
	for _, d := range e.Damages {
		if d.lost {
			return true
		}
	}
	return false
}

// OnlyIn reports whether all damage is in partitions of topics that match.
func (e *DamagedError) OnlyIn(match func(topic string) bool) bool {
	for _, d := range e.Damages {
		if d.topic == "" || !match(d.topic) {
			return false
		}
	}
	return true
}

// stateTopic reports whether a topic is one of a state, which can be made anew from the events.
func stateTopic(topic string) bool { return strings.HasSuffix(topic, "-meta.state") }

// damaged is an error if there is damage.
func damaged(dir string, all []Damage) error {
	if len(all) == 0 {
		return nil
	}
	return &DamagedError{Dir: dir, Damages: all}
}

// errDamaged is for reads that end at damage.
var errDamaged = errors.New("batch is damaged")
