package alert

import (
	"math"
	"reflect"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/seachange/seachange/cmd/seachange/exposure"
)

// itself is the member of an event under which functions find what it is of. No condition can name it.
const itself = "\x00"

var (
	eventType = cel.MapType(cel.StringType, cel.DynType)
	listType  = cel.ListType(eventType)
)

func subjectOf(event ref.Val) *subject {
	m, _ := event.Value().(map[string]any)
	s, _ := m[itself].(*subject)
	return s
}

// listOf declares a function of an event that returns a list.
func listOf(name string, list *cel.Type, of func(*subject) []any) cel.EnvOption {
	return cel.Function(name, cel.Overload(name+"_event", []*cel.Type{eventType}, list,
		cel.UnaryBinding(func(event ref.Val) ref.Val {
			s := subjectOf(event)
			if s == nil {
				return types.NewErr("%s: want event", name)
			}
			return types.DefaultTypeAdapter.NativeToValue(of(s))
		})))
}

// reachableNow declares what can be reached of a record of the event's account.
func reachableNow() cel.EnvOption {
	return cel.Function("reachable_now", cel.Overload("reachable_now_event_id", []*cel.Type{eventType, cel.StringType},
		listType,
		cel.BinaryBinding(func(event, id ref.Val) ref.Val {
			s, text := subjectOf(event), id.Value().(string)
			if s == nil {
				return types.NewErr("reachable_now: want event")
			}
			return types.DefaultTypeAdapter.NativeToValue(s.reachableNow(text))
		})))
}

// withEvent gives reachable_now the event that it is asked about.
func withEvent(f cel.MacroExprFactory, _ ast.Expr, args []ast.Expr) (ast.Expr, *cel.Error) {
	return f.NewCall("reachable_now", f.NewIdent("event"), args[0]), nil
}

// everyPort is what lies between the first port and the last.
const everyPort = math.MaxUint16

// covers declares whether one of some ports is among those of an exposure. Where every port can be reached, or no
// firewall protects what is reached, that is no matter of one of them.
func covers() cel.EnvOption {
	return cel.Function("covers", cel.Overload("covers_exposure_ports",
		[]*cel.Type{eventType, cel.StringType, cel.ListType(cel.IntType)}, cel.BoolType,
		cel.FunctionBinding(func(args ...ref.Val) ref.Val {
			m, _ := args[0].Value().(map[string]any)
			from, _ := m["from"].(int64)
			to, ok := m["to"].(int64)
			ports, err := args[2].ConvertToNative(reflect.TypeFor[[]int64]())
			if err != nil {
				return types.NewErr("covers: %s", err)
			}
			one := ok && to-from < everyPort && m["unprotected"] == false
			return types.Bool(one && m["protocol"] == args[1].Value() && slices.ContainsFunc(ports.([]int64),
				func(p int64) bool {
					return from <= p && p <= to
				}))
		})))
}

func (s *subject) shown(began bool) []any {
	all := []any{}
	for _, c := range s.changes {
		exposures := c.Ended
		if began {
			exposures = c.Opened()
		}
		for _, x := range exposures {
			all = append(all, exposureMap(c.Target, x))
		}
	}
	return all
}

// ways are those in which a bucket lets the internet in after the event and did not before.
func (s *subject) ways() []any {
	all := []any{}
	if s.ev != nil {
		for _, way := range exposure.Ways(s.ev) {
			all = append(all, way)
		}
	}
	return all
}

func (s *subject) reachableNow(id string) []any {
	all := []any{}
	if s.engine == nil || s.ev == nil {
		return all
	}
	for _, resource := range exposure.Resources() {
		t := exposure.Target{Account: s.ev.Source.DB, Resource: resource, ID: id}
		for _, x := range s.engine.Now(t.Account, resource, id) {
			all = append(all, exposureMap(t, x))
		}
	}
	return all
}

// exposureMap is an exposure as conditions see it.
func exposureMap(t exposure.Target, x exposure.Exposure) map[string]any {
	sources, through := []any{}, []any{}
	for _, p := range x.Sources {
		sources = append(sources, p.String())
	}
	for _, s := range x.Through {
		through = append(through, s)
	}
	return map[string]any{
		"resource": t.Resource, "id": t.ID, "name": t.Name, "protocol": x.Protocol, "ports": x.Ports.String(),
		"from": int64(x.Ports.From), "to": int64(x.Ports.To), "sources": sources,
		"addresses": int64(math.Min(x.Addresses, math.MaxInt64/2)), "world": x.World, "unprotected": x.Unprotected,
		"via": x.Via, "way": x.Way, "through": through, "text": x.String(),
	}
}

// reached says in words that exposures of a target began.
func reached(t exposure.Target, all []exposure.Exposure) string {
	var said []string
	for _, x := range all {
		said = append(said, x.String())
	}
	verb := " is now reachable on "
	if t.Resource == "spaces_buckets" {
		verb = " is now open: "
	}
	return t.String() + verb + strings.Join(said, "; ")
}
