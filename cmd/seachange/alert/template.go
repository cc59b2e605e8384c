package alert

import (
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/seachange/seachange/schema/plain"
)

// templates are the words of an output that has its own.
type templates struct{ title, body *template.Template }

// compile reads the output's templates, and tries them.
func (o *Output) compile() (err error) {
	if o.Title+o.Body == "" {
		return nil
	}
	if !o.forPeople() && !slices.Contains([]string{"pagerduty", "opsgenie", "alertmanager"}, o.Type) {
		return fmt.Errorf("output %q: title and body are for what people read, not for type %s", o.Name, o.Type)
	}
	if o.words.title, err = o.template("title", o.Title); err != nil {
		return err
	}
	o.words.body, err = o.template("body", o.Body)
	return err
}

func (o *Output) template(what, text string) (*template.Template, error) {
	if text == "" {
		return nil, nil
	}
	t, err := template.New(what).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("output %q: %w", o.Name, err)
	}
	for _, status := range []string{Firing, Resolved} {
		a := &Alert{Status: status, Severity: "info", Before: time.Unix(0, 0)}
		if err := t.Execute(new(strings.Builder), a); err != nil {
			return nil, fmt.Errorf("output %q: %w", o.Name, err)
		}
	}
	return t, nil
}

// title is an alert on one line.
func (o *Output) title(a *Alert) string {
	return plain.Text(render(o.words.title, a, a.Title+": "+a.Where()))
}

// text is an alert in a few lines.
func (o *Output) text(a *Alert) string {
	if o.words.body == nil {
		return a.Text()
	}
	var lines []string
	for line := range strings.Lines(render(o.words.body, a, a.Text())) {
		lines = append(lines, plain.Text(strings.TrimSuffix(line, "\n")))
	}
	return strings.Join(lines, "\n")
}

// render executes a template; without one, or where it can't be for this alert, the text is another.
func render(t *template.Template, a *Alert, without string) string {
	var b strings.Builder
	if t == nil || t.Execute(&b, a) != nil {
		return without
	}
	return b.String()
}
