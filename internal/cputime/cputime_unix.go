//go:build unix

// Package cputime tells benchmarks what they cost, however busy the machine is.
package cputime

import (
	"time"

	"golang.org/x/sys/unix"
)

// Spent returns the CPU time that this process has used so far, in user and kernel mode.
func Spent() time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u) // fails for other processes only
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
