package embedded

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// errAddressInUse is what the system says of an address that another listens on.
const errAddressInUse = windows.WSAEADDRINUSE

// directoriesSync reports whether a directory can be synced, and has to be: NTFS keeps a journal of its own.
const directoriesSync = false

// keepsDirectories reports whether the broker can keep its log on this system: kfake replaces files that it has open,
// which Windows refuses.
const keepsDirectories = false

// tryLock takes a file's lock, which ends with the process. It reports whether nobody else had it. The byte that is
// locked is far behind the file's end: others may read what the file says.
func tryLock(f *os.File) (bool, error) {
	at := &windows.Overlapped{OffsetHigh: 1}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0,
		1, 0, at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

// freeSpace returns how many bytes this user may still write to the disk of a directory.
func freeSpace(dir string) (uint64, error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	var free uint64
	err = windows.GetDiskFreeSpaceEx(name, &free, nil, nil)
	return free, err
}
