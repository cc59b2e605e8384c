package schema

import (
	"errors"
	"fmt"
	"slices"
)

// known returns an error for each name that isn't among all, with the nearest one that is.
func known(flag, what string, given, all []string) error {
	var errs []error
	for _, name := range given {
		if !slices.Contains(all, name) {
			errs = append(errs, fmt.Errorf("%s: no %s %q; did you mean %q?", flag, what, name, nearest(name, all)))
		}
	}
	return errors.Join(errs...)
}

// nearest returns the name that takes the fewest edits to become.
func nearest(name string, all []string) string {
	return slices.MinFunc(all, func(a, b string) int { return edits(name, a) - edits(name, b) })
}

// edits is Levenshtein's distance in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
