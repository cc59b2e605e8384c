package schema

// Exposures is a resource that is in no API and not in Catalog: what the internet can reach, which seachange computes
// from the events of others. Read only.
var Exposures = Resource{
	Name: "exposures", ID: "resource+id", Title: "name",
	Words: map[string]string{"exposures": "{text}"},
	Sets:  "exposures",
}

// LookupAny returns the row of a name as Lookup does, and also that of a resource that is computed from others.
func LookupAny(name string) *Resource {
	if name == Exposures.Name {
		return &Exposures
	}
	return Lookup(name)
}
