package lake_test

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// keep puts the versions of a file of events into a lake, as spark/versions.py keeps them, and no event.
const keep = `
import lake, sys
folder, file = sys.argv[1:]
lake.create(folder)
db = lake.connect(file)
names = ("created_at", "valid_after", "valid_before", "ended_after", "ended_before")
times = ", ".join(f"{c} AT TIME ZONE 'UTC' AS {c}" for c in names)
versions = db.execute(f"SELECT * REPLACE ({times}) FROM silver.versions").to_arrow_table()
catalog = lake.catalog(folder)
catalog.create_namespace("silver")
catalog.create_table("silver.versions", schema=versions.schema).append(versions)
`

// In DuckDB the questions about records are answered from the versions that a lake keeps, and need no events.
func TestTheQuestionsAskTheVersionsThatAreKept(t *testing.T) {
	python := os.Getenv("SEACHANGE_LAKE_PARTS") + "/python/bin/python"
	if _, err := os.Stat(python); err != nil {
		t.Skip("DuckDB is not here: deploy/lake/test fetches it and runs this test")
	}
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any will do
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // made-up data
	l, folder := month(rnd), t.TempDir()
	if out, err := exec.CommandContext(t.Context(), python, "-c", keep, folder, l.write(t)).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	asked := slices.DeleteFunc(l.questions(t, rnd, "", 5), func(q question) bool {
		return strings.HasPrefix(q.text, "-- What changed") || strings.HasPrefix(q.text, "-- Is my copy complete")
	})
	asked = append(asked, question{"SELECT count(*) FROM bronze.events", []string{line(0)}})
	l.ask(t, asked, l.marks(), python, "lake.py", folder, "sql")
}
