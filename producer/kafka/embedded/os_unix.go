//go:build unix

package embedded

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// errAddressInUse is what the system says of an address that another listens on.
const errAddressInUse = unix.EADDRINUSE

// directoriesSync reports whether a directory can be synced, and has to be.
const directoriesSync = true

// keepsDirectories reports whether the broker can keep its log on this system.
const keepsDirectories = true

// tryLock takes a file's lock, which ends with the process. It reports whether nobody else had it.
func tryLock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// freeSpace returns how many bytes this user may still write to the disk of a directory.
func freeSpace(dir string) (uint64, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return 0, err
	}
	return fs.Bavail * uint64(fs.Bsize), nil
}
