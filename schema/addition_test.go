package schema_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What a stranger writes: a row, and one for what is below each of its records, of a listing that no document has; and
// the row of a listing that was left out until now: a log, off by default, with an interval of its own, and with a
// decision against what the documents suggest.
const addition = `var networkRows = []Resource{
	{
		Name: "specimens", Path: "/v2/specimens", Items: "specimens", Scope: "specimen:read",
		ID: "id", Born: "created_at",
		Mask: "beacon.token", Sets: "phases",
		Example: ` + "`" + `{"id":"specimen-1","name":"first","created_at":"2026-11-01T00:00:00Z","beacon":{"token":"FAKE-token"},"phases":["new","full"]}` + "`" + `,
	},
	{
		Name: "specimen_parts", Path: "/v2/specimens/{specimens}/parts", Items: "parts", Scope: "specimen:read",
		ID: "id", Title: "depth",
		Example: ` + "`" + `{"id":7,"depth":4800}` + "`" + `,
	},
	{
		Name: "volume_actions", Path: "/v2/volumes/{volumes}/actions", Items: "actions", Kind: Log, Absent: Never,
		Scope: "block_storage_action:read", Group: "logs", MinInterval: 10 * time.Second,
		ID: "id", Open: "status=in-progress", Late: "completed_at", Title: "type",
		Only:   "region.slug",
		Ignore: "resource_id",
		Why:    map[string]string{"resource_id": "DigitalOcean fills it for some actions only"},
	},
`

// TestAddingAResourceIsOneRow adds a resource in a copy of the repository: one file is touched, go generate makes what
// follows from it, and the tests of the catalogue and of the simulated account pass.
func TestAddingAResourceIsOneRow(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a changed copy of the package")
	}
	clone := copyOf(t, "..")
	before := texts(t, clone)
	rows := filepath.Join(clone, "schema", "catalog_network.go")
	write(t, rows, strings.Replace(before["schema/catalog_network.go"], "var networkRows = []Resource{\n", addition, 1))

	const skip = "-skip=TestContractNoticesEveryBrokenRow" // it tests the check, and takes longer than all others
	out, err := inClone(clone, "go", "test", "-vet=off", skip, "./schema")
	if err == nil || !strings.Contains(out, "specimens") || !strings.Contains(out, "run go generate ./schema") {
		t.Errorf("before anything is generated: %v, want the rows named, and what to do:\n%s", err, out)
	}
	if out, err := inClone(clone, "go", "generate", "-skip", "TestAPassOver", "./schema"); err != nil {
		t.Fatalf("go generate: %v\n%s", err, out)
	}
	if out, err := inClone(clone, "go", "test", "-vet=off", skip, "./schema",
		"./producer/digitalocean/digitaloceantest"); err != nil {
		t.Errorf("with the row, and what was generated: %v\n%s", err, out)
	}
	after := texts(t, clone)
	if left := after["schema/testdata/without.txt"]; strings.Contains(left, "/v2/volumes/{volume_id}/actions") {
		t.Error("without.txt still says why volume_actions has no row")
	}
	for _, file := range touched(before, after) {
		if !generated.MatchString(file) {
			t.Errorf("%s was touched: want the rows, and what is generated", file)
		}
	}
	for _, file := range []string{
		"schema/known.txt", "schema/types/types.txt", "schema/testdata/contract.json", "docs/reference/resources.md",
		"schema/testdata/examples/volume_actions.json",
		"schema/testdata/examples/specimens.json",
		"schema/testdata/examples/specimen_parts.json", "producer/digitalocean/digitaloceantest/testdata/generated.jsonl",
	} {
		if after[file] == before[file] || (!strings.Contains(after[file], "specimen") &&
			!strings.Contains(after[file], "part") && !strings.Contains(after[file], "actions")) {
			t.Errorf("%s doesn't tell of the new resource", file)
		}
	}
}

// TestARowWithoutAnExampleIsTold removes from the addition what nobody but its author can know.
func TestARowWithoutAnExampleIsTold(t *testing.T) {
	clone := copyOf(t, "..")
	rows := filepath.Join(clone, "schema", "catalog_network.go")
	text := strings.Replace(texts(t, clone)["schema/catalog_network.go"], "var networkRows = []Resource{\n", addition, 1)
	write(t, rows, strings.ReplaceAll(text, "Example:", "// Example:"))
	out, err := inClone(clone, "go", "generate", "-run", "TestGeneratedFiles", "./schema")
	for _, want := range []string{
		"specimens: no document has GET /v2/specimens,", "specimen_parts: no document has GET",
		"give the row an Example",
	} {
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("go generate: %v, want it to say %q:\n%s", err, want, out)
		}
	}
}

// generated matches what go generate writes. The first is what the stranger wrote.
var generated = regexp.MustCompile(`^(schema/catalog_network\.go|schema/known\.txt|schema/types/types\.txt|` +
	`schema/testdata/(contract\.json|without\.txt|examples/\w+\.json)|docs/reference/resources\.md|` +
	`producer/digitalocean/digitaloceantest/testdata/generated\.jsonl)$`)

// touched returns the files that differ, sorted.
func touched(before, after map[string]string) []string {
	var files []string
	for file := range union(before, after) {
		if before[file] != after[file] {
			files = append(files, file)
		}
	}
	slices.Sort(files)
	return files
}

// copyOf copies what the tests of the catalogue need of the module, less this test.
func copyOf(t *testing.T, module string) string {
	t.Helper()
	clone := t.TempDir()
	for _, part := range []string{"go.mod", "go.sum", "schema", "diff", "docs", "producer/digitalocean"} {
		err := filepath.WalkDir(filepath.Join(module, part), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || d.Name() == "addition_test.go" {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			to := filepath.Join(clone, strings.TrimPrefix(path, module))
			write(t, to, string(text))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return clone
}

// texts returns the files of a copy, by their paths below it.
func texts(t *testing.T, clone string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(clone, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(clone, path)
		all[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// inClone runs a command in the copy, with nothing from outside but the caches of modules and builds.
func inClone(clone, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = clone
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestTheDocumentsStayOutOfTheProgram: half a megabyte that only tests read.
func TestTheDocumentsStayOutOfTheProgram(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "../cmd/seachange").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "seachange/schema\n") {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	if strings.Contains(string(out), "apidoc") {
		t.Error("the program imports schema/internal/apidoc")
	}
}
