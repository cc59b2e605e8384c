package lake_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seachange/seachange/schema"
)

// engines tries the other readers that the script was asked for, on the same topics.
func (l *lake) engines(topics map[int64][]schema.Event) {
	asked := strings.Fields(os.Getenv("SEACHANGE_LAKE_ENGINES"))
	for name, try := range map[string]func(*testing.T, *lake, map[int64][]schema.Event){
		"spark": spark, "flink": flink, "trino": trino,
	} {
		if slices.Contains(asked, name) {
			l.t.Run(name, func(t *testing.T) {
				own := *l
				own.t = t
				try(t, &own, topics)
			})
		}
	}
}

// newest are the last events of the records of a resource, by id; of all resources without one.
func newest(topics map[int64][]schema.Event, resource string) map[string]schema.Event {
	all := map[string]schema.Event{}
	for _, lsn := range slices.Sorted(maps.Keys(topics)) {
		if ev := topics[lsn][0]; resource == "" || ev.Source.Table == resource {
			all[ev.Source.Table+"/"+ev.ID()] = ev
		}
	}
	return all
}

// program runs one with a limit and returns what it prints.
func program(t *testing.T, env []string, name string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, args, err, out, tail(stderr.Bytes()))
	}
	return out
}

func tail(log []byte) []byte { return log[max(0, len(log)-4000):] }

