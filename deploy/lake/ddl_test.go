package lake_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The bronze tables have the same columns in every engine, in the same order.
func TestBronzeIsTheSameInEveryEngine(t *testing.T) {
	want := columnsOf(t, "bronze.spark.sql")
	if len(want) != 3 || len(want[0]) != 11 || len(want[1]) != 20 || len(want[2]) != 10 {
		t.Fatalf("bronze.spark.sql has %q", want)
	}
	for _, engine := range []string{"bigquery", "clickhouse", "duckdb", "snowflake", "trino"} {
		got := columnsOf(t, "bronze."+engine+".sql")
		if !slices.EqualFunc(got, want, slices.Equal[[]string]) {
			t.Errorf("%s has %q, want %q", engine, got, want)
		}
	}
}

// The table of versions has the columns of the view.
func TestTheTableOfVersionsHasTheColumnsOfTheView(t *testing.T) {
	view, err := os.ReadFile("sql/silver.spark.sql")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(view), "VIEW silver.versions (\n")
	head, _, _ := strings.Cut(rest, "\n)\n")
	var want []string
	for _, m := range regexp.MustCompile("(?m)^  `(\\w+)`").FindAllStringSubmatch(head, -1) {
		want = append(want, m[1])
	}
	if got := columnsOf(t, "versions.spark.sql"); len(got) != 1 || !slices.Equal(got[0], want) {
		t.Errorf("the table has %q, the view %q", got, want)
	}
}

// columnsOf are the columns of each table that a file of DDL makes.
func columnsOf(t *testing.T, name string) (tables [][]string) {
	t.Helper()
	text, err := os.ReadFile("sql/" + name)
	if err != nil {
		t.Fatal(err)
	}
	aside := regexp.MustCompile(`(?m)^--.*$|'(?:[^'\\]|\\.)*'`) // comments and literals
	for statement := range strings.SplitSeq(aside.ReplaceAllString(string(text), ""), ";\n") {
		_, body, ok := strings.Cut(statement, "CREATE TABLE IF NOT EXISTS ")
		if !ok {
			continue
		}
		tables = append(tables, topLevel(body[strings.Index(body, "(")+1:]))
	}
	return tables
}

// topLevel are the first words of what commas divide, up to the bracket that ends it.
func topLevel(list string) (words []string) {
	depth, begins := 0, true
	for i := 0; i < len(list) && depth >= 0; i++ {
		switch list[i] {
		case '(', '<':
			depth++
		case ')', '>':
			depth--
		case ',':
			begins = begins || depth == 0
		case ' ', '\n':
		default:
			if begins && depth == 0 {
				word := regexp.MustCompile(`\w+`).FindString(list[i:])
				words, begins = append(words, word), false
			}
		}
	}
	return words
}
