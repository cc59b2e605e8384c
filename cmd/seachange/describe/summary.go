package describe

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/tidwall/gjson" // its paths are those of the rows' summaries

	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/plain"
)

var placeholder = regexp.MustCompile(`\{[^}]+\}`)

// Record says in a few words what a record is, from its body; "" if its row has no words for it, or there is no body.
func Record(resource string, body *string) string {
	row := schema.LookupAny(resource)
	if row == nil || body == nil {
		return ""
	}
	record := gjson.Parse(*body)
	if row.Summary != "" {
		return fill(row.Summary, record)
	}
	var all []string
	for _, list := range slices.Sorted(maps.Keys(row.Words)) {
		for _, e := range record.Get(list).Array() {
			all = append(all, fill(row.Words[list], e))
		}
	}
	return sentence(all)
}

// fill writes a row's words with the values of a record, or of an element of one.
func fill(words string, of gjson.Result) string {
	said := placeholder.ReplaceAllStringFunc(words, func(p string) string {
		path := strings.Trim(p, "{}")
		return strings.ReplaceAll(plain.Value(wordsFor(path)(of.Get(path))), " ", ownSpace)
	})
	said = strings.Join(strings.Fields(said), " ") // a word that there is none for leaves no gap
	return strings.ReplaceAll(said, ownSpace, " ")
}

// ownSpace stands for a value's own space, which is shown as it is. No value has it: plain.Value escapes it.
const ownSpace = "\ue000"

// has reports whether a value has one of the members that words speak of.
func has(of gjson.Result, words string) bool {
	return of.IsObject() && slices.ContainsFunc(placeholder.FindAllString(words, -1), func(p string) bool {
		return of.Get(strings.Trim(p, "{}")).Exists()
	})
}

// wordsFor returns how the value of a member is told: some mean more than they show, in whatever resource.
func wordsFor(member string) func(gjson.Result) string {
	switch member {
	case "action":
		return action
	case "ports":
		return ports
	case "sources", "destinations":
		return peers
	case "Grantee":
		return grantee
	}
	return value
}

// value is any value for people: a list is joined, nothing is "none".
func value(r gjson.Result) string {
	if r.IsArray() {
		var all []string
		for _, e := range r.Array() {
			all = append(all, e.String())
		}
		r = gjson.Result{Type: gjson.String, Str: strings.Join(all, ", ")}
	}
	return cmp.Or(r.String(), "none")
}

// action is what a rule does: one without says that it allows, as do those that were made before rules could deny.
func action(r gjson.Result) string {
	if r.String() == "allow" {
		return ""
	}
	return r.String()
}

func ports(r gjson.Result) string {
	if p := r.String(); p != "0" && p != "all" {
		return p
	}
	return "all ports"
}

// peers are those that a rule is about.
func peers(r gjson.Result) string {
	var all []string
	for _, kind := range []struct{ member, prefix string }{
		{"addresses", ""},
		{"tags", "tag "},
		{"droplet_ids", "droplet "},
		{"load_balancer_uids", "load balancer "},
		{"kubernetes_ids", "cluster "},
	} {
		for _, p := range r.Get(kind.member).Array() {
			all = append(all, kind.prefix+p.String())
		}
	}
	return cmp.Or(strings.Join(all, ", "), "nobody")
}

// grantee is whom an ACL names: everyone, or somebody by name or id.
func grantee(r gjson.Result) string {
	uri := r.Get("URI").String()
	who := uri[strings.LastIndexByte(uri, '/')+1:]
	for _, member := range []string{"DisplayName", "EmailAddress", "ID"} {
		who = cmp.Or(who, r.Get(member).String())
	}
	return who
}
