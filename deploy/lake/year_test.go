package lake_test

import (
	"encoding/json"
	"os"
	"testing"
)

// differences counts the versions that the lake of year.py keeps and the view doesn't make of its events, or the other
// way around.
const differences = `
import lake, sys
db = lake.connect(sys.argv[1])
times = ("valid_after", "valid_before", "ended_after", "ended_before")
replaced = ", ".join(f"epoch_ms({c}) AS {c}" for c in times)
versions = f"SELECT * EXCLUDE (created_at) REPLACE ({replaced}) FROM silver.versions"
db.execute(f"CREATE TABLE was AS {versions}")
db.execute(lake.sql_file("silver.duckdb.sql"))
db.execute(f"CREATE TABLE made AS {versions}")
for q in ("FROM was EXCEPT FROM made", "FROM made EXCEPT FROM was", "FROM was"):
    print(db.execute(f"SELECT count(*) FROM ({q})").fetchone()[0])
`

// The benchmark of a year asks what happened, of versions that are what the view makes of the events.
func TestTheYearIsWhatHappened(t *testing.T) {
	python := os.Getenv("SEACHANGE_LAKE_PARTS") + "/python/bin/python"
	if _, err := os.Stat(python); err != nil {
		t.Skip("DuckDB is not here: deploy/lake/test fetches it and runs this test")
	}
	folder := t.TempDir()
	program(t, nil, python, absolute(t, "year.py"), folder, "5000", "4")
	var said map[string]struct {
		Rows, Snapshots int
		AsItHappened    *bool `json:"as_it_happened"`
	}
	out := program(t, nil, python, absolute(t, "year.py"), folder)
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// A hundred records, of which one or the other is deleted just then; 52 weeks, a day in four commits.
	for _, question := range []string{"now", "as-of"} {
		s := said[question]
		if s.Rows < 80 || s.Rows > 100 || s.AsItHappened == nil || !*s.AsItHappened {
			t.Errorf("%s: %s", question, out)
		}
	}
	if said["bronze.events"].Snapshots != 52+4 || said["complete"].Rows != 0 {
		t.Errorf("%s", out)
	}
	got := string(program(t, []string{"PYTHONPATH=" + absolute(t, ".")}, python, "-c", differences, folder))
	if got != "0\n0\n4800\n" {
		t.Errorf("differences and versions: %s", got)
	}
}
