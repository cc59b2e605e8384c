package apidoc

import (
	"strings"

	"github.com/seachange/seachange/schema"
)

// Records returns where a row's records are in the response, in each of the spellings of its root: "droplets[]".
func Records(r *schema.Resource) []string {
	roots := strings.Split(r.Items, "|")
	for i, items := range roots {
		switch {
		case r.Paging == schema.Edges: // its nodes
		case r.Kind == schema.Map:
			roots[i] = items + ".*"
		case r.Kind != schema.Single:
			roots[i] = items + "[]"
		}
	}
	return roots
}

// Within returns a path into a row's answer as the row's verbs write it: from the record on, or with a slash if it lies
// beside the records.
func Within(r *schema.Resource, path string) string {
	for _, root := range Records(r) {
		if root == "" {
			return path
		}
		if rest, ok := strings.CutPrefix(path, root+"."); ok {
			return rest
		}
	}
	return "/" + path
}
