package diff

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/seachange/seachange/schema"
)

// Options of Compile are the same for the whole program.
type Options struct {
	// MaskKey makes a masked value "***:<16 hex>" of its HMAC-SHA256, so that a rotation is a change. Without one, nil or
	// empty, it is "***".
	MaskKey []byte
	// MaskPII masks personal data too.
	MaskPII bool
	// MaskUnknown masks every member that no document of DigitalOcean's has.
	MaskUnknown bool
}

// Rules are a row's paths, ready to be applied. They don't change once made, and may be shared by goroutines.
type Rules struct {
	lists      lists
	text       string // of lists
	top, deep  node   // deep holds the paths that begin with "**": it is active at every depth
	key        []byte
	born, tick []string // the steps of the row's Born and Clock; nil: none
	dated      bool     // records are known by an instant
	known      *schema.KnownPaths

	look        bool // mask by names and looks
	personal    bool // personal data, too
	hideUnknown bool // and all that known doesn't have
	alike       bool // a set without elements is as none, and equal elements count once

	spare *sync.Pool // of canonicalizers, which learn of names and have buffers; copies share it
}

// lists is the text form of rules: one JSON object after the other, as they came with releases. Each release reads
// those that it knows and stops before the rest, but refuses a member that it doesn't know: what is new begins another
// object.
type lists struct {
	first
	second
}

// first is all that the release of commit 9c89bf4 knows.
type first struct {
	Mask   schema.Paths `json:"mask,omitempty"`
	Sets   schema.Paths `json:"sets,omitempty"`
	Ignore schema.Paths `json:"ignore,omitempty"`
	Only   schema.Paths `json:"only,omitempty"`
	Omit   schema.Paths `json:"omit,omitempty"`
	Key    string       `json:"key,omitempty"` // the mask key's id
}

type second struct {
	Show   schema.Paths `json:"show,omitempty"`
	Look   string       `json:"look,omitempty"`    // the version of what package secret calls a secret; none: of before
	Person string       `json:"person,omitempty"`  // the same of personal data, if that is masked
	Hide   string       `json:"unknown,omitempty"` // what was known where the unknown is masked
	Alike  string       `json:"alike,omitempty"`   // the version of what is alike in a set; none: of before
}

// lookVersion changes with what package secret calls a secret, so that the first sweep under a new release takes over
// what is masked since, and tells nobody of a change.
const lookVersion = "1"

// alikeVersion changes with what is alike in a set, for the same reason.
const alikeVersion = "1"

// Compile makes the rules of a row: its own paths, those of the safety net, and the members that other rows embed. An
// error names the row and the path at fault.
func Compile(r *schema.Resource, o Options) (*Rules, error) {
	net := schema.Defaults()
	l := lists{first{
		Mask:   sorted(r.Mask, net.Mask),
		Sets:   sorted(r.Sets, net.Sets),
		Ignore: sorted(r.Ignore, net.Ignore),
		Only:   sorted(r.Only, net.Only),
		Omit:   sorted(schema.Paths(strings.Join(schema.Embedded(r), " "))),
		Key:    keyID(o.MaskKey),
	}, second{
		Show: sorted(r.Show, schema.Paths(strings.ReplaceAll(r.ID, "+", " "))), // an id is every event's key
		Look: lookVersion, Alike: alikeVersion,
	}}
	if o.MaskPII {
		l.Mask, l.Person = sorted(l.Mask, r.PII, net.PII), lookVersion
	}
	if known := schema.Known(r.Name); o.MaskUnknown && known != nil {
		l.Hide = keyID([]byte(strings.Join(known.Paths(), " ")))
	}
	rules, err := l.compile()
	if err == nil {
		err = rules.fields(r)
	}
	if err != nil {
		return nil, fmt.Errorf("rules of %s: %w", r.Name, err)
	}
	rules.key = bytes.Clone(o.MaskKey)
	rules.known, rules.hideUnknown = schema.Known(r.Name), l.Hide != ""
	return rules, nil
}

// fields takes over what the row says about single members.
func (r *Rules) fields(row *schema.Resource) error {
	r.dated = row.Dated()
	if row.Born != "" {
		r.born = strings.Split(row.Born, ".")
	}
	if row.Clock != "" {
		r.tick = strings.Split(row.Clock, ".")
	}
	// Equal fingerprints end a comparison before anything else is looked at.
	if slices.Contains(strings.Fields(string(r.lists.Ignore)), row.Born) {
		return fmt.Errorf("%s is ignored and tells incarnations apart", row.Born)
	}
	for scope, paths := range row.FieldScopes {
		if _, err := paths.Steps(); err != nil {
			return fmt.Errorf("fields of scope %s: %w", scope, err)
		}
	}
	return nil
}

// Text is a deterministic text of all paths and of the mask key's id: equal texts are equal rules. It holds no key.
func (r *Rules) Text() string { return r.text }

func (l lists) text() string {
	text := jsonOf(l.first)
	if l.second != (second{}) {
		text += " " + jsonOf(l.second)
	}
	return text
}

func jsonOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // a struct of strings
	}
	return string(text)
}

// ParseRules reads what Text wrote. The rules don't have the mask key itself; they serve State.Rebase.
func ParseRules(text string) (*Rules, error) {
	var l lists
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(&l)
	if err == nil && d.More() {
		err = d.Decode(&l)
	}
	if err != nil {
		return nil, fmt.Errorf("rules of a checkpoint: %w; a newer release may have written them", err)
	}
	rules, err := l.compile()
	if err != nil {
		return nil, fmt.Errorf("rules of a checkpoint: %w; a newer release may have written them", err)
	}
	return rules, nil
}

func (l lists) compile() (*Rules, error) {
	r := &Rules{
		lists: l, text: l.text(), look: l.Look != "", personal: l.Person != "", alike: l.Alike != "", spare: new(sync.Pool),
	}
	for _, p := range []struct {
		paths schema.Paths
		do    verb
	}{{l.Mask, mask}, {l.Sets, set}, {l.Ignore, ignore}, {l.Only, only}, {l.Omit, omit}, {l.Show, show}} {
		if err := r.add(p.paths, p.do); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// sorted unites lists of paths, so that the order in which they were written makes no other text.
func sorted(all ...schema.Paths) schema.Paths {
	var paths []string
	for _, p := range all {
		paths = append(paths, strings.Fields(string(p))...)
	}
	slices.Sort(paths)
	return schema.Paths(strings.Join(slices.Compact(paths), " "))
}

func keyID(key []byte) string {
	if len(key) == 0 {
		return ""
	}
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:4])
}

// common returns copies of two generations of rules whose masked values can be compared. Where the keys differ that
// is only possible without a key.
func common(was, now *Rules) (Rules, Rules) {
	a, b := *was, *now
	a.key, a.alike = b.key, false // what is alike is united by those of now
	if a.lists.Key != b.lists.Key {
		a.key, b.key = nil, nil
	}
	return a, b
}
