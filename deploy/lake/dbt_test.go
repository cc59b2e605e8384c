package lake_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// dbt makes the versions of a month, asks them what is there now, and fails when an event is missing.
func TestTheDBTPackageKnowsWhatIsMissing(t *testing.T) {
	if !slices.Contains(strings.Fields(os.Getenv("SEACHANGE_LAKE_ENGINES")), "dbt") {
		t.Skip("not asked for: deploy/lake/test dbt fetches it and runs this test")
	}
	bin := os.Getenv("SEACHANGE_LAKE_PARTS") + "/python-dbt/bin/"
	l := month(rand.New(rand.NewPCG(1, 2))) //nolint:gosec // made-up data
	dir := t.TempDir()
	file := filepath.Join(dir, "lake.duckdb")
	program(t, nil, bin+"python", absolute(t, "lake.py"), l.write(t), "duckdb", file)
	do := func(sql string) string {
		const script = "import duckdb, json, sys\nwith duckdb.connect(sys.argv[1]) as db:\n" +
			" for r in db.execute(sys.argv[2]).fetchall(): print(json.dumps(r))"
		return string(program(t, nil, bin+"python", "-c", script, file, sql))
	}
	build := func() (string, error) {
		cmd := exec.CommandContext(t.Context(), bin+"dbt", "build", "--project-dir", "dbt", "--profiles-dir", "dbt",
			"--target-path", dir, "--log-path", dir, "--no-send-anonymous-usage-stats", "--no-use-colors")
		cmd.Env = append(os.Environ(), "SEACHANGE_DUCKDB="+file)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	do(strings.Join(l.marks(), "; "))
	if out, err := build(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	now, err := os.ReadFile("sql/now.sql")
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, text := range lines([]byte(do(string(now)))) {
		got = append(got, comparable(t, text, false))
	}
	for _, text := range l.now(monthEnds) {
		want = append(want, comparable(t, text, false))
	}
	slices.Sort(got)
	slices.Sort(want)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("now: -ledger +dbt:\n%s", d)
	}
	do("DELETE FROM bronze.events WHERE source.lsn = 7")
	out, err := build()
	if !errors.As(err, new(*exec.ExitError)) || !bytes.Contains([]byte(out), []byte("FAIL 2 complete")) {
		t.Errorf("an event is missing: %v\n%s", err, out)
	}
}
