package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// instruction is one of a Dockerfile, its continued lines joined.
type instruction struct{ word, rest string }

func dockerfile(t *testing.T) []instruction {
	t.Helper()
	return instructions(t, "Dockerfile")
}

func instructions(t *testing.T, name string) []instruction {
	t.Helper()
	text := regexp.MustCompile(`(?m)^#.*\n`).ReplaceAllString(string(read(t, name)), "")
	text = strings.ReplaceAll(text, "\\\n", " ")
	var all []instruction
	for line := range strings.Lines(text) {
		if word, rest, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			all = append(all, instruction{word, rest})
		}
	}
	return all
}

// rests are what follows each instruction of that word.
func rests(all []instruction, word string) []string {
	var found []string
	for _, i := range all {
		if i.word == word {
			found = append(found, i.rest)
		}
	}
	return found
}

func TestImageIsBuiltOnAPinnedGoAndHoldsNothingElse(t *testing.T) {
	from := rests(dockerfile(t), "FROM")
	if len(from) != 2 || from[1] != "scratch" {
		t.Fatalf("stages are %q, want a build stage and scratch", from)
	}
	module := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(read(t, "../go.mod"))[1]
	if want := regexp.MustCompile(`^--platform=\$BUILDPLATFORM golang:` + regexp.QuoteMeta(string(module)) + `\.\d+ AS build$`); !want.MatchString(from[0]) {
		t.Errorf("the build stage is %q, want a whole version of go.mod's Go %s", from[0], module)
	}
}

func TestTheLakesImagesArePinnedAndTheirFilesAreThere(t *testing.T) {
	all := instructions(t, "lake/Dockerfile")
	pinned := regexp.MustCompile(`^[a-z/-]+:\d+\.\d+\.\d+[\w.-]* AS [a-z]+$`)
	for _, from := range rests(all, "FROM") {
		if !pinned.MatchString(from) {
			t.Errorf("FROM %s: not pinned to a version", from)
		}
	}
	for _, files := range rests(all, "COPY") {
		if name, _, _ := strings.Cut(files, " "); !strings.HasPrefix(name, "--from=") {
			if _, err := os.Stat("lake/" + name); err != nil {
				t.Errorf("COPY %s: %v", files, err)
			}
		}
	}
	if got := rests(all, "USER"); !slices.Equal(got, []string{"65532:65532", "65532:65532"}) {
		t.Errorf("USER is %q, want the same one twice, a number and not root", got)
	}
}

func TestImageRunsAsANumberedUserWithoutAShell(t *testing.T) {
	all := dockerfile(t)
	last := slices.IndexFunc(all, func(i instruction) bool { return i.rest == "scratch" })
	if got := rests(all[last:], "USER"); len(got) != 1 || !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(got[0]) {
		t.Errorf("USER is %q, want one, a number and not root", got)
	}
	if got := rests(all[last:], "RUN"); got != nil {
		t.Errorf("the last stage runs %q, and scratch has no shell", got)
	}
	if got := rests(all, "ENTRYPOINT"); len(got) != 1 || got[0] != `["/seachange"]` {
		t.Errorf("ENTRYPOINT is %q, want [\"/seachange\"]", got)
	}
}

func TestImageFetchesNothingButModules(t *testing.T) {
	all := dockerfile(t)
	if got := rests(all, "ADD"); got != nil {
		t.Errorf("ADD %q: it may fetch, and what it brings is not verified; use COPY", got)
	}
	for _, run := range rests(all, "RUN") {
		if regexp.MustCompile(`curl|wget|apt-get|go install|https?://`).MatchString(run) {
			t.Errorf("RUN %s: fetches what go.sum doesn't hold", run)
		}
	}
}

func TestImageIsAStaticBinaryThatKnowsItsVersion(t *testing.T) {
	build := strings.Join(rests(dockerfile(t), "RUN"), "\n")
	if !strings.Contains(build, "CGO_ENABLED=0 go build") {
		t.Error("the binary isn't static: CGO_ENABLED=0 is missing")
	}
	x := regexp.MustCompile(`-X main\.(\w+)=`).FindStringSubmatch(build)
	if x == nil {
		t.Fatal("no -X main.… sets the version")
	}
	declared := regexp.MustCompile(`(?m)^(var\s+|\t)` + x[1] + `\s+(string|=)`)
	files, _ := filepath.Glob("../cmd/seachange/*.go")
	if !slices.ContainsFunc(files, func(f string) bool { return declared.Match(read(t, f)) }) {
		t.Errorf("cmd/seachange has no variable %s, which -X sets: the linker says nothing about that", x[1])
	}
}

func TestBuildContextHasEveryPackageOfTheProgram(t *testing.T) {
	program := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f",
		"{{with .Module}}{{if .Main}}{{$.Dir}}{{end}}{{end}}", "./cmd/seachange")
	program.Dir, program.Stderr = "..", os.Stderr
	out, err := program.Output()
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	ignore := strings.Fields(string(read(t, "../.dockerignore")))
	for dir := range strings.FieldsSeq(string(out)) {
		top, _, _ := strings.Cut(strings.TrimPrefix(dir, root+string(filepath.Separator)), string(filepath.Separator))
		if !slices.Contains(ignore, "!"+top) {
			t.Errorf(".dockerignore keeps %s out of the build, and the program imports it", top)
		}
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
