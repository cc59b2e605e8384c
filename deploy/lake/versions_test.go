package lake_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/schema"
)

// Spark's job keeps the versions: of events that came in parts, some late and some twice, in a table that began with an
// older layout and is maintained in between, they are what the view in DuckDB says of all events. A job doesn't write
// to a table that isn't as it needs it, or that another writes to.
func TestSparkKeepsTheVersions(t *testing.T) {
	if !slices.Contains(strings.Fields(os.Getenv("SEACHANGE_LAKE_ENGINES")), "spark") {
		t.Skip("not asked for: deploy/lake/test spark fetches it and runs this test")
	}
	began := time.Now()
	seed := uint64(began.UnixNano()) //nolint:gosec // any will do
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // made-up data
	l := month(rnd)
	k := &lake{t: t, dir: t.TempDir(), parts: os.Getenv("SEACHANGE_LAKE_PARTS")}
	var first, second, late []*schema.Event
	for i, ev := range l.events {
		switch {
		case i%9 == 5:
			late = append(late, ev)
		case i < len(l.events)/2:
			first = append(first, ev)
		default:
			second = append(second, ev)
		}
	}
	second = slices.Concat(second, first[:10], l.exposures) // ten of them land twice
	k.python = k.parts + "/python/bin/python"
	const coordinates = ", timestamp_millis(ts_ms), NULL, NULL, NULL, NULL"
	asked := slices.DeleteFunc(l.questions(t, rnd, ".spark", 1), func(q question) bool {
		return strings.HasPrefix(q.text, "-- What changed") // which is of the events, of which some are there twice
	})
	answers := k.jobs(slices.Concat([]string{
		older(t), "@" + absolute(t, "sql/versions.spark.sql"), "@" + absolute(t, "sql/records.spark.sql"),
		k.landing("first", first, ""), "versions.py", // 3, 4
		"bronze_silver.py 127.0.0.1:1 p checkpoint", // 5
		"@" + absolute(t, "sql/upgrade.spark.sql"), k.landing("second", second, coordinates),
		manyMarks, "@" + absolute(t, "sql/maintain.spark.sql"), // 8, 9
		"SELECT kafka_offset FROM bronze.marks ORDER BY 1",
		"SELECT count(*), count_if(ts = timestamp_millis(ts_ms)) FROM bronze.events", // 11
		"versions.py", "versions.py",
		k.landing("late", late, coordinates), "versions.py", // 14, 15
		"SELECT * FROM silver.versions", // 16
		"bronze_silver.py 127.0.0.1:1 p checkpoint",
		"ALTER TABLE silver.versions SET TBLPROPERTIES ('seachange.writer' = 'dbt')", "versions.py",
		"versions.py --take-over", // 20
		"ALTER TABLE bronze.events SET TBLPROPERTIES ('seachange.writer' = 'bronze_silver.py', " +
			"'seachange.writer-since-ms' = '1');\n" +
			"SET `spark.sql.iceberg.snapshot-property.kafka.connect.commit-id` = 1;\n" +
			k.landing("rival", first[:1], coordinates),
		"bronze_silver.py 127.0.0.1:1 p checkpoint", // 22
		k.keptViews(),
	}, l.marks(), texts(asked), plans(asked))...)
	for i, want := range map[int]string{
		4:  "versions are new or have changed, all events were read",
		5:  "refused: bronze.events has no ts, kafka_topic, kafka_partition,",
		10: "[1] [3] [5] [7] [8] [9] [10]", 11: fmt.Sprintf("[%[1]d, %[1]d]", len(first)+len(second)),
		12: "versions are new or have changed", 13: "nothing is new", 15: "versions are new or have changed",
		17: "refused: bronze.events is written by another, which left no name. Two writers would land rows twice",
		19: "refused: silver.versions is written by dbt.", 20: "nothing is new",
		22: "refused: Kafka Connect writes to bronze.events too, last at ",
	} {
		got := strings.Join(answers[i], " ")
		if again := i > 4 && strings.Contains(got, "all events"); again || !strings.Contains(got, want) {
			t.Errorf("step %d: %q, want %q", i, got, want)
		}
	}
	want, got := lines(k.ask(l.write(t), "sql", "SELECT * FROM silver.versions")), answers[16]
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-view of all events +table that was kept:\n%s", d)
	}
	for i, q := range asked {
		var got []string
		for _, text := range answers[26+i] {
			got = append(got, comparable(t, text, false))
		}
		q.compare(t, got)
		l.pruned(t, q, strings.Join(answers[26+len(asked)+i], ""))
	}
	t.Logf("%d events, %d versions, in %s", len(l.events), len(answers[16]), time.Since(began).Round(time.Second))
}

// keptViews are the views on the table of versions, as a step.
func (l *lake) keptViews() string {
	l.t.Helper()
	sql := program(l.t, nil, "go", "-C", absolute(l.t, "."), "run", "../../cmd/seachange", "views", "--engine", "spark",
		"--versions", "silver.versions", "droplets", "firewalls", "volumes")
	file := filepath.Join(l.dir, "views.sql")
	if err := os.WriteFile(file, sql, 0o600); err != nil {
		l.t.Fatal(err)
	}
	return "@" + file
}

func texts(asked []question) (all []string) {
	for _, q := range asked {
		all = append(all, q.text)
	}
	return all
}

