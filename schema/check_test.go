package schema_test

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/seachange/seachange/schema"
)

// violations returns what a catalogue gets wrong, a line each: in the rows named, or in all.
func violations(rows []schema.Resource, c contract, names ...string) []string {
	k := &checker{rows: map[string]*schema.Resource{}, contract: c, gets: map[string]string{}}
	for p := range c.GETs {
		k.gets[blank(p)] = p
	}
	for i := range rows {
		r := &rows[i]
		if k.rows[r.Name] != nil {
			k.fault(r, "the name is taken")
		}
		if len(names) == 0 || slices.Contains(names, r.Name) {
			k.row(r)
		}
		k.rows[r.Name] = r
		k.order = append(k.order, r)
	}
	for i := range rows {
		if len(names) == 0 || slices.Contains(names, rows[i].Name) {
			k.fields(&rows[i])
		}
	}
	return k.faults
}

type checker struct {
	rows     map[string]*schema.Resource
	contract contract
	gets     map[string]string // the document's spelling of a path, by the blank one
	order    []*schema.Resource
	faults   []string
}

func (k *checker) fault(r *schema.Resource, format string, args ...any) {
	k.faults = append(k.faults, r.Name+": "+fmt.Sprintf(format, args...))
}

// equal is a fault where a member isn't what it must be.
func (k *checker) equal(r *schema.Resource, what string, got, want any) {
	if got != want {
		k.fault(r, "%s is %v, want %v", what, got, want)
	}
}

// noScope is how the review writes that any token will do.
const noScope = "bearer_auth:(no scope)"

var nameForm = regexp.MustCompile(`^[a-z0-9_]+$`)

// row checks how a row is listed and its records are identified.
func (k *checker) row(r *schema.Resource) {
	f, ok := k.contract.Resources[r.Name]
	if !ok || !nameForm.MatchString(r.Name) {
		k.fault(r, "not a name of the contract: run go generate ./schema")
		return
	}
	k.equal(r, "path", blank(r.Path), f.Path)
	for _, p := range r.Parents() {
		if k.rows[p] == nil {
			k.fault(r, "parent %q doesn't come before it", p)
		}
	}
	if f.Row != nil {
		k.own(r, f)
		return
	}
	k.recorded(r, decided(r, f, known(r)), f.Decided)
	k.departs(r, "Items", r.Items, f.Items)
	for part := range strings.FieldsFuncSeq(r.Query, func(c rune) bool { return c == '|' || c == '&' }) {
		if name, _, _ := strings.Cut(part, "="); !slices.Contains(f.Query, name) {
			k.fault(r, "the document has no query parameter %q", name)
		}
	}
	if !slices.Contains(f.Scopes, cmp.Or(r.Scope, noScope)) {
		k.fault(r, "scope is %q, want one of %q", r.Scope, f.Scopes)
	}
	k.equal(r, "unpaged", r.PerPage < 0, !f.Paged)
	k.equal(r, "page size", max(r.PerPage, 0), 0) // 200 wherever there are pages
	k.equal(r, "global", r.Global, r.Group == "public" && r.Parent() == "")
	if r.Global {
		k.equal(r, "minimum interval", r.MinInterval, time.Hour)
	}
	k.identity(r, f)
	k.absence(r, f)
	k.embedding(r, f)
	k.conditions(r)
}

func (k *checker) identity(r *schema.Resource, f resourceFact) {
	id, single := f.ID, f.Kind == "singleton" || f.Kind == "get-by-id"
	if single {
		id = "" // its name: whose token reads it doesn't matter
	}
	k.equal(r, "single", r.Kind == schema.Single, single)
	k.departs(r, "ID", r.ID, id)
	has := schema.Known(r.Name).Has
	born, clock := "", ""
	if r.Kind == schema.List && r.ID != "created_at" && has("created_at") {
		born = "created_at"
	}
	if has("updated_at") {
		clock = "updated_at"
	}
	k.departs(r, "Born", r.Born, born)
	k.equal(r, "clock", r.Clock, clock)
	untitled := r.Title == "" && r.Kind != schema.Single &&
		!slices.ContainsFunc([]string{"name", "label", "ip", "tag"}, has)
	if untitled != (r.Why["Title"] != "") {
		k.fault(r, "it has no name, label, ip or tag: want a Title, or the reason in Why, and no reason otherwise")
	}
	k.called(r)
}