// absolute is a file of this folder, for programs that run elsewhere.
func absolute(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// spark lands the topics by Spark's job, which is killed, in a lake of its own.
func spark(t *testing.T, l *lake, topics map[int64][]schema.Event) {
	l.dir = t.TempDir()
	bin := l.parts + "/python-spark/bin"
	env := []string{"SPARK_LOCAL_IP=127.0.0.1", "PATH=" + bin + ":" + os.Getenv("PATH")}
	common := []string{
		"--properties-file", l.write("spark/spark.conf"), "--master", "local[2]",
		"--conf", "spark.ui.enabled=false", "--conf", "spark.sql.shuffle.partitions=2",
	}
	run := func(tool string, args ...string) []byte {
		return program(t, env, bin+"/"+tool, slices.Concat(common, args)...)
	}
	run("spark-sql", "-f", absolute(t, "sql/bronze.spark.sql"))
	run("spark-sql", "-f", absolute(t, "sql/records.spark.sql"))
	began := time.Now()
	// Batches of a few events, so that there is something to kill.
	job, err := os.ReadFile("spark/bronze_silver.py")
	if err != nil {
		t.Fatal(err)
	}
	small := filepath.Join(l.dir, "job.py")
	if err := os.WriteFile(small, bytes.Replace(job, []byte("100_000"), []byte("7"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	l.write("spark/tables.py") // which it imports
	arguments := []string{small, l.broker, l.prefix, filepath.Join(l.dir, "checkpoint")}
	l.killSpark(env, bin+"/spark-submit", slices.Concat(common, arguments)...)
	run("spark-submit", arguments...)
	const rows = "SELECT to_json(struct(*), map('ignoreNullFields', 'false')) FROM bronze.events"
	got := l.table(lines(run("spark-sql", "-e", rows)))
	if diff := cmp.Diff(topics, byLSN(t, got)); diff != "" {
		t.Errorf("bronze.events is not what was committed (-topics +table):\n%s", diff)
	}
	type record struct {
		Deleted bool
		LSN     int64
		Body    string
	}
	want, silver := map[string]record{}, map[string]record{}
	for id, ev := range newest(topics, "") {
		row := ev.After
		if row == nil {
			row = ev.Before
		}
		want[id] = record{ev.Op == schema.Deleted, ev.Source.LSN, canonical(row)}
	}
	for _, line := range lines(run("spark-sql", "-e",
		"SELECT to_json(struct(resource, id, deleted, lsn, to_json(body) AS body)) FROM silver.records")) {
		var r struct {
			Resource, ID, Body string
			Deleted            bool
			LSN                int64
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		silver[r.Resource+"/"+r.ID] = record{r.Deleted, r.LSN, canonical(&schema.Row{Body: &r.Body})}
	}
	if _, ok := silver["exposures/droplets+1"]; !ok {
		t.Error("the exposure is not in silver.records")
	}
	delete(silver, "exposures/droplets+1")
	if diff := cmp.Diff(want, silver); diff != "" {
		t.Errorf("silver.records is not what the events say (-topics +table):\n%s", diff)
	}
	t.Logf("Spark: %d rows in bronze.events, %d in silver.records, 1 kill, in %s", len(got), len(silver),
		time.Since(began).Round(time.Second))
	l.later(topics)
	again := exec.Command(bin+"/spark-submit", slices.Concat(common, arguments)...)
	again.Env = append(os.Environ(), env...)
	said, err := again.CombinedOutput()
	if want := l.prefix + ".volumes, partition 0, offset 0: no event that this job reads (schema 2"; err == nil ||
		!bytes.Contains(said, []byte("bronze_silver.py: "+want)) {
		t.Errorf("an event of a later contract: %v, want %q\n%s", err, want, tail(said))
	}
	if n := len(lines(run("spark-sql", "-e", "SELECT op FROM bronze.events"))); n != len(got)+1 {
		t.Errorf("%d rows where %d were before, and an exposure", n, len(got))
	}
}

// later writes an event of a contract that is still to come, to a topic of its own.
func (l *lake) later(topics map[int64][]schema.Event) {
	l.t.Helper()
	for _, evs := range topics {
		ev := evs[0]
		ev.Source.Table = "volumes"
		l.produce("volumes", ev.Marshal(), kgo.RecordHeader{Key: "schema", Value: []byte("2")})
		return
	}
}

// killSpark starts the job, and kills it with -9 when it has landed something.
func (l *lake) killSpark(env []string, submit string, args ...string) {
	job := exec.Command(submit, args...)
	job.Env = append(os.Environ(), env...)
	if err := job.Start(); err != nil {
		l.t.Fatal(err)
	}
	defer func() { kill(job) }()
	l.wait("Spark's job has landed something", 3*time.Minute, func() bool {
		landed, _ := filepath.Glob(l.dir + "/warehouse/silver/records/metadata/*.metadata.json")
		return len(landed) > 1
	})
}

// flink has Flink's SQL fold the topics.
func flink(t *testing.T, l *lake, topics map[int64][]schema.Event) {
	began := time.Now()
	home, err := filepath.Glob(l.parts + "/python-flink/lib/python3*/site-packages/pyflink")
	if err != nil || len(home) != 1 {
		t.Fatalf("no Flink: %v %v", home, err)
	}
	file := l.write("flink/current.sql")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, "SET 'table.display.max-column-width' = '100';\n"+
		"SELECT id, SHA256(body) AS body FROM droplets;\n"...)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	out := program(t, []string{"FLINK_HOME=" + home[0]}, "bash", home[0]+"/bin/sql-client.sh",
		"-Dexecution.target=local", "-Drest.port=0", "-Drest.address=127.0.0.1",
		"--library", "file://"+l.parts+"/flink", "--file", file)
	counts, bodies := map[string]string{}, map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| ([+-][IUD]) \| +(\S+) \| +(\S+) \|$`).FindAllStringSubmatch(string(out), -1) {
		into := bodies
		if regexp.MustCompile(`^\d+$`).MatchString(m[3]) {
			into = counts
		}
		if m[1] == "-D" {
			delete(into, m[2])
		} else if m[1] != "-U" {
			into[m[2]] = m[3]
		}
	}
	wantCounts, wantBodies := map[string]string{}, map[string]string{}
	for _, resource := range []string{"droplets", "tags"} {
		n := 0
		for _, ev := range newest(topics, resource) {
			if ev.Op != schema.Deleted {
				n++
				if resource == "droplets" {
					wantBodies[ev.ID()] = fmt.Sprintf("%x", sha256.Sum256([]byte(*ev.After.Body)))
				}
			}
		}
		wantCounts[resource] = fmt.Sprint(n)
	}
	if diff := cmp.Diff(wantCounts, counts); diff != "" {
		t.Errorf("the live count (-topics +Flink):\n%s\n%s", diff, tail(out))
	}
	if diff := cmp.Diff(wantBodies, bodies); diff != "" {
		t.Errorf("the current table (-topics +Flink):\n%s\n%s", diff, tail(out))
	}
	t.Logf("Flink: %d live Droplets, their bodies the same, in %s", len(bodies), time.Since(began).Round(time.Second))
}

// trino has Trino's parser read its DDL. Nothing is run.
func trino(t *testing.T, l *lake, _ map[int64][]schema.Event) {
	out := program(t, nil, "java", "-cp", l.parts+"/trino/*", absolute(t, "trino/Parse.java"),
		absolute(t, "sql/bronze.trino.sql"))
	want := []string{"CreateSchema", "CreateTable", "CreateTable", "CreateTable"}
	if got := strings.Fields(string(out)); !slices.Equal(got, want) {
		t.Errorf("Trino's parser reads %s", got)
	}
}

// What is run on no engine here is at least read by sqlglot's parsers, none of it as a command that they don't know.
func TestSQLGlotReadsWhatIsNotRun(t *testing.T) {
	if !slices.Contains(strings.Fields(os.Getenv("SEACHANGE_LAKE_ENGINES")), "sqlglot") {
		t.Skip("not asked for: deploy/lake/test sqlglot fetches it and runs this test")
	}
	const script = "import sqlglot, sys\nfor s in sqlglot.parse(open(sys.argv[2]).read(), dialect=sys.argv[1]):\n" +
		" if s is not None and type(s).__name__ != 'Semicolon': print(type(s).__name__)"
	for _, dialect := range []string{"bigquery", "snowflake", "trino"} {
		for _, layer := range []string{"bronze", "silver"} {
			out := program(t, nil, os.Getenv("SEACHANGE_LAKE_PARTS")+"/python-sqlglot/bin/python", "-c", script, dialect,
				absolute(t, "sql/"+layer+"."+dialect+".sql"))
			kinds := strings.Fields(string(out))
			if len(kinds) < 3 || slices.ContainsFunc(kinds, func(k string) bool { return k != "Create" && k != "Comment" }) {
				t.Errorf("%s, %s: %s", layer, dialect, kinds)
			}
		}
	}
}
