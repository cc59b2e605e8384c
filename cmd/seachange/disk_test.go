//go:build unix

package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// asProgram, in the environment, makes the test binary the program, which a test may then limit.
const asProgram = "SEACHANGE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	switch os.Getenv(asProgram) {
	case "":
	case "bare":
		bareMain()
	default:
		signal.Ignore(unix.SIGXFSZ) // a full disk sends no signal
		main()
	}
	os.Exit(m.Run())
}

// program starts the program as a process of its own. The caller waits for it.
func program(t *testing.T, variables map[string]string, args ...string) (cmd *exec.Cmd, stderr *bytes.Buffer) {
	t.Helper()
	cmd, stderr = exec.CommandContext(t.Context(), os.Args[0], args...), &bytes.Buffer{}
	cmd.Env, cmd.Stderr = append(os.Environ(), asProgram+"=1"), stderr
	for name, value := range variables {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, stderr
}

// limitFiles makes every write of a process fail that would make a file larger than this.
func limitFiles(t *testing.T, cmd *exec.Cmd, size int64) {
	t.Helper()
	limit := unix.Rlimit{Cur: uint64(size), Max: uint64(size)}
	if err := unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		t.Fatal(err)
	}
}

// endOf waits for a process to end by itself.
func endOf(t *testing.T, cmd *exec.Cmd, stderr *bytes.Buffer) int {
	t.Helper()
	late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	if !late.Stop() {
		t.Fatalf("it goes on with a disk that it can't write to:\n%s", stderr)
	}
	exit, _ := errors.AsType[*exec.ExitError](err)
	if exit == nil {
		t.Fatalf("it ended with %v", err)
	}
	return exit.ExitCode()
}

// A disk that is full, here by a limit on the size of files, ends the program with an error, so that a supervisor
// starts it again; once there is room, nothing is lost and nothing is told twice.
func TestAFullDiskEndsTheProgram(t *testing.T) {
	a, variables := simulated(t)
	variables["SEACHANGE_BROKERS"], variables["SEACHANGE_INTERVAL"] = "", "5s"
	variables["SEACHANGE_DATA_DIR"], variables["SEACHANGE_EMBEDDED_LISTEN"] = filepath.Join(t.TempDir(), "data"),
		"127.0.0.1:0"
	must(t, variables, "run", "--once")

	cmd, stderr := program(t, variables, "run")
	file := filepath.Join(variables["SEACHANGE_DATA_DIR"], "broker")
	eventually(t, "its broker listens", func() bool { _, err := os.Stat(file); return err == nil })
	limitFiles(t, cmd, largestIn(t, variables["SEACHANGE_DATA_DIR"]))
	a.Put("firewalls", "fw-1", openFirewall)
	if code := endOf(t, cmd, stderr); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	for _, want := range []string{"seachange: ", "could not write", variables["SEACHANGE_DATA_DIR"], "make room"} {
		if last := lines[len(lines)-1]; !strings.Contains(last, want) {
			t.Errorf("its last line does not say %q:\n%s", want, last)
		}
	}
	must(t, variables, "run", "--once")
	got := must(t, variables, "tail", "--since", "2020-01-01", "--no-follow", "firewalls")
	if strings.Count(got, "added: inbound tcp 22") != 1 {
		t.Errorf("once there is room, the change is not told once:\n%s", got)
	}
}

// largestIn is the size of the largest file of a log.
func largestIn(t *testing.T, dir string) (largest int64) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "log"), func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			largest = max(largest, info.Size())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return largest
}

// A start that can't write ends with an error, too.
func TestAStartOnAFullDiskEndsWithAnError(t *testing.T) {
	_, variables := simulated(t)
	variables["SEACHANGE_BROKERS"] = ""
	variables["SEACHANGE_DATA_DIR"], variables["SEACHANGE_EMBEDDED_LISTEN"] = filepath.Join(t.TempDir(), "data"),
		"127.0.0.1:0"
	must(t, variables, "run", "--once")
	cmd, stderr := program(t, variables, "run")
	limitFiles(t, cmd, 10)
	if code := endOf(t, cmd, stderr); code != 1 {
		t.Errorf("exit code %d, want 1:\n%s", code, stderr)
	}
	must(t, variables, "run", "--once")
}
