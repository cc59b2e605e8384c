package certify

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"
)

// fleet is the processes. None ends by itself.
type fleet struct {
	o       *Options
	world   *world
	tunnels []*tunnel
	logs    []*os.File
	turn    int // of the configuration

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

// leaveTime is how long a process may take to end before stop kills it.
const leaveTime = 15 * time.Second

// newFleet starts the processes. The caller stops them, also after an error.
func newFleet(o *Options, w *world) (*fleet, error) {
	f := &fleet{o: o, world: w, procs: make([]*proc, o.Processes)}
	for i := range f.procs {
		t, err := newTunnel()
		if err != nil {
			return f, err
		}
		f.tunnels = append(f.tunnels, t)
		out, err := os.OpenFile(f.logOf(i), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return f, err
		}
		f.logs = append(f.logs, out)
		if err := f.start(i, nil); err != nil {
			return f, err
		}
	}
	return f, nil
}

func (f *fleet) logOf(i int) string {
	return filepath.Join(f.o.Dir, fmt.Sprintf("process-%d.log", i+1))
}

// start starts process i with the present configuration, if the one that runs is still before.
func (f *fleet) start(i int, before *proc) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || f.procs[i] != before {
		return nil
	}
	config, err := f.configure(i)
	if err != nil {
		return err
	}
	args := append(slices.Clone(f.o.Command[1:]), "--through", f.tunnels[i].addr(), "--config", config)
	cmd := exec.Command(f.o.Command[0], args...) //nolint:noctx // until killed
	cmd.Env = append(slices.Clone(f.o.Env), f.world.environment()...)
	cmd.Stderr = f.logs[i]
	p := &proc{cmd: cmd, done: make(chan struct{})}
	if _, err = cmd.StdinPipe(); err != nil { // cmd keeps it open: the process ends with this one
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	f.procs[i] = p
	go f.watch(i, p)
	return nil
}

// configure writes what process i is started with, and returns the file.
func (f *fleet) configure(i int) (string, error) {
	settings := f.world.settings(f.turn)
	maps.Copy(settings, f.o.Settings)
	text, err := json.Marshal(settings) // which is YAML, too
	if err != nil {
		return "", err
	}
	file := filepath.Join(f.o.Dir, fmt.Sprintf("process-%d.yaml", i+1))
	return file, os.WriteFile(file, text, 0o600)
}

// watch waits for a process's end, which somebody must have wanted.
func (f *fleet) watch(i int, p *proc) {
	p.err = p.cmd.Wait()
	close(p.done)
	f.mu.Lock()
	defer f.mu.Unlock()
	if !p.told {
		p.told = true
		f.crash = violated("process %d ended by itself (%s): its log is %s", i+1, p.cmd.ProcessState, f.logOf(i))
	}
}

// tell sends process i a signal that ends it.
func (f *fleet) tell(i int, sig syscall.Signal) (p *proc, alone bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p = f.procs[i]
	alone, p.told = p.told, true
	_ = p.cmd.Process.Signal(resumeSignal) // one that has ended is waited for next
	_ = p.cmd.Process.Signal(sig)
	return p, alone
}

// end ends process i with a signal, and starts it anew.
func (f *fleet) end(i int, sig syscall.Signal) error {
	p, alone := f.tell(i, sig)
	select {
	case <-p.done:
	case <-time.After(longest):
		return violated("process %d was told to end %v ago and has not: its log is %s", i+1, longest, f.logOf(i))
	}
	if sig == syscall.SIGTERM && p.err != nil && !alone {
		return violated("process %d was told to end: %v: its log is %s", i+1, p.err, f.logOf(i))
	}
	return f.start(i, p)
}

func (f *fleet) crashed() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.crash
}

func (f *fleet) signal(i int, sig os.Signal) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.procs[i].cmd.Process.Signal(sig)
}

func (f *fleet) signalAll(sig os.Signal) {
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

// stop has the processes leave their group, and kills those that don't in a while.
func (f *fleet) stop() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	for _, t := range f.tunnels {
		t.mend()
	}
	var all sync.WaitGroup
	for i, p := range f.procs {
		if p == nil {
			continue
		}
		f.tell(i, syscall.SIGTERM)
		all.Go(func() {
			select {
			case <-p.done:
			case <-time.After(leaveTime):
				f.tell(i, syscall.SIGKILL)
				<-p.done
			}
		})
	}
	all.Wait()
	for _, t := range f.tunnels {
		t.close()
	}
	for _, l := range f.logs {
		_ = l.Close()
	}
}
