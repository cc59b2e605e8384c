package schema_test

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/secret"
)

// TestDocsSayWhatTheCatalogueDoes holds docs/reference/resources.md to the rows. Run it with -update to write the page
// anew.
func TestDocsSayWhatTheCatalogueDoes(t *testing.T) {
	golden(t, "../docs/reference/resources.md", resourcesPage(readContract(t), without(t)))
}

func resourcesPage(c contract, without map[string]string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<!-- Written by go generate ./schema from the catalogue. Change the rows, not this page. -->
# Resources

What seachange watches: %d resources, a topic each, `+"`digitalocean.<resource>`"+` unless `+"`--topic-prefix`"+` says otherwise.
A token needs the scope of what it shall read; what it may not read is shown as unreadable, and nothing is ever deleted for it.

%d resources are on by default: everything that is the account's own state, and `+"`actions`"+`, its history. The others are asked for by group:

| `+"`--with`"+` | what it is | resources |
|---|---|---|
`, len(schema.Catalog), len(groupRows("")))
	for _, g := range schema.Groups {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", g.Name, g.What, code(schema.Paths(strings.Join(groupRows(g.Name), " "))))
	}
	fmt.Fprintf(&b, `
## Scopes

The least to grant for everything that is on by default, to paste into the token's custom scopes (`+"`seachange check`"+` prints the list for a configuration of yours):

%s

Never grant more: seachange only reads. Above all not %s: with these a stolen token reads or makes credentials.

## The list

| resource | listed by | id | scope | what confirms that a record is gone |
|---|---|---|---|---|
`, scopeList(), code(schema.Paths(strings.Join(schema.RiskyScopes, " "))))
	for i := range schema.Catalog {
		r := &schema.Catalog[i]
		fmt.Fprintf(&b, "| `%s`%s | %s | %s | %s | %s |\n", r.Name, remark(r), listing(r), identity(r), scope(r), confirmation(r))
	}
	b.WriteString(`
A log is read from its newest entry back to what is known; its initial snapshot ends at the page that holds the 1,000th entry, and what is older stays out of the
topic. NFS shares are asked for without a region: the document makes the region a filter. A log sink is known by its destination, as it shows no
id of its own: where several lead to one destination, nothing tells them apart, and the listing is partial and says so. Of what ` + "`security_settings`" + `
suppresses the first 200 are in the record, and how many there are. What is the same for every account stands under the account
` + "`digitalocean`" + `, read once an hour with the first account's token. Each region's host shows its own hosted agents: they are read at
each (` + "`api-<region>.digitalocean.com`" + `) whose region this release knows. What ` + "`--with user`" + ` asks for is never taken for deleted, since another
user's token shows others.
`)
	b.WriteString(`
## What is hidden, and what is no change

Everything DigitalOcean sends is in an event's body, but masked values and what is a resource of its own. What is *noise* stays in
the body and never makes an event by itself; of *somebody else's object* only the member named counts; the order of *sets* means
nothing. *Depends on* names fields that DigitalOcean fills only for a token that may read the other resource too: where they empty
everywhere at once, seachange asks whether the scope is gone before it calls that a change.
`)
	for i := range schema.Catalog {
		rules(&b, &schema.Catalog[i])
	}
	net := schema.Defaults()
	anywhere, alone, beforeKey, atTheEnd := secret.Words()
	fmt.Fprintf(&b, `
## The safety net

Whatever the resource, also in fields that DigitalOcean adds tomorrow (`+"`**`"+` is any depth):

- masked: %s
- sets: %s

A member is masked by the words of its name, too, known or not, at any depth, in any case and with any joints (`+"`new_password`, `newPassword`, `X-Api-Key`"+`): where
it has %s anywhere, or %s as a word, or ends in `+"`key`"+` behind another word than %s. What only tells about a secret is shown, by its last word:
%s.
So is a truth value, and a number of several (`+"`input_tokens`"+`). In an object of such a name all is masked but what only tells about it;
so is a `+"`value`"+` beside a `+"`key`, `name` or `header`"+` that is such a name.

And by the look of its value: a private key in PEM; a URL with a password before its `+"`@`"+` or a secret's name in its query; a command or a header that gives one
(`+"`PASSWORD=…`, `--token …`, `Authorization: Bearer …`"+`); a token known by its beginning (DigitalOcean's `+"`dop_v1_`, `doo_v1_`, `dor_v1_`"+`, GitHub's, GitLab's, Slack's,
Stripe's, AWS's, Google's and others', and JWTs). With `+"`--mask-pii`"+` names of people, their addresses and numbers are masked by their words, and whatever holds a
mailbox by its look. With `+"`--unknown-fields mask`"+` so is every member that no document of DigitalOcean's has.

Of the members that DigitalOcean's document has, the words mask none that is not named above as masked: a test holds it.
`, code(net.Mask), code(net.Sets), codes(anywhere), codes(alone), codes(beforeKey), codes(atTheEnd))
	offeredPage(&b, c, without)
	return b.Bytes()
}

func groupRows(group string) (names []string) {
	for i := range schema.Catalog {
		if schema.Catalog[i].Group == group {
			names = append(names, schema.Catalog[i].Name)
		}
	}
	return names
}

func scopeList() string {
	rows, err := schema.Enabled(nil, nil, nil)
	if err != nil {
		panic(err)
	}
	return "    " + strings.Join(schema.Scopes(rows), " ")
}

func scope(r *schema.Resource) string {
	switch {
	case r.API == schema.Spaces:
		return "a [Spaces key](../how-to/spaces.md)"
	case r.Unsaid != "":
		return "not documented; " + r.Unsaid
	case r.Scope == "":
		return "any token"
	}
	return "`" + r.Scope + "`"
}

func remark(r *schema.Resource) string {
	if r.Group != "" {
		return " (with `--with " + r.Group + "`)"
	}
	return ""
}

func listing(r *schema.Resource) string {
	if r.Embed != "" {
		return fmt.Sprintf("`%s` of `%s`, no request", r.Embed, r.Parent())
	}
	s := "`" + r.Path + "`"
	if r.API == schema.Spaces {
		s += " of each region's S3 endpoint"
	}
	for query := range strings.SplitSeq(r.Query, "|") {
		switch {
		case query != "" && strings.Contains(r.Query, "|"):
			s += ", and again with `" + query + "`"
		case query != "":
			s += " with `" + query + "`"
		}
	}
	if member, values, ok := strings.Cut(string(r.When), "="); ok {
		s += fmt.Sprintf(", where `%s` is %s", member, strings.ReplaceAll(values, "|", ", "))
	}
	return s
}

func identity(r *schema.Resource) string {
	own := "`" + cmp.Or(r.ID, r.Name) + "`"
	if r.Kind == schema.Single {
		own = "`" + r.Name + "` itself"
	}
	if parent := r.Parent(); parent != "" {
		return "id in `" + parent + "`, " + own
	}
	return own
}

func confirmation(r *schema.Resource) string {
	switch {
	case r.Kind == schema.Log:
		return "never goes: a log"
	case r.API == schema.Spaces:
		return "a `GET` of it returns `NoSuchBucket`"
	case r.Absent == schema.ByGet:
		return "a `GET` by id returns 404"
	case r.Filtered:
		return "a second whole listing without it, where the token may read what its urn names"
	case r.Absent == schema.Twice:
		return "a second whole listing without it"
	case r.Absent == schema.WithParent && r.Items != "":
		return "its parent goes, or, while its parent is listed, two sweeps find it `null` or get a 404"
	case r.Absent == schema.WithParent:
		return "its parent goes, or, while its parent is listed, two sweeps get a 404"
	}
	return "never goes"
}

func rules(b *bytes.Buffer, r *schema.Resource) {
	var lines []string
	add := func(what string, paths schema.Paths) {
		if paths != "" {
			lines = append(lines, "- "+what+": "+code(paths))
		}
	}
	add("masked", r.Mask)
	add("masked if personal data shall be", r.PII)
	add("no secret, whatever its name says", r.Show)
	add("resources of their own", schema.Paths(strings.Join(schema.Embedded(r), " ")))
	add("noise", r.Ignore)
	add("somebody else's object", r.Only)
	add("sets", r.Sets)
	for _, other := range slices.Sorted(maps.Keys(r.FieldScopes)) {
		add("depends on `"+schema.Lookup(other).Scope+"`", r.FieldScopes[other])
	}
	if len(lines) > 0 {
		fmt.Fprintf(b, "\n### %s\n\n%s\n", r.Name, strings.Join(lines, "\n"))
	}
}

func codes(words []string) string { return code(schema.Paths(strings.Join(words, " "))) }

// code writes paths one by one as code.
func code(paths schema.Paths) string {
	return "`" + strings.Join(strings.Fields(string(paths)), "`, `") + "`"
}
