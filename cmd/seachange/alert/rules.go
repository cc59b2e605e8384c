// Package alert reacts to events: rules say which, outputs where to send them.
package alert

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/seachange/seachange/cmd/seachange/strictyaml"
)

// Shipped are the rules that come with seachange, as YAML.
//
//go:embed rules.yaml
var Shipped []byte

// Rules are the rules of a file, ready to be asked, and its outputs.
type Rules struct {
	Rules     []*Rule
	Outputs   []Output
	Heartbeat Heartbeat
}

// Rule says which events to report.
type Rule struct {
	Name     string `yaml:"name"`     // unique; part of an alert's id
	Title    string `yaml:"title"`    // what happened, in words
	Advice   string `yaml:"advice"`   // what to do about it
	Severity string `yaml:"severity"` // critical, warning (the default) or info
	// On is what the condition is about: events (the default), records and exposures, of which the beginning is
	// reported and the end, or status, a collection's change of status.
	On       string     `yaml:"on"`
	Resource words      `yaml:"resource"` // one or several; none is all
	When     Expression `yaml:"when"`     // in CEL, a bool
	Except   Expression `yaml:"except"`   // in CEL, a bool: of what meets when, what is not reported
	// For is how long an exposure, or a status, has to last before it is reported.
	For Duration `yaml:"for"`
	// Cooldown is how long after a finding was reported its beginning is not reported again.
	Cooldown   Duration `yaml:"cooldown"`
	RunbookURL string   `yaml:"runbook_url"`
	Tags       words    `yaml:"tags"` // as attack.t1190
	// FirstSight lets the rule fire on what was there when it was first looked at.
	FirstSight bool  `yaml:"first_sight"`
	Burst      Burst `yaml:"burst"`
	// Outputs are the names of those to send it to; none is all.
	Outputs words `yaml:"outputs"`

	program, except cel.Program // except is nil without one
}

// Burst makes a rule fire once when so many of an account's events meet it within so long.
type Burst struct {
	Count  int      `yaml:"count"` // 0: every event fires
	Within Duration `yaml:"within"`
}

// Duration is a time.Duration that a file may say.
type Duration time.Duration

// UnmarshalText reads "90s" or "10m".
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || v <= 0 {
		return fmt.Errorf("%q is not a time: write it as 90s or 10m", text)
	}
	*d = Duration(v)
	return nil
}

// Expression is a condition in CEL, and where it stands in the file.
type Expression struct {
	Text         string
	line, column int  // of its first character, from 1
	indented     bool // a block, each of whose lines begins at column
}

// UnmarshalYAML keeps the place.
func (e *Expression) UnmarshalYAML(node ast.Node) error {
	t := node.GetToken()
	e.line, e.column = t.Position.Line, t.Position.Column
	switch n := node.(type) {
	case *ast.LiteralNode:
		e.Text, e.indented = n.Value.Value, true
		origin := strings.TrimLeft(n.Value.GetToken().Origin, "\r\n")
		e.line, e.column = n.Start.Position.Line+1, 1+len(origin)-len(strings.TrimLeft(origin, " "))
	case *ast.StringNode:
		e.Text = n.Value
		if strings.HasPrefix(strings.TrimSpace(t.Origin), `"`) || strings.HasPrefix(strings.TrimSpace(t.Origin), "'") {
			e.column++
		}
	default:
		e.Text = t.Value
	}
	return nil
}

// words are one word or several.
type words []string

// UnmarshalYAML takes a string as a list of one.
func (w *words) UnmarshalYAML(node ast.Node) error {
	if s, ok := node.(*ast.StringNode); ok {
		*w = words{s.Value}
		return nil
	}
	var list []string
	if err := yaml.NodeToValue(node, &list); err != nil {
		return fmt.Errorf("line %d: want a name or a list of names", node.GetToken().Position.Line)
	}
	*w = list
	return nil
}

// Parse reads and compiles rules. Its error names every fault, each with line and column. known reports whether a
// resource is one that seachange has.
func Parse(r io.Reader, known func(resource string) bool) (*Rules, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var file struct {
		Outputs   []Output  `yaml:"outputs"`
		Heartbeat Heartbeat `yaml:"heartbeat"`
		Rules     []*Rule   `yaml:"rules"`
	}
	if err := strictyaml.Decode(content, &file); err != nil {
		return nil, err
	}
	if len(file.Rules) == 0 {
		return nil, errors.New("no rules: the list rules is missing, or empty")
	}
	if len(file.Outputs) == 0 {
		file.Outputs = []Output{{Name: "terminal", Type: "terminal"}}
	}
	set := &Rules{Rules: file.Rules, Outputs: file.Outputs, Heartbeat: file.Heartbeat}
	return set, set.complete(known)
}

