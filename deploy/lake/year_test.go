package lake_test

import (
	"encoding/json"
	"os"
	"testing"
)

// The benchmark of a year asks the same of the view and of the table.
func TestTheYearHasTheSameRowsBothWays(t *testing.T) {
	python := os.Getenv("SEACHANGE_LAKE_PARTS") + "/python/bin/python"
	if _, err := os.Stat(python); err != nil {
		t.Skip("DuckDB is not here: deploy/lake/test fetches it and runs this test")
	}
	type asked struct{ Rows int }
	var said struct {
		View, Table map[string]asked
		Versions    int
	}
	out := program(t, nil, python, absolute(t, "year.py"), "5000")
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// A hundred records, of which one or the other is deleted just then; and one event in twenty is a delete.
	for _, question := range []string{"now", "as_of"} {
		n := said.Table[question].Rows
		if n != said.View[question].Rows || n < 80 || n > 100 {
			t.Errorf("%s: %d rows of the view, %d of the table", question, said.View[question].Rows, n)
		}
	}
	if said.Versions < 4700 || said.Versions > 4900 {
		t.Errorf("%d versions of 5000 events", said.Versions)
	}
}
