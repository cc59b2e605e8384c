//go:build unix

package docs_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// block is an indented piece of a page: commands, or what the commands before it print.
type block struct {
	commands bool
	text     string
}

func blocks(page string) []block {
	var all []block
	command := regexp.MustCompile(`^(git clone|go run|seachange |cat >|export |python|deploy/|CONNECT_JARS|spark-|sql-client)`)
	for _, m := range regexp.MustCompile(`(?m)(^    \S?.*\n?)+`).FindAllString(page, -1) {
		text := regexp.MustCompile(`(?m)^    `).ReplaceAllString(m, "")
		all = append(all, block{command.MatchString(text), text})
	}
	return all
}

// shell is what each block begins with. What follows events until Ctrl-C has half a minute.
const shell = `set -euo pipefail
go() {
  case "$*" in *" alert --data-dir "*|*" alert --rules "*) timeout 30 go "$@" || true;; *) command go "$@";; esac
}
git() { command git clone --quiet "$REPOSITORY" seachange; }
if [ -d seachange ]; then cd seachange; fi
`

// A page's commands, typed into an empty folder, do what the page shows. It takes minutes of real time, so it is for
// SEACHANGE_TEST_PAGES=1, which CI sets at night.
func TestThePagesCommandsDoWhatTheyShow(t *testing.T) {
	if os.Getenv("SEACHANGE_TEST_PAGES") == "" {
		t.Skip("SEACHANGE_TEST_PAGES is not set")
	}
	for _, page := range []string{
		"tutorial/first-alert.md", "how-to/history.md", "how-to/alerts.md", "how-to/rebuild.md", "how-to/lake.md",
	} {
		t.Run(page, func(t *testing.T) { tryPage(t, blocks(read(t, page))) })
	}
}

// elsewhere matches commands that need more than Go and Python: a token, a Kafka, Docker, a lake, an hour.
var elsewhere = regexp.MustCompile(`HOST:PORT|DIGITALOCEAN_TOKEN|--data-dir \./data|docker|deploy/lake/test| /lake |spark-|sql-client`)

func tryPage(t *testing.T, all []block) {
	folder := t.TempDir()
	ran, out := 0, ""
	for _, b := range all {
		switch {
		case !b.commands && out != "":
			shows(t, out, b.text)
			out = ""
		case b.commands && elsewhere.MatchString(b.text):
			out = ""
		case b.commands:
			out = typed(t, folder, b.text)
			ran++
		}
	}
	if ran == 0 {
		t.Error("no commands: the pattern is off")
	}
}

// typed runs commands, and what they left in the background ends with them.
func typed(t *testing.T, folder, commands string) string {
	t.Helper()
	repository, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", shell+commands)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), "REPOSITORY="+repository)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, errors := filepath.Join(folder, "stdout"), filepath.Join(folder, "stderr")
	stdout, err1 := os.Create(out)
	stderr, err2 := os.Create(errors)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	defer stdout.Close()
	defer stderr.Close()
	cmd.Stdout, cmd.Stderr = stdout, stderr // files: a pipe would wait for the background
	err = cmd.Run()
	end(cmd.Process.Pid)
	if err != nil {
		t.Errorf("%s: %v\n%s", commands, err, read(t, errors))
	}
	return read(t, out)
}

// end ends a group of processes.
func end(group int) {
	for range 50 {
		if errors.Is(syscall.Kill(-group, syscall.SIGTERM), syscall.ESRCH) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	_ = syscall.Kill(-group, syscall.SIGKILL)
}

// shows holds what was printed against a page: numbers and what stands for "…" may differ.
func shows(t *testing.T, out, shown string) {
	t.Helper()
	for line := range strings.Lines(shown) {
		pattern := regexp.QuoteMeta(strings.TrimSpace(line))
		pattern = regexp.MustCompile(`\d+`).ReplaceAllString(pattern, `\d+`)
		pattern = strings.ReplaceAll(pattern, "…", ".*")
		if !regexp.MustCompile(pattern).Match(bytes.TrimSpace([]byte(out))) {
			t.Errorf("the page shows\n%s\nand this was printed:\n%s", line, out)
		}
	}
}
