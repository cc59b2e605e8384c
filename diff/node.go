package diff

import (
	"strings"

	"github.com/seachange/seachange/schema"
)

// verb is what a path of a row asks for.
type verb uint16

const (
	mask    verb = 1 << iota
	set          // the order of this array means nothing
	ignore       // in the body, not in the fingerprint
	only         // of its object this member counts
	keep         // an object of which only some members count
	omit         // neither in the body nor in the fingerprint
	carry        // where this is empty, what was there before stays
	show         // no secret, whatever its name says
	secrets      // within a secret: what is not harmless by its own name is masked
	several      // of secrets, too: a number counts them
)

// node is a step in the paths of a row, merged to a tree: a record is walked once, and each of its values is told at
// once what all paths ask for it.
type node struct {
	do    verb
	key   []string         // of a set's elements
	child map[string]*node // by member name; "[]" is the elements, "*" any member
}

// at returns the node below n by a step, and makes it if need be.
func (n *node) at(step string) *node {
	if n.child == nil {
		n.child = map[string]*node{}
	}
	if n.child[step] == nil {
		n.child[step] = new(node)
	}
	return n.child[step]
}

// add puts paths into the tree.
func (r *Rules) add(paths schema.Paths, do verb) error {
	all, err := paths.Steps()
	if err != nil {
		return err
	}
	if r.deep.child == nil && len(all) > 0 {
		r.deep.child = make(map[string]*node, len(all)) // most paths of a row are the safety net's
	}
	for _, steps := range all {
		n := &r.top
		if steps[0] == "**" {
			n, steps = &r.deep, steps[1:]
		}
		for i, s := range steps {
			if len(s) > 2 && s[0] == '[' {
				n.key = strings.Split(strings.Trim(s, "[]"), "+")
				break
			}
			if do == only && i == len(steps)-1 {
				n.do |= keep
			}
			n = n.at(s)
		}
		n.do |= do
	}
	return nil
}

// step appends to next the nodes that the active ones reach by a member, or by "[]", and returns what those ask for.
// Several are active at once: a value may be reached by its name, by a star, and by "**", which begins again at each
// depth (deep).
func (r *Rules) step(next, active []*node, name []byte) ([]*node, verb) {
	var do verb
	add := func(n *node) {
		if n != nil {
			next, do = append(next, n), do|n.do
		}
	}
	member := string(name) != "[]"
	for i := -1; i < len(active); i++ {
		n := &r.deep
		if i >= 0 {
			n = active[i]
		}
		if len(n.child) == 0 {
			continue
		}
		add(n.child[string(name)])
		if member {
			add(n.child["*"])
		}
	}
	return next, do
}