// departs holds that a field is what the documents suggest, or something else with a reason.
func (k *checker) departs(r *schema.Resource, field, got, want string) {
	switch reason := r.Why[field]; {
	case got != want && reason == "":
		k.fault(r, "%s is %q, want %q, or the reason in Why", field, got, want)
	case got == want && reason != "":
		k.fault(r, "%s is what the documents suggest: take the reason out of Why", field)
	}
}

// called checks the members that name a record.
func (k *checker) called(r *schema.Resource) {
	has := schema.Known(r.Name).Has
	for _, member := range slices.DeleteFunc(append(strings.Split(r.ID, "+"), r.Title),
		func(m string) bool { return m == "" }) {
		if !has(member) {
			k.fault(r, "member %q is not known", member)
		}
	}
}

// absence checks what confirms that a record is gone: a GET by id only where the listing's scope is enough for it.
func (k *checker) absence(r *schema.Resource, f resourceFact) {
	get, want := r.Get, schema.Twice
	if get == "" {
		get = r.Path + "/{id}"
	}
	spelt := k.gets[blank(get)]
	switch {
	case r.Kind == schema.Single && r.Parent() != "":
		want = schema.WithParent
	case r.Kind == schema.Single || r.Kind == schema.Log:
		want = schema.Never
	case spelt != "" && slices.Contains(f.GetScopes, cmp.Or(r.Scope, noScope)):
		want = schema.ByGet
	}
	k.departs(r, "Absent", r.Absent.String(), want.String())
	if r.Get != "" && spelt == "" {
		k.fault(r, "the document has no GET %s", r.Get)
	}
	own := "{id}"
	if strings.HasSuffix(spelt, "name}") && !strings.HasSuffix(r.ID, "name") {
		own = "{.name}"
	}
	if r.Absent == schema.ByGet {
		k.equal(r, "get", get, r.Path+"/"+own)
	}
}

// embedding holds that what stands in its parent costs no request, where the document's example shows it there.
func (k *checker) embedding(r *schema.Resource, f resourceFact) {
	in, sure, _ := strings.Cut(f.AvoidWith, " (")
	_, member, _ := strings.Cut(in, "[].")
	if !strings.Contains(sure, "in the list example") && !strings.Contains(sure, "only have name") {
		member = ""
	}
	k.equal(r, "embed", r.Embed, member)
}

func (k *checker) conditions(r *schema.Resource) {
	member, values, _ := strings.Cut(string(r.When), "=")
	if member != "engine" {
		return
	}
	for v := range strings.SplitSeq(values, "|") {
		if !slices.Contains(k.contract.Engines, v) {
			k.fault(r, "when: the document has no engine %q", v)
		}
	}
}

// fields checks the rules for what is in a record.
func (k *checker) fields(r *schema.Resource) {
	f, ok := k.contract.Resources[r.Name]
	if !ok || schema.Known(r.Name) == nil {
		return // row told that it is missing
	}
	for what, paths := range verbs(r) {
		k.paths(r, what, paths)
	}
	k.reasons(r, f)
	k.masks(r, f)
	k.asked(r, f)
	if f.Row != nil {
		return // nobody but the row says what its fields mean
	}
	k.sets(r, f)
	k.volatile(r, f)
	k.ignores(r, f)
	k.scopes(r, f)
}

func verbs(r *schema.Resource) map[string]schema.Paths {
	all := map[string]schema.Paths{
		"mask": r.Mask, "show": r.Show, "sets": r.Sets, "ignore": r.Ignore,
		"only": r.Only, "pii": r.PII,
	}
	for resource, paths := range r.FieldScopes {
		all["field scope "+resource] = paths
	}
	return all
}

