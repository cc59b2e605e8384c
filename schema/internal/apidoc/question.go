package apidoc

import (
	"regexp"
	"strings"

	"github.com/seachange/seachange/schema/secret"
)

// moving are words in the names of what tends to move by itself.
var moving = regexp.MustCompile(`(^|_)(updated|last|next|count|usage|used|progress|utilization|total|latency)(_|$)|(At|Count)$`)

// Question returns what is to be decided about a member of a record, by its name and type: "secret", "personal", "set",
// "noise", or empty if nothing is.
func Question(f Field) string {
	name := f.Path[strings.LastIndex(f.Path, ".")+1:]
	switch {
	case secret.Name(name) == secret.Several && numeric(f.Type): // how many there are
		return ""
	case secret.Name(name) != secret.Open && f.Type != "bool" && f.Type != "object" && !strings.HasPrefix(f.Type, "array"):
		return "secret"
	case secret.Personal(name):
		return "personal"
	case strings.HasPrefix(f.Type, "array"):
		return "set"
	case moving.MatchString(name):
		return "noise"
	}
	return ""
}

func numeric(kind string) bool {
	return strings.HasPrefix(kind, "int") || strings.HasPrefix(kind, "uint") || strings.HasPrefix(kind, "float")
}
