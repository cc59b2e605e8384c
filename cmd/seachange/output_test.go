package main

import (
	"strings"
	"testing"
)

func TestAListOfNothingIsAnEmptyOne(t *testing.T) {
	var b strings.Builder
	if err := writeJSON(&b, []string(nil)); err != nil || b.String() != "[]\n" {
		t.Errorf("%v, %q", err, b.String())
	}
}
