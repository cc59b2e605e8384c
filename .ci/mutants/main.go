// Command mutants breaks the product in one place at a time and runs the tests that should notice. It changes no file:
// Go is told to compile another text in a file's place.
//
//	go run ./.ci/mutants               every mutant, against the tests of its own package that are named for it
//	go run ./.ci/mutants -at-once 4    four at once; 2 by default
//	go run ./.ci/mutants -all          and those that survive against all tests
//	go run ./.ci/mutants fence guard   those whose names contain one of these
//	go run ./.ci/mutants -seeds 1000   those of simulation.txt, against as many seeds of the simulation alone
//
// mutants.txt has a paragraph for each: its name; file, package and tests (a regular expression; none: all of the
// package); the lines that are replaced, which must be in the file exactly once, after "- "; what they are replaced by,
// after "+ ".
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
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

type mutant struct {
	name, file, pkg, tests string
	old, new               string
	seeds                  int // of the simulation; 0: it is not asked
}

func main() {
	atOnce := flag.Int("at-once", 2, "so many mutants at once")
	all := flag.Bool("all", false, "run all tests against what survives its own")
	seeds := flag.Int("seeds", 0, "try the mutants of simulation.txt, on so many seeds")
	every := flag.Int("every", 1, "try every `N`th, from another one on at each commit")
	flag.Parse()
	if *seeds > 0 { // how the simulation is told
		if err := os.Setenv("SEACHANGE_TEST_SEEDS", strconv.Itoa(*seeds)); err != nil {
			panic(err)
		}
	}
	if err := run(*atOnce, *all, *seeds, *every, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(atOnce int, all bool, seeds, every int, names []string) error {
	mutants, err1 := read("mutants.txt", 0)
	simulated, err2 := read("simulation.txt", seeds)
	if err := errors.Join(err1, err2); err != nil { // both must fit, whichever are tried
		return err
	}
	if seeds > 0 {
		mutants = simulated
	}
	var survived list
	var g errgroup.Group
	g.SetLimit(atOnce)
	first, err := commits()
	if err != nil {
		return err
	}
	tried := 0
	for i, mu := range mutants {
		if !chosen(mu.name, names) || (i+first)%every != 0 {
			continue
		}
		tried++
		g.Go(func() error {
			began := time.Now()
			caught, out, err := mu.try(all)
			if err != nil {
				return fmt.Errorf("%s: %w", mu.name, err)
			}
			word := "caught"
			if !caught {
				word = "SURVIVED"
				survived.add(mu.name)
			}
			fmt.Printf("%-9s %5.1f s  %s%s\n", word, time.Since(began).Seconds(), mu.name, seedOf(out))
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if tried == 0 {
		return fmt.Errorf("no mutant's name has one of %q in it", names)
	}
	fmt.Printf("%d mutants of %d\n", tried, len(mutants))
	if len(survived.names) > 0 {
		return fmt.Errorf("not caught: %s", strings.Join(survived.names, "; "))
	}
	return nil
}

// commits returns how many commits lead to this one.
func commits() (int, error) {
	out, err := exec.Command("git", "rev-list", "--count", "HEAD").Output()
	if err != nil {
		return 0, fmt.Errorf("count commits: %w", err)
	}
	return strconv.Atoi(strings.TrimSpace(string(out)))
}

// read reads the mutants of a file. All of them must fit the source, also those that are not tried now.
func read(file string, seeds int) ([]mutant, error) {
	text, err := os.ReadFile(filepath.Join(".ci", "mutants", file))
	if err != nil {
		return nil, err
	}
	mutants, err := parse(string(text))
	for i := range mutants {
		mutants[i].seeds = seeds
	}
	if err != nil {
		return nil, err
	}
	return mutants, fit(mutants)
}

// failed is how a test names the seed that failed.
var failed = regexp.MustCompile(`--- FAIL: TestSeeds/(\d+)`)

// seedOf returns which of the simulation's seeds found a mutant, and at what.
func seedOf(out string) string {
	m := failed.FindStringSubmatch(out)
	if m == nil {
		return ""
	}
	n, _ := strconv.Atoi(m[1])
	what := regexp.MustCompile(`seed ` + m[1] + `: (after .*)`).FindStringSubmatch(out)
	if what == nil {
		return fmt.Sprintf(": found in %d seeds", n+1)
	}
	return fmt.Sprintf(": found in %d seeds: %.160s", n+1, what[1])
}

// list is names that several goroutines add to.
type list struct {
	mu    sync.Mutex
	names []string
}

func (l *list) add(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.names = append(l.names, name)
}

// fit returns an error that names the mutants that don't fit the files any more.
func fit(mutants []mutant) error {
	var errs []error
	for _, mu := range mutants {
		source, err := os.ReadFile(mu.file)
		if n := strings.Count(string(source), mu.old); err == nil && n != 1 {
			err = fmt.Errorf("%q is in %s %d times, and must be once: mend the mutant", mu.old, mu.file, n)
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
			return nil, fmt.Errorf("mutants: too short: %q", p)
		}
		where := strings.Fields(lines[1])
		if len(where) < 2 {
			return nil, fmt.Errorf("mutants: %s: want file, package and tests", lines[0])
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

// try reports whether the tests notice the mutant, and what they print.
func (mu mutant) try(all bool) (caught bool, out string, err error) {
	dir, err := os.MkdirTemp("", "mutant-")
	if err != nil {
		return false, "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	overlay, err := mu.overlay(dir)
	if err != nil {
		return false, "", err
	}
	tests := filepath.Join(dir, "tests")
	if out, err := command(".", "go", "test", "-c", "-overlay", overlay, "-vet=off", "-o", tests, mu.pkg); err != nil {
		return false, "", fmt.Errorf("does not compile: %s", out)
	}
	timeout := "-test.timeout=5m"
	if mu.seeds > 0 {
		timeout = "-test.timeout=1h"
	}
	out, err = command(mu.pkg, tests, "-test.failfast", timeout, "-test.run", mu.tests)
	if err == nil && strings.Contains(out, "no tests to run") {
		return false, "", fmt.Errorf("no test is called %s", mu.tests)
	}
	if err == nil && all {
		_, err = command(".", "go", "test", "-overlay", overlay, "-vet=off", "-count=1", "-failfast", "-timeout=15m", "./...")
	}
	return err != nil, out, nil
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

func command(dir, name string, args ...string) (string, error) {
	c := exec.CommandContext(context.Background(), name, args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	return string(out), err
}
