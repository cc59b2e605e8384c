package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A data directory has one broker. It holds the file "lock", locked and with its process id in it, and says in the file
// "broker" where it listens.
const (
	lockFile    = "lock"
	addressFile = "broker"
)

// inUseError means that another broker holds the directory.
type inUseError struct {
	dir, pid, addr string
}

func (e *inUseError) Error() string {
	where := "is not ready yet"
	if e.addr != "" {
		where = "listens on " + e.addr
	}
	return fmt.Sprintf("data directory %s is in use by process %s, whose broker %s: stop that process, or choose another "+
		"directory",
		e.dir, e.pid, where)
}

// lock makes the directory, if it isn't there, and takes it. The lock ends with the file's Close, or with the process.
func lock(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	if free, err := tryLock(f); err != nil || !free {
		_ = f.Close()
		if err == nil {
			return nil, &inUseError{dir: dir, pid: read(dir, lockFile), addr: read(dir, addressFile)}
		}
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	// A broker that was killed left its address.
	if err := errors.Join(f.Truncate(0), remove(filepath.Join(dir, addressFile))); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("take over %s: %w", dir, err)
	}
	if _, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("write lock: %w", err)
	}
	return f, nil
}

func read(dir, name string) string {
	b, _ := os.ReadFile(filepath.Join(dir, name))
	return strings.TrimSpace(string(b))
}

// remove removes a file that may not be there.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
