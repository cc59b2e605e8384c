package config

import (
	"strings"
	"testing"
)

func TestMaskKey(t *testing.T) {
	for key, want := range map[string]int{"": 0, "0123456789abcdef": 16} {
		got, err := (&Environment{Getenv: func(string) string { return key }}).MaskKey()
		if err != nil || len(got) != want || (got == nil) != (want == 0) {
			t.Errorf("%q: %q, %v", key, got, err)
		}
	}
	if _, err := (&Environment{Getenv: func(string) string { return "short" }}).MaskKey(); !isFault(err) ||
		strings.Contains(err.Error(), "\"short\"") {
		t.Errorf("a short key: %v", err)
	}
}
