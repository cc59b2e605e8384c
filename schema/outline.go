package schema

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Outline is an event whose bodies were not unquoted: they are most of an event, and who only files it needs few.
type Outline struct {
	event         Event
	before, after jsontext.Value
}

// ParseOutline reads what Marshal wrote, as ParseEvent does, and with its errors.
func ParseOutline(b []byte) (*Outline, error) {
	type row struct {
		Row
		Body jsontext.Value `json:"body"` // hides the row's
	}
	var o struct {
		Event
		Before *row `json:"before"`
		After  *row `json:"after"`
	}
	if err := json.Unmarshal(b, &o); err != nil {
		return nil, fmt.Errorf("not an event of seachange: %w", err)
	}
	out := &Outline{event: o.Event}
	for _, side := range []struct {
		from *row
		to   **Row
		body *jsontext.Value
	}{{o.Before, &out.event.Before, &out.before}, {o.After, &out.event.After, &out.after}} {
		if side.from == nil {
			continue
		}
		if k := side.from.Body.Kind(); k != '"' && k != 'n' && k != 0 {
			return nil, fmt.Errorf("not an event of seachange: a body is JSON %s and no string", k)
		}
		*side.to, *side.body = &side.from.Row, side.from.Body
	}
	if err := out.event.check(); err != nil {
		return nil, err
	}
	return out, nil
}

// Bare returns the event without bodies.
func (o *Outline) Bare() *Event { return &o.event }

// Event returns the event as ParseEvent does.
func (o *Outline) Event() *Event {
	ev := o.event
	ev.Before, ev.After = withBody(ev.Before, o.before), withBody(ev.After, o.after)
	return &ev
}

func withBody(r *Row, quoted jsontext.Value) *Row {
	if r == nil || quoted.Kind() != '"' {
		return r
	}
	with := *r
	body, _ := jsontext.AppendUnquote(nil, quoted) // it was read as JSON
	with.Body = new(string(body))
	return &with
}
