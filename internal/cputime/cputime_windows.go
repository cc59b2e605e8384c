// Package cputime tells benchmarks what they cost, however busy the machine is.
package cputime

import (
	"time"

	"golang.org/x/sys/windows"
)

// Spent returns the CPU time that this process has used so far, in user and kernel mode.
func Spent() time.Duration {
	var created, ended, kernel, user windows.Filetime
	_ = windows.GetProcessTimes(windows.CurrentProcess(), &created, &ended, &kernel, &user) // fails for others only
	return ticks(kernel) + ticks(user)
}

// ticks returns a duration, which Windows counts in 100 ns.
func ticks(f windows.Filetime) time.Duration {
	return time.Duration(int64(f.HighDateTime)<<32|int64(f.LowDateTime)) * 100
}
