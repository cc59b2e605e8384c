package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seachange/seachange/cmd/seachange/alert"
	"github.com/seachange/seachange/cmd/seachange/certify"
	"github.com/seachange/seachange/cmd/seachange/check"
	"github.com/seachange/seachange/cmd/seachange/document"
	"github.com/seachange/seachange/cmd/seachange/hint"
	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/cmd/seachange/scrub"
	"github.com/seachange/seachange/producer/status"
)

// printed is JSON that a command prints, or that seachange serves.
type printed struct {
	name, by, shape string
	folder          string // of its package
	value           any
	line            bool // one a line, instead of a document of several
}

func allPrinted() []printed {
	return []printed{
		{"plan", "`seachange plan --output json`", "A list, of an account each.", "document", document.Plan{}, false},
		{"check", "`seachange check --output json`", "A list, of a finding each.", "check", check.Finding{}, false},
		{"pass", "`seachange run --once --output json`", "A list, of a resource of an account each.", "../../producer/status", status.Line{}, false},
		{"resources", "`seachange resources --output json`", "A list, of a resource each.", "document", document.Resource{}, false},
		{"topics", "`seachange topics --output json`", "A list, of a topic each.", "document", document.Topic{}, false},
		{"topics-apply", "`seachange topics --apply --output json`", "A list, of a setting that was changed each.", "document", document.TopicSetting{}, false},
		{"look", "`seachange look --output json`, also of `snapshot`, `pause` and `resume`", "A list, of an account's resource each.", "document", document.Answer{}, false},
		{"requests", "`seachange requests --output json`", "A list, of a request each.", "document", document.Request{}, false},
		{"config", "`seachange config show --output json`", "One object.", "document", document.Configuration{}, false},
		{"scrub", "`seachange scrub --output json`", "A list, of a partition each.", "scrub", scrub.Find{}, false},
		{"certify", "`seachange certify --output json`", "One object.", "certify", certify.Verdict{}, false},
		{"version", "`seachange version --output json`", "One object.", "document", document.Version{}, false},
		{"at", "`seachange at … --output json`", "A line for each record; `csv` and `parquet` have the same columns; `parquet` also those of one resource's members.", "history", history.Row{}, true},
		{"diff", "`seachange diff … --output json`", "A line for each record that differs.", "history", history.Difference{}, true},
		{"unlooked", "The last line of `at` and `diff` with `--output json`", "Only where something was not read yet, or not since.", "history", history.NotLooked{}, true},
		{"alert", "`seachange alert test --output json`", "A line for each alert; outputs of the types command, webhook and cloudevents get the same.", "alert", alert.Alert{}, true},
		{"silence", "`seachange silence list --output json`", "A list, of a silence each.", "alert", alert.Silence{}, false},
		{"annotate", "`seachange annotate list --output json`", "A list, of a note each.", "hint", hint.Note{}, false},
		{"posture", "`seachange posture --output json`", "A list, of a finding each, the most severe first.", "alert", alert.Finding{}, false},
		{"status", "`/status`, of `--listen`", "One object. Of more than 20 accounts it leaves out what is in order; `/status?account=NAME` has all of one, `/status?all` of all of them.", "../../producer/status", status.Report{}, false},
	}
}

// TestPrintedJSONIsFrozen prints each document with every member set.
func TestPrintedJSONIsFrozen(t *testing.T) {
	for _, p := range allPrinted() {
		t.Run(p.name, func(t *testing.T) {
			value := reflect.New(reflect.TypeOf(p.value)).Elem()
			setAll(value)
			var out bytes.Buffer
			e := &env{stdout: &out}
			print := e.printJSON
			if p.line {
				print = e.printLine
			}
			if err := print(value.Interface()); err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", "json", p.name+".json"), out.Bytes())
			for _, m := range regexp.MustCompile(`"([^"]+)":`).FindAllStringSubmatch(out.String(), -1) {
				if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(m[1]) && m[1] != "txId" { // which is Debezium's
					t.Errorf("member %s is not in snake case", m[1])
				}
			}
		})
	}
}