func (s *Rules) complete(known func(string) bool) error {
	var errs []error
	outputs := map[string]bool{}
	for i := range s.Outputs {
		o := &s.Outputs[i]
		if outputs[o.Name] {
			errs = append(errs, fmt.Errorf("two outputs are named %q", o.Name))
		}
		outputs[o.Name] = true
		errs = append(errs, o.complete())
	}
	env, err := newEnv()
	if err != nil {
		return err
	}
	names := map[string]bool{}
	for i, r := range s.Rules {
		if r.Name == "" {
			errs = append(errs, fmt.Errorf("rule %d has no name", i+1))
		}
		if names[r.Name] {
			errs = append(errs, fmt.Errorf("two rules are named %q", r.Name))
		}
		names[r.Name] = true
		errs = append(errs, r.complete(env, outputs, known))
	}
	return errors.Join(errs...)
}

var severities = []string{"critical", "warning", "info"}

func (r *Rule) complete(env *cel.Env, outputs map[string]bool, known func(string) bool) error {
	var errs []error
	fault := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("rule %q: "+format, append([]any{r.Name}, args...)...))
	}
	if r.Severity == "" {
		r.Severity = "warning"
	}
	if r.On == "" {
		r.On = "events"
	}
	if !slices.Contains(severities, r.Severity) {
		fault("severity %q: there are critical, warning and info", r.Severity)
	}
	if !slices.Contains([]string{"events", "records", "exposures", "status"}, r.On) {
		fault("on %q: there are events, records, exposures and status", r.On)
	}
	if r.For > 0 && r.On != "exposures" && r.On != "status" {
		fault("for: is for rules on exposures and on status")
	}
	for _, n := range r.Resource {
		if !known(n) {
			fault("no resource %q: seachange resources lists them", n)
		}
	}
	for _, n := range r.Outputs {
		if !outputs[n] {
			fault("no output %q", n)
		}
	}
	if (r.Burst.Count > 0) != (r.Burst.Within > 0) {
		fault("a burst needs both count and within")
	}
	if r.Burst.Count > 0 && r.On != "events" {
		fault("a burst is of events")
	}
	if r.When.Text == "" {
		fault("when: is missing: the condition, in CEL")
		return errors.Join(errs...)
	}
	var err error
	r.program, err = r.compile(env, &r.When)
	errs = append(errs, err)
	if r.Except.Text != "" {
		r.except, err = r.compile(env, &r.Except)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (r *Rule) compile(env *cel.Env, e *Expression) (cel.Program, error) {
	checked, issues := env.Compile(e.Text)
	if issues.Err() != nil {
		return nil, r.faults(e, issues)
	}
	if t := checked.OutputType(); !t.IsExactType(cel.BoolType) && !t.IsExactType(cel.DynType) {
		return nil, fmt.Errorf("line %d, column %d: rule %q: the condition is a %s, want a bool", e.line, e.column, r.Name, t)
	}
	program, err := env.Program(checked, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(costLimit))
	if err != nil {
		return nil, fmt.Errorf("rule %q: %w", r.Name, err)
	}
	return program, nil
}

// reaches reports whether a rule asks what the world can reach.
func (r *Rule) reaches() bool {
	return r.On == "exposures" || strings.Contains(r.When.Text+r.Except.Text, "reachable")
}

// costLimit bounds an evaluation, in CEL's units: a condition that loops over loops must not stop the others.
const costLimit = 10_000_000

func (r *Rule) faults(of *Expression, issues *cel.Issues) error {
	var errs []error
	for _, e := range issues.Errors() {
		line, column := of.line, of.column+e.Location.Column()
		if of.indented {
			line += e.Location.Line() - 1
		}
		errs = append(errs, fmt.Errorf("line %d, column %d: rule %q: %s", line, column, r.Name,
			strings.TrimSuffix(e.Message, " (in container '')")))
	}
	return errors.Join(errs...)
}
