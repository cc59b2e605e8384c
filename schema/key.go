package schema

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Key is the key of a record's events: which account's, and which of its resource's records.
type Key struct {
	AccountID string `json:"account_id"`
	ID        string `json:"id"` // as ChildID makes it
}

// Bytes is the key as the topics have it: compact JSON, always the same bytes for the same record. What isn't UTF-8 is
// replaced by U+FFFD.
func (k Key) Bytes() []byte { return marshal(k) }

// ParseKey reads what Bytes wrote. An error means that it is no key of an event: another JSON, other or missing
// members.
func ParseKey(b []byte) (Key, error) {
	var k Key
	if err := json.Unmarshal(b, &k, json.RejectUnknownMembers(true)); err != nil {
		return Key{}, fmt.Errorf("key %q: %w", b, err)
	}
	if k.AccountID == "" || k.ID == "" {
		return Key{}, fmt.Errorf("key %q: account_id or id is missing", b)
	}
	return k, nil
}

// marshal encodes structs of strings and numbers, which never fails. Members stand in the struct's order, and nothing
// is escaped that JSON allows as it is, as < and & are in HTML.
func marshal(v any) []byte {
	b, err := json.Marshal(v, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		panic(err)
	}
	return b
}

// Parents returns the names of the resources whose ids fill the row's path, outermost first.
func (r *Resource) Parents() []string {
	var names []string
	for part := range strings.SplitSeq(r.Path, "{") {
		if name, _, ok := strings.Cut(part, "}"); ok {
			names = append(names, name)
		}
	}
	return names
}

// Parent returns the name of the resource whose records these are children of, "" at the top level.
func (r *Resource) Parent() string {
	if p := r.Parents(); len(p) > 0 {
		return p[len(p)-1]
	}
	return ""
}

// Dated reports whether records are known by an instant, as DigitalOcean's member created_at is: different texts of one
// instant are one id.
func (r *Resource) Dated() bool { return strings.HasSuffix(r.ID, "_at") }

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

// Segment is a record's own id as it stands in its id and in a path: the values of its id members, escaped, several
// joined by "+". A "+" inside one of several is %2B; one that stands alone keeps it.
func Segment(parts ...string) string {
	if len(parts) == 1 {
		return url.PathEscape(parts[0])
	}
	escaped := make([]string, len(parts))
	for i, part := range parts {
		escaped[i] = strings.ReplaceAll(url.PathEscape(part), "+", "%2B")
	}
	return strings.Join(escaped, "+")
}

// ChildID joins a parent's id and a record's own id, unescaped, to the record's id.
func ChildID(parent, own string) string { return JoinID(parent, Segment(own)) }

// JoinID joins a parent's id and a record's segment to the record's id.
func JoinID(parent, segment string) string {
	if parent == "" {
		return segment
	}
	return parent + "/" + segment
}

// CutID returns the parent's id and the record's segment.
func CutID(id string) (parent, segment string) {
	i := strings.LastIndexByte(id, '/')
	return id[:max(i, 0)], id[i+1:]
}

// SplitID returns the parent's id and the record's own id, unescaped. Of one that is made of several members, CutID's
// segment is what tells them apart.
func SplitID(id string) (parent, own string, err error) {
	parent, segment := CutID(id)
	if own, err = url.PathUnescape(segment); err != nil {
		return "", "", fmt.Errorf("id %q: %w", id, err)
	}
	return parent, own, nil
}
