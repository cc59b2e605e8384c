package main

import (
	"encoding/json"
	"regexp"
	"testing"
)

func TestVersion(t *testing.T) {
	out, _, err := call(t, nil, "version")
	if err != nil || !regexp.MustCompile(`^seachange \S+ \(go1\.\S+, \w+/\w+\)\n$`).MatchString(out) {
		t.Errorf("%v, %q", err, out)
	}
	var v map[string]string
	out, _, err = call(t, nil, "version", "--output", "json")
	if e := json.Unmarshal([]byte(out), &v); e != nil || err != nil || v["version"] == "" {
		t.Errorf("%v, %v, %s", err, e, out)
	}
}
