// Command slow runs the tests and prints how long each package and the slowest ten tests took. Arguments go to go test:
//
//	go run ./.ci/slow               everything
//	go run ./.ci/slow ./producer    one package
package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"text/tabwriter"
)

const slowest = 10

// event is a line of go test -json.
type event struct {
	Action, Package, Test string
	Elapsed               float64 // seconds
}

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "slow:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, w io.Writer) error {
	if len(args) == 0 {
		args = []string{"./..."}
	}
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-count=1", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	packages, tests := ended(out)
	print(w, "package", packages, len(packages))
	print(w, "test", tests, slowest)
	return cmd.Wait()
}

// ended returns the packages that took a second or more, and the tests that are no part of another one, slowest first.
func ended(out io.Reader) (packages, tests []event) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil || (e.Action != "pass" && e.Action != "fail") {
			continue
		}
		switch {
		case e.Test == "" && e.Elapsed >= 1:
			packages = append(packages, e)
		case e.Test != "" && !strings.Contains(e.Test, "/"):
			tests = append(tests, e)
		}
	}
	for _, events := range [][]event{packages, tests} {
		slices.SortFunc(events, func(a, b event) int { return cmp.Compare(b.Elapsed, a.Elapsed) })
	}
	return packages, tests
}

func print(w io.Writer, what string, events []event, n int) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "SECONDS\t%s\n", strings.ToUpper(what))
	for _, e := range events[:min(n, len(events))] {
		_, name, _ := strings.Cut(e.Package, "seachange/seachange/")
		fmt.Fprintf(table, "%.1f\t%s %s %s\n", e.Elapsed, name, e.Test, strings.TrimPrefix(e.Action, "pass"))
	}
	table.Flush()
}
