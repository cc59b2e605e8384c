package schema

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Catalog is what seachange watches: a row a resource, in the groups of DigitalOcean's docs, parents before their
// children. A new DigitalOcean product is one more row. Read only.
var Catalog = slices.Concat(accountRows, billingRows, computeRows, storageRows, networkRows, kubernetesRows,
	registryRows, databaseRows, appRows, monitoringRows, securityRows, genAIRows, agentRows, publicRows)

// Lookup returns the row of a name, nil if there is none. The row is the catalogue's own: read only.
func Lookup(name string) *Resource {
	for i := range Catalog {
		if Catalog[i].Name == name {
			return &Catalog[i]
		}
	}
	return nil
}

// Children returns the rows whose records are children of the named resource's, in the catalogue's order: read only.
func Children(name string) []*Resource { return children()[name] }

// children holds the rows by the name of their parent. Every sweep asks for them several times.
var children = sync.OnceValue(func() map[string][]*Resource {
	below := map[string][]*Resource{}
	for i := range Catalog {
		if parent := Catalog[i].Parent(); parent != "" {
			below[parent] = append(below[parent], &Catalog[i])
		}
	}
	return below
})

// Embedded returns the members of r's records that are records of other rows. They are left out of r's bodies.
func Embedded(r *Resource) []string {
	var members []string
	for _, child := range Children(r.Name) {
		if child.Embed != "" {
			members = append(members, child.Embed)
		}
	}
	return members
}

// OfURN returns the row whose records have such urns, and the record's id: "do:volume:506f78a4". Nil if no row has.
func OfURN(urn string) (r *Resource, id string) {
	do, rest, _ := strings.Cut(urn, ":")
	kind, id, ok := strings.Cut(rest, ":")
	if do != "do" || !ok || kind == "" || kind[0] == '=' {
		return nil, ""
	}
	if kind == "reservedip" {
		kind = "floatingip" // godo says the one, DigitalOcean's projects the other
	}
	for _, r := range rows(func(r *Resource) bool { return r.URN == kind }) {
		return r, ChildID("", id)
	}
	return nil, ""
}

// CurrentTopicOf is the topic of a resource's records as they are now.
func CurrentTopicOf(prefix, resource string) string { return prefix + "-current." + resource }

// TopicOf is the topic of a resource's events.
func TopicOf(prefix, resource string) string { return prefix + "." + resource }

func rows(want func(*Resource) bool) []*Resource {
	var found []*Resource
	for i := range Catalog {
		if want(&Catalog[i]) {
			found = append(found, &Catalog[i])
		}
	}
	return found
}

// Enabled returns the rows to watch, in the catalogue's order. with names groups that are off by default. only, if not
// empty, names all that is wanted, of whatever group. skip names what isn't, and takes its children along. An unknown
// name, or a resource whose parent is not watched, is an error that says what to do.
func Enabled(with, only, skip []string) ([]*Resource, error) {
	errs := []error{
		known("--with", "group", with, GroupNames()),
		known("--only", "resource", only, names()),
		known("--skip", "resource", skip, names()),
	}
	skipped := func(name string) bool { return slices.Contains(skip, name) }
	wanted := func(r *Resource) bool {
		if skipped(r.Name) || slices.ContainsFunc(r.Parents(), skipped) {
			return false
		}
		if len(only) > 0 {
			return slices.Contains(only, r.Name)
		}
		return r.Group == "" || slices.Contains(with, r.Group)
	}
	enabled := rows(wanted)
	for _, r := range enabled {
		if p := r.Parent(); p != "" && !slices.Contains(enabled, Lookup(p)) {
			errs = append(errs, fmt.Errorf("resource %q is read once per record of %q: add %q to --only", r.Name, p, p))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if len(enabled) == 0 {
		return nil, errors.New("no resource is left to watch: --only and --skip exclude each other")
	}
	return enabled, nil
}

func names() []string {
	var all []string
	for i := range Catalog {
		all = append(all, Catalog[i].Name)
	}
	return all
}
