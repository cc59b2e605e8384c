package certify

import "syscall"

const (
	pauseSignal  = syscall.SIGKILL
	resumeSignal = syscall.SIGKILL
)

// Supported reports whether processes can be paused here.
const Supported = false
