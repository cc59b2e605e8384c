package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/internal/apidoc"
)

var array = regexp.MustCompile(`^[A-Za-z0-9_]+\[\]$`)

// listed returns the member of an answer that holds records, empty if none does.
func listed(e apidoc.Endpoint) string {
	if strings.HasSuffix(e.Path, "}") {
		return "" // one by its id
	}
	plain := ""
	for _, f := range e.Fields {
		switch {
		case f.Path == "edges[].node":
			return f.Path
		case array.MatchString(f.Path) && f.Type == "object":
			return strings.TrimSuffix(f.Path, "[]")
		case array.MatchString(f.Path) && plain == "":
			plain = strings.TrimSuffix(f.Path, "[]")
		}
	}
	return plain
}

// skeleton returns the row that a listing may become. What can't be known is left to whoever finishes it.
func skeleton(e apidoc.Endpoint, items string, o offer) string {
	record, isMember := shape(e, items)
	var b strings.Builder
	fmt.Fprintf(&b, "{\n\tName: %q, Path: %q, Items: %q, Absent: %s,\n", named(e.Path), asRow(e.Path), items, absent(e, o))
	fmt.Fprintf(&b, "\t%s\n", strings.Join(append(scope(e, o), paged(e)...), " "))
	line := []string{}
	if id := firstOf(isMember, "id", "uuid", "urn", "slug", "name"); id != "" {
		line = append(line, fmt.Sprintf("ID: %q,", id))
	} else {
		line = append(line, "// ID: which member tells a record from its siblings?")
	}
	for _, at := range [][2]string{
		{"created_at", "Born"},
		{"createdAt", "Born"},
		{"updated_at", "Clock"},
		{"updatedAt", "Clock"},
	} {
		if isMember(at[0]) {
			line = append(line, fmt.Sprintf("%s: %q,", at[1], at[0]))
		}
	}
	fmt.Fprintf(&b, "\t%s\n", strings.Join(line, " "))
	for _, verb := range []string{"Mask", "Sets", "Ignore", "PII"} {
		if paths := verbs(record)[verb]; len(paths) > 0 {
			fmt.Fprintf(&b, "\t%s: %q,\n", verb, strings.Join(paths, " "))
		}
	}
	b.WriteString("},")
	return b.String()
}

// shape returns the members of a record.
func shape(e apidoc.Endpoint, items string) (record []apidoc.Field, isMember func(string) bool) {
	root := items + "[]."
	if strings.HasPrefix(items, "edges") {
		root = items + "."
	}
	for _, f := range e.Fields {
		if path, ok := strings.CutPrefix(f.Path, root); ok {
			record = append(record, apidoc.Field{Path: path, Type: f.Type})
		}
	}
	return record, func(name string) bool {
		return slices.ContainsFunc(record, func(f apidoc.Field) bool { return f.Path == name })
	}
}

// named is a row's name: what its path says, from the last record on.
func named(path string) string {
	var words []string
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if !strings.HasPrefix(part, "{") && !version.MatchString(part) {
			words = append(words, part)
		}
	}
	return strings.ToLower(strings.ReplaceAll(strings.Join(words, "_"), "-", "_"))
}

var version = regexp.MustCompile(`^v\d+$`)

// asRow writes the rows' names in place of a path's parameters, as far as there are rows.
func asRow(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if !strings.HasPrefix(part, "{") {
			continue
		}
		above := apidoc.Blank(strings.Join(parts[:i], "/"))
		for _, r := range schema.Catalog {
			if apidoc.Blank(r.Path) == above {
				parts[i] = "{" + r.Name + "}"
			}
		}
	}
	return strings.Join(parts, "/")
}

// absent is what may confirm a delete.
func absent(e apidoc.Endpoint, o offer) string {
	if slices.ContainsFunc(o.endpoints, func(other apidoc.Endpoint) bool {
		return apidoc.Blank(other.Path) == apidoc.Blank(e.Path)+"/{}"
	}) {
		return "ByGet"
	}
	return "Twice"
}

// scope names the scope only if the document does.
func scope(e apidoc.Endpoint, o offer) []string {
	if o.scopes != nil {
		if is := o.scopes(e.Path); len(is) > 0 {
			return []string{fmt.Sprintf("Scope: %q,", is[0])}
		}
	}
	return []string{`Scope: "", /* not said: look it up, or leave it empty and put the row into a Group */`}
}

// paged is how one page leads to the next, by the parameters that may be sent.
func paged(e apidoc.Endpoint) []string {
	has := func(name string) bool { return slices.Contains(e.Query, name) }
	switch {
	case has("page_token"):
		return []string{"Paging: Tokens,"}
	case has("pagination.page"):
		return []string{"Paging: Dotted,"}
	case has("after"):
		return []string{"Paging: Edges,"}
	case has("page"):
		return nil
	}
	return []string{"PerPage: -1,"}
}

func firstOf(has func(string) bool, names ...string) string {
	for _, name := range names {
		if has(name) {
			return name
		}
	}
	return ""
}

// verbs returns what looks like a secret, a set, noise or a person's.
func verbs(record []apidoc.Field) map[string][]string {
	all := map[string][]string{}
	for _, f := range record {
		if strings.HasSuffix(f.Path, "[]") {
			continue
		}
		switch apidoc.Question(f) {
		case "secret":
			all["Mask"] = append(all["Mask"], f.Path)
		case "personal":
			all["PII"] = append(all["PII"], f.Path)
		case "set":
			all["Sets"] = append(all["Sets"], f.Path+key(record, f.Path))
		case "noise":
			all["Ignore"] = append(all["Ignore"], f.Path)
		}
	}
	return all
}

// key is what tells the elements of an array apart: "[id]", empty if they are no objects or have nothing of the kind.
func key(record []apidoc.Field, array string) string {
	id := firstOf(func(name string) bool {
		return slices.ContainsFunc(record, func(f apidoc.Field) bool { return f.Path == array+"[]."+name })
	}, "id", "uuid", "name", "slug")
	if id == "" {
		return ""
	}
	return "[" + id + "]"
}
