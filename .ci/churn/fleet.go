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

// fleet is the seachange processes. None ends by itself.
type fleet struct {
	dir    string
	binary string
	world  *world
	broker *broker
	logs   []*os.File
	turn   int // of the configuration

	mu     sync.Mutex
	procs  []*proc
	crash  error // a process that ended by itself
	closed bool
}

type proc struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error
	told bool // to end, or its end has been seen
}

// newFleet starts the processes of a binary; "" builds it first.
func newFleet(ctx context.Context, dir, binary string, w *world, b *broker) (*fleet, error) {
	f := &fleet{dir: dir, binary: binary, world: w, broker: b, procs: make([]*proc, len(b.proxies))}
	if binary == "" {
		f.binary = filepath.Join(dir, "seachange")
		build := exec.CommandContext(ctx, "go", "build", "-o", f.binary, "./cmd/seachange")
		build.Dir = root
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build seachange: %w: %s", err, out)
		}
	}
	for i := range f.procs {
		out, err := os.OpenFile(f.logOf(i), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return nil, err
		}
		f.logs = append(f.logs, out)
		if err := f.start(i, nil); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *fleet) logOf(i int) string { return filepath.Join(f.dir, fmt.Sprintf("process-%d.log", i+1)) }

// start starts process i with the present configuration, if the one that runs is still before.
func (f *fleet) start(i int, before *proc) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || f.procs[i] != before {
		return nil
	}
	text, err := f.world.config(f.broker.through(i), f.turn)
	if err != nil {
		return err
	}
	config := filepath.Join(f.dir, fmt.Sprintf("process-%d.yaml", i+1))
	if err := os.WriteFile(config, text, 0o600); err != nil {
		return err
	}
	cmd := exec.Command(f.binary, "run", "--config", config) //nolint:noctx // until killed
	p := &proc{cmd: cmd, done: make(chan struct{})}
	p.cmd.Stderr = f.logs[i]
	for a := range f.world.accounts {
		p.cmd.Env = append(p.cmd.Env, tokenEnv(a)+"="+token(a))
	}
	if err := p.cmd.Start(); err != nil {
		return err
	}
	f.procs[i] = p
	go f.watch(i, p)
	return nil
}

// watch waits for a process's end, which somebody must have wanted.
func (f *fleet) watch(i int, p *proc) {
	p.err = p.cmd.Wait()
	close(p.done)
	f.mu.Lock()
	defer f.mu.Unlock()
	if !p.told {
		p.told = true
		f.crash = fmt.Errorf("VIOLATION: process %d ended by itself (%s): its log is %s", i+1, p.cmd.ProcessState, f.logOf(i))
	}
}

// tell sends process i a signal that ends it.
func (f *fleet) tell(i int, sig syscall.Signal) (p *proc, alone bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p = f.procs[i]
	alone, p.told = p.told, true
	_ = p.cmd.Process.Signal(syscall.SIGCONT) // one that has ended is waited for next
	_ = p.cmd.Process.Signal(sig)
	return p, alone
}

// end ends process i with a signal, and starts it anew.
func (f *fleet) end(i int, sig syscall.Signal) error {
	p, alone := f.tell(i, sig)
	<-p.done
	if sig == syscall.SIGTERM && p.err != nil && !alone {
		return fmt.Errorf("VIOLATION: process %d was told to end: %w: its log is %s", i+1, p.err, f.logOf(i))
	}
	return f.start(i, p)
}

func (f *fleet) crashed() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.crash
}

func (f *fleet) signal(i int, sig syscall.Signal) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.procs[i].cmd.Process.Signal(sig)
}

func (f *fleet) signalAll(sig syscall.Signal) {
	for i := range f.procs {
		f.signal(i, sig)
	}
}

// roll gives every process the next configuration, one after the other.
func (f *fleet) roll() error {
	f.mu.Lock()
	f.turn++
	f.mu.Unlock()
	for i := range f.procs {
		if err := f.end(i, syscall.SIGTERM); err != nil {
			return err
		}
	}
	return nil
}

func (f *fleet) stop() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	for i, p := range f.procs {
		if p != nil {
			f.tell(i, syscall.SIGKILL)
			<-p.done
		}
	}
	for _, l := range f.logs {
		_ = l.Close()
	}
}