// plans ask for Spark's plans of questions.
func plans(asked []question) (all []string) {
	for _, q := range asked {
		declared, query, ok := strings.Cut(q.text, ";\n")
		if !ok {
			declared, query = "SELECT 1", q.text
		}
		all = append(all, declared+";\nEXPLAIN "+query)
	}
	return all
}

// pruned wants of Spark's plan of a question that it reads no more of the table than the partitions of what lasts, or
// ended after the moment, and of its resource.
func (l *ledger) pruned(t *testing.T, q question, plan string) {
	t.Helper()
	var want []string
	switch {
	case strings.HasPrefix(q.text, "-- What is there now"):
		want = []string{`filters=ended_before IS NULL`}
	case strings.HasPrefix(q.text, "-- What was there"):
		want = []string{`ended_before IS NULL OR ended_before > `}
	case strings.HasPrefix(q.text, "-- Firewalls"):
		want = []string{`resource = 'firewalls'`, `ended_before IS NULL OR ended_before > `}
	case strings.HasPrefix(q.text, "-- Droplets with"):
		want = []string{`resource = 'droplets'`, `resource = 'volumes'`, `ended_before IS NULL OR ended_before > `}
	}
	for _, text := range want {
		if !strings.Contains(plan, text) {
			t.Errorf("%.40s…: no %q in its plan: %s", q.text, text, plan)
		}
	}
}

// manyMarks are of one collection, on two days and today.
const manyMarks = `INSERT INTO bronze.marks (account_id, resource, parent_id, status, kafka_topic, kafka_partition,
	kafka_offset, kafka_timestamp)
	SELECT 'team-1', 'droplets', '', status, 'digitalocean-meta.sweeps', 0, n, CAST(at AS TIMESTAMP) FROM VALUES
	(1L, 'whole', '2026-11-05 01:00:00'), (2L, 'whole', '2026-11-05 02:00:00'), (3L, 'whole', '2026-11-05 03:00:00'),
	(4L, 'whole', '2026-11-06 01:00:00'), (5L, 'failed', '2026-11-06 02:00:00'), (6L, 'failed', '2026-11-06 03:00:00'),
	(7L, 'whole', '2026-11-06 04:00:00'), (8L, 'whole', '2026-11-06 05:00:00'),
	(9L, 'whole', CAST(current_timestamp() AS STRING)), (10L, 'whole', CAST(current_timestamp() AS STRING)) AS m(n, status, at)`

// older is the DDL of bronze tables as it was before they had partitions and Kafka's coordinates.
func older(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("sql/bronze.spark.sql")
	if err != nil {
		t.Fatal(err)
	}
	const kafka = "\n  kafka_topic STRING, kafka_partition INT, kafka_offset BIGINT, kafka_timestamp TIMESTAMP\n)"
	ddl := strings.NewReplacer(", ts TIMESTAMP,"+kafka, "\n)", ","+kafka, "\n)", " PARTITIONED BY (source.`table`, days(ts))", "",
		" PARTITIONED BY (days(kafka_timestamp))", "").Replace(string(text))
	ddl = regexp.MustCompile("(?m)^ALTER .*\n").ReplaceAllString(ddl, "")
	ddl, _, _ = strings.Cut(ddl, "CREATE TABLE IF NOT EXISTS bronze.looks")
	ddl = strings.Replace(ddl, ", number BIGINT, looks_seq BIGINT", "", 1)
	if strings.Contains(ddl, "kafka_") || strings.Contains(ddl, "bronze.looks") || strings.Contains(ddl, "PARTITIONED") {
		t.Fatalf("no older layout: %s", ddl)
	}
	return ddl
}

// landing appends events to bronze.events, with values of the columns that are not in them.
func (l *lake) landing(name string, events []*schema.Event, more string) string {
	l.t.Helper()
	ddl, err := os.ReadFile("sql/bronze.spark.sql")
	if err != nil {
		l.t.Fatal(err)
	}
	columns := regexp.MustCompile(`(?s)bronze\.events \((.*?), ts TIMESTAMP`).FindSubmatch(ddl)[1]
	var text strings.Builder
	for _, ev := range events {
		text.Write(ev.Marshal())
		text.WriteByte('\n')
	}
	file := filepath.Join(l.dir, name+".jsonl")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		l.t.Fatal(err)
	}
	return fmt.Sprintf("CREATE OR REPLACE TEMPORARY VIEW landed (%s) USING json OPTIONS (path '%s');\n"+
		"INSERT INTO bronze.events SELECT before, after, source, op, ts_ms, changes%s FROM landed", columns, file, more)
}

// jobs does steps in one session of Spark, and returns what each prints.
func (l *lake) jobs(steps ...string) [][]string {
	l.t.Helper()
	args := append([]string{absolute(l.t, "jobs.py"), l.write("spark/spark.conf")}, steps...)
	out := program(l.t, []string{"TZ=UTC"}, l.parts+"/python-spark/bin/python", args...)
	answers := make([][]string, 1)
	for _, text := range lines(out) {
		if text == "--" {
			answers = append(answers, nil)
			continue
		}
		answers[len(answers)-1] = append(answers[len(answers)-1], text)
	}
	if len(answers) != len(steps) {
		l.t.Fatalf("%d answers to %d steps: %q", len(answers), len(steps), answers)
	}
	return answers
}
