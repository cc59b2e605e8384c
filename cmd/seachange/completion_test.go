package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Bash completes commands, their own flags, and the values of those that have few.
func TestBashCompletes(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs bash")
	}
	script := must(t, nil, "completion", "bash")
	for _, tt := range []struct {
		line        string
		want, never []string
	}{
		{"", []string{"run", "tail", "alert", "--help"}, []string{"--once"}},
		{"ru", []string{"run"}, []string{"rebuild"}},
		{"run --on", []string{"--once", "--only"}, []string{"--op"}},
		{"tail --", []string{"--op", "--brokers", "--config"}, []string{"--once"}},
		{"run --log-level ", []string{"debug", "info", "warn", "error"}, []string{"run"}},
		{"run --compression = z", []string{"zstd"}, []string{"gzip"}},
	} {
		words := append([]string{"seachange"}, strings.Split(tt.line, " ")...)
		quotes := make([]string, len(words))
		for i, w := range words {
			quotes[i] = "'" + w + "'"
		}
		ask := script + "\nCOMP_WORDS=(" + strings.Join(quotes, " ") +
			"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _seachange; printf '%s\\n' \"${COMPREPLY[@]}\""
		out, err := exec.CommandContext(t.Context(), shell, "--norc", "-c", ask).CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v\n%s", tt.line, err, out)
		}
		got := strings.Fields(string(out))
		for _, w := range tt.want {
			if !slices.Contains(got, w) {
				t.Errorf("%q: got %v, want %s among it", tt.line, got, w)
			}
		}
		for _, w := range tt.never {
			if slices.Contains(got, w) {
				t.Errorf("%q: got %v, want no %s", tt.line, got, w)
			}
		}
	}
}

// Each command and flag is in each shell's completion, and in a man page. What can read them here, reads them.
func TestCompletionsAndPagesHaveEveryCommandAndFlag(t *testing.T) {
	dir := t.TempDir()
	must(t, nil, "man", dir)
	for _, shell := range []string{"bash", "zsh", "fish"} {
		text := must(t, nil, "completion", shell)
		for _, c := range model(t).Leaves(true) {
			if !strings.Contains(text, c.Name) {
				t.Errorf("%s does not know the command %s", shell, c.Name)
			}
			for _, f := range c.Flags {
				if !f.Hidden && !strings.Contains(text, f.Name) {
					t.Errorf("%s does not know --%s of %s", shell, f.Name, c.Name)
				}
			}
		}
		if path, err := exec.LookPath(shell); err == nil {
			if out, err := filter(t, text, path, "-n"); err != nil {
				t.Errorf("%s: %v\n%s", shell, err, out)
			}
		}
	}
	for _, c := range model(t).Leaves(true) {
		page := filepath.Join(dir, "seachange-"+strings.ReplaceAll(commandOf(c), " ", "-")+".1")
		text, err := os.ReadFile(page)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, f := range c.Flags {
			if want := strings.ReplaceAll("--"+f.Name, "-", `\-`); !f.Hidden && !strings.Contains(string(text), want) {
				t.Errorf("%s lacks --%s", page, f.Name)
			}
		}
		if path, err := exec.LookPath("groff"); err == nil {
			if out, err := filter(t, string(text), path, "-man", "-Tascii", "-ww"); err != nil ||
				strings.Contains(out, "warning") {
				t.Errorf("%s: %v\n%s", page, err, out)
			}
		}
	}
}

func filter(t *testing.T, stdin, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}
