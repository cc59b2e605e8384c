package schema

import (
	"fmt"
	"net/url"
	"strings"
)

// Parents answers the names of the resources whose ids fill the row's path, outermost first.
func (r *Resource) Parents() []string {
	var names []string
	for part := range strings.SplitSeq(r.Path, "{") {
		if name, _, ok := strings.Cut(part, "}"); ok {
			names = append(names, name)
		}
	}
	return names
}

// Parent answers the name of the resource whose records these are children of, "" at the top level.
func (r *Resource) Parent() string {
	if p := r.Parents(); len(p) > 0 {
		return p[len(p)-1]
	}
	return ""
}

// URL fills the row's path with a parent's id, whose segments are escaped and joined by "/": "registry/team%2Fapi".
func (r *Resource) URL(parent string) (string, error) {
	return fill(r.Name, r.Path, r.Parents(), parent)
}

func fill(resource, path string, names []string, parent string) (string, error) {
	var segments []string
	if parent != "" {
		segments = strings.Split(parent, "/")
	}
	if len(names) != len(segments) {
		return "", fmt.Errorf("%s: parent %q has %d segments, want %d", resource, parent, len(segments), len(names))
	}
	for i, name := range names {
		path = strings.Replace(path, "{"+name+"}", segments[i], 1)
	}
	return path, nil
}

// ChildID joins a parent's id and a record's own id, unescaped, to the record's id.
func ChildID(parent, own string) string {
	own = url.PathEscape(own)
	if parent == "" {
		return own
	}
	return parent + "/" + own
}

// SplitID answers the parent's id and the record's own id, unescaped.
func SplitID(id string) (parent, own string, err error) {
	i := strings.LastIndexByte(id, '/')
	if i >= 0 {
		parent = id[:i]
	}
	if own, err = url.PathUnescape(id[i+1:]); err != nil {
		return "", "", fmt.Errorf("id %q: %w", id, err)
	}
	return parent, own, nil
}
