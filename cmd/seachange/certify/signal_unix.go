//go:build unix

package certify

import "syscall"

const (
	pauseSignal  = syscall.SIGSTOP
	resumeSignal = syscall.SIGCONT
)

// Supported reports whether processes can be paused here.
const Supported = true
