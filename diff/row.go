package diff

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seachange/seachange/schema"
)

// NewRow makes the row of a record from its body. Without a body (nil) only the columns that follow from the id are
// filled.
func NewRow(r *schema.Resource, account, id string, body []byte) schema.Row {
	row := schema.Row{AccountID: account, ID: id, ParentID: parentID(id)}
	if body != nil {
		text := string(body)
		row.Body = &text
	}
	top, _ := readMembers(body) // of what can't be read there are no columns
	row.URN = urn(r, id, top)
	row.Name = title(r, top)
	row.Region = column(top, "region")
	if row.Region == nil {
		row.Region = column(top, "region.slug")
	}
	row.CreatedAt = column(top, "created_at")
	return row
}

// parentID returns the id of a record's parent: all but the last part of its own. Nil at the top level.
func parentID(id string) *string {
	i := strings.LastIndexByte(id, '/')
	if i < 0 {
		return nil
	}
	parent := id[:i]
	return &parent
}

// urn returns a record's urn: made of its own id, or the member that holds it. Nil where the row has none.
func urn(r *schema.Resource, id string, top []member) *string {
	if r.URN == "" {
		return nil
	}
	if member, ok := strings.CutPrefix(r.URN, "="); ok {
		return column(top, member)
	}
	_, own, err := schema.SplitID(id)
	if err != nil {
		return nil
	}
	urn := "do:" + r.URN + ":" + own
	return &urn
}

// title returns what people call a record, nil if nothing: the row's Title, or the first of the members that most
// records have their name in.
func title(r *schema.Resource, top []member) *string {
	if r.Title != "" {
		return column(top, r.Title)
	}
	for _, member := range []string{"name", "label", "ip", "tag"} {
		if s := column(top, member); s != nil {
			return s
		}
	}
	return nil
}

// column returns the text of a string or a number, nil for anything else. "a.b" is a member of a member.
func column(top []member, path string) *string {
	name, rest, deeper := strings.Cut(path, ".")
	i := slices.IndexFunc(top, func(m member) bool { return string(m.name[1:len(m.name)-1]) == name })
	if i < 0 {
		return nil
	}
	v := jsontext.Value(top[i].value)
	switch kind := v.Kind(); {
	case deeper && kind == '{':
		return column(membersOf(v), rest)
	case deeper:
		return nil
	case kind == '0':
		text := string(v)
		return &text
	case kind == '"':
		b, err := jsontext.AppendUnquote(nil, v)
		text := string(b)
		if err != nil {
			return nil
		}
		return &text
	}
	return nil
}
