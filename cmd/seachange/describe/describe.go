// Package describe says in words what an event is about, on one line, for people.
package describe

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/tidwall/gjson" // its paths are those of the rows' summaries

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

// Line is an event as a person reads it: when, what, whose, which, and what changed. account is its name for people.
func Line(ev *schema.Event, account string, colour bool) string {
	op := fmt.Sprintf("%-8s", ev.Op.Word())
	if colour {
		op = opColour(ev.Op) + op + "\x1b[0m"
	}
	at := time.UnixMilli(ev.TsMS).UTC().Format(time.RFC3339)
	line := fmt.Sprintf("%s %s %s %s %s", at, op, plain.Value(account), plain.Value(ev.Source.Table), Title(ev.Row()))
	if what := Event(ev); what != "" {
		line += ": " + what
	}
	return line
}

func opColour(op schema.Op) string {
	switch op {
	case schema.Created:
		return "\x1b[32m" // green
	case schema.Updated:
		return "\x1b[33m" // yellow
	case schema.Deleted:
		return "\x1b[31m" // red
	}
	return "\x1b[2m" // dim: there before we came
}

// Title names a record: by its name and its id, or by its id alone where it has no other name.
func Title(r *schema.Row) string {
	if r.Name == nil || *r.Name == "" || *r.Name == r.ID {
		return plain.Value(r.ID)
	}
	return fmt.Sprintf("%s (%s)", plain.Value(*r.Name), plain.Value(r.ID))
}

// Event says what an event is about: what changed on an update, else what the record is. It may be empty.
func Event(ev *schema.Event) string {
	if ev.Op == schema.Updated {
		what := changes(ev.Changes, ev.Source.Table)
		if ev.Source.CausedBy(schema.CauseRollout) {
			what = "DigitalOcean's change to most records; " + what
		}
		return what
	}
	said := Record(ev.Source.Table, ev.Row().Body)
	if ev.Source.CausedBy(schema.CauseParent) {
		return strings.TrimSuffix("gone with its parent; "+said, "; ")
	}
	return said
}

// change is one element of an event's changes.
type change struct {
	Op, Path   string
	Value, Old json.RawMessage
}

// mostClauses bounds a line: a person reads the first few, a program reads the event.
const mostClauses = 6

func changes(text *string, resource string) string {
	if text == nil {
		return "too large to say what changed"
	}
	var all []change
	if err := json.Unmarshal([]byte(*text), &all); err != nil {
		return plain.Value(*text)
	}
	var clauses []string
	for _, c := range all {
		clauses = append(clauses, clause(c, resource))
	}
	return sentence(clauses)
}

// sentence joins clauses, up to mostClauses.
func sentence(clauses []string) string {
	if more := len(clauses) - mostClauses; more > 0 {
		clauses = append(clauses[:mostClauses:mostClauses], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(clauses, "; ")
}

func clause(c change, resource string) string {
	switch c.Op {
	case "add":
		return "added: " + element(c.Path, c.Value, resource)
	case "remove":
		return "removed: " + element(c.Path, c.Old, resource)
	}
	return fmt.Sprintf("%s: %s → %s", dotted(c.Path), shown(c.Old), shown(c.Value))
}

// element is what was added or removed at a path, in the words of its row if that has some.
func element(path string, v json.RawMessage, resource string) string {
	list, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if row := schema.LookupAny(resource); row != nil && row.Words[list] != "" {
		if of := gjson.ParseBytes(v); has(of, row.Words[list]) {
			return fill(row.Words[list], of)
		}
	}
	return dotted(index.ReplaceAllString(path, "")) + " " + shown(v)
}

var (
	index     = regexp.MustCompile(`/(\d+|-)$`) // of an array's element, at a path's end
	arrayStep = regexp.MustCompile(`\.(\d+)`)
	unpointer = strings.NewReplacer("/", ".", "~1", "/", "~0", "~")
)

// dotted is a JSON pointer as people write it: /networks/v4/0/type is networks.v4[0].type.
func dotted(pointer string) string {
	return plain.Value(arrayStep.ReplaceAllString(unpointer.Replace(strings.TrimPrefix(pointer, "/")), "[$1]"))
}

// shown is a JSON value: text as it is, all else as JSON.
func shown(v json.RawMessage) string {
	s := string(v)
	if r := gjson.ParseBytes(v); r.Type == gjson.String {
		if s = r.String(); s == "" {
			return `""`
		}
	}
	if s == "" {
		return "nothing"
	}
	return plain.Value(s)
}
