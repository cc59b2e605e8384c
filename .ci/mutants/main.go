// Command mutants breaks the product in one place at a time and runs the tests that should notice. It changes no file: Go
// is told to compile another text in a file's place.
//
//	go run ./.ci/mutants               every mutant, against the tests named for it
//	go run ./.ci/mutants -part 3/8     the third of eight parts of them
//	go run ./.ci/mutants -all          and those that survive against all tests
//	go run ./.ci/mutants fence brake   those whose names contain one of these
//
// mutants.txt has a paragraph for each: its name; file, package and tests (a regular expression; none: all of the package);
// the lines that are replaced, which must be in the file exactly once, after "- "; what they are replaced by, after "+ ".
// A name that begins with "survives:" is one that no test can catch, and that the docs explain.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

type mutant struct {
	name, file, pkg, tests string
	old, new               string
}

func main() {
	part := flag.String("part", "1/1", "run the n-th of m parts")
	all := flag.Bool("all", false, "run all tests against what survives its own")
	flag.Parse()
	if err := run(*part, *all, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(part string, all bool, names []string) error {
	var n, m int
	if _, err := fmt.Sscanf(part, "%d/%d", &n, &m); err != nil || n < 1 || n > m {
		return fmt.Errorf("-part %q is not like 3/8", part)
	}
	text, err := os.ReadFile(filepath.Join(".ci", "mutants", "mutants.txt"))
	if err != nil {
		return err
	}
	mutants, err := parse(string(text))
	if err != nil {
		return err
	}
	if err := fit(mutants); err != nil {
		return err
	}
	var survived []string
	tried := 0
	for i, mu := range mutants {
		if i%m != n-1 || !chosen(mu.name, names) {
			continue
		}
		tried++
		began := time.Now()
		caught, err := mu.try(all)
		if err != nil {
			return fmt.Errorf("%s: %w", mu.name, err)
		}
		word := "caught"
		if expected := strings.HasPrefix(mu.name, "survives:"); caught == expected {
			word = map[bool]string{true: "CAUGHT", false: "SURVIVED"}[caught]
			survived = append(survived, mu.name)
		} else if expected {
			word = "survived"
		}
		fmt.Printf("%-9s %5.1f s  %s\n", word, time.Since(began).Seconds(), mu.name)
	}
	fmt.Printf("%d mutants of %d\n", tried, len(mutants))
	if len(survived) > 0 {
		return fmt.Errorf("not as they should: %s", strings.Join(survived, "; "))
	}
	return nil
}

// fit says which mutants don't fit the files any more, also of those that are not tried now.
func fit(mutants []mutant) error {
	var errs []error
	for _, mu := range mutants {
		source, err := os.ReadFile(mu.file)
		if n := strings.Count(string(source), mu.old); err == nil && n != 1 {
			err = fmt.Errorf("%q is in %s %d times, and must be once: mend mutants.txt", mu.old, mu.file, n)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", mu.name, err))
		}
	}
	return errors.Join(errs...)
}

func chosen(name string, words []string) bool {
	for _, w := range words {
		if strings.Contains(name, w) {
			return true
		}
	}
	return len(words) == 0
}

func parse(text string) ([]mutant, error) {
	var all []mutant
	for p := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		lines := strings.Split(strings.TrimSpace(p), "\n")
		if len(lines) < 4 {
			return nil, fmt.Errorf("mutants.txt: too short: %q", p)
		}
		where := strings.Fields(lines[1])
		if len(where) < 2 {
			return nil, fmt.Errorf("mutants.txt: %s: want file, package and tests", lines[0])
		}
		mu := mutant{name: lines[0], file: where[0], pkg: where[1], tests: "."}
		if len(where) > 2 {
			mu.tests = where[2]
		}
		var old, now []string
		for _, l := range lines[2:] {
			if s, ok := strings.CutPrefix(l, "- "); ok {
				old = append(old, s)
			} else {
				now = append(now, strings.TrimPrefix(l, "+ "))
			}
		}
		mu.old, mu.new = strings.Join(old, "\n"), strings.Join(now, "\n")
		all = append(all, mu)
	}
	return all, nil
}

// try says whether the tests notice the mutant.
func (mu mutant) try(all bool) (caught bool, err error) {
	dir, err := os.MkdirTemp("", "mutant-")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	overlay, err := mu.overlay(dir)
	if err != nil {
		return false, err
	}
	if out, err := goTool("vet", "-overlay", overlay, "-unreachable=false", "-unusedresult=false", "-bools=false", "-nilness=false", mu.pkg); err != nil && strings.Contains(out, "vet:") {
		return false, fmt.Errorf("does not compile: %s", out)
	}
	_, err = goTool("test", "-overlay", overlay, "-vet=off", "-count=1", "-failfast", "-timeout=5m", "-run", mu.tests, mu.pkg)
	if err == nil && all {
		_, err = goTool("test", "-overlay", overlay, "-vet=off", "-count=1", "-failfast", "-timeout=15m", "./...")
	}
	return err != nil, nil
}

// overlay writes the broken file and tells Go to take it.
func (mu mutant) overlay(dir string) (string, error) {
	path, err := filepath.Abs(mu.file)
	if err != nil {
		return "", err
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	broken := filepath.Join(dir, "broken.go")
	if err := os.WriteFile(broken, []byte(strings.Replace(string(source), mu.old, mu.new, 1)), 0o600); err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": {path: broken}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}

func goTool(args ...string) (string, error) {
	out, err := exec.CommandContext(context.Background(), "go", args...).CombinedOutput()
	return string(out), err
}
