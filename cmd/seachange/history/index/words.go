package index

import (
	"strings"

	"github.com/tidwall/gjson" // all values: half the memory of jsontext (BenchmarkJSON of exposure)

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/schema"
)

// words are what an event can be found by: all that a record says when it comes, goes, or is the first that is known of
// it; else what changed. Together they are all that the record ever said.
func words(ev *schema.Event, first bool) string {
	var b strings.Builder
	if saysAll(ev, first) {
		rowWords(&b, ev.After)
		rowWords(&b, ev.Before)
		return b.String()
	}
	gjson.Parse(*ev.Changes).ForEach(func(_, c gjson.Result) bool {
		scalars(&b, c.Get("value"))
		scalars(&b, c.Get("old"))
		return true
	})
	return b.String()
}

// wordsOf are the words of an event; its bodies are unquoted if they are needed.
func wordsOf(o *history.Outline, first bool) string {
	if saysAll(o.Bare(), first) {
		return words(o.Event(), first)
	}
	return words(o.Bare(), first)
}

func saysAll(ev *schema.Event, first bool) bool {
	return ev.Op != schema.Updated || first || ev.Changes == nil
}

func rowWords(b *strings.Builder, r *schema.Row) {
	if r == nil {
		return
	}
	b.WriteString(r.ID)
	for _, s := range []*string{r.URN, r.Name} {
		if s != nil {
			b.WriteByte('\n')
			b.WriteString(*s)
		}
	}
	b.WriteByte('\n')
	if r.Body != nil {
		scalars(b, gjson.Parse(*r.Body))
	}
}

// scalars writes the values in a JSON text, a line each, without the names of their members; names of a free-form map,
// such as tags, too, would need the schema.
func scalars(b *strings.Builder, v gjson.Result) {
	switch {
	case v.IsObject() || v.IsArray():
		v.ForEach(func(_, inner gjson.Result) bool {
			scalars(b, inner)
			return true
		})
	case v.Type == gjson.String:
		b.WriteString(v.Str)
		b.WriteByte('\n')
	case v.Type == gjson.Number:
		b.WriteString(v.Raw)
		b.WriteByte('\n')
	}
}
