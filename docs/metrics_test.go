package docs_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what pages take from the code anew")

const metricsPage = "reference/metrics.md"

// TestTheMetricsPageIsTheCodes writes down every metric that the code declares, and holds the page to it.
func TestTheMetricsPageIsTheCodes(t *testing.T) {
	metrics := declared(t)
	if len(metrics) < 25 {
		t.Fatalf("only %d metrics were found: the patterns are off", len(metrics))
	}
	var table strings.Builder
	table.WriteString("| metric | kind | labels | what it is |\n|---|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		m := metrics[name]
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", name, m.kind, m.labels, m.help)
	}
	inPage(t, metricsPage, "<!-- written by go test ./docs -run TestTheMetricsPage -update -->\n",
		"<!-- end of the metrics -->", table.String())
}

// inPage holds what stands in a page between two marks to what it must be, or with -update writes it.
func inPage(t *testing.T, name, begin, end, want string) {
	t.Helper()
	page := read(t, name)
	head, rest, ok1 := strings.Cut(page, begin)
	_, foot, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s lacks %q or %q", name, begin, end)
	}
	switch now := head + begin + want + end + foot; {
	case now == page:
	case *update:
		if err := os.WriteFile(name, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is stale: go test ./docs -run %s -update", name, t.Name())
	}
}

// Pages, alert rules and the dashboard name only metrics that exist.
func TestOnlyMetricsThatExistAreNamed(t *testing.T) {
	metrics := declared(t)
	named := regexp.MustCompile(`\bseachange_[a-z]+_?[a-z_]*\b`)
	files := append(pages(t), "../README.md", "../deploy/prometheus/rules.yaml", "../deploy/grafana/seachange.json")
	for _, file := range files {
		for _, name := range named.FindAllString(read(t, file), -1) {
			base := regexp.MustCompile(`_(bucket|count|sum)$`).ReplaceAllString(name, "")
			_, ok := metrics[name]
			if _, histogram := metrics[base]; !ok && !histogram {
				t.Errorf("%s names %s, which no code declares", file, name)
			}
		}
	}
}

type metric struct{ kind, labels, help string }

// declared returns the metrics that the packages declare through client_golang, by name.
func declared(t *testing.T) map[string]metric {
	t.Helper()
	all := map[string]metric{}
	for _, root := range []string{"../producer", "../cmd"} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path)
			if err != nil || !bytes.Contains(source, []byte(`"seachange_`)) {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, source, 0)
			if err == nil {
				ast.Inspect(file, func(n ast.Node) bool { return note(all, n) })
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// note adds the metric that a call declares: prometheus.New…(Opts{Name, Help}, labels), NewDesc(name, help, labels), or
// a function of the package's own that takes name and help.
func note(all map[string]metric, n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return true
	}
	maker := ""
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		maker = f.Sel.Name
	case *ast.Ident:
		maker = f.Name
	}
	m := metric{kind: "gauge"}
	for _, kind := range []string{"Counter", "Histogram", "Summary"} {
		if strings.Contains(maker, kind) {
			m.kind = strings.ToLower(kind)
		}
	}
	name, labels := text(call.Args[0]), call.Args[1:]
	if options, ok := call.Args[0].(*ast.CompositeLit); ok {
		name, m.help = member(options, "Name"), member(options, "Help")
	} else if len(call.Args) > 2 {
		m.help, labels = text(call.Args[1]), call.Args[2:]
	}
	if strings.HasPrefix(name, "seachange_") && m.help != "" {
		m.labels = texts(labels)
		all[name] = m
	}
	return true
}

// text returns a string literal's value, or "".
func text(e ast.Expr) string {
	if sum, ok := e.(*ast.BinaryExpr); ok {
		return text(sum.X) + text(sum.Y)
	}
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return ""
	}
	s, _ := strconv.Unquote(literal.Value)
	return s
}

func member(options *ast.CompositeLit, name string) string {
	for _, e := range options.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := pair.Key.(*ast.Ident); ok && key.Name == name {
				return text(pair.Value)
			}
		}
	}
	return ""
}

// texts returns the strings of the first literal list among some arguments.
func texts(args []ast.Expr) string {
	var all []string
	for _, a := range args {
		if list, ok := a.(*ast.CompositeLit); ok {
			for _, e := range list.Elts {
				all = append(all, "`"+text(e)+"`")
			}
			break
		}
	}
	return strings.Join(all, ", ")
}
