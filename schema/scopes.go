package schema

import "slices"

// RiskyScopes are scopes that seachange has no use for, and with which a token reads or makes credentials, or opens a
// console. The last one is of use to who asks for the group admin.
var RiskyScopes = []string{
	"app:access_console", "database:view_credentials", "kubernetes:access_cluster", "function:admin",
}

// Scopes returns the least that a token needs to read the rows and every field of them, sorted: what to paste into the
// token's custom scopes.
func Scopes(rows []*Resource) []string {
	var scopes []string
	for _, r := range rows {
		if r.Scope != "" {
			scopes = append(scopes, r.Scope)
		}
		for other := range r.FieldScopes {
			scopes = append(scopes, Lookup(other).Scope)
		}
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}
