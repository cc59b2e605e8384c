package alert

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/ext"
	"github.com/go-json-experiment/json"
)

// Silence mutes the alerts that meet a condition until a moment.
type Silence struct {
	ID         string    `json:"id"`
	By         string    `json:"by"`
	Comment    string    `json:"comment,omitempty"`
	Match      string    `json:"match"` // in CEL
	Begins     time.Time `json:"begins"`
	Until      time.Time `json:"until"`
	Everything bool      `json:"everything,omitempty"` // it was meant to match everything

	program cel.Program
}

// Active reports whether the silence has begun and is not over.
func (s *Silence) Active(now time.Time) bool { return !now.Before(s.Begins) && now.Before(s.Until) }

// Reason says in words who silenced, until when and why.
func (s *Silence) Reason() string {
	return strings.TrimSuffix(fmt.Sprintf("silenced by %s until %s: %s", s.By, s.Until.UTC().Format(time.RFC3339),
		s.Comment), ": ")
}

// Complete compiles the condition, and finds what is wrong with a silence.
func (s *Silence) Complete() error {
	env, err := silenceEnv()
	if err != nil {
		return err
	}
	checked, issues := env.Compile(s.Match)
	if err := issues.Err(); err != nil {
		return conditionError(issues)
	}
	if t := checked.OutputType(); !t.IsExactType(cel.BoolType) {
		return fmt.Errorf("the condition is a %s, want a bool", t)
	}
	if s.program, err = env.Program(checked, cel.CostLimit(costLimit)); err != nil {
		return err
	}
	if !s.Until.After(s.Begins) {
		return errors.New("the silence ends before it begins")
	}
	if !s.Everything && s.all() {
		return fmt.Errorf("the condition %s matches everything, so that no alert would be sent", s.Match)
	}
	return nil
}

func conditionError(issues *cel.Issues) error {
	var errs []error
	for _, e := range issues.Errors() {
		errs = append(errs, fmt.Errorf("line %d, column %d: %s", e.Location.Line(), e.Location.Column()+1,
			strings.TrimSuffix(e.Message, " (in container '')")))
	}
	return errors.Join(errs...)
}

// silenceEnv declares what a silence's condition may name.
func silenceEnv() (*cel.Env, error) {
	opts := []cel.EnvOption{ext.Strings(), ext.Sets(), cel.Variable("tags", cel.ListType(cel.StringType))}
	for name := range silenced(&Alert{}) {
		if name != "tags" {
			opts = append(opts, cel.Variable(name, cel.StringType))
		}
	}
	return cel.NewEnv(opts...)
}

// silenced is what a silence's condition sees of an alert.
func silenced(a *Alert) map[string]any {
	return map[string]any{
		"rule": a.Rule, "severity": a.Severity, "title": a.Title, "account": a.Account, "account_name": a.AccountName,
		"resource": a.Resource, "id": a.Record, "name": a.Name, "key": a.Key, "what": a.What, "tags": nonNil(a.Tags),
	}
}

// Matches reports whether an alert meets the condition. One that can't be asked mutes nothing.
func (s *Silence) Matches(a *Alert) bool {
	met, err := evaluate(s.program, silenced(a))
	return met && err == nil
}

// all reports whether the silence mutes alerts of every severity of which it can know nothing: such a condition, as
// rule != "x", leaves at best a few out.
func (s *Silence) all() bool {
	for _, severity := range severities {
		if !s.Matches(&Alert{
			Rule: "a rule that is not there", Severity: severity, Title: "a title that is not there",
			Account: "an account that is not there", AccountName: "a name that is not there",
			Resource: "a resource that is not there", Record: "an id that is not there", Name: "one that is not there",
			Key: "a key that is not there", What: "a change that is not there", Tags: []string{"a tag that is not there"},
		}) {
			return false
		}
	}
	return true
}

// parseSilence reads a record of the topic of silences.
func parseSilence(key, value []byte) (*Silence, error) {
	s := &Silence{}
	if err := json.Unmarshal(value, s); err != nil {
		return nil, fmt.Errorf("not a silence: %w", err)
	}
	if s.ID == "" || s.ID != string(key) {
		return nil, fmt.Errorf("not a silence: its key is %q and its id %q", key, s.ID)
	}
	if !s.Until.After(s.Begins) {
		s.Until = s.Begins.Add(1) // it was expired as it began, or by a clock that is behind
	}
	return s, s.Complete()
}