// paths holds that paths parse and that the document has something at each.
func (k *checker) paths(r *schema.Resource, what string, paths schema.Paths) {
	all, err := paths.Steps()
	if err != nil {
		k.fault(r, "%s: %v", what, err)
	}
	for _, steps := range all {
		if last := steps[len(steps)-1]; last[0] == '[' && last != "[]" && what != "sets" {
			k.fault(r, "%s: %s: only a set has a key", what, spell(steps))
		}
		if !slices.ContainsFunc(known(r), func(p []string) bool { return match(steps, p) }) &&
			!covers(open(r), steps[:len(steps)-1]) {
			k.fault(r, "%s: the document has nothing at %s", what, spell(steps))
		}
	}
}

func (k *checker) masks(r *schema.Resource, f resourceFact) {
	mask, pii := all(r.Mask), all(r.PII)
	deep := slices.DeleteFunc(slices.Concat(mask, all(schema.Defaults().Mask)),
		func(p []string) bool { return p[0] != "**" })
	for _, s := range f.Secrets {
		if s.Class == "credential-id" {
			continue
		}
		if !covers(mask, one(s.Path)) {
			k.fault(r, "mask: %s %s is not masked", s.Class, s.Path)
		}
		if f.Row == nil && len(open(r)) > 0 && !covers(deep, one(s.Path)) {
			k.fault(r, "mask: %s %s is masked at one depth only, and %s may hold the like", s.Class, s.Path, spell(open(r)[0]))
		}
	}
	for _, p := range f.PII {
		if !covers(pii, one(p)) {
			k.fault(r, "pii: %s is personal", p)
		}
	}
	for _, child := range k.embeddedIn(r) {
		mask = append(mask, []string{child.Embed})
	}
	shown := all(r.Show + schema.Paths(" "+strings.ReplaceAll(r.ID, "+", " ")))
	for _, p := range netted()[r.Name] {
		if !above(mask, p) && !above(shown, p) {
			k.fault(r, "mask: the safety net masks %s, which nobody called a secret: put it into Mask, or into Show", spell(p))
		}
	}
}

// asked holds that what godo alone has was decided about: what is a secret is masked or shown, what is personal is
// called so, the order of an array means nothing or something, and what sounds like noise is ignored, or kept with a
// reason.
func (k *checker) asked(r *schema.Resource, f resourceFact) {
	hidden, quiet := all(r.Mask+" "+schema.Defaults().Mask), all(r.Ignore+" "+r.Mask+" "+schema.Defaults().Mask)
	for _, path := range slices.Sorted(maps.Keys(f.Asked)) {
		question := f.Asked[path]
		key, isSet := setKey(r.Sets+" "+schema.Defaults().Sets, path)
		for member := range strings.SplitSeq(key, "+") {
			if member != "" && !schema.Known(r.Name).Has(path+"[]."+member) {
				k.fault(r, "sets: the elements of %s have no %q", path, member)
			}
		}
		decided := false
		switch question {
		case "secret":
			decided = above(hidden, one(path)) || above(all(r.Show), one(path))
		case "personal":
			decided = above(hidden, one(path)) || covers(all(r.PII), one(path))
		case "set":
			decided = isSet || above(quiet, one(path)) || projected(r.Only, path)
		case "noise":
			decided = above(quiet, one(path)) || projected(r.Only, path)
		}
		if decided {
			continue
		}
		if !explained(r, path) {
			k.fault(r, "%s: is it %s? godo has it and the document doesn't: say it in the row, or why not in Why",
				path, question)
		}
	}
}

func (k *checker) embeddedIn(r *schema.Resource) []*schema.Resource {
	var in []*schema.Resource
	for _, child := range k.rows {
		if child.Embed != "" && child.Parent() == r.Name {
			in = append(in, child)
		}
	}
	return in
}

// whose returns the row whose records a path is in, and the path there: what is embedded is another row's.
func (k *checker) whose(r *schema.Resource, path string) (*schema.Resource, string) {
	for _, child := range k.embeddedIn(r) {
		if rest, ok := strings.CutPrefix(path, child.Embed+"[]."); ok {
			return child, rest
		}
		if path == child.Embed {
			return child, ""
		}
	}
	return r, path
}

