package schema

import (
	"errors"
	"fmt"
	"strings"
)

// Paths is a space-separated list of paths into a record. One language for masks, sets, ignored and counted fields:
//
//	name       a member of an object
//	*          any member
//	**         any number of members and elements, also none; only as the first step
//	x[]        every element of the array x
//	x[k+l]     in Sets, at the end: the set x, its elements known by their members k and l
//
// Steps are joined by dots: "tags", "node_pools[].nodes", "resources.*.count", "**.envs[].value". A path names the
// value it ends on: as a set "inbound_rules" sorts the array, as a mask "users[].password" hides a value.
type Paths string

// Steps splits each path into its steps. "[]" is a step of its own, and so is "[k+l]", which is always the last one.
// An error names the path and the step at fault.
func (p Paths) Steps() ([][]string, error) {
	if strings.Trim(string(p), " ") == "" {
		return nil, nil
	}
	all := make([][]string, 0, 1+strings.Count(string(p), " "))
	steps := make([]string, 0, cap(all)+strings.Count(string(p), ".")+strings.Count(string(p), "["))
	for path := range strings.SplitSeq(string(p), " ") {
		if path == "" { // more than one space
			continue
		}
		at := len(steps)
		var err error
		if steps, err = split(steps, path); err != nil {
			return nil, fmt.Errorf("path %q: %w", path, err)
		}
		all = append(all, steps[at:len(steps):len(steps)])
	}
	return all, nil
}

// split appends the steps of one path.
func split(steps []string, path string) ([]string, error) {
	begin := len(steps)
	for last := false; !last; {
		part, rest, more := strings.Cut(path, ".")
		at := len(steps)
		path, last = rest, !more
		steps = cut(steps, part)
		if err := check(steps[at:], last); err != nil {
			return nil, fmt.Errorf("step %q: %w", part, err)
		}
		if steps[at] == "**" && (at > begin || last) {
			return nil, fmt.Errorf("step %q: ** is only the first step of several", part)
		}
	}
	return steps, nil
}

// cut appends "x", "[]" and "[k]" of "x[][k]" to steps.
func cut(steps []string, part string) []string {
	at := 0
	for i := range len(part) {
		if part[i] == '[' {
			steps = append(steps, part[at:i])
			at = i
		}
	}
	return append(steps, part[at:])
}

func check(steps []string, last bool) error {
	if s := steps[0]; s != "*" && s != "**" && !isName(s) {
		return fmt.Errorf("%q is not a name, * or **", s)
	}
	if steps[0] == "**" && len(steps) > 1 {
		return errors.New("** has no elements")
	}
	for i, s := range steps[1:] {
		key, closed := strings.CutSuffix(s[1:], "]")
		if !closed {
			return errors.New("unbalanced brackets")
		}
		if key == "" {
			continue
		}
		if !last || i != len(steps)-2 {
			return errors.New("a set's key stands only at the end of a path")
		}
		for k := range strings.SplitSeq(key, "+") {
			if !isName(k) {
				return fmt.Errorf("%q is not a name", k)
			}
		}
	}
	return nil
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z')
		if !letter && !('0' <= c && c <= '9') && c != '_' && c != '-' && c != '$' && c != ':' {
			return false
		}
	}
	return s != ""
}
