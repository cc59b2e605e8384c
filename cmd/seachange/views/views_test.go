package views_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/cmd/seachange/views"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/types"
)

var update = flag.Bool("update", false, "write the SQL files anew")

var lake = filepath.Join("..", "..", "..", "deploy", "lake")

// The SQL that deploy/lake ships, and tries on engines, is what the command prints.
func TestTheLakesSQLIsWhatIsPrinted(t *testing.T) {
	for _, engine := range views.Engines() {
		got := "-- seachange views --engine " + engine + " droplets firewalls volumes\n\n" +
			printed(t, engine, "bronze.events", "droplets", "firewalls", "volumes")
		golden(t, filepath.Join(lake, "sql", "silver."+engine+".sql"), got)
	}
}

// dbt's versions and its test of completeness are the same SQL, of dbt's sources.
func TestDBTHasTheLakesSQL(t *testing.T) {
	sql := printed(t, "duckdb", "{{ source('bronze', 'events') }}", "volumes")
	_, sql, _ = strings.Cut(sql, "VIEW silver.versions AS\n")
	sql, _, _ = strings.Cut(sql, ";\n")
	golden(t, filepath.Join(lake, "dbt", "models", "versions.sql"), "{{ config(materialized='table') }}\n"+sql+"\n")
	complete, err := os.ReadFile(filepath.Join(lake, "sql", "complete.sql"))
	if err != nil {
		t.Fatal(err)
	}
	sources := strings.NewReplacer("bronze.events", "{{ source('bronze', 'events') }}", "bronze.marks",
		"{{ source('bronze', 'marks') }}")
	golden(t, filepath.Join(lake, "dbt", "tests", "complete.sql"), sources.Replace(string(complete)))
}

func printed(t *testing.T, engine, events string, resources ...string) string {
	t.Helper()
	sql, err := views.SQL(views.Options{Engine: engine, Events: events, Schema: "silver", Resources: resources})
	if err != nil {
		t.Fatal(err)
	}
	return sql
}

// golden holds a text against a file, which -update writes anew.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s is another than before (-update writes it anew):\n%s", file, d)
	}
}

// Each resource of which a document names the members has its views, in every engine.
func TestEveryResourceHasItsViews(t *testing.T) {
	want := map[string]bool{"events": true}
	for i := range schema.Catalog {
		if name := schema.Catalog[i].Name; len(types.Fields(name)) > 0 {
			want[name], want[name+"_events"], want[name+"_versions"] = true, true, true
		}
	}
	for _, engine := range views.Engines() {
		sql, err := views.SQL(views.Options{Engine: engine, Events: "e", Versions: "v", Schema: "s"})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		for statement := range strings.SplitSeq(sql, ";\n\n") {
			head, after, _ := strings.Cut(statement[:min(len(statement), 100)], " VIEW ")
			if strings.HasPrefix(head, "CREATE") && after != "" {
				name, _, _ := strings.Cut(strings.TrimPrefix(after, "IF NOT EXISTS "), " ")
				got[strings.TrimSuffix(strings.TrimPrefix(name, "s."), "\n")] = true
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", engine, d)
		}
		if engine == "duckdb" {
			noColumnTwice(t, sql)
		}
	}
}

// noColumnTwice looks at DuckDB's views, which have the columns of all.
func noColumnTwice(t *testing.T, sql string) {
	seen := map[string]bool{}
	for line := range strings.Lines(sql) {
		if line == "SELECT\n" {
			clear(seen)
		}
		i := strings.LastIndex(line, ` AS "`)
		if !strings.HasPrefix(line, "  ") || i < 0 {
			continue
		}
		name := strings.ToLower(strings.TrimRight(line[i+5:], "\",\n"))
		if seen[name] {
			t.Errorf("column %s twice", name)
		}
		seen[name] = true
	}
}

func TestWhatHasNoViewsIsRefused(t *testing.T) {
	for want, o := range map[string]views.Options{
		"there are bigquery, clickhouse, duckdb":     {Engine: "oracle"},
		`no resource "nothing": seachange resources`: {Engine: "duckdb", Resources: []string{"nothing"}},
	} {
		if _, err := views.SQL(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", o, err, want)
		}
	}
}
