package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
)

// fleet is the seachange processes.
type fleet struct {
	dir    string
	binary string
	world  *world
	broker *broker
	turn   int // of the configuration

	mu   sync.Mutex
	cmds []*exec.Cmd
	logs []*os.File
}

// newFleet builds seachange and starts its processes.
func newFleet(ctx context.Context, dir string, w *world, b *broker) (*fleet, error) {
	f := &fleet{dir: dir, binary: filepath.Join(dir, "seachange"), world: w, broker: b, cmds: make([]*exec.Cmd, len(b.proxies))}
	build := exec.CommandContext(ctx, "go", "build", "-o", f.binary, "./cmd/seachange")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build seachange: %w: %s", err, out)
	}
	for i := range f.cmds {
		out, err := os.OpenFile(f.logOf(i), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return nil, err
		}
		f.logs = append(f.logs, out)
		if err := f.start(i); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *fleet) logOf(i int) string { return filepath.Join(f.dir, fmt.Sprintf("process-%d.log", i+1)) }

// start starts process i with the present configuration.
func (f *fleet) start(i int) error {
	text, err := f.world.config(f.broker.through(i), f.turn)
	if err != nil {
		return err
	}
	config := filepath.Join(f.dir, fmt.Sprintf("process-%d.yaml", i+1))
	if err := os.WriteFile(config, text, 0o600); err != nil {
		return err
	}
	cmd := exec.Command(f.binary, "run", "--config", config) //nolint:noctx // it lives until it is killed
	cmd.Stderr = f.logs[i]
	for a := range f.world.accounts {
		cmd.Env = append(cmd.Env, tokenEnv(a)+"="+token(a))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cmds[i] = cmd
	return cmd.Start()
}

// end ends process i with a signal, and starts it anew.
func (f *fleet) end(i int, sig syscall.Signal) error {
	f.signal(i, syscall.SIGCONT)
	f.signal(i, sig)
	err := f.cmds[i].Wait()
	if sig == syscall.SIGTERM && err != nil {
		return fmt.Errorf("process %d was told to end: %w: its log is %s", i+1, err, f.logOf(i))
	}
	return f.start(i)
}

func (f *fleet) signal(i int, sig syscall.Signal) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.cmds[i].Process.Signal(sig) // one that has ended is waited for next
}

// roll gives every process the next configuration, one after the other.
func (f *fleet) roll() error {
	f.turn++
	for i := range f.cmds {
		if err := f.end(i, syscall.SIGTERM); err != nil {
			return err
		}
	}
	return nil
}

func (f *fleet) stop() {
	for i, cmd := range f.cmds {
		if cmd != nil && cmd.Process != nil {
			f.signal(i, syscall.SIGCONT)
			f.signal(i, syscall.SIGKILL)
			_ = cmd.Wait()
		}
	}
	for _, l := range f.logs {
		_ = l.Close()
	}
}