// setAll sets every member to something that tells it from others.
func setAll(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)))
			return
		}
		for _, field := range v.Fields() {
			if field.CanSet() {
				setAll(field)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		setAll(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		setAll(v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("key"), reflect.ValueOf("value"))
	case reflect.String:
		v.SetString("text <&>")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(1.5)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	}
}

// golden holds what was made against a file of the repository; -update writes it anew.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is another than before (go test ./cmd/seachange -run %s -update writes it anew). Got:\n%s", file,
			t.Name(), got)
	}
}

// TestTheJSONPageIsTheCodes holds docs/reference/json.md against the types and their comments.
func TestTheJSONPageIsTheCodes(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(jsonHead)
	for _, p := range allPrinted() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| member | type | |\n|---|---|---|\n", p.by, p.shape)
		members(t, &b, p.folder, reflect.TypeOf(p.value), "")
	}
	golden(t, filepath.Join("..", "..", "docs", "reference", "json.md"), b.Bytes())
}

const jsonHead = `# JSON that commands print

What each command prints with ` + "`--output json`" + `, member by member. This page is written by a test from the code
(` + "`go test ./cmd/seachange -run JSONPage -update`" + `). Members are only added; a member that is renamed or goes is a
` + "`[CHANGE]`" + ` in the changelog. A name ends with its unit: ` + "`_ms`, `_seconds`, `_per_hour`, `_per_day`" + `; a time
whose name ends in ` + "`_ms`" + ` and that is no length is counted from 1970-01-01 UTC.

` + "`tail`, `history` and `replay`" + ` print events as they stand in their topic: [topics](topics.md).
`

// members writes a row for each member of a struct, those of its parts behind a dot.
func members(t *testing.T, b *bytes.Buffer, folder string, of reflect.Type, prefix string) {
	t.Helper()
	comments := commentsOf(t, folder, of.Name())
	for f := range of.Fields() {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if tag == "-" || !f.IsExported() {
			continue
		}
		name, part, list := prefix+tag, f.Type, ""
		if part.Kind() == reflect.Pointer {
			part = part.Elem()
		}
		if part.Kind() == reflect.Slice {
			part, list = part.Elem(), "[]"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", name, kind(f.Type), cell(comments[f.Name]))
		if part.Kind() == reflect.Struct && part.PkgPath() == of.PkgPath() {
			members(t, b, folder, part, name+list+".")
		}
	}
}

// kind is a type in JSON's words.
func kind(of reflect.Type) string {
	switch of.Kind() {
	case reflect.Pointer:
		return kind(of.Elem()) + " or null"
	case reflect.Slice:
		return "list of " + strings.TrimPrefix(kind(of.Elem()), "an ")
	case reflect.Struct:
		switch of.String() {
		case "schema.Row":
			return "[row](topics.md)"
		case "schema.Event":
			return "[event](topics.md)"
		case "time.Time":
			return "time (RFC 3339)"
		}
		return "object"
	case reflect.Map:
		return "object of texts"
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Float64:
		return "number"
	}
	return "whole number"
}

// commentsOf reads the comments of a struct's fields.
func commentsOf(t *testing.T, folder, name string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	comments := map[string]string{}
	for _, file := range slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") }) {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			s, ok := n.(*ast.TypeSpec)
			if !ok || s.Name.Name != name {
				return true
			}
			for _, f := range s.Type.(*ast.StructType).Fields.List {
				for _, n := range f.Names {
					text := strings.Join(strings.Fields(f.Doc.Text()+" "+f.Comment.Text()), " ")
					text = strings.TrimPrefix(strings.TrimPrefix(text, n.Name+" "), "is ")
					comments[n.Name] = strings.TrimSuffix(text, ".")
				}
			}
			return false
		})
	}
	return comments
}
