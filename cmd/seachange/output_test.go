package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/seachange/seachange/cmd/seachange/history"
)

func TestAListOfNothingIsAnEmptyOne(t *testing.T) {
	var b strings.Builder
	if err := writeJSON(&b, []string(nil)); err != nil || b.String() != "[]\n" {
		t.Errorf("%v, %q", err, b.String())
	}
}

func TestColourOnlyOnATerminal(t *testing.T) {
	e := &env{stdout: &bytes.Buffer{}}
	e.Getenv = func(string) string { return "" }
	if e.coloured() {
		t.Error("a buffer is coloured")
	}
}

func TestWritingLinesEscapesNothing(t *testing.T) {
	var out strings.Builder
	body := `{"a":"<&>"}`
	if err := (&env{stdout: &out}).printLine(history.Row{Body: &body}); err != nil {
		t.Fatal(err)
	}
	var back history.Row
	if err := json.NewDecoder(io.Reader(strings.NewReader(out.String()))).Decode(&back); err != nil ||
		*back.Body != body || !strings.Contains(out.String(), "<&>") {
		t.Errorf("%v: %s", err, out.String())
	}
}
