//go:build unix

package certify

import "golang.org/x/sys/unix"

const (
	pauseSignal  = unix.SIGSTOP
	resumeSignal = unix.SIGCONT
)

// Supported reports whether processes can be paused here.
const Supported = true