func (k *checker) sets(r *schema.Resource, f resourceFact) {
	for _, s := range f.Sets {
		row, path := k.whose(r, s.Path)
		if path == "" {
			continue
		}
		if key, ok := setKey(row.Sets, path); !ok || key != s.Key {
			k.fault(r, "sets: %s (of %s) is no set known by %q, but %v by %q", s.Path, row.Name, s.Key, ok, key)
		}
	}
	for _, p := range f.Ordered {
		for _, sets := range []schema.Paths{r.Sets, schema.Defaults().Sets} {
			if _, ok := setKey(sets, p); ok {
				k.fault(r, "sets: the order of %s means something", p)
			}
		}
	}
	var called [][]string
	for _, s := range f.Sets {
		called = append(called, one(s.Path))
	}
	for path, question := range f.Asked {
		if question == "set" {
			called = append(called, one(path))
		}
	}
	for _, steps := range all(r.Sets) {
		if !slices.ContainsFunc(called, func(p []string) bool { return match(steps, p) }) {
			k.fault(r, "sets: nobody called %s a set", spell(steps))
		}
	}
}

func (k *checker) volatile(r *schema.Resource, f resourceFact) {
	for _, p := range f.Volatile {
		row, path := k.whose(r, p)
		quiet := path == "" || above(all(row.Ignore), one(path)) || projected(row.Only, path)
		if row.Why[path] == "" && !quiet {
			k.fault(r, "ignore: %s moves by itself: put it into Ignore, or say in Why that it is news", p)
		}
	}
	for _, p := range f.Projected {
		if !projected(r.Only, p) {
			k.fault(r, "only: %s is another's, and which one it is is news", p)
		}
	}
}

// ignores holds that nothing is ignored but noise.
func (k *checker) ignores(r *schema.Resource, f resourceFact) {
	for _, steps := range all(r.Ignore) {
		if r.Why[spell(steps)] != "" {
			continue
		}
		for _, p := range steady(r, f, steps) {
			k.fault(r, "ignore: nothing says that %s moves by itself: take it out, or give the reason in Why", spell(p))
		}
	}
	for _, steps := range all(r.Only) {
		object, isArray := strings.CutSuffix(spell(steps[:len(steps)-1]), "[]")
		if key, _ := setKey(r.Sets, object); isArray && key != steps[len(steps)-1] {
			k.fault(r, "only: an element of %s is known by %q", object, key)
		}
		if !slices.ContainsFunc(f.Volatile, func(p string) bool { return p == object || strings.HasPrefix(p, object+".") }) {
			k.fault(r, "only: %s is nobody else's", object)
		}
	}
}

// scopes holds that the fields that depend on another scope are those of the row with that scope.
func (k *checker) scopes(r *schema.Resource, f resourceFact) {
	for scope, paths := range f.FieldScopes {
		for _, p := range paths {
			row, path := k.whose(r, p)
			if k.withScope(scope) == "" && !above(all(row.Mask), one(path)) && !above(all(row.Ignore), one(path)) {
				k.fault(r, "%s depends on %s, which no row's listing needs, and is neither masked nor ignored", p, scope)
			}
		}
	}
	want := k.filled(r, f)
	for _, resource := range slices.Sorted(maps.Keys(k.rows)) {
		got := strings.Fields(string(r.FieldScopes[resource]))
		got = slices.DeleteFunc(got, func(path string) bool {
			return r.Why[path] != "" && !slices.Contains(want[resource], path)
		})
		slices.Sort(got)
		k.equal(r, "fields filled with the scope of "+resource, fmt.Sprint(got),
			fmt.Sprint(slices.Sorted(slices.Values(want[resource]))))
	}
}

// filled returns the fields of a row that the documents say to need a scope, by the resource with that scope.
func (k *checker) filled(r *schema.Resource, f resourceFact) map[string][]string {
	fields := map[string][]string{}
	for scope, paths := range f.FieldScopes {
		for _, p := range paths {
			if row, path := k.whose(r, p); row == r && k.withScope(scope) != "" {
				fields[k.withScope(scope)] = append(fields[k.withScope(scope)], path)
			}
		}
	}
	return fields
}

// withScope returns the first row that its scope is enough for, "" if there is none.
func (k *checker) withScope(scope string) string {
	for _, r := range k.order {
		if r.Scope == scope && r.Parent() == "" {
			return r.Name
		}
	}
	return ""
}
