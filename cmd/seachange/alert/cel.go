package alert

import (
	"errors"
	"strconv"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/cmd/seachange/exposure"
	"github.com/seachange/seachange/schema"
)

// newEnv declares what a condition may name. A variable that isn't there is refused with the rules, and not when an
// event comes. What a body holds is known to no checker.
func newEnv() (*cel.Env, error) {
	return cel.NewEnv(
		ext.Strings(), ext.Sets(), cel.OptionalTypes(),
		cel.Variable("resource", cel.StringType), cel.Variable("op", cel.StringType),
		cel.Variable("before", cel.DynType), cel.Variable("after", cel.DynType),
		cel.Variable("changes", cel.ListType(cel.DynType)),
		cel.Variable("source", eventType), cel.Variable("event", eventType),
		cel.Variable("status", cel.StringType), cel.Variable("reason", cel.StringType),
		cel.Variable("record", cel.DynType), cel.Variable("exposure", eventType),
		listOf("newly_reachable", listType, func(s *subject) []any { return s.shown(true) }),
		listOf("no_longer_reachable", listType, func(s *subject) []any { return s.shown(false) }),
		listOf("exposed", cel.ListType(cel.StringType), (*subject).ways),
		reachableNow(), cel.Macros(cel.GlobalMacro("reachable_now", 1, withEvent)),
		covers(),
		cel.Function("opened", cel.Overload("opened_event", []*cel.Type{eventType}, cel.ListType(cel.DynType),
			cel.UnaryBinding(func(v ref.Val) ref.Val {
				event, _ := v.Value().(map[string]any)
				return types.DefaultTypeAdapter.NativeToValue(openings(event))
			}))),
		cel.Function("changed", cel.Overload("changed_event_path", []*cel.Type{eventType, cel.StringType}, cel.BoolType,
			cel.BinaryBinding(func(v, path ref.Val) ref.Val {
				event, _ := v.Value().(map[string]any)
				p, _ := path.Value().(string)
				return types.Bool(changed(event, p))
			}))),
	)
}

// subject is what conditions are asked about: an event, or a change of status. It gives each variable its value when a
// condition asks for it, so that a body is parsed at most once and only if need be.
type subject struct {
	ev             *schema.Event // nil for a status
	status, reason string
	resource       string
	values         map[string]any
	changes        []exposure.Change // of what can be reached
	engine         *exposure.Engine  // nil if no rule asks for it
}

// ResolveName implements cel.Activation.
func (s *subject) ResolveName(name string) (any, bool) {
	if v, ok := s.values[name]; ok {
		return v, true
	}
	v, ok := s.resolve(name)
	if ok {
		s.values[name] = v
	}
	return v, ok
}

// Parent implements cel.Activation.
func (s *subject) Parent() cel.Activation { return nil }

// resolve makes the value of a variable. A name that there is none of is CEL's error, which the checker has ruled
// out.
func (s *subject) resolve(name string) (any, bool) {
	switch name {
	case "resource":
		return s.resource, true
	case "status":
		return s.status, true
	case "reason":
		return s.reason, true
	case "event":
		event := map[string]any{}
		for _, n := range []string{"resource", "op", "before", "after", "changes", "source"} {
			event[n], _ = s.ResolveName(n)
		}
		event[itself] = s
		return event, true
	case "record", "exposure": // of a rule on these
		return map[string]any{}, true
	}
	if s.ev == nil {
		return s.empty(name)
	}
	switch name {
	case "op":
		return string(s.ev.Op), true
	case "before":
		return record(s.ev.Before), true
	case "after":
		return record(s.ev.After), true
	case "changes":
		return s.changed(), true
	case "source":
		return source(&s.ev.Source), true
	}
	return nil, false
}

// empty is what a status has of an event.
func (s *subject) empty(name string) (any, bool) {
	switch name {
	case "op":
		return "", true
	case "before", "after":
		return nil, true
	case "changes":
		return []any{}, true
	case "source":
		return map[string]any{}, true
	}
	return nil, false
}

func (s *subject) changed() []any {
	if s.ev.Changes != nil {
		if list, ok := parse([]byte(*s.ev.Changes)).([]any); ok {
			return list
		}
	}
	return []any{}
}

// record is a row with its body parsed; nil without a row.
func record(r *schema.Row) any {
	if r == nil {
		return nil
	}
	m := map[string]any{
		"account_id": r.AccountID, "id": r.ID, "urn": value(r.URN), "parent_id": value(r.ParentID), "name": value(r.Name),
		"region": value(r.Region), "created_at": value(r.CreatedAt), "body": nil, "body_sha256": value(r.BodySHA256),
	}
	if r.Body != nil {
		m["body"] = parse([]byte(*r.Body))
	}
	return m
}

// source is an event's source as a condition sees it, by the names of the event's JSON.
func source(s *schema.Source) map[string]any {
	m := map[string]any{
		"version": s.Version, "connector": s.Connector, "name": s.Name, "ts_ms": s.TsMS, "prev_ts_ms": nil,
		"snapshot": s.Snapshot, "db": s.DB,
		"schema": s.Schema, "table": s.Table, "lsn": s.LSN, "sequence": s.Sequence, "txId": s.TxID, "cause": value(s.Cause),
	}
	if s.PrevTsMS != nil {
		m["prev_ts_ms"] = *s.PrevTsMS
	}
	return m
}

func value(s *string) any {
	if s == nil {
		return nil
	}
	return *s
}

// parse reads JSON; whole numbers stay whole, which a plain Unmarshal makes floats of. What isn't JSON is null.
func parse(b []byte) any {
	var v any
	if err := json.Unmarshal(b, &v, whole); err != nil {
		return nil
	}
	return v
}

var whole = json.WithUnmarshalers(json.UnmarshalFromFunc(func(d *jsontext.Decoder, v *any) error {
	if d.PeekKind() != '0' {
		return errors.ErrUnsupported
	}
	t, err := d.ReadToken()
	if err != nil {
		return err
	}
	if i, err := strconv.ParseInt(t.String(), 10, 64); err == nil {
		*v = i
		return nil
	}
	*v, err = strconv.ParseFloat(t.String(), 64)
	return err
}))
